//! Parting a whole so that the parts add up to it exactly: the largest-remainder method in whole numbers.

use netgain_domain::Decimal;

/// All of the credit for one order: credit is counted in parts per thousand million.
pub const WHOLE: u32 = 1_000_000_000;

/// Parts a number by weights. Each part is its exact share rounded down; the units left over go to the largest
/// remainders, among equal ones to the first. None if all weights are zero.
pub(crate) fn apportion(whole: u128, weights: &[u32]) -> Option<Vec<u128>> {
    debug_assert!(whole < 1 << 96, "a product with a 32-bit weight must fit 128 bits");
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if total == 0 {
        return None;
    }
    let shares = weights.iter().map(|weight| whole * u128::from(*weight));
    let mut parts: Vec<u128> = shares.clone().map(|share| share / total).collect();
    let mut order: Vec<(usize, u128)> = shares.map(|share| share % total).enumerate().collect();
    order.sort_by_key(|(_, remainder)| std::cmp::Reverse(*remainder));
    let mut left = whole - parts.iter().sum::<u128>();
    for (at, _) in order {
        if left == 0 {
            break;
        }
        parts[at] += 1;
        left -= 1;
    }
    Some(parts)
}

/// Parts an amount by weights, in units of `digits` after the decimal point or of the amount's own last digit if
/// that is finer. The parts add up to the amount exactly. None if all weights are zero.
#[must_use]
pub fn split(amount: Decimal, weights: &[u32], digits: u32) -> Option<Vec<Decimal>> {
    let amount = amount.normalize();
    let mut fine = amount;
    fine.rescale(amount.scale().max(digits));
    // an amount too large for the finer scale keeps its own
    let amount = if fine == amount { fine } else { amount };
    let parts = apportion(amount.mantissa().unsigned_abs(), weights)?;
    let signed = |part: u128| {
        let part = i128::try_from(part).unwrap_or(i128::MAX);
        let part = if amount.is_sign_negative() { -part } else { part };
        // never larger than the amount's own digits, so it always fits
        Decimal::try_from_i128_with_scale(part, amount.scale()).unwrap_or(amount)
    };
    Some(parts.into_iter().map(signed).collect())
}

/// Credit as a part of one order.
#[must_use]
pub(crate) fn orders(credit: u32) -> Decimal {
    Decimal::new(i64::from(credit), 9).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn cents_left_over_go_to_the_largest_remainders() {
        let third = split(dec("100"), &[1, 1, 1], 2).unwrap();
        assert_eq!(third, [dec("33.34"), dec("33.33"), dec("33.33")]);
        let uneven = split(dec("-0.05"), &[1, 2, 3], 2).unwrap();
        assert_eq!(uneven, [dec("-0.01"), dec("-0.02"), dec("-0.02")]);
        assert_eq!(split(dec("10"), &[0, 7], 0).unwrap(), [dec("0"), dec("10")]);
        assert_eq!(split(dec("0.0001"), &[1, 1], 2).unwrap(), [dec("0.0001"), dec("0")]);
        assert!(split(dec("1"), &[0, 0], 2).is_none() && split(dec("1"), &[], 2).is_none());
    }

    #[test]
    fn the_largest_amounts_stay_exact() {
        let largest = Decimal::MAX;
        let parts = split(largest, &[u32::MAX, u32::MAX, 1], 2).unwrap();
        assert_eq!(parts.iter().copied().sum::<Decimal>(), largest);
    }
}
