//! How far a figure can be trusted: how much of the cost of goods is recorded, what it could be at most and at least,
//! and until when platforms may still change it.

use netgain_domain::Decimal;
use netgain_domain::jiff::civil::Date;
use netgain_profit::final_on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Place, Shared};
use crate::problem::Problem;

/// When the days of a source that may still change are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SourceClock {
    /// The platform.
    pub(crate) source: String,
    /// Days of the period that it may still restate.
    pub(crate) days: u64,
    /// The first of them (YYYY-MM-DD).
    pub(crate) first: String,
    /// The last of them (YYYY-MM-DD).
    pub(crate) last: String,
    /// Whole days for which it restates a day after its end; null where nobody knows.
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

/// The sources that may still change ad spend of a period, of a channel only where one is named.
pub(crate) fn clocks(
    shared: &Shared,
    place: &Place,
    (from, to): (Date, Date),
    channel: Option<&str>,
) -> Result<Vec<SourceClock>, Problem> {
    let days = place.warehouse.provisional_days(from, to, channel)?;
    let clock = |open: netgain_warehouse::ProvisionalDays| {
        let restated = shared.runner.provider_info(&open.source).and_then(|info| info.restated_days);
        SourceClock {
            days: open.days,
            first: open.first.to_string(),
            last: open.last.to_string(),
            restated_days: restated,
            final_on: restated.map(|days| final_on(open.last, days).to_string()),
            source: open.source,
        }
    };
    Ok(days.into_iter().map(clock).collect())
}
