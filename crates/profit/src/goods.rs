//! The goods of an order: which cost each line has, what was sold and taken back, and the postings of its cost.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    CogsSource, CostKind, EventAction, EventFacts, EventKind, Flag, Flags, Line, OrderFacts, OrderRate,
};

use crate::clock::Clock;
use crate::order::is_positive;
use crate::posting::{Origin, Sink, When};
use crate::settings::RatioBase;
use crate::{Cost, CostBook, Error, Settings, amount};

mod cost;
mod estimate;
mod restock;

pub(crate) use cost::LineCost;

/// Lines beyond which looking one up by id goes through a sorted index.
const INDEXED_FROM: usize = 32;

/// What happened to a line.
#[derive(Debug)]
struct Slot {
    cost: LineCost,
    /// Units sold, after edits.
    sold: i64,
    /// Units that the ledger took back.
    returned: i64,
    /// Whether an edit removed units.
    removed: bool,
    /// Whether it was sold at all.
    was_sold: bool,
    /// Cost by rule so far, and the same at a ratio of 1.
    estimate: Decimal,
    estimate_max: Decimal,
}

impl Slot {
    fn new(cost: LineCost) -> Self {
        Self {
            cost,
            sold: 0,
            returned: 0,
            removed: false,
            was_sold: false,
            estimate: Decimal::ZERO,
            estimate_max: Decimal::ZERO,
        }
    }

    fn is_sent(&self) -> bool {
        self.was_sold && matches!(self.cost, LineCost::Recorded(_) | LineCost::Ratio { .. })
    }
}

/// A change of an estimated line at one time.
#[derive(Debug)]
struct Change<'f> {
    slot: usize,
    when: When,
    units: i64,
    base: Decimal,
    net: Decimal,
    line_id: &'f str,
}

/// A product entry at a recorded cost.
#[derive(Debug)]
struct Sale<'f> {
    event: &'f EventFacts,
    when: When,
    units: i64,
    cost: Cost,
    slot: usize,
    net: Decimal,
}

/// The goods of one order.
pub(crate) struct Goods<'f, 's> {
    facts: &'f OrderFacts,
    settings: &'s Settings,
    /// One for each line, and a last one for entries whose line is not there (any more).
    slots: Vec<Slot>,
    index: Vec<(&'f str, usize)>,
    hint: usize,
    sales: Vec<Sale<'f>>,
    changes: Vec<Change<'f>>,
    net_sold: Decimal,
}

impl<'f, 's> Goods<'f, 's> {
    /// Looks up the cost of each line on the order's day.
    pub(crate) fn new(
        facts: &'f OrderFacts,
        costs: &CostBook,
        settings: &'s Settings,
        day: Date,
        flags: &mut Flags,
        rates: &mut Vec<OrderRate>,
    ) -> Self {
        let by_rule = cost::by_rule(settings, None, day);
        let mut slots = Vec::with_capacity(facts.lines.len() + 1);
        for line in &facts.lines {
            let country = facts.shipping_country.as_deref();
            let book = cost::Book { costs, settings, day };
            slots.push(Slot::new(book.of_line(line, country, flags, rates)));
        }
        slots.push(Slot::new(by_rule));
        let mut index = Vec::new();
        if facts.lines.len() >= INDEXED_FROM {
            index = facts.lines.iter().enumerate().map(|(at, line)| (line.line_id.as_str(), at)).collect();
            index.sort_unstable();
        }
        Self {
            facts,
            settings,
            slots,
            index,
            hint: 0,
            sales: Vec::with_capacity(facts.events.len()),
            changes: Vec::new(),
            net_sold: Decimal::ZERO,
        }
    }

    /// Whether goods were sold that must have a cost and have none.
    pub(crate) fn lacks_required_cost(&mut self) -> bool {
        if !self.slots.iter().any(|slot| slot.cost == LineCost::Required) {
            return false;
        }
        let facts = self.facts;
        let mut sold = facts.events.iter().filter(|event| event.kind == EventKind::Product);
        sold.any(|event| {
            let at = self.slot_of(event.line_id.as_deref());
            self.slots[at].cost == LineCost::Required
        })
    }

    /// The slot of a line. Entries mostly follow the order of the lines, so the neighbour is tried first.
    pub(crate) fn slot_of(&mut self, line_id: Option<&str>) -> usize {
        let lines = &self.facts.lines;
        let Some(id) = line_id else { return lines.len() };
        for at in [self.hint, self.hint + 1] {
            if lines.get(at).is_some_and(|line| line.line_id == id) {
                self.hint = at;
                return at;
            }
        }
        let found = if self.index.is_empty() {
            lines.iter().position(|line| line.line_id == id)
        } else {
            self.index.binary_search_by(|(known, _)| (*known).cmp(id)).ok().map(|at| self.index[at].1)
        };
        self.hint = found.unwrap_or(self.hint);
        found.unwrap_or(lines.len())
    }

    /// What a line costs.
    pub(crate) fn line_cost(&self, slot: usize) -> LineCost {
        self.slots[slot].cost
    }

