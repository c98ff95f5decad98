//! How credit is shared: the model, the look-back window, what a direct visit counts for, and which day is told.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Touchpoint;

/// How an order's credit is shared among the visits that qualify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// All to the last visit.
    Last,
    /// All to the first visit.
    First,
    /// The same to each visit.
    Linear,
    /// 40 % to the first, 40 % to the last, 20 % to those between; half each with two, all with one.
    Position,
    /// Half as much for each half-life that lies between a visit and the newest one.
    TimeDecay,
    /// All to the last visit that was paid for; nothing where none was.
    LastPaid,
    /// None: the platforms' own claims are shown as they are, and no order is credited.
    PlatformReported,
}

/// What a direct visit counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direct {
    /// It takes credit only where no other visit qualifies.
    #[default]
    OnlyAlone,
    /// The same as any other visit.
    Counts,
}

/// The day on which credit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayBasis {
    /// The order's day, as in a till's report.
    #[default]
    OrderDay,
    /// The visit's day, as ad platforms count.
    ClickDay,
}

/// The settings of attribution. A figure names them, because it means nothing without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The model.
    pub model: Model,
    /// Visits older than this many times 24 hours before the order take no credit; none: any age.
    pub lookback_days: Option<u32>,
    /// For [`Model::TimeDecay`]: hours in which the weight halves.
    pub half_life_hours: u32,
    /// What a direct visit counts for.
    pub direct: Direct,
    /// The day on which credit counts.
    pub day: DayBasis,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            model: Model::Last,
            lookback_days: Some(30),
            half_life_hours: 168,
            direct: Direct::OnlyAlone,
            day: DayBasis::OrderDay,
        }
    }
}

/// Why settings of attribution cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Nothing can halve in no time.
    #[error("half_life_hours is 0: write how many hours it takes until a visit counts half, such as 168")]
    HalfLife,
}

impl ModelSettings {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When the half-life is zero.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.half_life_hours == 0 { Err(ModelError::HalfLife) } else { Ok(()) }
    }

    /// Whether a visit lies within the window before an order; one after the order never does.
    pub(super) fn is_within(&self, visit: Timestamp, order: Timestamp) -> Window {
        let age = order.duration_since(visit);
        if age < SignedDuration::ZERO {
            return Window::After;
        }
        match self.lookback_days {
            Some(days) if age > SignedDuration::from_hours(i64::from(days) * 24) => Window::TooOld,
            _ => Window::Within,
        }
    }
}

/// Where a visit lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    Within,
    TooOld,
    After,
}

/// The zones whose midnights part the days.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The workspace's zone.
    pub zone: TimeZone,
    /// Zones of ad accounts by platform: their credit is told in their days, so that it meets their spend.
    pub account_zones: BTreeMap<String, TimeZone>,
    /// Zones of campaigns by platform and id, which go before: a platform may have accounts in several zones.
    pub campaign_zones: BTreeMap<(String, String), TimeZone>,
}

impl Clock {
    /// A clock without ad accounts in other zones.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, account_zones: BTreeMap::new(), campaign_zones: BTreeMap::new() }
    }

    /// The day of an instant, and whether it differs from the workspace's own day of it.
    pub(super) fn day(&self, at: Timestamp, visit: Option<&Touchpoint>) -> (Date, bool) {
        let ours = self.zone.to_datetime(at).date();
        let theirs = visit.and_then(|visit| {
            let platform = visit.platform.as_ref()?;
            let of_campaign = |id: &String| self.campaign_zones.get(&(platform.clone(), id.clone()));
            visit.campaign_id.as_ref().and_then(of_campaign).or_else(|| self.account_zones.get(platform))
        });
        let day = theirs.map_or(ours, |zone| zone.to_datetime(at).date());
        (day, day != ours)
    }
}
