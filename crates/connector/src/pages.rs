//! A stream by pages: its slices, its cursor, and the silent end of long listings. A run that was cut off asks for
//! exactly the next page of the listing that it was in, so that what is kept does not depend on where it was cut.

mod listing;
mod parts;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use netgain_domain::ErrorClass;
use netgain_manifest::{Cap, Cursor, Stream};
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::complete::Completer;
use crate::cursor::{Reading, State};
use crate::engine::{Account, StreamReport};
use crate::pager::{Fetched, Pager};
use crate::{Error, Note, Page, Sink};

use listing::{Again, Listing, Place};
use parts::{Part, parts};

/// A page that was named longer ago (by the platform's clock) is not trusted: platforms keep their names of pages for a
/// while only, and a listing that is not sorted by time may have moved.
const LONGEST_CUT: SignedDuration = SignedDuration::from_hours(24);

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
        Cursor::Timestamp { path: text, overlap_s, lag_s, sorted, .. } => {
            let again = i64::from(*overlap_s) + i64::from(*lag_s);
            Some((path(text)?, SignedDuration::from_secs(again), *sorted))
        }
        Cursor::Restate { .. } | Cursor::Sequence { .. } | Cursor::Token { .. } | Cursor::Events(_) => {
            return Err(Error::Setup(format!(
                "stream `{}`: its cursor is not served by pages yet",
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
    // parts before the one that was being read are as new as the run that was cut off
    let cut = state.reading.take();
    let found = cut.as_ref().and_then(|cut| parts.iter().position(|part| part.key == cut.part));
    let (mut at, mut cut) = found.map_or((0, None), |at| (at, cut));
    let completer = Completer::new(caller, stream)?;
    let report = StreamReport::default();
    let mut run = Run { caller, stream, sink, completer, time, state, report };
    while let Some(part) = parts.get(at) {
        at = match run.part(part, cut.take(), at + 1 == parts.len()).await? {
            Ended::Whole => at + 1,
            Ended::CannotGoOn => 0,
        };
    }
    Ok(run.report)
}

impl Run<'_> {
    /// Lists one part to its end, beginning again behind the platform's cap as often as it takes; or goes on with its
    /// listing where an earlier run was cut off.
    async fn part(&mut self, part: &Part, cut: Option<Reading>, last_part: bool) -> Result<Ended, Error> {
        let (mut listing, mut place) = match cut {
            Some(cut) => Listing::of(cut),
            None => (self.begin(part)?, None),
        };
        loop {
            let Stream { name, request, pagination, records, page_size, .. } = self.stream;
            let vars = listing.vars(&part.vars);
            let mut pager = Pager::new(self.caller, name, request, pagination, records, *page_size, vars)?;
            let mut again = None;
            while !pager.is_done() {
                let fetched = match place.take() {
                    None => pager.next(self.sink).await?,
                    Some(place) => match self.go_on(&mut pager, &place).await? {
                        Some(fetched) => fetched,
                        None => return Ok(Ended::CannotGoOn),
                    },
                };
                let mut lines = Vec::with_capacity(fetched.records.len());
                for mut record in fetched.records {
                    self.completer.complete(&mut record, &part.vars, self.sink).await?;
                    self.see(&record, &mut listing)?;
                    lines.push(line(&record).map_err(|problem| self.wrong(problem))?);
                }
                self.report.records += lines.len() as u64;
                let listed = listing.listed;
                if pager.is_done() {
                    again = self.again(&listing)?.map(|again| (again, listed));
                }
                if let Some((again, _)) = &again {
                    listing.begin_again(again);
                }
                let reading = (!pager.is_done() || again.is_some())
                    .then(|| listing.reading(&part.key, &pager, fetched.at));
                let page = Page {
                    stream: self.stream.name.clone(),
                    lines,
                    context: part.context.clone(),
                    observed_at: fetched.at,
                    cursor: Some(self.position(part, &listing, reading, last_part)),
                    fraction: None,
                };
                self.sink.page(page).await.map_err(Error::Sink)?;
            }
            let Some((_, listed)) = again else { return Ok(Ended::Whole) };
            self.recovered(format!("the listing ended at its cap of {listed} records and was begun again"));
        }
    }

    /// A listing from the stored position of a part.
    fn begin(&self, part: &Part) -> Result<Listing, Error> {
        let stored =
            if part.key.is_empty() { &self.state.since } else { &self.state.parts.get(&part.key).cloned() };
        let Some((overlap, stored)) =
            self.time.as_ref().map(|(_, overlap, _)| *overlap).zip(stored.as_deref())
        else {
            return Ok(Listing::default());
        };
        let high = self.stored(stored)?;
        let since = high.checked_sub(overlap).unwrap_or(Timestamp::MIN);
        Ok(Listing { since: Some(since), high: Some(high), ..Listing::default() })
    }

    /// The page that an earlier run would have read next; none when it cannot be had any more.
    async fn go_on(&self, pager: &mut Pager<'_>, place: &Place) -> Result<Option<Fetched>, Error> {
        let fetched = match pager.go_to(&place.after, place.size) {
            Ok(()) => pager.next(self.sink).await,
            Err(error) => Err(error),
        };
        let why = match fetched {
            Ok(fetched) if fetched.at.duration_since(place.at) <= LONGEST_CUT => return Ok(Some(fetched)),
            Ok(_) => "too old",
            Err(Error::Answer { .. }) => "not understood any more",
            Err(error) if matches!(error.class(), ErrorClass::Invalid | ErrorClass::NotFound) => "refused",
            Err(error) => return Err(error),
        };
        self.recovered(format!(
            "the stored position inside the listing is {why}; the listing is begun again"
        ));
        Ok(None)
    }

    /// Notes how far a record brings the listing.
    fn see(&self, record: &Value, listing: &mut Listing) -> Result<(), Error> {
        listing.listed += 1;
        if let Some((path, _, _)) = &self.time {
            // a record without a readable time does not move the position: it is merely read again
            let time =
                path.first(&[record]).and_then(word_of).and_then(|word| word.parse::<Timestamp>().ok());
            if let Some(time) = time {
                listing.disorder |= listing.last.is_some_and(|last| time < last);
                listing.last = Some(time);
                listing.high = listing.high.max(Some(time));
            }
        }
        if let Some(Cap { beyond: Some(path), strip_prefix, .. }) = &self.stream.cap {
            let path = Path::compile(path).map_err(|error| Error::Setup(error.to_string()))?;
            let word = path.first(&[record]).and_then(word_of);
            let word = word.ok_or_else(|| self.wrong(format!("a record has no `{}`", path.text)))?;
            let prefix = strip_prefix.as_deref().unwrap_or_default();
            listing.end = Some(word.strip_prefix(prefix).unwrap_or(&word).to_owned());
        }
        Ok(())
    }

    /// From where to begin again when a listing has ended at the platform's cap.
    fn again(&self, listing: &Listing) -> Result<Option<Again>, Error> {
        let Some(cap) = self.stream.cap.as_ref().filter(|cap| listing.listed >= u64::from(cap.records))
        else {
            return Ok(None);
        };
        let found = if cap.beyond.is_some() {
            listing.end.clone().filter(|end| listing.beyond.as_ref() != Some(end)).map(Again::Beyond)
        } else if listing.disorder {
            let problem =
                "the listing ended at its cap and is not sorted by its update time: load it with --full";
            return Err(self.wrong(problem.to_owned()));
        } else {
            listing.last.filter(|last| listing.since.is_none_or(|since| *last > since)).map(Again::Since)
        };
        let nowhere = || {
            let cap = cap.records;
            self.wrong(format!("more than {cap} records stand at one position, of which the platform lists {cap}: load it with --full"))
        };
        found.map(Some).ok_or_else(nowhere)
    }

    /// The stream's position once the page is kept; `reading` where the listing has not ended with it.
    fn position(
        &mut self,
        part: &Part,
        listing: &Listing,
        reading: Option<Reading>,
        last_part: bool,
    ) -> String {
        let ended = reading.is_none();
        let sorted = self.time.as_ref().is_some_and(|(_, _, sorted)| *sorted && !listing.disorder);
        // should the next page be refused to a later run, it begins again from here
        if ended || sorted {
            let high = listing.high.map(|high| high.to_string());
            if part.key.is_empty() {
                self.state.since = high;
            } else {
                self.state.parts.extend(high.map(|high| (part.key.clone(), high)));
            }
        }
        if ended && last_part {
            self.state.done.clear();
        } else if ended && self.time.is_none() {
            self.state.done.insert(part.key.clone());
        }
        self.state.reading = reading;
        self.state.text()
    }

    fn stored(&self, text: &str) -> Result<Timestamp, Error> {
        text.parse().map_err(|error: jiff::Error| Error::Cursor {
            stream: self.stream.name.clone(),
            problem: error.to_string(),
        })
    }

    fn recovered(&self, what: String) {
        self.sink.note(Note::Recovered { stream: self.stream.name.clone(), what });
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Answer { stream: self.stream.name.clone(), problem }
    }
}

/// How the listing of a part ended.
enum Ended {
    /// All of it is read.
    Whole,
    /// The page that was to be read next cannot be had: the stream is read again from its stored position.
    CannotGoOn,
}

/// A record as one compact line, values as the platform wrote them.
pub(crate) fn line(record: &Value) -> Result<Bytes, String> {
    sonic_rs::to_vec(record).map(Bytes::from).map_err(|error| error.to_string())
}
