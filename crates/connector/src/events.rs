//! Changes that are known from a listing of events only: everything is read once, later runs read the events since and
//! each object that they name once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use netgain_domain::ErrorClass;
use netgain_manifest::{EventMeans, Events, Stream};
use netgain_mapping::{Context, Path, word_of};
use serde::{Deserialize, Serialize};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::complete::Completer;
use crate::cursor::State;
use crate::decode::Decoder;
use crate::engine::{Account, StreamReport};
use crate::gone::Gone;
use crate::pager::Pager;
use crate::pages::{self, Part, Time, parts};
use crate::template::Vars;
use crate::{Error, Note, Page, Sink};

/// Objects that are read before they are handed on.
const PAGE_RECORDS: usize = 100;

/// How long before the platform forgets an event it is not counted on any more.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// Where a stream stands whose changes come from events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventPosition {
    /// Events before this time are read (the platform's clock); none before everything was read once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the reading of everything began that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Whether that reading follows an earlier one, so that stored rows may be gone meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

struct Run<'a> {
    caller: &'a Caller,
    stream: &'a Stream,
    events: &'a Events,
    sink: &'a dyn Sink,
    gone: Gone<'a>,
    /// What the stream's records take along, and which of them count.
    decoder: Decoder,
    completer: Completer<'a>,
    kind: Path,
    id: Path,
    object: Path,
    refetched: Path,
    time: Time,
    report: StreamReport,
}

/// What events say of an object; the newest of them counts.
#[derive(Debug)]
enum Said {
    /// It is so; none where it does not count among the stream's records.
    Is(Option<Value>),
    Read,
    Gone(Option<Value>),
}

/// Reads a stream whose changes come from events.
pub(crate) async fn run(
    caller: &Caller,
    stream: &Stream,
    events: &Events,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let path = |text: &str| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
    let now = caller.call(&stream.name, &caller.manifest.check.request, &Vars::new(), sink).await?.at;
    let mut state = State::read(&stream.name, cursor)?;
    // the platform must not forget the oldest of them between this look and the listing
    let kept = SignedDuration::from_hours(24 * i64::from(events.retention_days))
        - SignedDuration::from_secs(i64::from(events.overlap_s))
        - MARGIN;
    let gone = Gone::of(stream)?;
    let mut position = state.events.take().unwrap_or_default();
    if position.began.is_some() && position.again && gone.sweeps() {
        // what is gone is known from one listing from its beginning to its end only
        (position.began, state) = (None, State::default());
    }
    // the last page of everything was kept, the position behind it was not
    if let Some(began) = position.began.filter(|_| state.reading.is_none() && state.done.is_empty()) {
        position = EventPosition { since: Some(began), ..EventPosition::default() };
    }
    if let Some(since) = position.since
        && now.duration_since(since) >= kept
    {
        let what =
            "the last event that was read is older than the platform keeps them; everything is read again";
        sink.note(Note::Recovered { stream: stream.name.clone(), what: what.to_owned() });
        position = EventPosition { again: true, ..EventPosition::default() };
    }
    let Some(since) = position.since else {
        // a reading that was cut off goes on, unless the events since it began are gone
        let began = position.began.filter(|began| now.duration_since(*began) < kept);
        if began.is_none() {
            // rows of an earlier reading may be stored already
            position.again |= position.began.is_some();
            state = State::default();
        }
        let began = began.unwrap_or(now);
        let position = EventPosition { since: None, began: Some(began), again: position.again };
        let state = State { events: Some(position), ..state };
        let report = pages::run(caller, stream, accounts, Some(&state.text()), sink).await?;
        let position = EventPosition { since: Some(began), ..EventPosition::default() };
        let state = State { events: Some(position), ..State::default() };
        let page = Page { cursor: Some(state.text()), ..Page::empty(&stream.name, now) };
        sink.page(page).await.map_err(Error::Sink)?;
        return Ok(report);
    };
    let mut run = Run {
        caller,
        stream,
        events,
        sink,
        gone,
        decoder: Decoder::of(stream)?,
        completer: Completer::new(caller, stream)?,
        kind: path(&events.kind)?,
        id: path(&events.id)?,
        object: path(&events.object)?,
        refetched: path(&events.refetched)?,
        time: Time::at(&events.time, events.format)?,
        report: StreamReport::default(),
    };
    let parts = parts(caller, stream, accounts, sink).await?;
    let mut newest = since;
    for part in &parts {
        newest = newest.max(run.part(part, since).await?);
    }
    // an event of the future would hide all before it
    let position = EventPosition { since: Some(newest.min(now)), ..EventPosition::default() };
    let state = State { events: Some(position), ..State::default() };
    let page = Page { cursor: Some(state.text()), ..Page::empty(&stream.name, now) };
    sink.page(page).await.map_err(Error::Sink)?;
    Ok(run.report)
}

