//! Pseudo-random draws that depend on nothing but a seed.

/// SplitMix64's finaliser: spreads every bit of the input over the output.
pub fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A number in 0..1 that is the same for the same seed and number.
pub fn chance(seed: u64, number: u64) -> f64 {
    (mix(seed ^ mix(number)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A stream of draws.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The stream that belongs to these numbers together.
    pub fn new(parts: &[u64]) -> Draw {
        Draw(parts.iter().fold(0, |state, part| mix(state ^ mix(*part))))
    }

    /// The next whole number in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 = mix(self.0);
        low + (self.0 % (high - low + 1).max(1).unsigned_abs()) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_range_and_repeat() {
        let (mut one, mut two) = (Draw::new(&[1, 2]), Draw::new(&[1, 2]));
        for _ in 0..1000 {
            let drawn = one.between(-3, 3);
            assert!((-3..=3).contains(&drawn));
            assert_eq!(drawn, two.between(-3, 3));
        }
        assert_ne!(Draw::new(&[1, 2]).between(0, 1 << 40), Draw::new(&[2, 1]).between(0, 1 << 40));
    }
}
