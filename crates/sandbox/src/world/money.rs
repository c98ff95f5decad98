//! Exact money in hundredths of a currency unit, and the roundings the world uses.
use rust_decimal::Decimal;

/// An amount in hundredths of its currency's unit (all currencies of the world have two decimals).
pub type Cents = i64;

/// Rounds `value` × `numerator` ÷ `denominator` half away from zero.
pub fn scale(value: Cents, numerator: i64, denominator: i64) -> Cents {
    let product = i128::from(value) * i128::from(numerator);
    let denominator = i128::from(denominator);
    let half = denominator / 2;
    let rounded =
        if product >= 0 { (product + half) / denominator } else { -((-product + half) / denominator) };
    rounded as Cents
}

/// The tax contained in a tax-inclusive amount at `rate` thousandths (200 = 20 %).
pub fn tax_inside(inclusive: Cents, rate: i64) -> Cents {
    scale(inclusive, rate, 1000 + rate)
}

/// The share of `total` that units `from..to` of `quantity` carry; shares of disjoint ranges add up exactly.
pub fn share(total: Cents, from: i64, to: i64, quantity: i64) -> Cents {
    if quantity == 0 { 0 } else { scale(total, to, quantity) - scale(total, from, quantity) }
}

/// The amount as a decimal with two places.
pub fn decimal(cents: Cents) -> Decimal {
    Decimal::new(cents, 2)
}

/// Parses `12`, `12.3` or `12.34` into cents without a float.
pub fn parse(text: &str) -> Option<Cents> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || fraction.len() > 2
        || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let cents = match fraction.len() {
        0 => 0,
        1 => fraction.parse::<i64>().ok()? * 10,
        _ => fraction.parse::<i64>().ok()?,
    };
    Some(sign * (whole.parse::<i64>().ok()?.checked_mul(100)? + cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_inside_twenty_percent() {
        assert_eq!(tax_inside(12000, 200), 2000);
        assert_eq!(tax_inside(1999, 200), 333);
    }

    #[test]
    fn shares_add_up() {
        let parts: i64 = (0..3).map(|i| share(1000, i, i + 1, 3)).sum();
        assert_eq!(parts, 1000);
        assert_eq!(share(-1000, 0, 1, 3), -333);
    }

    #[test]
    fn parse_money() {
        assert_eq!(parse("11.77"), Some(1177));
        assert_eq!(parse("5"), Some(500));
        assert_eq!(parse("5.1"), Some(510));
        assert_eq!(parse("5.123"), None);
        assert_eq!(parse("x"), None);
    }
}