impl Run<'_> {
    /// Reads what changed in one part; the time of its newest event.
    async fn part(&mut self, part: &Part, since: Timestamp) -> Result<Timestamp, Error> {
        let overlap = SignedDuration::from_secs(i64::from(self.events.overlap_s));
        let mut vars = part.vars.clone();
        let from = since.checked_sub(overlap).unwrap_or(Timestamp::MIN);
        vars.insert("cursor.since".to_owned(), from.to_string());
        let decoder = Decoder::at(&self.stream.name, &self.events.records)?;
        let Events { request, pagination, .. } = self.events;
        let mut pager =
            Pager::new(self.caller, &self.stream.name, request, pagination, &decoder, None, vars.clone())?;
        let mut newest = since;
        let mut said: BTreeMap<String, Said> = BTreeMap::new();
        while !pager.is_done() {
            for event in pager.next(self.sink).await?.records {
                newest = newest.max(self.time.of(&event).unwrap_or(since));
                let Some(means) = self.means(&event) else { continue };
                let id = self.id.first(&[&event]).and_then(word_of);
                let id =
                    id.ok_or_else(|| self.wrong(format!("an event has no `{}`", self.id.text)))?.into_owned();
                if self.events.newest_first && said.contains_key(&id) {
                    continue;
                }
                let object = self.object.first(&[&event]).cloned();
                let now = match means {
                    EventMeans::Refetch => Said::Read,
                    EventMeans::Delete => Said::Gone(object),
                    EventMeans::Upsert => {
                        let object = object
                            .ok_or_else(|| self.wrong(format!("an event has no `{}`", self.object.text)))?;
                        Said::Is(self.decoder.alone(&event, object)?)
                    }
                };
                said.insert(id, now);
            }
        }
        self.hand_on(said, &vars, &part.context).await?;
        Ok(newest)
    }

    fn means(&self, event: &Value) -> Option<EventMeans> {
        let kind = self.kind.first(&[event]).and_then(word_of)?;
        let types = &self.events.types;
        let fits = |pattern: &str| pattern.strip_suffix('*').is_some_and(|begin| kind.starts_with(begin));
        let whole = types.get(kind.as_ref()).copied();
        whole.or_else(|| types.iter().rev().find(|(pattern, _)| fits(pattern)).map(|(_, means)| *means))
    }

    /// Reads the objects that are to be read and hands all on.
    async fn hand_on(
        &mut self,
        said: BTreeMap<String, Said>,
        vars: &Vars,
        context: &Context,
    ) -> Result<(), Error> {
        let mut page = self.page(context);
        let mut deleted = BTreeSet::new();
        for (id, said) in said {
            let object = match said {
                Said::Is(object) => {
                    if object.is_none() {
                        deleted.insert(id);
                    }
                    object
                }
                Said::Gone(object) => {
                    // the key may be made of more than the id
                    deleted.insert(object.and_then(|object| self.gone.id(&object, context)).unwrap_or(id));
                    None
                }
                Said::Read => match self.refetch(&id, vars).await? {
                    Some((Some(object), at)) => {
                        page.observed_at = at;
                        Some(object)
                    }
                    // it is not found, or not one of the stream's records any more
                    Some((None, _)) | None => {
                        deleted.insert(id);
                        None
                    }
                },
            };
            if let Some(mut object) = object {
                match self.gone.flagged(&object, context) {
                    Some(id) => drop(deleted.insert(id)),
                    None => {
                        self.completer.complete(&mut object, vars, self.sink).await?;
                        page.lines.push(pages::line(&object).map_err(|problem| self.wrong(problem))?);
                    }
                }
            }
            if page.lines.len() >= PAGE_RECORDS {
                let full = std::mem::replace(&mut page, self.page(context));
                self.report.records += full.lines.len() as u64;
                self.sink.page(full).await.map_err(Error::Sink)?;
            }
        }
        page.deleted = deleted.into_iter().collect();
        self.report.records += page.lines.len() as u64;
        self.sink.page(page).await.map_err(Error::Sink)
    }

    fn page(&self, context: &Context) -> Page {
        let now = self.caller.clock.now();
        Page { context: context.clone(), ..Page::empty(&self.stream.name, now) }
    }

    /// An object as it is now; none when it is not found, and no value when it does not count among the stream's
    /// records.
    async fn refetch(&self, id: &str, vars: &Vars) -> Result<Option<(Option<Value>, Timestamp)>, Error> {
        let request = self.events.refetch.as_ref();
        let request = request.ok_or_else(|| {
            Error::Setup(format!("stream `{}`: an event means `refetch`: add the call", self.stream.name))
        })?;
        let mut vars = vars.clone();
        vars.insert("event.id".to_owned(), id.to_owned());
        let answer = match self.caller.call(&self.stream.name, request, &vars, self.sink).await {
            Ok(answer) => answer,
            Err(error) if error.class() == ErrorClass::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let object = self.refetched.first(&[&answer.body]).cloned();
        let object =
            object.ok_or_else(|| self.wrong(format!("the object has no `{}`", self.refetched.text)))?;
        Ok(Some((self.decoder.alone(&answer.body, object)?, answer.at)))
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Answer { stream: self.stream.name.clone(), problem }
    }
}
