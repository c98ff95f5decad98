//! A first load from a file: the platform is asked to write it, watched, and the file is downloaded and read. A run
//! that ended at any instant goes on with the same job and behind the records that are kept.

mod file;
mod job;
mod plan;
mod read;

use std::path::Path;

use netgain_domain::ErrorClass;
use netgain_manifest::{Cursor, Fetch, Stream};

use crate::caller::Caller;
use crate::cursor::{BulkPosition, State};
use crate::engine::{Account, StreamReport};
use crate::gone::Gone;
use crate::{Error, Note, Page, Sink};

pub(crate) use file::is_allowed;
use file::{Fetched, Spooled};
use job::{Ended, Written};
use plan::Plan;

/// Whether a stream's stored position lies within a file.
pub(crate) fn is_under_way(stream: &str, cursor: Option<&str>) -> Result<bool, Error> {
    Ok(State::read(stream, cursor)?.bulk.is_some())
}

/// What a load needs of its connection.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    pub caller: &'a Caller,
    /// Where files are kept while they are read.
    pub folder: &'a Path,
}

/// Loads a stream from its beginning, or goes on with a load that the cursor tells of.
pub(crate) async fn run(
    files: Files<'_>,
    stream: &Stream,
    fetch: &Fetch,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let plan = Plan::compile(stream, fetch)?;
    let context = accounts.first().map(|account| account.context.clone()).unwrap_or_default();
    let gone = Gone::of(stream)?;
    let mut load = Load { files, stream, plan, context, gone, sink, report: StreamReport::default() };
    load.run(State::read(&stream.name, cursor)?.bulk).await?;
    Ok(load.report)
}

/// One load under way.
struct Load<'a> {
    files: Files<'a>,
    stream: &'a Stream,
    plan: Plan<'a>,
    context: netgain_mapping::Context,
    gone: Gone<'a>,
    sink: &'a dyn Sink,
    report: StreamReport,
}

impl Load<'_> {
    async fn run(&mut self, mut position: Option<BulkPosition>) -> Result<(), Error> {
        let mut again = 0;
        loop {
            let mut at = match position.take() {
                Some(position) => position,
                None => self.begin().await?,
            };
            let spooled = Spooled::of(self.files, &self.stream.name, &at.id);
            // after an error the file stays: the next run may go on with it
            let lost = self.take(&mut at, &spooled).await?;
            spooled.remove().await;
            let Some(lost) = lost else { return Ok(()) };
            again += 1;
            if again > self.plan.poll.resubmit {
                let message = format!(
                    "{} did not finish the file of stream `{}` in {again} tries ({lost}): sync again later",
                    self.files.caller.manifest.name, self.stream.name
                );
                return Err(Error::Refused { class: ErrorClass::Transient, status: 200, message });
            }
            self.recovered(format!("{lost}; the file is asked for again"));
        }
    }

    /// Asks for a file and keeps its name, so that a run that ends from now on goes on with it.
    async fn begin(&mut self) -> Result<BulkPosition, Error> {
        let at = self.create().await?;
        Spooled::of(self.files, &self.stream.name, &at.id).remove().await;
        self.page(Vec::new(), Some(State { bulk: Some(at.clone()), ..State::default() }), &at, None).await?;
        Ok(at)
    }

    /// Takes all of the file that is not kept yet; or tells why the file cannot be had.
    async fn take(&mut self, at: &mut BulkPosition, spooled: &Spooled) -> Result<Option<String>, Error> {
        // an address may run out before the file does; then the job tells a new one
        let mut refused = 0;
        loop {
            let written = match self.watch(at).await? {
                Ended::Written(written) => written,
                Ended::Lost(why) => return Ok(Some(why)),
            };
            match self.fetch(&written, spooled).await? {
                Fetched::Whole => {
                    let wrong = self.read(at, &written, spooled).await?;
                    if wrong.is_none() {
                        self.finish(at).await?;
                    }
                    return Ok(wrong);
                }
                Fetched::Flawed(flaw) => return Ok(Some(format!("its file has {flaw}"))),
                Fetched::Gone(status) if refused == 1 => {
                    return Ok(Some(format!("its file is gone (status {status})")));
                }
                Fetched::Gone(_) => refused += 1,
            }
        }
    }

    /// The position behind a complete load.
    async fn finish(&self, at: &BulkPosition) -> Result<(), Error> {
        let since = match self.stream.cursor {
            Cursor::Timestamp { .. } | Cursor::Restate { .. } => Some(at.started.clone()),
            _ => None,
        };
        self.page(Vec::new(), Some(State { since, ..State::default() }), at, Some(10_000)).await
    }

    async fn page(
        &self,
        lines: Vec<bytes::Bytes>,
        state: Option<State>,
        at: &BulkPosition,
        fraction: Option<u16>,
    ) -> Result<(), Error> {
        let (lines, deleted) = self.told_apart(lines)?;
        let page = Page {
            stream: self.stream.name.clone(),
            lines,
            context: self.context.clone(),
            // the file shows the platform as it was from then on, and a repeated load says the same
            observed_at: at.started.parse().map_err(|_| self.wrong("a job without a time"))?,
            cursor: state.map(|state| state.text()),
            deleted,
            sweep: None,
            fraction,
        };
        self.sink.page(page).await.map_err(Error::Sink)
    }

    /// The records that are there, and the ids of those that say of themselves that they are gone.
    fn told_apart(&self, lines: Vec<bytes::Bytes>) -> Result<(Vec<bytes::Bytes>, Vec<String>), Error> {
        // a file is large: it is only parsed where a record can say such a thing
        if !self.gone.flags() {
            return Ok((lines, Vec::new()));
        }
        let (mut kept, mut deleted) = (Vec::with_capacity(lines.len()), Vec::new());
        for line in lines {
            let text = std::str::from_utf8(&line).map_err(|_| self.wrong("a record is not UTF-8"))?;
            let record = netgain_mapping::parse(text).map_err(|error| self.wrong(error.to_string()))?;
            match self.gone.flagged(&record, &self.context) {
                Some(id) => deleted.push(id),
                None => kept.push(line),
            }
        }
        Ok((kept, deleted))
    }

    fn recovered(&self, what: String) {
        self.sink.note(Note::Recovered { stream: self.stream.name.clone(), what });
    }

    fn wrong(&self, problem: impl Into<String>) -> Error {
        Error::Answer { stream: self.stream.name.clone(), problem: problem.into() }
    }
}

/// How many of how many, in ten-thousandths.
fn fraction(done: u64, written: &Written) -> Option<u16> {
    let all = written.records.filter(|all| *all > 0)?;
    u16::try_from((u128::from(done) * 10_000 / u128::from(all)).min(10_000)).ok()
}
