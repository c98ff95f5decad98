//! What a number of things costs in a period: plain prices, packages and tiers. The rules stand in
//! `docs/recurring-revenue.md`.

use netgain_domain::Decimal;
use netgain_domain::facts::{Package, PriceFacts, PriceTier, TiersMode};

/// What `quantity` of something costs, before discounts, in the price's currency; none where the price does not say.
#[must_use]
pub fn price_of(quantity: Decimal, price: &PriceFacts) -> Option<Decimal> {
    match price.tiers_mode {
        None => price.unit_amount?.checked_mul(pieces(quantity, price.package)),
        Some(TiersMode::Graduated) => graduated(quantity, &price.tiers),
        Some(TiersMode::Volume) => volume(quantity, &price.tiers),
    }
}

/// Units, or packages of them.
fn pieces(quantity: Decimal, package: Option<Package>) -> Decimal {
    let Some(Package { size, round_up }) = package else { return quantity };
    let packages = quantity.checked_div(size).unwrap_or(quantity);
    if round_up { packages.ceil() } else { packages.floor() }
}

/// Each unit costs what its own tier says; a tier's flat amount counts once the number reaches the tier, that of the
/// first always.
fn graduated(quantity: Decimal, tiers: &[PriceTier]) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    let mut below = Decimal::ZERO;
    for (at, tier) in tiers.iter().enumerate() {
        if at > 0 && quantity <= below {
            return Some(sum);
        }
        let last = tier.up_to.map_or(quantity, |up_to| up_to.min(quantity));
        let units = (last - below).max(Decimal::ZERO);
        sum += tier.flat_amount.unwrap_or_default();
        sum = sum.checked_add(units.checked_mul(tier.unit_amount.unwrap_or_default())?)?;
        match tier.up_to {
            Some(up_to) => below = up_to.max(below),
            None => return Some(sum),
        }
    }
    // more units than the tiers reach have no price
    (!tiers.is_empty() && quantity <= below).then_some(sum)
}

/// All units cost what the tier of the whole number says, and its flat amount.
fn volume(quantity: Decimal, tiers: &[PriceTier]) -> Option<Decimal> {
    let tier = tiers.iter().find(|tier| tier.up_to.is_none_or(|up_to| quantity <= up_to))?;
    let units = quantity.checked_mul(tier.unit_amount.unwrap_or_default())?;
    units.checked_add(tier.flat_amount.unwrap_or_default())
}
