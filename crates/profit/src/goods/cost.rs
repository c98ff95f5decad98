//! Which cost the units of a line have: the cost book's, or what the settings say about a missing one.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{CogsSource, Flag, Flags, LineFacts, OrderRate};
use rust_decimal::RoundingStrategy;

use crate::settings::{MissingPolicy, NeverDefault, ratio_on};
use crate::{Cost, CostBook, CostQuery, Rate, Settings, amount};

/// Digits after the point of a unit cost that was converted.
const COST_DIGITS: u32 = 6;

/// What a line's units cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LineCost {
    /// By the cost book.
    Recorded(Cost),
    /// A part of its value, by rule.
    Ratio { ratio: Decimal, source: CogsSource },
    /// Not known, and the settings leave the line out of the ladder.
    Excluded,
    /// Not known, and the settings do not count an order without it.
    Required,
    /// Nothing: no physical good.
    Free,
    /// A gift card: not a sale.
    GiftCard,
}

/// The cost of a good without a recorded one; without a line, of any.
pub(super) fn by_rule(settings: &Settings, line: Option<&LineFacts>, day: Date) -> LineCost {
    let rule = |ratio, source| LineCost::Ratio { ratio, source };
    match settings.cost.missing_policy {
        MissingPolicy::Ratio => ratio_on(&settings.cost.default_ratio, line, day)
            .map_or(LineCost::Required, |row| rule(row.value, CogsSource::EstimateRatio)),
        MissingPolicy::Zero => rule(Decimal::ZERO, CogsSource::Missing),
        MissingPolicy::EqualToNetSales => rule(Decimal::ONE, CogsSource::Missing),
        MissingPolicy::Exclude => LineCost::Excluded,
        MissingPolicy::Error => LineCost::Required,
    }
}

/// Whether a line is of a kind that never gets a cost by default. Gift cards, tips and delivery are no goods at all.
fn is_kind(line: &LineFacts, kind: NeverDefault) -> bool {
    match kind {
        NeverDefault::GiftCard | NeverDefault::Tip | NeverDefault::Shipping => false,
        NeverDefault::CustomItem => line.variant_id.is_none() && line.sku.is_none(),
        NeverDefault::Digital => line.requires_shipping == Some(false),
        NeverDefault::Donation => {
            let tags = line.product_tags.as_deref().unwrap_or_default().split(',');
            tags.chain(line.product_type.as_deref()).any(|word| word.trim().eq_ignore_ascii_case(DONATION))
        }
    }
}

/// The product type or tag of donations.
const DONATION: &str = "donation";

/// What the cost of a line is looked up in.
pub(super) struct Book<'b> {
    pub costs: &'b CostBook,
    pub settings: &'b Settings,
    /// The order's local day.
    pub day: Date,
}

impl Book<'_> {
    /// The cost of a line's units on the order's day. A cost in another currency is converted at that day's rate;
    /// without one it is none: counting it as equal would be wrong.
    pub(super) fn of_line(
        &self,
        line: &LineFacts,
        country: Option<&str>,
        flags: &mut Flags,
        rates: &mut Vec<OrderRate>,
    ) -> LineCost {
        if line.is_gift_card {
            return LineCost::GiftCard;
        }
        match self.costs.find(&CostQuery::of_line(line, country, self.day)) {
            Some(cost) if cost.currency == self.settings.currency => return LineCost::Recorded(cost),
            Some(cost) => match self.converted(cost, line, rates) {
                Some(cost) => return LineCost::Recorded(cost),
                None => flags.insert(Flag::CostCurrency),
            },
            None => {}
        }
        if self.settings.cost.never_default.iter().any(|kind| is_kind(line, *kind)) {
            return LineCost::Free;
        }
        by_rule(self.settings, Some(line), self.day)
    }

    /// A unit cost in the reporting currency. It is kept finer than a coin, since it is multiplied by units.
    fn converted(&self, cost: Cost, line: &LineFacts, rates: &mut Vec<OrderRate>) -> Option<Cost> {
        let (from, to) = (cost.currency, self.settings.currency);
        let rate = self.costs.rates().rate(from, to, self.day).ok();
        let applied = rate.as_ref().map(Rate::applied);
        let row_id = line.line_id.clone();
        rates.push(OrderRate { row_id, from, amount: cost.unit_cost, day: self.day, applied });
        let exact = cost.unit_cost.checked_mul(rate?.value)?;
        let unit_cost =
            exact.round_dp_with_strategy(COST_DIGITS, RoundingStrategy::MidpointAwayFromZero).normalize();
        amount::is_exact_cost(unit_cost).then_some(Cost { unit_cost, currency: to, ..cost })
    }
}
