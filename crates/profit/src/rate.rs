//! Amounts that are not an order's, such as ad spend and subscriptions, in the reporting currency.

use jiff::civil::Date;
use netgain_domain::{Currency, Decimal};

use crate::{MissingRate, RateBook};

/// A reporting currency and the rates into it.
#[derive(Debug, Clone, Copy)]
pub struct InCurrency<'r> {
    /// The reporting currency.
    pub currency: Currency,
    /// The rates.
    pub rates: &'r RateBook,
}

impl InCurrency<'_> {
    /// An amount in the reporting currency at the rate of a day, rounded to the smallest coin; one that is in the
    /// reporting currency already keeps its digits.
    ///
    /// # Errors
    /// When no rate is known, or the amount times its rate is beyond exact arithmetic.
    pub fn convert(&self, amount: Decimal, from: Currency, day: Date) -> Result<Decimal, MissingRate> {
        if from == self.currency {
            return Ok(amount);
        }
        let rate = self.rates.rate(from, self.currency, day)?;
        let product = amount.checked_mul(rate.value);
        let missing = MissingRate { from, to: self.currency, day };
        Ok(self.currency.round(product.ok_or(missing)?))
    }
}
