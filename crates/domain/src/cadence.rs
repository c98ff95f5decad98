//! How often a connection is read by itself, in words that manifests, commands, the API and the pages share.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// How often a connection is read by itself: `every 15m`, `every 4h`, `every 1d`, `daily 16:30`,
/// `daily 16:30 Europe/Berlin`, `by hand`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cadence {
    /// So many minutes after the last reading began.
    Every(u32),
    /// Once a day at a local time.
    Daily {
        /// The local time, to the minute.
        at: Time,
        /// An IANA time zone; none for that of the workspace.
        zone: Option<String>,
    },
    /// Only when a person asks for it.
    ByHand,
}

/// Least minutes between two readings: more often than this, webhooks are the way.
const LEAST: u32 = 5;
/// Most minutes between two readings: 31 days.
const MOST: u32 = 31 * 24 * 60;

/// A text that is no cadence, or no quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CadenceError {
    /// None of the forms.
    #[error("`{0}` is no cadence: write `every 15m`, `every 4h`, `every 1d`, `daily 16:30` or `by hand`")]
    Form(String),
    /// Too often, or too rarely.
    #[error("`{0}` is out of bounds: between 5 minutes and 31 days")]
    Bounds(String),
    /// A zone that nobody knows.
    #[error("`{0}` is no time zone: write one such as `Europe/Berlin`")]
    Zone(String),
    /// No quiet hours.
    #[error("`{0}` are no quiet hours: write two different times such as `22:00-06:30`")]
    Quiet(String),
}

impl FromStr for Cadence {
    type Err = CadenceError;
    fn from_str(text: &str) -> Result<Self, CadenceError> {
        let wrong = || CadenceError::Form(text.chars().take(40).collect());
        let words: Vec<&str> = text.split_whitespace().collect();
        match *words.as_slice() {
            ["by", "hand"] => Ok(Self::ByHand),
            ["every", span] => {
                let (number, unit) = span.split_at_checked(span.len().saturating_sub(1)).ok_or_else(wrong)?;
                let scale = match unit {
                    "m" => 1,
                    "h" => 60,
                    "d" => 24 * 60,
                    _ => return Err(wrong()),
                };
                let number: u32 = number.parse().map_err(|_| wrong())?;
                match number.checked_mul(scale) {
                    Some(minutes) if (LEAST..=MOST).contains(&minutes) => Ok(Self::Every(minutes)),
                    _ => Err(CadenceError::Bounds(span.chars().take(40).collect())),
                }
            }
            ["daily", at] => Ok(Self::Daily { at: time(at).ok_or_else(wrong)?, zone: None }),
            ["daily", at, zone] => {
                let at = time(at).ok_or_else(wrong)?;
                match jiff::tz::TimeZone::get(zone) {
                    Ok(_) => Ok(Self::Daily { at, zone: Some(zone.to_owned()) }),
                    Err(_) => Err(CadenceError::Zone(zone.chars().take(40).collect())),
                }
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(minutes) if minutes % (24 * 60) == 0 => write!(f, "every {}d", minutes / (24 * 60)),
            Self::Every(minutes) if minutes % 60 == 0 => write!(f, "every {}h", minutes / 60),
            Self::Every(minutes) => write!(f, "every {minutes}m"),
            Self::Daily { at, zone: None } => write!(f, "daily {}", Minute(*at)),
            Self::Daily { at, zone: Some(zone) } => write!(f, "daily {} {zone}", Minute(*at)),
            Self::ByHand => f.write_str("by hand"),
        }
    }
}

impl TryFrom<String> for Cadence {
    type Error = CadenceError;
    fn try_from(text: String) -> Result<Self, CadenceError> {
        text.parse()
    }
}

impl From<Cadence> for String {
    fn from(cadence: Cadence) -> String {
        cadence.to_string()
    }
}

/// Hours in which nothing is read by itself, in the workspace's zone: `22:00-06:30`. The end may lie on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: Time,
    /// The first minute that is quiet no more.
    pub to: Time,
}

impl QuietHours {
    /// Whether a local time is within.
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

impl FromStr for QuietHours {
    type Err = CadenceError;
    fn from_str(text: &str) -> Result<Self, CadenceError> {
        let found = text.split_once('-').and_then(|(from, to)| Some((time(from.trim())?, time(to.trim())?)));
        match found {
            Some((from, to)) if from != to => Ok(Self { from, to }),
            _ => Err(CadenceError::Quiet(text.chars().take(40).collect())),
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", Minute(self.from), Minute(self.to))
    }
}

struct Minute(Time);

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

/// A time of day as `HH:MM`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| match part.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => part.parse::<i8>().ok(),
        _ => None,
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_the_same() {
        for text in
            ["every 15m", "every 4h", "every 1d", "daily 16:30", "daily 02:05 Europe/Berlin", "by hand"]
        {
            assert_eq!(text.parse::<Cadence>().map(|cadence| cadence.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(
            "every 120m".parse::<Cadence>().map(|cadence| cadence.to_string()).as_deref(),
            Ok("every 2h")
        );
    }

    #[test]
    fn what_is_no_cadence_is_refused_with_the_forms() {
        for text in
            ["", "hourly", "every", "every h", "every 4", "every 4w", "every -1h", "daily", "daily 24:00"]
        {
            assert!(matches!(text.parse::<Cadence>(), Err(CadenceError::Form(_))), "{text}");
        }
        for text in ["every 4m", "every 0h", "every 32d", "every 4000000000h"] {
            assert!(matches!(text.parse::<Cadence>(), Err(CadenceError::Bounds(_))), "{text}");
        }
        assert!(matches!("daily 16:30 Mars/Base".parse::<Cadence>(), Err(CadenceError::Zone(_))));
    }

    #[test]
    fn quiet_hours_may_lie_over_midnight() {
        let night: QuietHours = "22:00-06:30".parse().unwrap();
        let at = |hour, minute| Time::constant(hour, minute, 0, 0);
        assert!(night.contains(at(22, 0)) && night.contains(at(0, 0)) && night.contains(at(6, 29)));
        assert!(!night.contains(at(6, 30)) && !night.contains(at(21, 59)));
        let noon: QuietHours = "12:00-13:00".parse().unwrap();
        assert!(noon.contains(at(12, 59)) && !noon.contains(at(13, 0)) && !noon.contains(at(0, 0)));
        assert_eq!(night.to_string(), "22:00-06:30");
        for text in ["22:00", "22:00-22:00", "9:00-10:00", "22:00-24:00"] {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }
}
