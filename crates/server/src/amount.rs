//! Decimals as clients read them: text, exact, with at least the currency's own digits.

use netgain_domain::{Currency, Decimal};

/// An amount of money: every digit that is there, and at least as many as the smallest coin has.
pub(crate) fn money(amount: Decimal, currency: Currency) -> String {
    let mut amount = plain(amount);
    if amount.scale() < currency.minor_digits() {
        amount.rescale(currency.minor_digits());
    }
    amount.to_string()
}

/// A number without trailing zeros.
pub(crate) fn number(value: Decimal) -> String {
    plain(value).to_string()
}

/// `normalize` also turns -0 into 0.
fn plain(value: Decimal) -> Decimal {
    value.normalize()
}

#[cfg(test)]
mod tests {
    use super::{money, number};

    #[test]
    fn amounts_keep_their_digits_and_show_the_coin() {
        let at = |code: &str, text: &str| money(text.parse().unwrap(), code.parse().unwrap());
        assert_eq!(at("GBP", "1204.1000000000"), "1204.10");
        assert_eq!(at("GBP", "1.23456"), "1.23456");
        assert_eq!(at("GBP", "-0"), "0.00");
        assert_eq!(at("JPY", "10.0"), "10");
        assert_eq!(number("0.5000".parse().unwrap()), "0.5");
    }
}
