//! What a stream that is read by pages remembers between runs, and how a record or an answer moves it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use netgain_manifest::{Cursor, Filter, Stream, TimeFormat};
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;

use crate::Error;

/// A cursor, compiled.
pub(crate) enum Mark {
    /// Everything is read each time.
    None,
    /// The newest update time.
    Time(Time),
    /// The highest number.
    Number { path: Path, overlap: u64 },
    /// The platform's own word, in the body of its last page.
    Word(Path),
}

/// An update time in records.
pub(crate) struct Time {
    path: Path,
    format: TimeFormat,
    /// What is read again.
    pub again: SignedDuration,
    /// Whether the platform lists by it, oldest first.
    pub sorted: bool,
    /// Whether the platform lists everything.
    pub by_client: bool,
}

impl Mark {
    /// The cursor of a stream.
    ///
    /// # Errors
    /// [`Error::Setup`] for one that is not read by pages, or a path that is none.
    pub fn of(stream: &Stream) -> Result<Self, Error> {
        let path = |text: &str| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
        Ok(match &stream.cursor {
            // what changed is learned from events; everything is read as if there were no cursor
            Cursor::Full {} | Cursor::Events(_) => Self::None,
            Cursor::Timestamp { path: text, format, overlap_s, lag_s, sorted, filter } => {
                let again = i64::from(*overlap_s) + i64::from(*lag_s);
                Self::Time(Time {
                    path: path(text)?,
                    format: *format,
                    again: SignedDuration::from_secs(again),
                    sorted: *sorted,
                    by_client: *filter == Filter::Client,
                })
            }
            Cursor::Sequence { path: text, overlap } => Self::Number { path: path(text)?, overlap: *overlap },
            Cursor::Token { path: text } => Self::Word(path(text)?),
            Cursor::Restate { .. } => {
                let problem = "restated days need a slice `window`";
                return Err(Error::Setup(format!("stream `{}`: {problem}", stream.name)));
            }
        })
    }

    /// The update time, where that is the cursor.
    pub fn time(&self) -> Option<&Time> {
        if let Self::Time(time) = self { Some(time) } else { None }
    }

    /// What a record is numbered with.
    pub fn number(&self, record: &Value) -> Option<u64> {
        let Self::Number { path, .. } = self else { return None };
        path.first(&[record]).and_then(word_of)?.parse().ok()
    }

    /// The word that a body holds.
    pub fn word(&self, body: &Value) -> Option<String> {
        let Self::Word(path) = self else { return None };
        path.first(&[body]).and_then(word_of).filter(|word| !word.is_empty()).map(|word| word.into_owned())
    }
}

impl Time {
    /// A time at a path, written in a way.
    ///
    /// # Errors
    /// [`Error::Setup`] when that is no path.
    pub fn at(path: &str, format: TimeFormat) -> Result<Self, Error> {
        let path = Path::compile(path).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self { path, format, again: SignedDuration::ZERO, sorted: false, by_client: false })
    }

    /// The time in a record, where it can be read.
    pub fn of(&self, record: &Value) -> Option<Timestamp> {
        let word = self.path.first(&[record]).and_then(word_of)?;
        let number = || word.parse::<i64>().ok();
        match self.format {
            TimeFormat::Iso => word.parse().ok().or_else(|| {
                let plain: DateTime = word.parse().ok()?;
                TimeZone::UTC.to_timestamp(plain).ok()
            }),
            TimeFormat::EpochS => Timestamp::from_second(number()?).ok(),
            TimeFormat::EpochMs => Timestamp::from_millisecond(number()?).ok(),
        }
    }
}
