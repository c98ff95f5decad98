//! What a manifest says about a stream that is read through jobs, with its paths compiled.

use jiff::ToSpan;
use jiff::civil::Date;
use netgain_manifest::{Cursor, Fetch, Poll, Request, Slice, Stream, Zone};
use netgain_mapping::Path;

use super::windows::{self, Days, Window};
use crate::Error;

/// A stream that is read through jobs.
pub(crate) struct Plan<'a> {
    pub poll: &'a Poll,
    pub result: &'a Request,
    /// Path of a job's id in the answer that creates it.
    pub id: Path,
    pub state: Path,
    /// Whether each account has its own jobs.
    pub by_account: bool,
    pub zone: Zone,
    pub max_running: usize,
    step: u32,
    max_age: u32,
    /// Days after its end that a day may still be restated.
    restated: u32,
}

/// The age in days to which a stream is read whose platform names none.
const LONGEST_DAYS: u32 = 3660;

impl<'a> Plan<'a> {
    pub fn of(stream: &'a Stream) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::Setup(format!("stream `{}`: {problem}", stream.name));
        let path = |text: &str| Path::compile(text).map_err(|error| wrong(&error.to_string()));
        let Fetch::AsyncJob { id, poll, result, max_running, .. } = &stream.fetch else {
            return Err(wrong("its fetch is no async_job"));
        };
        let window = stream.slices.iter().find_map(|slice| match slice {
            Slice::Window { step_days, max_age_days, zone, .. } => Some((*step_days, *max_age_days, *zone)),
            _ => None,
        });
        let (step, max_age, zone) = window.ok_or_else(|| wrong("an async_job needs a slice `window`"))?;
        let Cursor::Restate { days: restated } = stream.cursor else {
            return Err(wrong("an async_job needs a cursor `restate`"));
        };
        Ok(Self {
            poll,
            result,
            id: path(id)?,
            state: path(&poll.state)?,
            by_account: stream.slices.iter().any(|slice| matches!(slice, Slice::Accounts {})),
            zone,
            max_running: usize::try_from(*max_running).unwrap_or(1).max(1),
            step,
            max_age: max_age.unwrap_or(LONGEST_DAYS),
            restated,
        })
    }

    /// The windows that are to be read on a day. A day is provisional until it has ended `restated` whole days ago.
    pub fn windows(&self, today: Date, settled: &[Days]) -> Vec<Window> {
        let ago = |days: u32| today.saturating_sub(i64::from(days).days());
        let whole = Days { since: ago(self.max_age), until: today };
        windows::plan(whole, settled, ago(self.restated + 1), self.step)
    }
}