    /// Takes a ledger entry of goods into account.
    pub(crate) fn note(
        &mut self,
        at: usize,
        event: &'f EventFacts,
        when: When,
        returns: bool,
        net: Decimal,
        discount: Decimal,
    ) -> Result<(), Error> {
        let units = match (event.quantity, event.action) {
            (Some(units), _) => units,
            (None, EventAction::Order) => self.facts.lines.get(at).map_or(0, |line| line.quantity),
            // an entry without units changes a price
            (None, _) => 0,
        };
        let units = amount::check_quantity(&self.facts.order_id, &event.event_id, units)?;
        let slot = &mut self.slots[at];
        if returns {
            slot.returned -= units;
            return Ok(());
        }
        self.net_sold += net;
        slot.sold += units;
        slot.removed |= units < 0;
        slot.was_sold |= units > 0 || is_positive(net);
        match slot.cost {
            LineCost::Recorded(cost) if units != 0 => {
                self.sales.push(Sale { event, when, units, cost, slot: at, net });
            }
            // a later change of the price alone does not change what the goods cost
            LineCost::Ratio { .. } if units != 0 || event.action == EventAction::Order => {
                let base = match self.settings.cost.ratio_base {
                    RatioBase::NetLineExTax => net,
                    RatioBase::ListPriceExTax => net + discount,
                };
                let line_id = event.line_id.as_deref().unwrap_or_default();
                self.changes.push(Change { slot: at, when, units, base, net, line_id });
            }
            _ => {}
        }
        Ok(())
    }

    /// Posts the cost of what was sold and of what went back on the shelf.
    pub(crate) fn post_costs(
        &mut self,
        clock: &Clock<'_>,
        flags: &mut Flags,
        sink: &mut impl Sink<'f>,
    ) -> Result<(), Error> {
        for Sale { event, when, units, cost, slot, net } in self.sales.drain(..) {
            let origin = Origin::Sold { event, units, cost };
            let amount = cost.unit_cost * Decimal::from(units);
            sink.post(when, Line::CogsSold, amount, origin);
            if cost.kind == CostKind::Estimate {
                self.slots[slot].estimate_max += net;
                estimate::rule(sink, when, amount, net, origin);
            }
        }
        if !self.changes.is_empty() {
            self.post_estimates(sink);
        }
        if self.facts.refund_lines.iter().any(|refund| refund.restocked) {
            self.post_restocks(clock, flags, sink)?;
        }
        for slot in self.slots.iter().filter(|slot| slot.was_sold) {
            match slot.cost {
                LineCost::Ratio { source: CogsSource::EstimateRatio, .. }
                | LineCost::Recorded(Cost { kind: CostKind::Estimate, .. }) => {
                    flags.insert(Flag::EstimatedCost)
                }
                LineCost::Ratio { .. } | LineCost::Excluded => flags.insert(Flag::MissingCost),
                _ => {}
            }
        }
        if self.net_sold.is_zero() && self.slots.iter().any(|slot| slot.was_sold) {
            flags.insert(Flag::ZeroTotal);
        }
        Ok(())
    }

    /// How the order's cost of goods was found.
    pub(crate) fn source(&self) -> CogsSource {
        let mut found = CogsSource::None;
        for slot in self.slots.iter().filter(|slot| slot.was_sold) {
            let source = match slot.cost {
                LineCost::Recorded(Cost { kind: CostKind::Actual, .. }) => CogsSource::Actual,
                LineCost::Recorded(Cost { kind: CostKind::Manual, .. }) => CogsSource::Manual,
                LineCost::Recorded(Cost { kind: CostKind::Estimate, .. }) => CogsSource::Estimate,
                LineCost::Ratio { source, .. } => source,
                LineCost::Excluded | LineCost::Required => CogsSource::Missing,
                LineCost::Free | LineCost::GiftCard => continue,
            };
            if found == CogsSource::None {
                found = source;
            } else if found != source {
                return CogsSource::Mixed;
            }
        }
        found
    }

    /// Whether the order holds goods of the ladder that were sold, so that a parcel was sent.
    pub(crate) fn were_sent(&self) -> bool {
        self.slots.iter().any(Slot::is_sent)
    }

    /// Units of the parcel.
    pub(crate) fn units_sent(&self) -> i64 {
        self.slots.iter().filter(|slot| slot.is_sent()).map(|slot| slot.sold.max(0)).sum()
    }

    /// Weight of the parcel in grams, by its goods where each one's is known, else what the order says as a whole.
    pub(crate) fn grams(&self) -> Option<Decimal> {
        let said = self.facts.total_grams.filter(|grams| is_positive(*grams));
        self.grams_of_goods().or(said.filter(|grams| amount::is_exact_cost(grams.normalize())))
    }

    fn grams_of_goods(&self) -> Option<Decimal> {
        let mut grams = Decimal::ZERO;
        for (at, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.is_sent() && slot.sold > 0) {
            let each = self.facts.lines.get(at)?.weight_grams?;
            if !amount::is_exact_cost(each.normalize()) {
                return None;
            }
            grams += each * Decimal::from(slot.sold);
        }
        Some(grams)
    }
}
