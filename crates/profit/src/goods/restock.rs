//! Costs that come back with goods that went back on the shelf. What is not restocked is lost.

use std::ops::Range;

use netgain_domain::facts::{CostKind, Flag, Flags, Line, RefundLineFacts};
use netgain_domain::{Currency, Decimal};

use super::{Goods, LineCost, estimate};
use crate::clock::Clock;
use crate::posting::{Origin, Sink};
use crate::{Error, amount};

impl<'f> Goods<'f, '_> {
    /// Posts the cost of units that went back on the shelf, of at most as many as left it. Each unit of an estimated
    /// line has its own share of the estimate, so that the shares add up to the whole and one unit's share does not
    /// depend on how many went back together.
    pub(super) fn post_restocks(
        &mut self,
        clock: &Clock<'_>,
        flags: &mut Flags,
        sink: &mut impl Sink<'f>,
    ) -> Result<(), Error> {
        let facts = self.facts;
        let currency = self.settings.currency;
        let mut refunds: Vec<(usize, &'f RefundLineFacts)> = Vec::new();
        for refund in facts.refund_lines.iter().filter(|refund| refund.restocked && refund.quantity > 0) {
            amount::check_quantity(&facts.order_id, &refund.refund_line_id, refund.quantity)?;
            refunds.push((self.slot_of(Some(&refund.line_id)), refund));
        }
        // by time, so that the result does not depend on the order in which the rows came
        refunds.sort_by_key(|(slot, refund)| {
            (*slot, refund.refunded_at, refund.quantity, refund.refund_line_id.as_str())
        });
        for refunds in refunds.chunk_by(|a, b| a.0 == b.0) {
            let [(at, _), ..] = refunds else { continue };
            let slot = &self.slots[*at];
            // an edit already took back the cost of what it removed, though those units may be listed here too
            let most = if slot.removed { slot.sold.min(slot.returned) } else { slot.sold };
            let mut back = 0;
            for (_, refund) in refunds {
                let units = refund.quantity.min(most - back).max(0);
                if units < refund.quantity && slot.cost != LineCost::GiftCard {
                    flags.insert(Flag::RestockSurplus);
                }
                if units == 0 {
                    continue;
                }
                back += units;
                let when = clock.back(refund.refunded_at);
                match slot.cost {
                    LineCost::Recorded(cost) => {
                        let origin = Origin::Restocked { refund, units, cost };
                        let amount = cost.unit_cost * Decimal::from(units);
                        sink.post(when, Line::CogsRestocked, amount, origin);
                        if cost.kind == CostKind::Estimate {
                            let max = share(currency, slot.estimate_max, back - units..back, slot.sold);
                            estimate::rule(sink, when, -amount, -max, origin);
                        }
                    }
                    LineCost::Ratio { .. } => {
                        let part = |whole| share(currency, whole, back - units..back, slot.sold);
                        let (cost, max) = (part(slot.estimate), part(slot.estimate_max));
                        let origin =
                            Origin::RestockedShare { refund, units, of: slot.sold, estimate: slot.estimate };
                        sink.post(when, Line::CogsRestocked, cost, origin);
                        estimate::rule(sink, when, -cost, -max, origin);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// What some of a line's units carry of an amount, in the smallest coin: the first units' part, less that of those
/// before them. Shares of neighbours add up without a rest.
fn share(currency: Currency, whole: Decimal, units: Range<i64>, of: i64) -> Decimal {
    let first = |units: i64| currency.round(whole * Decimal::from(units) / Decimal::from(of));
    first(units.end) - first(units.start)
}
