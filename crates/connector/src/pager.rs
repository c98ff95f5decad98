//! One listing, page after page, in any of the ways in which a platform names the next page.

use jiff::Timestamp;
use netgain_domain::ErrorClass;
use netgain_manifest::{Pagination, Request as Spec};
use netgain_observe as observe;
use sonic_rs::Value;
use tracing::{Instrument as _, field};

use crate::caller::{Answer, Caller};
use crate::cursor::PageSize;
use crate::decode::{Decoded, Decoder};
use crate::document::Documents;
use crate::template::Vars;
use crate::way::Way;
use crate::{Error, Note, Sink, TransportError, next};

/// Good pages at a smaller size before a larger one is tried again.
const PATIENCE: u32 = 20;
/// How often an empty page may name itself as the next.
const MOST_REPEATS: u32 = 10;

/// A listing.
pub(crate) struct Pager<'a> {
    caller: &'a Caller,
    name: &'a str,
    asked: &'a Spec,
    decoder: &'a Decoder,
    document: Option<&'a Documents>,
    way: Way<'a>,
    /// The call for the page at hand.
    spec: Spec,
    vars: Vars,
    size: Option<Size>,
    /// The page at hand as it may be stored; none for the first.
    after: Option<String>,
    /// What named the page at hand, to see a listing that goes in a circle.
    position: Option<String>,
    /// How often in a row an empty page named itself.
    repeats: u32,
    /// Pages that were asked for so far.
    pages: u32,
    done: bool,
}

/// A page's records.
pub(crate) struct Fetched {
    pub records: Vec<Value>,
    /// How many records the page stands for: as many as were asked for, or as came where those are more. A page that
    /// brought fewer than were asked for still used up its place in a listing that ends at a hidden cap.
    pub room: u64,
    /// The answer that they stood in.
    pub body: Value,
    /// When the platform answered.
    pub at: Timestamp,
}

/// How many records are asked for at once.
struct Size {
    now: u32,
    most: u32,
    good: u32,
    patience: u32,
}

impl<'a> Pager<'a> {
    /// Begins a listing. `size` is the most records that are asked for at once, where the request has a `{page.size}`.
    pub fn new(
        caller: &'a Caller,
        name: &'a str,
        asked: &'a Spec,
        pagination: &'a Pagination,
        decoder: &'a Decoder,
        size: Option<u32>,
        mut vars: Vars,
    ) -> Result<Self, Error> {
        let mut spec = asked.clone();
        let setup = |error| match error {
            Error::Setup(problem) => Error::Setup(format!("stream `{name}`: {problem}")),
            other => other,
        };
        let way = Way::of(pagination, &mut spec).map_err(setup)?;
        way.begin(&mut vars);
        let size = size.map(|most| Size { now: most, most, good: 0, patience: PATIENCE });
        Ok(Self {
            caller,
            name,
            asked,
            decoder,
            document: None,
            way,
            spec,
            vars,
            size,
            after: None,
            position: None,
            repeats: 0,
            pages: 0,
            done: false,
        })
    }

    /// Reads the records from the files that the answers name.
    #[must_use]
    pub fn in_documents(mut self, document: Option<&'a Documents>) -> Self {
        self.document = document;
        self
    }

    /// Whether the last page has been read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The page that is read next, in the platform's own words and without secrets; none for the first.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many records are asked for at once, where that is not as many as were to be asked for.
    pub fn size(&self) -> Option<PageSize> {
        let size = self.size.as_ref().filter(|size| size.now < size.most || size.patience != PATIENCE)?;
        Some(PageSize { now: size.now, good: size.good, patience: size.patience })
    }

    /// Goes on with a listing that was cut off, at the page that [`Pager::after`] named then.
    ///
    /// # Errors
    /// When that is not how this listing names a page.
    pub fn go_to(&mut self, after: &str, size: Option<PageSize>) -> Result<(), Error> {
        if self.way.is_by_address() {
            let base = self.caller.base_url.as_str().trim_end_matches('/');
            self.follow(&format!("{base}{after}"))?;
        } else {
            let (spec, vars) = (&mut self.spec, &mut self.vars);
            let went = self.way.go_to(after, spec, vars);
            went.map_err(|problem| self.wrong(problem))?;
        }
        self.after = Some(after.to_owned());
        if let (Some(size), Some(stored)) = (&mut self.size, size) {
            *size = Size {
                now: stored.now.min(size.most).max(1),
                most: size.most,
                good: stored.good,
                patience: stored.patience,
            };
        }
        Ok(())
    }

    /// Reads the next page.
    ///
    /// # Errors
    /// When the call fails for good or the answer has no records or no word about the next page.
    pub async fn next(&mut self, sink: &dyn Sink) -> Result<Fetched, Error> {
        self.pages = self.pages.saturating_add(1);
        let span = tracing::info_span!(
            "page",
            listing = self.name,
            page = self.pages,
            records = field::Empty,
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
        );
        let read = self.read(sink).instrument(span.clone()).await;
        match &read {
            Ok(fetched) => drop(span.record("records", fetched.records.len() as u64)),
            Err(error) => observe::failed(&span, error),
        }
        read
    }

