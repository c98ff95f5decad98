//! How far a figure can be trusted: how much of the cost of goods is recorded, what it could be at most and at least,
//! and until when it may still change: platforms restate their days, and estimated fees wait for the actual ones.

use netgain_domain::Decimal;
use netgain_domain::facts::{Line, Weighing};
use netgain_domain::jiff::civil::Date;
use netgain_profit::final_on;
use netgain_warehouse::{OrderKey, ProvisionalDays};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Place, Shared};
use crate::problem::Problem;
use crate::runner::RestatedDays;

/// When the days of a source that may still change are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SourceClock {
    /// The platform.
    pub(crate) source: String,
    /// What of it may change: `ads`, `messages`, or `fees` that are estimated until they are booked.
    pub(crate) what: &'static str,
    /// Days of the period that may still change.
    pub(crate) days: u64,
    /// The first of them (YYYY-MM-DD).
    pub(crate) first: String,
    /// The last of them (YYYY-MM-DD).
    pub(crate) last: String,
    /// Whole days for which a day may change after its end; null where nobody knows.
    pub(crate) restated_days: Option<u32>,
    /// The day on which the last of them is final (YYYY-MM-DD); null where nobody knows.
    pub(crate) final_on: Option<String>,
}

/// How far a figure can be trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    /// Part of the net sales of goods whose cost is recorded; none without such sales.
    pub(crate) cost_coverage: Option<Decimal>,
    /// What of the figure is estimated cost of goods, with its sign in it.
    pub(crate) estimated: Option<Decimal>,
    /// The figure at the least and at the most, if goods without a recorded cost cost nothing or all they were sold for.
    pub(crate) band: Option<(Decimal, Decimal)>,
    /// The sources that may still change it.
    pub(crate) clocks: Vec<SourceClock>,
}

impl Trust {
    /// The day on which the figure is final, while it is not; none where nobody knows.
    pub(crate) fn final_on(&self) -> Option<String> {
        final_day(&self.clocks)
    }
}

/// The last day of all clocks; none where one of them does not know.
pub(crate) fn final_day(clocks: &[SourceClock]) -> Option<String> {
    let days: Option<Vec<&String>> = clocks.iter().map(|clock| clock.final_on.as_ref()).collect();
    days?.into_iter().max().cloned()
}

/// What a figure holds of what may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moving {
    pub(crate) ads: bool,
    pub(crate) messages: bool,
    pub(crate) fees: bool,
}

impl Moving {
    /// All of it, as in net profit.
    pub(crate) const ALL: Self = Self { ads: true, messages: true, fees: true };
    /// Ad spend alone.
    pub(crate) const ADS: Self = Self { ads: true, messages: false, fees: false };
    /// What orders cost alone.
    pub(crate) const FEES: Self = Self { ads: false, messages: false, fees: true };

    /// What a sum of base lines holds.
    pub(crate) fn of(weighing: &Weighing) -> Self {
        Self {
            ads: weighing.has(&[Line::AdSpend]),
            messages: weighing.has(&[Line::MessagingCosts]),
            fees: weighing.has(&[Line::PaymentFees, Line::MarketplaceFees]),
        }
    }
}

/// Of which days, channel and orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within<'w> {
    pub(crate) days: (Date, Date),
    pub(crate) channel: Option<&'w str>,
    pub(crate) orders: Option<&'w [OrderKey]>,
}

impl Within<'_> {
    pub(crate) fn days(days: (Date, Date)) -> Self {
        Self { days, channel: None, orders: None }
    }
}

/// The sources that may still change a figure.
pub(crate) fn clocks(
    shared: &Shared,
    place: &Place,
    within: Within<'_>,
    moving: Moving,
) -> Result<Vec<SourceClock>, Problem> {
    let Within { days: (from, to), channel, orders } = within;
    let mut clocks = Vec::new();
    let mut add = |what: &'static str, open: Vec<ProvisionalDays>, days: fn(&RestatedDays) -> Option<u32>| {
        for open in open {
            let info = shared.runner.provider_info(&open.source);
            let restated_days = info.as_ref().and_then(|info| days(&info.restated));
            clocks.push(SourceClock {
                what,
                days: open.days,
                first: open.first.to_string(),
                last: open.last.to_string(),
                restated_days,
                final_on: restated_days.map(|days| final_on(open.last, days).to_string()),
                source: open.source,
            });
        }
    };
    // orders hold neither ads nor messages
    if moving.ads && orders.is_none() {
        add("ads", place.warehouse.provisional_days(from, to, channel)?, |info| info.ads);
    }
    // what messages cost belongs to no channel of sales
    if moving.messages && orders.is_none() && channel.is_none() {
        add("messages", place.warehouse.provisional_message_days(from, to)?, |info| info.messages);
    }
    if moving.fees
        && let Some(told) = place.warehouse.last_actual_fee()?
    {
        // an order from before the last fee that was told had its chance: the estimate stands
        let since = place.settings.zone().to_datetime(told).date().max(from);
        if since <= to {
            let open = place.warehouse.estimated_fee_days(since, to, channel, orders)?;
            add("fees", open, |info| info.bookings);
        }
    }
    Ok(clocks)
}
