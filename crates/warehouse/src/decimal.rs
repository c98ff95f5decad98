//! Exact decimals to and from the stored form: a whole number of 10⁻¹⁰ in 38 digits.

use netgain_domain::Decimal;

/// Digits in all.
pub(crate) const PRECISION: u8 = 38;
/// Digits after the point.
pub(crate) const SCALE: u8 = 10;
/// The first whole number that no longer fits into 38 digits.
const LIMIT: i128 = 10_i128.pow(PRECISION as u32);

/// What makes a whole number of 10⁻¹⁰ out of a mantissa, by its scale.
const TO_SCALE: [i128; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut scale = SCALE as usize;
    while scale > 0 {
        scale -= 1;
        powers[scale] = powers[scale + 1] * 10;
    }
    powers
};

/// The stored form, or nothing if a digit would be lost.
pub(crate) fn to_stored(value: Decimal) -> Option<i128> {
    // most of an order's amounts are nothing
    if value.is_zero() {
        return Some(0);
    }
    let scale = value.scale();
    let mantissa = value.mantissa();
    let stored = if let Some(power) = TO_SCALE.get(scale as usize) {
        mantissa.checked_mul(*power)?
    } else {
        let divisor = 10_i128.pow(scale - u32::from(SCALE));
        if mantissa % divisor != 0 {
            return None;
        }
        mantissa / divisor
    };
    (stored.abs() < LIMIT).then_some(stored)
}

/// The decimal without trailing zeros, or nothing if it has more digits than a [`Decimal`] holds (which sums can
/// have, single amounts never).
pub(crate) fn from_stored(stored: i128, scale: u32) -> Option<Decimal> {
    if stored == 0 {
        return Some(Decimal::ZERO);
    }
    // amounts fit into 64 bits as a rule, and dividing those costs a fraction of dividing 128
    if let Ok(mut mantissa) = i64::try_from(stored) {
        let mut scale = scale;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        return Decimal::try_new(mantissa, scale).ok();
    }
    let (mut mantissa, mut scale) = (stored, scale);
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_every_digit_or_says_no() {
        let stored = |text: &str| to_stored(text.parse().unwrap());
        assert_eq!(stored("19.990"), Some(199_900_000_000));
        assert_eq!(stored("0.00000000010"), Some(1));
        assert_eq!(stored("0.00000000011"), None);
        assert_eq!(
            stored("7922816251426433759354395033"),
            Some(79_228_162_514_264_337_593_543_950_330_000_000_000)
        );
        assert_eq!(stored("79228162514264337593543950335"), None);
    }

    proptest! {
        #[test]
        fn round_trips(mantissa in -10_i128.pow(28)..10_i128.pow(28), scale in 0_u32..=10) {
            let value = Decimal::from_i128_with_scale(mantissa, scale);
            if let Some(stored) = to_stored(value) {
                let back = from_stored(stored, 10).unwrap();
                prop_assert_eq!(back, value);
                prop_assert_eq!(back.to_string(), value.normalize().to_string());
            } else {
                prop_assert!(mantissa.abs() >= 10_i128.pow(28 - (10 - scale)));
            }
        }
    }
}
