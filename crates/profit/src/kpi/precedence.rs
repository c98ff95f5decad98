//! Whether a source or a person is believed about a point.
//!
//! A person's word stands from the moment it was said until its source is read again: a reading at the same moment or
//! later wins, where it says anything at all about the day. Where it says nothing, as for metrics that no source has,
//! the word stands. Of several words the last counts, and taking one back is a word too. All of this is decided by the
//! times of the statements, so the order in which they arrive never matters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_domain::Decimal;
use netgain_domain::facts::{KpiOverride, KpiPoint};

use super::points::day_start;

/// Who is believed about a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'o> {
    /// The source, or nobody where it says nothing.
    Source,
    /// A person.
    Person(&'o KpiOverride),
    /// The source, which has taken the place of what a person said before.
    Replaced(&'o KpiOverride),
}

/// The last word of people about a day; of two at the same moment the one with the higher id.
fn last_word<'o>(overrides: impl IntoIterator<Item = &'o KpiOverride>) -> Option<&'o KpiOverride> {
    overrides.into_iter().max_by(|a, b| (a.recorded_at, &a.override_id).cmp(&(b.recorded_at, &b.override_id)))
}

/// Who is believed about one day of one series.
///
/// `source` says whether the source has a value for the day, `read_at` when it was last read.
#[must_use]
pub fn verdict<'o>(
    source: bool,
    read_at: Option<Timestamp>,
    overrides: impl IntoIterator<Item = &'o KpiOverride>,
) -> Verdict<'o> {
    let Some(word) = last_word(overrides).filter(|word| word.value.is_some()) else { return Verdict::Source };
    if source && read_at.is_some_and(|read_at| read_at >= word.recorded_at) {
        return Verdict::Replaced(word);
    }
    Verdict::Person(word)
}

/// The override that stands for a day, if any.
#[must_use]
pub fn standing_override<'o>(
    source: bool,
    read_at: Option<Timestamp>,
    overrides: impl IntoIterator<Item = &'o KpiOverride>,
) -> Option<&'o KpiOverride> {
    match verdict(source, read_at, overrides) {
        Verdict::Person(word) => Some(word),
        Verdict::Source | Verdict::Replaced(_) => None,
    }
}

/// A point as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// When it counts (UTC).
    pub timestamp: Timestamp,
    /// Its local day.
    pub day: Date,
    /// The value; none where the source cannot say it.
    pub value: Option<Decimal>,
    /// A JSON object with what else is known; none of a person's word.
    pub metadata: Option<String>,
    /// The person's word that it is, if it is one.
    pub by_person: Option<KpiOverride>,
    /// What the source says instead, where a person is believed.
    pub source_value: Option<Decimal>,
}

/// The points of one series as they count, in the order of time. A person's word stands for all points of its day.
#[must_use]
pub fn effective(
    points: Vec<KpiPoint>,
    overrides: &[KpiOverride],
    read_at: Option<Timestamp>,
    zone: &TimeZone,
) -> Vec<Effective> {
    let mut days: BTreeMap<Date, (Vec<KpiPoint>, Vec<&KpiOverride>)> = BTreeMap::new();
    for point in points {
        days.entry(zone.to_datetime(point.timestamp).date()).or_default().0.push(point);
    }
    for word in overrides {
        days.entry(word.day).or_default().1.push(word);
    }
    let mut found = Vec::new();
    for (day, (mut points, words)) in days {
        points.sort_by(|a, b| (a.timestamp, &a.metadata, a.value).cmp(&(b.timestamp, &b.metadata, b.value)));
        let says = points.iter().any(|point| point.value.is_some());
        match standing_override(says, read_at, words) {
            Some(word) => found.push(Effective {
                timestamp: day_start(day, zone),
                day,
                value: word.value,
                metadata: None,
                source_value: points.iter().rev().find_map(|point| point.value),
                by_person: Some(word.clone()),
            }),
            None => found.extend(points.into_iter().map(|point| Effective {
                timestamp: point.timestamp,
                day,
                value: point.value,
                metadata: point.metadata,
                by_person: None,
                source_value: None,
            })),
        }
    }
    found
}
