//! Estimated costs of goods whose cost is not recorded.

use netgain_domain::Decimal;
use netgain_domain::facts::Line;

use super::{Goods, LineCost};
use crate::posting::{Origin, Sink, When};

impl<'f> Goods<'f, '_> {
    /// Posts estimated costs, rounded per line to the smallest coin. The estimate of a line follows its value day
    /// by day, so that the days add up to the estimate of the whole, and to nothing once every unit is removed.
    pub(super) fn post_estimates(&mut self, sink: &mut impl Sink<'f>) {
        let mut changes = std::mem::take(&mut self.changes);
        let basis = self.settings.revenue.refund_basis;
        changes.sort_by_key(|change| (change.slot, change.when.by(basis), change.when));
        let currency = self.settings.currency;
        for line_changes in changes.chunk_by(|a, b| a.slot == b.slot) {
            let mut units = 0;
            let (mut base, mut net) = (Decimal::ZERO, Decimal::ZERO);
            for day_changes in line_changes.chunk_by(|a, b| a.when == b.when) {
                for change in day_changes {
                    units += change.units;
                    base += change.base;
                    net += change.net;
                }
                let [first, ..] = day_changes else { continue };
                let slot = &mut self.slots[first.slot];
                let LineCost::Ratio { ratio, .. } = slot.cost else { continue };
                let (cost, max) = if units <= 0 && slot.removed {
                    (Decimal::ZERO, Decimal::ZERO)
                } else {
                    (currency.round(base * ratio), currency.round(net))
                };
                let line = self.facts.lines.get(first.slot);
                let origin = Origin::Estimated { line, line_id: first.line_id, ratio, base, units };
                let (more, most) = (cost - slot.estimate, max - slot.estimate_max);
                sink.post(first.when, Line::CogsSold, more, origin);
                rule(sink, first.when, more, most, origin);
                slot.estimate = cost;
                slot.estimate_max = max;
            }
        }
    }
}

/// Posts the part of a cost that is a rule, with the most that it could be.
pub(super) fn rule<'f>(
    sink: &mut impl Sink<'f>,
    when: When,
    cost: Decimal,
    max: Decimal,
    origin: Origin<'f>,
) {
    sink.post(when, Line::CogsEstimated, cost, origin);
    sink.post(when, Line::CogsEstimatedMax, max, origin);
}
