//! A stream by pages: its slices, its cursor, and the silent end of long listings. A run that was cut off asks for
//! exactly the next page of the listing that it was in, so that what is kept does not depend on where it was cut.

mod listing;
mod marks;
mod parts;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use netgain_domain::ErrorClass;
use netgain_manifest::{Cap, Fetch, Stream};
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::complete::Completer;
use crate::cursor::{Reading, State};
use crate::decode::Decoder;
use crate::document::Documents;
use crate::engine::{Account, StreamReport};
use crate::gone::Gone;
use crate::pager::{Fetched, Pager};
use crate::{Error, Note, Page, Sink};

use listing::{Again, Listing, Place};
pub(crate) use marks::{Mark, Time};
pub(crate) use parts::{Part, parts};

/// A page that was named longer ago (by the platform's clock) is not trusted: platforms keep their names of pages for a
/// while only, and a listing that is not sorted by time may have moved.
const LONGEST_CUT: SignedDuration = SignedDuration::from_hours(24);

struct Run<'a> {
    caller: &'a Caller,
    stream: &'a Stream,
    sink: &'a dyn Sink,
    completer: Completer<'a>,
    decoder: Arc<Decoder>,
    documents: Option<Arc<Documents>>,
    gone: Gone<'a>,
    mark: Mark,
    beyond: Option<Path>,
    /// Ids of all that was listed; none where that says nothing about what is gone.
    kept: Option<BTreeSet<String>>,
    /// When the platform answered first.
    began: Option<Timestamp>,
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
    let mark = Mark::of(stream)?;
    let mut parts = parts(caller, stream, accounts, sink).await?;
    let all = parts.len();
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
    let beyond = stream.cap.as_ref().and_then(|cap| cap.beyond.as_deref());
    let gone = Gone::of(stream)?;
    // what an earlier run listed is not known any more
    let whole = cut.is_none() && at == 0 && parts.len() == all && matches!(mark, Mark::None);
    let mut run = Run {
        caller,
        stream,
        sink,
        completer: Completer::new(caller, stream)?,
        decoder: Arc::new(Decoder::of(stream)?),
        documents: match &stream.fetch {
            Fetch::Pages { document: Some(document) } => Some(Arc::new(Documents::new(document)?)),
            _ => None,
        },
        kept: (whole && gone.sweeps()).then(BTreeSet::new),
        began: None,
        gone,
        mark,
        beyond: beyond.map(Path::compile).transpose().map_err(|error| Error::Setup(error.to_string()))?,
        state,
        report: StreamReport::default(),
    };
    let mut last = caller.clock.now();
    while let Some(part) = parts.get(at) {
        at = match run.part(part, cut.take(), at + 1 == parts.len()).await? {
            Ended::Whole(listed_at) => {
                last = listed_at;
                at + 1
            }
            Ended::CannotGoOn => 0,
        };
    }
    if let Some(kept) = run.kept.take() {
        let page = Page {
            sweep: Some(run.gone.sweep(run.began.unwrap_or(last), kept)),
            ..Page::empty(&stream.name, last)
        };
        sink.page(page).await.map_err(Error::Sink)?;
    }
    for part in &parts {
        run.gone.list(caller, &part.vars, &part.context, sink).await?;
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
        let (decoder, documents) = (Arc::clone(&self.decoder), self.documents.clone());
        loop {
            let Stream { name, request, pagination, page_size, .. } = self.stream;
            let vars = listing.vars(&part.vars);
            let pager = Pager::new(self.caller, name, request, pagination, &decoder, *page_size, vars)?;
            let mut pager = pager.in_documents(documents.as_deref());
            let mut again = None;
            let mut listed_at = self.caller.clock.now();
            while !pager.is_done() {
                let fetched = match place.take() {
                    None => pager.next(self.sink).await?,
                    Some(place) => match self.go_on(&mut pager, &place).await? {
                        Some(fetched) => fetched,
                        None => return Ok(Ended::CannotGoOn),
                    },
                };
                listed_at = fetched.at;
                listing.began.get_or_insert(fetched.at);
                self.began.get_or_insert(fetched.at);
                let mut lines = Vec::with_capacity(fetched.records.len());
                let mut deleted = Vec::new();
                listing.listed += fetched.room;
                listing.word = self.mark.word(&fetched.body).or(listing.word.take());
                for mut record in fetched.records {
                    if !self.see(&record, &mut listing)? {
                        continue;
                    }
                    if let Some(id) = self.gone.flagged(&record, &part.context) {
                        deleted.push(id);
                        continue;
                    }
                    if self.kept.is_some() {
                        // without its id it could be any of the stored ones
                        let id = self.gone.id(&record, &part.context);
                        let id = id.ok_or_else(|| self.wrong("a record has no key".to_owned()))?;
                        self.kept.as_mut().map(|kept| kept.insert(id));
                    }
                    self.completer.complete(&mut record, &part.vars, self.sink).await?;
                    lines.push(line(&record).map_err(|problem| self.wrong(problem))?);
                }
                if self
                    .stream
                    .cap
                    .as_ref()
                    .is_some_and(|cap| cap.refuses && listing.listed >= u64::from(cap.records))
                {
                    pager.end();
                }
                self.report.records += lines.len() as u64;
                if pager.is_done() {
                    again = self.again(&listing)?;
                }
                if let Some(again) = &again {
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
                    deleted,
                    sweep: None,
                    fraction: None,
                };
                self.sink.page(page).await.map_err(Error::Sink)?;
            }
            if again.is_none() {
                return Ok(Ended::Whole(listed_at));
            }
            let cap = self.stream.cap.as_ref().map_or(0, |cap| cap.records);
            self.recovered(format!("the listing ended at its cap of {cap} records and was begun again"));
        }
    }

    /// A listing from the stored position of a part.
    fn begin(&self, part: &Part) -> Result<Listing, Error> {
        let stored =
            if part.key.is_empty() { &self.state.since } else { &self.state.parts.get(&part.key).cloned() };
        let Some(stored) = stored.as_deref() else { return Ok(Listing::default()) };
        Ok(match &self.mark {
            Mark::None => Listing::default(),
            Mark::Time(time) => {
                let high = self.stored(stored)?;
                let since = high.checked_sub(time.again).unwrap_or(Timestamp::MIN);
                Listing { since: Some(since), high: Some(high), ..Listing::default() }
            }
            Mark::Number { overlap, .. } => {
                let high: u64 = stored.parse().map_err(|_| Error::Cursor {
                    stream: self.stream.name.clone(),
                    problem: format!("`{stored}` is no number"),
                })?;
                let after = high.saturating_sub(*overlap).to_string();
                Listing { mark: Some(after), number: Some(high), ..Listing::default() }
            }
            Mark::Word(_) => {
                Listing { mark: Some(stored.to_owned()), word: Some(stored.to_owned()), ..Listing::default() }
            }
        })
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

    /// Notes how far a record brings the listing; false when it is older than what was asked for.
    fn see(&self, record: &Value, listing: &mut Listing) -> Result<bool, Error> {
        let mut is_new = true;
        if let Some(time) = self.mark.time() {
            // a record without a readable time does not move the position: it is merely read again
            if let Some(at) = time.of(record) {
                listing.disorder |= listing.last.is_some_and(|last| at < last);
                listing.last = Some(at);
                listing.high = listing.high.max(Some(at));
                is_new = !time.by_client || listing.since.is_none_or(|since| at >= since);
            }
        }
        listing.number = listing.number.max(self.mark.number(record));
        if let (Some(path), Some(Cap { strip_prefix, .. })) = (&self.beyond, &self.stream.cap) {
            let word = path.first(&[record]).and_then(word_of);
            let word = word.ok_or_else(|| self.wrong(format!("a record has no `{}`", path.text)))?;
            let prefix = strip_prefix.as_deref().unwrap_or_default();
            listing.end = Some(word.strip_prefix(prefix).unwrap_or(&word).to_owned());
        }
        Ok(is_new)
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
        let sorted = self.mark.time().is_some_and(|time| time.sorted && !listing.disorder);
        // should the next page be refused to a later run, it begins again from here
        if ended || sorted {
            let high = match &self.mark {
                Mark::None => None,
                Mark::Time(_) => listing.read_until().map(|until| until.to_string()),
                Mark::Number { .. } => listing.number.map(|number| number.to_string()),
                Mark::Word(_) => listing.word.clone(),
            };
            if part.key.is_empty() {
                self.state.since = high;
            } else {
                self.state.parts.extend(high.map(|high| (part.key.clone(), high)));
            }
        }
        if ended && last_part {
            self.state.done.clear();
        } else if ended && matches!(self.mark, Mark::None) {
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
    /// All of it is read; when the platform answered with its last page.
    Whole(Timestamp),
    /// The page that was to be read next cannot be had: the stream is read again from its stored position.
    CannotGoOn,
}

/// A record as one compact line, values as the platform wrote them.
pub(crate) fn line(record: &Value) -> Result<Bytes, String> {
    sonic_rs::to_vec(record).map(Bytes::from).map_err(|error| error.to_string())
}
