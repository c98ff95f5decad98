//! Campaigns and their daily spend.
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;

/// The brand's advertising.
#[derive(Debug, Default)]
pub struct Ads {
    fixed: Vec<(Date, Decimal)>,
}

impl Ads {
    /// Generates campaigns for the days `from..=to`, deterministic in `seed`.
    pub fn generate(_seed: u64, _currency: &str, _time_zone: &TimeZone, _from: Date, _to: Date) -> Ads {
        Ads::default()
    }

    /// Ads that spent exactly this, in the brand's currency.
    pub fn fixed(days: Vec<(Date, Decimal)>) -> Ads {
        Ads { fixed: days }
    }

    /// What was spent on `day` as known at `as_of`, in the brand's currency.
    pub fn spend_on(&self, day: Date, _as_of: Timestamp) -> Decimal {
        self.fixed.iter().filter(|(d, _)| *d == day).map(|(_, spend)| *spend).sum()
    }
}
