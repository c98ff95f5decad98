//! A stream by pages: its slices, its cursor, and the silent end of long listings.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use netgain_manifest::{Cap, Cursor, Slice, Stream};
use netgain_mapping::{Context, Path, word_of};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::complete::Completer;
use crate::cursor::State;
use crate::engine::{Account, StreamReport};
use crate::pager::Pager;
use crate::template::Vars;
use crate::{Error, Note, Page, Sink};

/// A part of the stream that is listed for itself.
struct Part {
    /// What it is called in the stored position; empty for the whole stream.
    key: String,
    vars: Vars,
    context: Context,
}

struct Run<'a> {
    caller: &'a Caller,
    stream: &'a Stream,
    sink: &'a dyn Sink,
    completer: Completer<'a>,
    /// Path of the update time, its overlap and whether the platform lists by it.
    time: Option<(Path, SignedDuration, bool)>,
    state: State,
    report: StreamReport,
}

/// How far a listing has come.
#[derive(Default)]
struct Progress {
    /// The newest update time.
    newest: Option<Timestamp>,
    /// The update time before.
    last: Option<Timestamp>,
    /// Whether update times have gone back, against the platform's promise.
    disorder: bool,
    /// Records since it began or began again.
    listed: u64,
    /// The last record's value of what the listing is sorted by.
    beyond: Option<String>,
}

/// Runs a stream page by page.
pub(crate) async fn run(
    caller: &Caller,
    stream: &Stream,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let path = |text: &str| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
    let time = match &stream.cursor {
        Cursor::Full {} => None,
        Cursor::Timestamp { path: text, overlap_s, sorted } => {
            Some((path(text)?, SignedDuration::from_secs(i64::from(*overlap_s)), *sorted))
        }
        Cursor::Restate { .. } => {
            return Err(Error::Setup(format!(
                "stream `{}`: restated days are not read by pages",
                stream.name
            )));
        }
    };
    let mut parts = parts(stream, accounts)?;
    let mut state = State::read(&stream.name, cursor)?;
    if parts.iter().any(|part| !state.done.contains(&part.key)) {
        parts.retain(|part| !state.done.contains(&part.key));
    } else {
        // what was still to be read is gone: begin anew
        state.done.clear();
    }
    let completer = Completer::new(caller, stream)?;
    let report = StreamReport::default();
    let mut run = Run { caller, stream, sink, completer, time, state, report };
    let count = parts.len();
    for (at, part) in parts.into_iter().enumerate() {
        run.part(&part, at + 1 == count).await?;
    }
    Ok(run.report)
}

/// The slices of a stream; one with an empty key where it has none.
fn parts(stream: &Stream, accounts: &[Account]) -> Result<Vec<Part>, Error> {
    let context = accounts.first().map(|account| account.context.clone()).unwrap_or_default();
    let mut parts = vec![Part { key: String::new(), vars: Vars::new(), context }];
    for slice in &stream.slices {
        let mut finer = Vec::new();
        for part in &parts {
            match slice {
                Slice::Accounts {} => finer.extend(
                    accounts
                        .iter()
                        .map(|account| part.with("slice.account", &account.id, Some(&account.context))),
                ),
                Slice::Values { values } => {
                    finer.extend(values.iter().map(|value| part.with("slice.value", value, None)));
                }
                Slice::Window { .. } => {
                    let problem = format!("stream `{}`: windows of days are not read by pages", stream.name);
                    return Err(Error::Setup(problem));
                }
            }
        }
        parts = finer;
    }
    Ok(parts)
}

impl Part {
    fn with(&self, name: &str, value: &str, context: Option<&Context>) -> Self {
        let key = if self.key.is_empty() { value.to_owned() } else { format!("{}/{value}", self.key) };
        let mut vars = self.vars.clone();
        vars.insert(name.to_owned(), value.to_owned());
        let mut context = context.unwrap_or(&self.context).clone();
        context.extend(vars.clone());
        Self { key, vars, context }
    }
}

