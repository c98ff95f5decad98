//! Halving over time in whole numbers: 2 to the power of minus age / half-life, without a float, so that the same
//! journey gives the same credit on every machine.

/// One, in the fixed-point form of the powers.
const ONE: u128 = 1 << 60;
/// How many binary digits of the exponent's fraction are looked at.
const FRACTION_BITS: u32 = 30;
/// One, in the form of the weights.
const WEIGHT_BITS: u32 = 30;

/// The weight of an age, between 2^30 for none and 0; a half-life of nothing counts as one second.
pub(super) fn weight(age_s: u64, half_life_s: u64) -> u32 {
    let half_life = half_life_s.max(1);
    let whole = age_s / half_life;
    if whole > u64::from(WEIGHT_BITS) {
        return 0;
    }
    // below 2^30, because the remainder is smaller than the half-life
    let fraction = (u128::from(age_s % half_life) << FRACTION_BITS) / u128::from(half_life);
    let mut power = ONE;
    let mut root = ONE / 2;
    for bit in (0..FRACTION_BITS).rev() {
        // the root of the root before: 2^(-1/2), 2^(-1/4) …
        root = (root * ONE).isqrt();
        if fraction >> bit & 1 == 1 {
            power = power * root / ONE;
        }
    }
    let scaled = (power >> (60 - WEIGHT_BITS)) >> whole;
    u32::try_from(scaled).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_half_life_halves() {
        assert_eq!(weight(0, 604_800), 1 << 30);
        assert_eq!(weight(604_800, 604_800), 1 << 29);
        assert_eq!(weight(604_800 * 10, 604_800), 1 << 20);
        assert_eq!(weight(604_800 * 31, 604_800), 0);
        // 2^30 / sqrt 2 = 759,250,124.99 and 2^30 * 2^(-1/4) = 902,905,650.7, rounded down
        assert_eq!((weight(302_400, 604_800), weight(151_200, 604_800)), (759_250_124, 902_905_650));
        let mut last = u32::MAX;
        for hours in 0..2_000 {
            let now = weight(hours * 3_600, 604_800);
            assert!(now <= last);
            last = now;
        }
    }
}
