//! What a manifest says about a stream whose days are read window by window, with its paths compiled.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use netgain_manifest::{Cursor, Fetch, Poll, Request, Slice, Stream, Zone};
use netgain_mapping::Path;

use super::windows::{self, Days, Window};
use crate::Error;
use crate::document::Documents;

/// A stream whose days are read.
pub(crate) struct Plan<'a> {
    /// How the jobs are asked for and watched; none where each window is simply listed.
    pub job: Option<JobPlan<'a>>,
    /// The call that lists what a window holds.
    pub result: &'a Request,
    /// Where the answers name files.
    pub documents: Option<Documents>,
    pub zone: Zone,
    /// How many windows are asked for at the same time.
    pub max_running: usize,
    /// Before now at which a window ends at the latest.
    pub end_lag: SignedDuration,
    step: u32,
    max_age: u32,
    /// Days after its end that a day may still be restated.
    restated: u32,
}

/// The jobs of a stream.
pub(crate) struct JobPlan<'a> {
    pub poll: &'a Poll,
    /// Path of a job's id in the answer that creates it.
    pub id: Path,
    pub state: Path,
    /// Further values of the answer that says it is done.
    pub values: Vec<(String, Path)>,
}

/// The age in days to which a stream is read whose platform names none.
const LONGEST_DAYS: u32 = 3660;
/// Seconds in a day.
const DAY_S: u64 = 24 * 3600;

impl<'a> Plan<'a> {
    pub fn of(stream: &'a Stream) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::Setup(format!("stream `{}`: {problem}", stream.name));
        let path = |text: &str| Path::compile(text).map_err(|error| wrong(&error.to_string()));
        let (job, result, document, max_running) = match &stream.fetch {
            Fetch::AsyncJob { id, poll, result, document, max_running } => {
                let values = poll.values.iter().map(|(name, text)| Ok((format!("job.{name}"), path(text)?)));
                let values = values.collect::<Result<_, Error>>()?;
                let job = JobPlan { poll, id: path(id)?, state: path(&poll.state)?, values };
                (Some(job), result, document, usize::try_from(*max_running).unwrap_or(1).max(1))
            }
            Fetch::Pages { document } => (None, &stream.request, document, 1),
            Fetch::Bulk { .. } => return Err(wrong("a file is not read by windows of days")),
        };
        let window = stream.slices.iter().find_map(|slice| match slice {
            Slice::Window { step_days, max_age_days, zone, end_lag_s } => {
                Some((*step_days, *max_age_days, *zone, *end_lag_s))
            }
            _ => None,
        });
        let (step, max_age, zone, end_lag) = window.ok_or_else(|| wrong("it needs a slice `window`"))?;
        let restated = match stream.cursor {
            Cursor::Restate { days } => days,
            Cursor::Timestamp { overlap_s, lag_s, .. } => {
                let seconds = u64::from(overlap_s) + u64::from(lag_s);
                u32::try_from(seconds.div_ceil(DAY_S)).unwrap_or(u32::MAX)
            }
            _ => return Err(wrong("its window needs a cursor `restate`")),
        };
        Ok(Self {
            job,
            result,
            documents: document.as_ref().map(Documents::new).transpose()?,
            zone,
            max_running,
            end_lag: SignedDuration::from_secs(i64::from(end_lag)),
            step,
            max_age: max_age.unwrap_or(LONGEST_DAYS),
            restated,
        })
    }

    /// Seconds after which what a run that was cut off had begun is not taken up.
    pub fn longest(&self) -> u32 {
        const HOUR_S: u32 = 3600;
        self.job.as_ref().map_or(HOUR_S, |job| job.poll.stuck_after_s)
    }

    /// How often a window that came to nothing is asked for again.
    pub fn resubmit(&self) -> u32 {
        const OFTEN: u32 = 3;
        self.job.as_ref().map_or(OFTEN, |job| job.poll.resubmit)
    }

    /// The windows that are to be read on a day. A day is provisional until it has ended `restated` whole days ago.
    pub fn windows(&self, today: Date, settled: &[Days]) -> Vec<Window> {
        let ago = |days: u32| today.saturating_sub(i64::from(days).days());
        let whole = Days { since: ago(self.max_age), until: today };
        windows::plan(whole, settled, ago(self.restated + 1), self.step)
    }

    /// Windows of some days as they stand on `today`.
    pub fn windows_of(&self, whole: Days, today: Date) -> Vec<Window> {
        let last_final = today.saturating_sub(i64::from(self.restated + 1).days());
        windows::plan(whole, &[], last_final, self.step)
    }
}