    async fn read(&mut self, sink: &dyn Sink) -> Result<Fetched, Error> {
        let answer = self.answer(sink).await?;
        let asked = self.size.as_ref().map(|size| size.now).or(self.way.limit());
        let decoded = match self.document {
            None => {
                let kind = answer.header("content-type");
                self.decoder.records(&answer.body, &answer.bytes, kind)?
            }
            Some(document) => {
                document.records(self.caller, self.name, &answer.body, self.decoder, sink).await?
            }
        };
        self.turn(&answer, &decoded)?;
        let Decoded { records, listed, .. } = decoded;
        let room = (listed as u64).max(asked.map_or(0, u64::from));
        Ok(Fetched { records, room, body: answer.body, at: answer.at })
    }

    /// Ends the listing here, whatever the platform says of further pages.
    pub fn end(&mut self) {
        self.done = true;
        self.after = None;
    }

    /// The answer with as many records as the platform is willing to give at once.
    async fn answer(&mut self, sink: &dyn Sink) -> Result<Answer, Error> {
        let any = self.document.is_none() && self.decoder.wants_bytes();
        loop {
            if let Some(size) = &self.size {
                self.vars.insert("page.size".to_owned(), size.now.to_string());
            }
            let error = match self.caller.fetch(self.name, &self.spec, &self.vars, any, sink).await {
                Ok(answer) => {
                    if let Some(size) = &mut self.size {
                        size.went_well();
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let too_large = error.class() == ErrorClass::TooLarge
                || matches!(error, Error::Transport(TransportError::TooLarge { .. }));
            // numbered pages of another size would hold other records
            let shrinks = too_large && !self.way.is_by_number();
            let smaller = self.size.as_mut().filter(|_| shrinks).and_then(Size::shrink);
            let Some(smaller) = smaller else { return Err(error) };
            let what = format!("a page was too large; {smaller} records are asked for at once now");
            sink.note(Note::Recovered { stream: self.name.to_owned(), what });
        }
    }

    /// Turns to the next page, if there is one.
    fn turn(&mut self, answer: &Answer, decoded: &Decoded) -> Result<(), Error> {
        let listed = decoded.listed;
        let asked = self.size.as_ref().map(|size| size.now);
        let following = self.way.following(answer, decoded, asked);
        let position = following.map_err(|problem| self.wrong(problem))?;
        let Some(position) = position else {
            self.done = true;
            return Ok(());
        };
        if self.position.as_ref() == Some(&position) {
            // a page without records may be asked for once more where it stood
            self.repeats += 1;
            if listed > 0 || self.repeats > MOST_REPEATS {
                return Err(self.wrong("the page after this one is the same again".to_owned()));
            }
        } else {
            self.repeats = 0;
        }
        if self.way.is_by_address() {
            self.follow(&position)?;
        } else {
            let went = self.way.go_to(&position, &mut self.spec, &mut self.vars);
            went.map_err(|problem| self.wrong(problem))?;
            self.after = Some(position.clone());
        }
        self.position = Some(position);
        Ok(())
    }

    fn follow(&mut self, address: &str) -> Result<(), Error> {
        let secrets = next::secrets(&self.caller.manifest, self.caller.secrets.as_ref())?;
        let (mut spec, more) = next::call(&self.caller.base_url, address, self.asked, &secrets)
            .map_err(|problem| self.wrong(problem))?;
        let stored = next::tail(&self.caller.base_url, address, &secrets);
        self.after = Some(stored.map_err(|problem| self.wrong(problem))?);
        // the size is ours to choose on every page
        for (name, value) in self.asked.query.iter().filter(|(_, value)| value.all() == ["{page.size}"]) {
            spec.query.insert(name.clone(), value.clone());
        }
        self.vars.retain(|name, _| !name.starts_with("page."));
        self.vars.extend(more);
        self.spec = spec;
        Ok(())
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Answer { stream: self.name.to_owned(), problem }
    }
}

impl Size {
    /// Half as many; none when it is one already.
    fn shrink(&mut self) -> Option<u32> {
        if self.now <= 1 {
            return None;
        }
        if self.now < self.most {
            // the larger size was tried in vain: the next trial comes later
            self.patience = self.patience.saturating_mul(2);
        }
        self.now /= 2;
        self.good = 0;
        Some(self.now)
    }

    fn went_well(&mut self) {
        self.good += 1;
        if self.now < self.most && self.good >= self.patience {
            self.now = (self.now * 2).min(self.most);
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_shrinks_at_once_and_grows_slowly() {
        let mut size = Size { now: 10, most: 10, good: 0, patience: PATIENCE };
        assert_eq!(
            [size.shrink(), size.shrink(), size.shrink(), size.shrink()],
            [Some(5), Some(2), Some(1), None]
        );
        for _ in 0..4 * PATIENCE - 1 {
            size.went_well();
        }
        assert_eq!(size.now, 1, "three attempts were in vain, so it waits longer");
        size.went_well();
        assert_eq!(size.now, 2);
    }
}
