//! How far a listing has come, and its stored form.

use jiff::Timestamp;

use crate::cursor::{PageSize, Reading};
use crate::pager::Pager;
use crate::template::Vars;

/// How far a listing has come.
#[derive(Default)]
pub(super) struct Listing {
    /// It was asked for from here on.
    pub since: Option<Timestamp>,
    /// When its first page was answered. What changed since may stand before the place where it was looked for.
    pub began: Option<Timestamp>,
    /// It was asked for behind this value.
    pub beyond: Option<String>,
    /// The newest update time.
    pub high: Option<Timestamp>,
    /// The update time before.
    pub last: Option<Timestamp>,
    /// Whether update times have gone back, against the platform's promise.
    pub disorder: bool,
    /// It was asked for behind this number, or with this word.
    pub mark: Option<String>,
    /// The highest number.
    pub number: Option<u64>,
    /// The platform's word for all that was read.
    pub word: Option<String>,
    /// Places of the listing that were used up since it began or began again, whether a record came for each or not.
    pub listed: u64,
    /// The last record's value of what the listing is sorted by.
    pub end: Option<String>,
}

/// The page at which a run was cut off.
pub(super) struct Place {
    /// Its name, in the platform's own words.
    pub after: String,
    pub size: Option<PageSize>,
    /// When the platform named it.
    pub at: Timestamp,
}

/// Where a listing begins again.
pub(super) enum Again {
    Since(Timestamp),
    Beyond(String),
}

impl Listing {
    /// A listing that was cut off, and its next page unless it was just to begin.
    pub fn of(cut: Reading) -> (Self, Option<Place>) {
        let Reading { asked_since, asked_beyond, asked_mark, number, word, .. } = cut;
        let Reading { after, size, high, last, end, disorder, listed, at, .. } = cut;
        let (since, beyond, mark) = (asked_since, asked_beyond, asked_mark);
        let began = cut.began.or(Some(at));
        let listing = Self { since, began, beyond, mark, number, word, high, last, disorder, listed, end };
        (listing, after.map(|after| Place { after, size, at }))
    }

    /// What is stored behind a page that was answered at `at`.
    pub fn reading(&self, part: &str, pager: &Pager<'_>, at: Timestamp) -> Reading {
        Reading {
            part: part.to_owned(),
            asked_since: self.since,
            began: self.began,
            asked_beyond: self.beyond.clone(),
            asked_mark: self.mark.clone(),
            number: self.number,
            word: self.word.clone(),
            after: pager.after().filter(|_| !pager.is_done()).map(str::to_owned),
            size: pager.size().filter(|_| !pager.is_done()),
            high: self.high,
            last: self.last,
            end: self.end.clone(),
            disorder: self.disorder,
            listed: self.listed,
            at,
        }
    }

    /// The time up to which everything is read once the listing ends. A change that was made or became visible while it
    /// went on may lie behind the place that it had reached, however new the records are that came after.
    pub fn read_until(&self) -> Option<Timestamp> {
        self.high.map(|high| self.began.map_or(high, |began| high.min(began)))
    }

    /// Begins again behind the platform's cap.
    pub fn begin_again(&mut self, again: &Again) {
        match again {
            Again::Since(since) => self.since = Some(*since),
            Again::Beyond(beyond) => self.beyond = Some(beyond.clone()),
        }
        (self.listed, self.last, self.end) = (0, None, None);
    }

    /// What the request is filled with, beside the slice's own values.
    pub fn vars(&self, slice: &Vars) -> Vars {
        let mut vars = slice.clone();
        vars.extend(self.since.map(|since| ("cursor.since".to_owned(), since.to_string())));
        for name in ["cursor.after", "cursor.token"] {
            vars.extend(self.mark.clone().map(|mark| (name.to_owned(), mark)));
        }
        vars.extend(self.beyond.clone().map(|beyond| ("page.beyond".to_owned(), beyond)));
        vars
    }
}
