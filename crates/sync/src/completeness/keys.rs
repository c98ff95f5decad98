//! Where a provider counts nothing: its records are listed again, span by span, and their keys compared with ours.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use netgain_connector::{Sink, Span};
use netgain_manifest::{Measure, Totals};
use netgain_warehouse::{Check, CheckState};

use super::{Checker, Ids, TRIES, measured};
use crate::Error;

pub(super) async fn check(this: &Checker<'_>, totals: &Totals) -> Result<Vec<Check>, Error> {
    let Totals::Keys { column, read, step_days } = totals else { return Ok(Vec::new()) };
    let Some(mut since) = this.job.warehouse.oldest(this.counted(), column)? else {
        return Ok(vec![this.not_checkable("nothing of it is stored yet")]);
    };
    let step = SignedDuration::from_hours(24 * i64::from((*step_days).max(1)));
    let mut checks = Vec::new();
    while since < this.read_until {
        let until = since.checked_add(step).unwrap_or(Timestamp::MAX).min(this.read_until);
        let span = Span { since, until };
        let mut tries = 0;
        let (ours, missing) = loop {
            let ids = Ids { mapper: this.mapper, found: Mutex::default() };
            let sink: &dyn Sink = &ids;
            this.engine.read_span(this.stream, read, this.accounts, span, sink).await?;
            let mut listed = ids.found.into_inner().unwrap_or_default();
            listed.sort_unstable();
            listed.dedup();
            let known = this.job.warehouse.ids_between(this.counted(), column, since, until)?;
            let missing = listed.iter().filter(|id| known.binary_search(id).is_err()).count();
            if missing == 0 || !this.heal || tries == TRIES {
                break (known.len(), missing);
            }
            tries += 1;
            this.engine.read_span(this.stream, read, this.accounts, span, this.sink).await?;
            this.keeper.flush().await?;
        };
        let state = match (missing, tries) {
            (0, 0) => CheckState::Ok,
            (0, _) => CheckState::Healed,
            _ => CheckState::Differs,
        };
        let numbers = (ours.into(), (ours + missing).into());
        let at = Timestamp::now();
        let line = measured(&this.stream.name, &Measure::Count, numbers, at, state);
        let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
        checks.push(Check { day: Some(day(since)), until_day: Some(day(until)), ..line });
        since = until;
    }
    Ok(checks)
}
