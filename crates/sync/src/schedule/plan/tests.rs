#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn next(cadence: &str, quiet: Option<&str>, last: Last, now: &str) -> Option<Timestamp> {
    let (cadence, zone) = (cadence.parse().unwrap(), berlin());
    let quiet = quiet.map(|quiet| quiet.parse().unwrap());
    next_run(&Question { cadence: &cadence, quiet, zone: &zone, last, seed: 0 }, at(now))
}

#[test]
fn a_cadence_counts_from_the_beginning_of_the_last_reading() {
    let last = Last::Done(at("2026-03-01T10:00:00Z"));
    let now = "2026-03-01T10:01:00Z";
    assert_eq!(next("every 4h", None, last, now), Some(at("2026-03-01T14:00:00Z")));
    assert_eq!(next("by hand", None, last, now), None);
    assert_eq!(next("by hand", None, Last::Cut(at(now), 0), now), None);
    // 16:30 in Berlin is 15:30 UTC in winter
    assert_eq!(next("daily 16:30", None, last, now), Some(at("2026-03-01T15:30:00Z")));
    assert_eq!(next("daily 16:30 Asia/Kathmandu", None, last, now), Some(at("2026-03-01T10:45:00Z")));
}

#[test]
fn after_a_downtime_one_reading_makes_up_for_all_that_were_missed() {
    let last = Last::Done(at("2026-03-01T10:00:00Z"));
    let due = next("every 1h", None, last, "2026-03-09T12:34:00Z").unwrap();
    assert!(due < at("2026-03-09T12:34:00Z"), "{due} is at once");
    let after = next("every 1h", None, Last::Done(at("2026-03-09T12:34:00Z")), "2026-03-09T12:35:00Z");
    assert_eq!(after, Some(at("2026-03-09T13:34:00Z")));
}

#[test]
fn what_failed_is_tried_again_sooner_and_ever_more_rarely() {
    let began = at("2026-03-01T10:00:00Z");
    let wait = |cadence: &str, failures| {
        next(cadence, None, Last::Failed(began, failures), "2026-03-01T10:00:01Z")
            .unwrap()
            .duration_since(began)
    };
    let minutes = SignedDuration::from_mins;
    assert_eq!([1, 2, 3].map(|failures| wait("every 4h", failures)), [5, 10, 20].map(minutes));
    assert_eq!(wait("every 4h", 30), minutes(240));
    assert_eq!(wait("daily 16:30", 30), minutes(360));
    assert_eq!(wait("every 15m", 3), minutes(15));
    let cut = |before| {
        next("every 4h", None, Last::Cut(began, before), "2026-03-01T10:00:01Z")
            .unwrap()
            .duration_since(began)
    };
    let seconds = SignedDuration::from_secs;
    assert_eq!([0, 1, 2, 3].map(cut), [0, 30, 60, 120].map(seconds));
}

#[test]
fn nothing_begins_in_quiet_hours_and_what_is_overdue_waits_for_their_end() {
    let last = Last::Done(at("2026-03-01T10:00:00Z"));
    // due at 15:00 in Berlin
    assert_eq!(
        next("every 4h", Some("22:00-06:30"), last, "2026-03-01T11:00:00Z"),
        Some(at("2026-03-01T14:00:00Z"))
    );
    assert_eq!(
        next("every 4h", Some("14:00-16:00"), last, "2026-03-01T11:00:00Z"),
        Some(at("2026-03-01T15:00:00Z"))
    );
    // overdue, and it is 23:00 in Berlin
    assert_eq!(
        next("every 4h", Some("22:00-06:30"), last, "2026-03-01T22:00:00Z"),
        Some(at("2026-03-02T05:30:00Z"))
    );
    // overdue, and it is not quiet
    assert_eq!(
        next("every 4h", Some("22:00-06:30"), last, "2026-03-01T20:00:00Z"),
        Some(at("2026-03-01T14:00:00Z"))
    );
}

#[test]
fn clocks_that_go_forward_or_back_neither_skip_a_day_nor_read_twice() {
    // 29 March 2026: 02:30 does not exist in Berlin; 25 October 2026: it comes twice
    let spring = next("daily 02:30", None, Last::Done(at("2026-03-28T12:00:00Z")), "2026-03-28T12:01:00Z");
    assert_eq!(spring, Some(at("2026-03-29T01:30:00Z")));
    let autumn = next("daily 02:30", None, Last::Done(at("2026-10-24T12:00:00Z")), "2026-10-24T12:01:00Z");
    assert_eq!(autumn, Some(at("2026-10-25T00:30:00Z")));
    let after = next("daily 02:30", None, Last::Done(autumn.unwrap()), "2026-10-25T00:31:00Z");
    assert_eq!(after, Some(at("2026-10-26T01:30:00Z")));
}

#[test]
fn checks_are_spread_over_the_night_of_the_workspace() {
    let due = |seed| next_check(at("2026-03-01T10:00:00Z"), &berlin(), seed).unwrap();
    assert_eq!(due(0), at("2026-03-02T02:00:00Z"));
    assert_eq!(due(7_199), at("2026-03-02T03:59:59Z"));
}

proptest! {
    /// Whatever the zone, the hours and the last reading: what is due is never in quiet hours unless it is overdue
    /// outside of them, never before the last reading, never later than cadence, spread and quiet hours together.
    #[test]
    fn the_next_reading_is_within_its_bounds(
        zone in prop::sample::select(vec!["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
        began in 1_600_000_000_i64..1_900_000_000,
        waited in 0_i64..200_000,
        minutes in 5_u32..3_000,
        from in 0_i8..24, length in 1_i8..23,
        seed: u64,
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let (began, now) = (Timestamp::new(began, 0).unwrap(), Timestamp::new(began + waited, 0).unwrap());
        let hour = |hour: i8| jiff::civil::Time::constant(hour.rem_euclid(24), 0, 0, 0);
        let quiet = QuietHours { from: hour(from), to: hour(from + length) };
        let cadence = Cadence::Every(minutes);
        let question = Question { cadence: &cadence, quiet: Some(quiet), zone: &zone, last: Last::Done(began), seed };
        let due = next_run(&question, now).unwrap();
        let plain = next_run(&Question { quiet: None, ..question.clone() }, now).unwrap();
        prop_assert!(due >= plain && plain > began);
        let begins = due.max(now);
        prop_assert!(!quiet.contains(begins.to_zoned(zone.clone()).time()), "{begins} is quiet");
        // a day may be an hour longer than 24 where clocks go back
        prop_assert!(begins.duration_since(plain.max(now)) <= SignedDuration::from_hours(i64::from(length) + 1));
        prop_assert!(plain.duration_since(began) <= SignedDuration::from_secs(i64::from(minutes) * 66));
    }
}
