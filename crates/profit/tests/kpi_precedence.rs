//! Whom to believe is a function of the times of the statements: the order in which they arrive never matters.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use netgain_domain::Decimal;
use netgain_domain::facts::{KpiOverride, KpiPoint, KpiSeries};
use netgain_profit::kpi::{Verdict, effective, verdict};
use proptest::prelude::*;

const DAY: &str = "2026-03-01";

fn series() -> KpiSeries {
    KpiSeries { connection_id: "c".into(), source: "s".into(), metric: "m".into() }
}

fn at(second: i64) -> Timestamp {
    "2026-03-02T00:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(second)
}

fn word(second: i64, value: Option<i64>) -> KpiOverride {
    KpiOverride {
        override_id: format!("{second}-{value:?}"),
        series: series(),
        day: DAY.parse().unwrap(),
        value: value.map(Decimal::from),
        recorded_at: at(second),
        recorded_by: "a person".into(),
        reason: None,
    }
}

fn point(value: i64) -> KpiPoint {
    KpiPoint {
        series: series(),
        timestamp: "2026-03-01T00:00:00Z".parse().unwrap(),
        value: Some(value.into()),
        metadata: None,
    }
}

/// What is said about one day: by the source, or by a person.
#[derive(Debug, Clone)]
enum Said {
    Read(i64, i64),
    Word(i64, Option<i64>),
}

/// What a store holds after the statements came in one after another: the value of the latest reading, its time, and
/// every word.
fn stored(said: &[Said]) -> (Option<(i64, i64)>, BTreeMap<String, KpiOverride>) {
    let (mut read, mut words) = (None, BTreeMap::new());
    for one in said {
        match one {
            Said::Read(second, value) => read = read.max(Some((*second, *value))),
            Said::Word(second, value) => {
                let word = word(*second, *value);
                words.insert(word.override_id.clone(), word);
            }
        }
    }
    (read, words)
}

fn believed(said: &[Said]) -> Option<Decimal> {
    let (read, words) = stored(said);
    let points = read.iter().map(|(_, value)| point(*value)).collect();
    let words: Vec<KpiOverride> = words.into_values().collect();
    let found = effective(points, &words, read.map(|(second, _)| at(second)), &TimeZone::UTC);
    found.first().and_then(|one| one.value)
}

/// The rule as a person would say it.
fn expected(said: &[Said]) -> Option<Decimal> {
    let (read, words) = stored(said);
    let last = words.values().max_by_key(|word| (word.recorded_at, word.override_id.clone()));
    let from_source = read.map(|(_, value)| Decimal::from(value));
    match last.and_then(|word| word.value.map(|value| (word.recorded_at, value))) {
        Some((when, _)) if read.is_some_and(|(second, _)| at(second) >= when) => from_source,
        Some((_, value)) => Some(value),
        None => from_source,
    }
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        (0_i64..6, 0_i64..100).prop_map(|(second, value)| Said::Read(second, value)),
        (0_i64..6, proptest::option::of(0_i64..100)).prop_map(|(second, value)| Said::Word(second, value)),
    ]
}

proptest! {
    #[test]
    fn the_order_of_arrival_never_matters(
        (first, second) in prop::collection::vec(said(), 0..8)
            .prop_flat_map(|said| (Just(said.clone()), Just(said).prop_shuffle()))
    ) {
        prop_assert_eq!(believed(&first), believed(&second));
        prop_assert_eq!(believed(&first), expected(&first));
        // heard twice is heard once
        let twice: Vec<Said> = first.iter().chain(&second).cloned().collect();
        prop_assert_eq!(believed(&twice), believed(&first));
    }
}

#[test]
fn a_reading_at_the_same_moment_wins() {
    let words = [word(3, Some(7))];
    assert_eq!(verdict(true, Some(at(2)), &words), Verdict::Person(&words[0]));
    assert_eq!(verdict(true, Some(at(3)), &words), Verdict::Replaced(&words[0]));
    // a source that says nothing about the day replaces nothing, however late it was read
    assert_eq!(verdict(false, Some(at(9)), &words), Verdict::Person(&words[0]));
    assert_eq!(verdict(true, None, &words), Verdict::Person(&words[0]));
}

#[test]
fn of_several_words_the_last_counts_and_taking_back_is_one() {
    let words = [word(3, Some(7)), word(5, None), word(4, Some(8))];
    assert_eq!(verdict(true, Some(at(1)), &words), Verdict::Source);
    assert_eq!(verdict(true, Some(at(1)), &words[..1]), Verdict::Person(&words[0]));
    assert_eq!(verdict(true, Some(at(1)), [&words[0], &words[2]]), Verdict::Person(&words[2]));
}

#[test]
fn a_word_stands_for_the_whole_day_and_says_what_the_source_says() {
    let words = [word(3, Some(7))];
    let later = KpiPoint { timestamp: "2026-03-01T15:00:00Z".parse().unwrap(), ..point(3) };
    let next = KpiPoint { timestamp: "2026-03-02T00:00:00Z".parse().unwrap(), ..point(4) };
    let found = effective(vec![next, later, point(2)], &words, Some(at(1)), &TimeZone::UTC);
    let shown: Vec<_> =
        found.iter().map(|one| (one.day.to_string(), one.value.unwrap().to_string())).collect();
    assert_eq!(shown, [("2026-03-01".into(), "7".into()), ("2026-03-02".into(), "4".to_owned())]);
    assert_eq!(found[0].source_value, Some(Decimal::from(3)));
    assert!(found[1].by_person.is_none());
}