impl Run<'_> {
    /// Lists one part to its end, beginning again behind the platform's cap as often as it takes.
    async fn part(&mut self, part: &Part, last_part: bool) -> Result<(), Error> {
        let stored = if part.key.is_empty() {
            self.state.since.clone()
        } else {
            self.state.parts.get(&part.key).cloned()
        };
        let stored = stored.filter(|_| self.time.is_some()).map(|text| self.stored(&text)).transpose()?;
        let mut progress = Progress { newest: stored, ..Progress::default() };
        let overlap = self.time.as_ref().map_or(SignedDuration::ZERO, |(_, overlap, _)| *overlap);
        // asked for from here on
        let mut since = stored.map(|stored| stored.checked_sub(overlap).unwrap_or(Timestamp::MIN));
        let mut beyond: Option<String> = None;
        loop {
            let mut vars = part.vars.clone();
            vars.extend(since.map(|since| ("cursor.since".to_owned(), since.to_string())));
            vars.extend(beyond.clone().map(|beyond| ("page.beyond".to_owned(), beyond)));
            let Stream { name, request, pagination, records, page_size, .. } = self.stream;
            let mut pager = Pager::new(self.caller, name, request, pagination, records, *page_size, vars)?;
            (progress.listed, progress.last, progress.beyond) = (0, None, None);
            let mut again = None;
            while !pager.is_done() {
                let fetched = pager.next(self.sink).await?;
                let mut lines = Vec::with_capacity(fetched.records.len());
                for mut record in fetched.records {
                    self.completer.complete(&mut record, &part.vars, self.sink).await?;
                    self.see(&record, &mut progress)?;
                    lines.push(line(&record).map_err(|problem| self.wrong(problem))?);
                }
                if pager.is_done() {
                    again = self.again(&progress, since, beyond.as_deref())?;
                }
                let ended = pager.is_done() && again.is_none();
                self.report.records += lines.len() as u64;
                let page = Page {
                    stream: self.stream.name.clone(),
                    lines,
                    context: part.context.clone(),
                    observed_at: fetched.at,
                    cursor: self.position(part, &progress, ended, last_part),
                    fraction: None,
                };
                self.sink.page(page).await.map_err(Error::Sink)?;
            }
            match again {
                None => return Ok(()),
                Some(Again::Since(time)) => since = Some(time),
                Some(Again::Beyond(value)) => beyond = Some(value),
            }
            let what =
                format!("the listing ended at its cap of {} records and was begun again", progress.listed);
            self.sink.note(Note::Recovered { stream: self.stream.name.clone(), what });
        }
    }

    /// Notes how far a record brings the listing.
    fn see(&self, record: &Value, progress: &mut Progress) -> Result<(), Error> {
        progress.listed += 1;
        if let Some((path, _, _)) = &self.time {
            // a record without a readable time does not move the position: it is merely read again
            let time =
                path.first(&[record]).and_then(word_of).and_then(|word| word.parse::<Timestamp>().ok());
            if let Some(time) = time {
                progress.disorder |= progress.last.is_some_and(|last| time < last);
                progress.last = Some(time);
                progress.newest = progress.newest.max(Some(time));
            }
        }
        if let Some(Cap { beyond: Some(path), strip_prefix, .. }) = &self.stream.cap {
            let path = Path::compile(path).map_err(|error| Error::Setup(error.to_string()))?;
            let word = path.first(&[record]).and_then(word_of);
            let word = word.ok_or_else(|| self.wrong(format!("a record has no `{}`", path.text)))?;
            let prefix = strip_prefix.as_deref().unwrap_or_default();
            progress.beyond = Some(word.strip_prefix(prefix).unwrap_or(&word).to_owned());
        }
        Ok(())
    }

    /// From where to begin again when a listing has ended at the platform's cap.
    fn again(
        &self,
        progress: &Progress,
        since: Option<Timestamp>,
        beyond: Option<&str>,
    ) -> Result<Option<Again>, Error> {
        let Some(cap) = self.stream.cap.as_ref().filter(|cap| progress.listed >= u64::from(cap.records))
        else {
            return Ok(None);
        };
        let found = if cap.beyond.is_some() {
            progress.beyond.clone().filter(|value| Some(value.as_str()) != beyond).map(Again::Beyond)
        } else if progress.disorder {
            let problem =
                "the listing ended at its cap and is not sorted by its update time: load it with --full";
            return Err(self.wrong(problem.to_owned()));
        } else {
            progress.last.filter(|last| since.is_none_or(|since| *last > since)).map(Again::Since)
        };
        let nowhere = || {
            let cap = cap.records;
            self.wrong(format!("more than {cap} records stand at one position, of which the platform lists {cap}: load it with --full"))
        };
        found.map(Some).ok_or_else(nowhere)
    }

    /// The stream's position once the page is kept; none while it must stay as it is.
    fn position(&mut self, part: &Part, progress: &Progress, ended: bool, last_part: bool) -> Option<String> {
        let sorted = self.time.as_ref().is_some_and(|(_, _, sorted)| *sorted && !progress.disorder);
        if !ended && !sorted {
            return None;
        }
        let newest = progress.newest.map(|newest| newest.to_string());
        if part.key.is_empty() {
            self.state.since = newest;
        } else {
            self.state.parts.extend(newest.map(|newest| (part.key.clone(), newest)));
        }
        if ended && last_part {
            self.state.done.clear();
        } else if ended && self.time.is_none() {
            self.state.done.insert(part.key.clone());
        }
        Some(self.state.text())
    }

    fn stored(&self, text: &str) -> Result<Timestamp, Error> {
        text.parse().map_err(|error: jiff::Error| Error::Cursor {
            stream: self.stream.name.clone(),
            problem: error.to_string(),
        })
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Answer { stream: self.stream.name.clone(), problem }
    }
}

/// Where a listing begins again.
enum Again {
    Since(Timestamp),
    Beyond(String),
}

/// A record as one compact line, values as the platform wrote them.
pub(crate) fn line(record: &Value) -> Result<Bytes, String> {
    sonic_rs::to_vec(record).map(Bytes::from).map_err(|error| error.to_string())
}
