//! The completeness check: our counts and sums against the provider's own, stream by stream and day by day, and the
//! reading again of just what differs.

mod days;
mod keys;
mod report;
mod run;
mod spans;

use std::sync::{Arc, Mutex};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use netgain_connector::{Account, BoxError, Engine, Page, Sink};
use netgain_domain::{Decimal, Table};
use netgain_manifest::{Cursor, Measure, Stream, Totals};
use netgain_mapping::Mapper;
use netgain_warehouse::{Check, CheckState, Counted};

use crate::Error;
use crate::job::{KeeperSink, SyncJob};
use crate::keeper::Keeper;

pub use report::{Difference, ReconcileReport, StreamCheck};
pub(crate) use run::KnownCheck;
pub use run::{Checking, ReconcileOptions};

/// How often days are read again before a difference is left as it is.
const TRIES: u32 = 3;

/// One stream under check.
struct Checker<'a> {
    job: &'a SyncJob,
    engine: &'a Engine,
    keeper: &'a Keeper,
    sink: &'a KeeperSink<'a>,
    mapper: &'a Arc<Mapper>,
    stream: &'a Stream,
    table: Table,
    accounts: &'a [Account],
    /// Until when the stream was read.
    read_until: Timestamp,
    /// Where it stands.
    position: String,
    heal: bool,
    /// Whether another stream fills the same table.
    shared: bool,
    /// The first day (UTC) that is looked at; all without it.
    from: Option<Date>,
}

impl Checker<'_> {
    fn counted(&self) -> Counted<'_> {
        Counted {
            connection: &self.job.connection.id,
            stream: self.shared.then_some(self.stream.name.as_str()),
            table: self.table,
        }
    }

    /// The instant before which everything has been read: what a platform shows late may still be missing after it.
    fn settled(&self) -> Timestamp {
        let lag = match &self.stream.cursor {
            Cursor::Timestamp { lag_s, .. } => *lag_s,
            _ => 0,
        };
        let counted_late = match &self.stream.totals {
            Some(Totals::Window { settle_s, .. } | Totals::Keys { settle_s, .. }) => *settle_s,
            _ => 0,
        };
        let lag = SignedDuration::from_secs(i64::from(lag.max(counted_late)));
        self.read_until.checked_sub(lag).unwrap_or(Timestamp::MIN)
    }

    /// Reads the whole stream once more.
    async fn read_all_again(&self) -> Result<(), Error> {
        self.engine.run(self.stream, self.accounts, Some(&self.position), self.sink).await?;
        self.keeper.flush().await?;
        Ok(())
    }

    /// A line of the ledger that says why there is nothing to compare with.
    fn not_checkable(&self, why: &str) -> Check {
        not_checkable(&self.stream.name, why)
    }

    /// How many records of the stream are set aside, in words; none where there are none.
    fn set_aside(&self) -> Result<Option<String>, Error> {
        let rows = self.job.warehouse.quarantine(Some(&self.job.connection.id))?;
        let count = rows.iter().filter(|row| row.stream == self.stream.name).count();
        Ok((count > 0)
            .then(|| format!("{count} records of the stream are set aside: see `netgain quarantine`")))
    }

    async fn check(&self, totals: &Totals) -> Result<Vec<Check>, Error> {
        match totals {
            Totals::Window { .. } => spans::check(self, totals).await,
            Totals::Day { .. } => days::check(self, totals).await,
            Totals::Keys { .. } => keys::check(self, totals).await,
            Totals::All { request, path, exact, measure } => {
                let ask = netgain_connector::Ask { request, path, exact: exact.as_ref() };
                let theirs = self.engine.total(self.stream, ask, self.accounts, None, self.sink).await?;
                if !theirs.exact {
                    return Ok(vec![self.not_checkable("the provider's number is a lower bound")]);
                }
                let ours = || self.job.warehouse.measured(self.counted(), column_of(measure), None);
                let mut held = ours()?;
                let mut state = if held == theirs.value { CheckState::Ok } else { CheckState::Differs };
                // a stream that is read whole each time is simply read once more
                if self.heal && state == CheckState::Differs && matches!(self.stream.cursor, Cursor::Full {})
                {
                    self.read_all_again().await?;
                    held = ours()?;
                    state = if held == theirs.value { CheckState::Healed } else { CheckState::Differs };
                }
                let differs = state == CheckState::Differs;
                let hint = "read all of it again with `netgain sync --full`".to_owned();
                let check = measured(&self.stream.name, measure, (held, theirs.value), theirs.at, state);
                Ok(vec![Check { note: differs.then_some(hint), ..check }])
            }
            Totals::Nothing { reason } => Ok(vec![self.not_checkable(reason)]),
        }
    }
}

fn not_checkable(stream: &str, why: &str) -> Check {
    Check {
        stream: stream.to_owned(),
        measure: "count".to_owned(),
        day: None,
        until_day: None,
        ours_count: None,
        theirs_count: None,
        ours_sum: None,
        theirs_sum: None,
        currency: None,
        checked_at: Timestamp::now(),
        state: CheckState::NotCheckable,
        note: Some(why.to_owned()),
        through: None,
    }
}

fn column_of(measure: &Measure) -> Option<&str> {
    match measure {
        Measure::Count => None,
        Measure::Sum { column } => Some(column),
    }
}

/// A line of the ledger about all there is; the caller adds the days.
fn measured(
    stream: &str,
    measure: &Measure,
    (ours, theirs): (Decimal, Decimal),
    at: Timestamp,
    state: CheckState,
) -> Check {
    let count = |value: Decimal| u64::try_from(value).ok();
    let counts = matches!(measure, Measure::Count);
    Check {
        stream: stream.to_owned(),
        measure: column_of(measure).unwrap_or("count").to_owned(),
        day: None,
        until_day: None,
        ours_count: counts.then(|| count(ours)).flatten(),
        theirs_count: counts.then(|| count(theirs)).flatten(),
        ours_sum: (!counts).then_some(ours),
        theirs_sum: (!counts).then_some(theirs),
        currency: None,
        checked_at: at,
        state,
        note: None,
        through: None,
    }
}

/// Collects the ids of records and keeps nothing.
struct Ids<'a> {
    mapper: &'a Mapper,
    found: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Sink for Ids<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut found = crate::runner::locked(&self.found);
        for line in &page.lines {
            let value = netgain_mapping::parse(std::str::from_utf8(line)?)?;
            found.extend(self.mapper.id(&value, &page.context));
        }
        Ok(())
    }
}
