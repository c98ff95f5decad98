//! Money and currencies (ISO 4217). Amounts are exact decimals; a float never holds money.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

mod codes;

/// Why a text is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: write its three-letter ISO 4217 code, such as USD")]
pub struct CurrencyError(String);

/// A currency by its three-letter ISO 4217 code, kept in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code in capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        // the constructor admits ASCII letters only, so the default is never taken
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits after the decimal point of the currency's smallest coin (ISO 4217 "minor unit").
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// Rounds an amount to the smallest coin, halves away from zero (the commercial rule of invoices).
    #[must_use]
    pub fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.minor_digits(), RoundingStrategy::MidpointAwayFromZero)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        // pence by a broker's code, say, would find no rate later and pass for a missing cost
        if let &[a, b, c] = text.trim().as_bytes() {
            let code = [a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()];
            if codes::CODES.binary_search(&&code).is_ok() {
                return Ok(Self(code));
            }
        }
        Err(CurrencyError(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An exact amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Major units (dollars, not cents), exactly as the source wrote them.
    pub amount: Decimal,
    /// The amount's currency.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_the_currency_s_own_coin() {
        let at = |code: &str, text: &str| {
            code.parse::<Currency>().unwrap().round(text.parse().unwrap()).to_string()
        };
        assert_eq!(at("USD", "0.125"), "0.13");
        assert_eq!(at("usd", "-0.125"), "-0.13");
        assert_eq!(at("JPY", "10.5"), "11");
        assert_eq!(at("KWD", "1.0005"), "1.001");
        assert!("EURO".parse::<Currency>().is_err());
        assert!("12€".parse::<Currency>().is_err());
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        assert!(codes::CODES.is_sorted());
        for code in ["GBP", " gbp ", "XCG", "HRK", "UYW", "DEM"] {
            assert_eq!(code.parse::<Currency>().unwrap().code(), code.trim().to_uppercase());
        }
        for code in ["GBX", "ZZZ", "BTC", "XXX", "XTS", ""] {
            let refused = code.parse::<Currency>().unwrap_err().to_string();
            assert!(refused.contains("three-letter ISO 4217 code"), "{refused}");
        }
    }
}
