//! Which cost the units of a line have: the cost book's, or what the settings say about a missing one.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{CogsSource, Flag, Flags, LineFacts};

use crate::settings::{MissingPolicy, NeverDefault, on};
use crate::{Cost, CostBook, CostQuery, Settings};

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

/// The cost of a good without a recorded one.
pub(super) fn by_rule(settings: &Settings, day: Date) -> LineCost {
    let rule = |ratio, source| LineCost::Ratio { ratio, source };
    match settings.cost.missing_policy {
        MissingPolicy::Ratio => on(&settings.cost.default_ratio, day)
            .map_or(LineCost::Required, |row| rule(row.value, CogsSource::EstimateRatio)),
        MissingPolicy::Zero => rule(Decimal::ZERO, CogsSource::Missing),
        MissingPolicy::EqualToNetSales => rule(Decimal::ONE, CogsSource::Missing),
        MissingPolicy::Exclude => LineCost::Excluded,
        MissingPolicy::Error => LineCost::Required,
    }
}

/// The cost of a line's units on the order's day. A cost in another currency is none: without a rate it says
/// nothing, and counting it as equal would be wrong.
pub(super) fn of_line(
    line: &LineFacts,
    country: Option<&str>,
    costs: &CostBook,
    settings: &Settings,
    day: Date,
    by_rule: LineCost,
    flags: &mut Flags,
) -> LineCost {
    if line.is_gift_card {
        return LineCost::GiftCard;
    }
    match costs.find(&CostQuery::of_line(line, country, day)) {
        Some(cost) if cost.currency == settings.currency => return LineCost::Recorded(cost),
        Some(_) => flags.insert(Flag::CostCurrency),
        None => {}
    }
    let custom = line.variant_id.is_none() && line.sku.is_none();
    if custom && settings.cost.never_default.contains(&NeverDefault::CustomItem) {
        return LineCost::Free;
    }
    by_rule
}
