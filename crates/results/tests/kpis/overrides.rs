//! The life of an override: set, replaced by a reading, taken back; with equal times, and after kills.

use netgain_domain::facts::{KpiAction, KpiRead};
use netgain_results::{Error, unset_kpi_override};

use crate::place::{Place, ad, instant, pairs};

#[test]
fn an_override_stands_until_its_source_is_read_again() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    place.read("ads", "ad_days", "2026-06-02T00:00:00Z");
    place.set("spend", Some("ads"), "2026-06-02T10:00:00Z", "12.5").unwrap();
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "12.5")]));
    // other tables of the source and other sources change nothing, working it out again neither
    place.read("ads", "ad_entities", "2026-06-03T00:00:00Z");
    place.read("other", "ad_days", "2026-06-03T00:00:00Z");
    place.update();
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "12.5")]));
    // the next reading wins, and is entered once however often it is told
    assert_eq!(place.read("ads", "ad_days", "2026-06-03T00:00:00Z"), 1);
    assert_eq!(place.read("ads", "ad_days", "2026-06-03T00:00:00Z"), 0);
    assert_eq!(place.read("ads", "ad_days", "2026-06-01T00:00:00Z"), 0);
    assert_eq!(place.read("ads", "ad_days", "2026-06-04T00:00:00Z"), 0);
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "10")]));
    let owned = |of: &str| of.to_owned();
    let expected = [
        (KpiAction::Set, owned("10"), owned("12.5"), owned("Ada")),
        (KpiAction::ReplacedBySync, owned("12.5"), owned("10"), owned("sync of ads")),
    ];
    assert_eq!(place.audit(), expected);
}

#[test]
fn a_reading_at_the_same_microsecond_wins() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    // nanoseconds are not kept and decide nothing
    place.set("spend", None, "2026-06-02T10:00:00.000001999Z", "12").unwrap();
    assert_eq!(place.read("ads", "ad_days", "2026-06-02T10:00:00.000000999Z"), 0);
    assert_eq!(place.value("ads", "spend", "2026-06-01").as_deref(), Some("12"));
    assert_eq!(place.read("ads", "ad_days", "2026-06-02T10:00:00.000001Z"), 1);
    assert_eq!(place.value("ads", "spend", "2026-06-01").as_deref(), Some("10"));
}

#[test]
fn a_reading_that_was_noted_before_a_kill_is_entered_by_the_next() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    place.set("spend", None, "2026-06-02T10:00:00Z", "12").unwrap();
    // noted, but killed before it was entered
    let read = KpiRead {
        connection_id: "ads".into(),
        entity: "ad_days".into(),
        read_at: instant("2026-06-03T00:00:00Z"),
    };
    place.warehouse.note_kpi_reads(&[read]).unwrap();
    assert_eq!(place.audit().len(), 1);
    // a new word does not hide what happened to the one before
    place.set("spend", None, "2026-06-03T10:00:00Z", "13").unwrap();
    let actions: Vec<_> = place.audit().into_iter().map(|(action, old, new, _)| (action, old, new)).collect();
    let owned = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    let of = |action, (old, new): (String, String)| (action, old, new);
    let expected = [
        of(KpiAction::Set, owned("10", "12")),
        of(KpiAction::ReplacedBySync, owned("12", "10")),
        of(KpiAction::Set, owned("10", "13")),
    ];
    assert_eq!(actions, expected);
    assert_eq!(place.read("ads", "ad_days", "2026-06-04T00:00:00Z"), 1);
}

#[test]
fn what_no_source_says_stands_and_can_be_taken_back() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-02", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    // the source has the metric, but says nothing about the day
    place.set("spend", None, "2026-06-02T10:00:00Z", "3").unwrap();
    place.set("team size", None, "2026-06-02T10:00:00Z", "4").unwrap();
    place.set("team size", None, "2026-06-02T11:00:00Z", "5").unwrap();
    place.read("ads", "ad_days", "2026-06-09T00:00:00Z");
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "3"), ("2026-06-02", "10")]));
    assert_eq!(place.values("manual", "team size"), pairs(&[("2026-06-01", "5")]));
    let back = place.change("team size", Some("manual"), "2026-06-02T12:00:00Z");
    unset_kpi_override(&place.warehouse, &place.settings, &back).unwrap();
    assert_eq!(place.values("manual", "team size"), pairs(&[]));
    let again = place.change("team size", None, "2026-06-02T13:00:00Z");
    let nothing = unset_kpi_override(&place.warehouse, &place.settings, &again).unwrap_err();
    assert!(matches!(nothing, Error::KpiNotFound(_)), "{nothing}");
    let removed = place.audit().pop().unwrap();
    assert_eq!(removed, (KpiAction::Removed, "5".into(), "-".into(), "Ada".into()));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let place = Place::new();
    for connection in ["one", "two"] {
        place.put(connection, vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    }
    place.update();
    let field = |error: Error| match error {
        Error::KpiRefused { field, message } => (field, message),
        other => panic!("{other}"),
    };
    let at = "2026-06-02T10:00:00Z";
    let (name, message) = field(place.set("spend", None, at, "1").unwrap_err());
    assert_eq!(name, "source");
    assert!(message.contains("one, two"), "{message}");
    assert_eq!(field(place.set("spend", Some("three"), at, "1").unwrap_err()).0, "source");
    assert_eq!(field(place.set(" ", None, at, "1").unwrap_err()).0, "metric");
    assert_eq!(field(place.set("spend", Some("one"), at, "0.12345678901").unwrap_err()).0, "value");
    // by connection or by platform
    place.set("spend", Some("one"), at, "1").unwrap();
    place.set("spend", Some("two_platform"), at, "2").unwrap();
    assert_eq!(place.value("one", "spend", "2026-06-01").as_deref(), Some("1"));
    assert_eq!(place.value("two", "spend", "2026-06-01").as_deref(), Some("2"));
}
