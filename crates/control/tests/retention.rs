//! How long data is kept, and which workspaces are looked after day by day.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use netgain_control::{
    Control, CredentialMode, DataClass, Error, NewConnection, NewEvent, NewWorkspace, Outcome, Secret,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

fn filled() -> (tempfile::TempDir, Control, WorkspaceId, ConnectionId) {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    for name in ["other", "w"] {
        let new = NewWorkspace {
            id: name.parse().unwrap(),
            name: name.to_owned(),
            currency: "GBP".parse().unwrap(),
            time_zone: "Europe/London".to_owned(),
            settings: "{}".to_owned(),
        };
        let workspace = control.create_workspace(&new).unwrap().id;
        let new = NewConnection {
            id: "shop".parse().unwrap(),
            provider: "platform".to_owned(),
            name: "Shop".to_owned(),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: BTreeMap::new(),
        };
        control.create_connection(&workspace, &new).unwrap();
    }
    (dir, control, "w".parse().unwrap(), "shop".parse().unwrap())
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[test]
fn rules_are_set_changed_and_taken_away() {
    let (_dir, control, w, _) = filled();
    assert!(control.retention(&w).unwrap().is_empty(), "nothing is deleted unasked");
    let now = Timestamp::now();
    control.set_retention(&w, DataClass::Raw, Some(400), now).unwrap();
    control.set_retention(&w, DataClass::Runs, Some(30), now).unwrap();
    control.set_retention(&w, DataClass::Raw, Some(365), now).unwrap();
    let rules = control.retention(&w).unwrap();
    let told: Vec<_> = rules.iter().map(|rule| (rule.class, rule.days)).collect();
    assert_eq!(told, [(DataClass::Raw, 365), (DataClass::Runs, 30)]);
    assert_eq!(rules[0].before(now), now - days(365));
    control.set_retention(&w, DataClass::Raw, None, now).unwrap();
    assert_eq!(control.retention(&w).unwrap().len(), 1);
    assert!(control.retention(&"other".parse().unwrap()).unwrap().is_empty());
    for days in [0, 36_501] {
        let refused = control.set_retention(&w, DataClass::Inbox, Some(days), now);
        assert!(matches!(refused, Err(Error::Retention { class: "inbox", .. })), "{refused:?}");
    }
}

#[test]
fn runs_are_cut_but_the_newest_stays_and_later_ones_count_on() {
    let (_dir, control, w, shop) = filled();
    let mut fence = 0;
    for _ in 0..3 {
        let run = control.start_run(&w, &shop).unwrap();
        fence = control.run_fence(&w, &run).unwrap();
        control.finish_run(&w, &run, 1, None).unwrap();
    }
    let other: WorkspaceId = "other".parse().unwrap();
    let run = control.start_run(&other, &shop).unwrap();
    control.finish_run(&other, &run, 1, None).unwrap();
    let later = Timestamp::now() + days(31);
    assert_eq!(control.cut_runs(&w, later - days(40)).unwrap(), 0, "they are younger");
    assert_eq!(control.cut_runs(&w, later - days(30)).unwrap(), 2);
    assert_eq!(control.cut_runs(&w, later - days(30)).unwrap(), 0);
    assert_eq!(control.runs(&w, &shop, 9).unwrap().len(), 1);
    assert_eq!(control.runs(&other, &shop, 9).unwrap().len(), 1);
    let run = control.start_run(&w, &shop).unwrap();
    assert!(control.run_fence(&w, &run).unwrap() > fence);
    assert_eq!(control.cut_runs(&w, later + days(99)).unwrap(), 1, "one that is under way stays");
    assert_eq!(control.runs(&w, &shop, 9).unwrap()[0].id, run);
}

#[test]
fn deliveries_are_cut_but_those_that_wait_stay() {
    let (_dir, control, w, shop) = filled();
    let now = Timestamp::now();
    let inbox = netgain_control::Inbox::open(&control).unwrap();
    let event = |dedupe: &str, at: Timestamp| NewEvent {
        workspace: w.clone(),
        connection: shop.clone(),
        dedupe: dedupe.to_owned(),
        topic: "orders/updated".to_owned(),
        account: None,
        stream: None,
        object: None,
        body: b"{}".to_vec(),
        received_at: at,
    };
    let events = vec![event("old", now - days(20)), event("waits", now - days(20)), event("new", now)];
    inbox.put(events, |kept| assert_eq!(kept.unwrap().new, 3));
    inbox.close();
    let due = control.due_events(&w, &shop, now, 10).unwrap();
    let finished = due.iter().filter(|event| event.received_at > now - days(1) || event.id == due[0].id);
    let outcomes: Vec<_> = finished.map(|event| (event.id, Outcome::Done)).collect();
    assert_eq!(outcomes.len(), 2);
    let lease = control.claim_inbox(&w, &shop).unwrap().unwrap();
    control.settle_events(&lease, &w, &outcomes).unwrap();
    assert_eq!(control.cut_inbox(&w, now - days(10)).unwrap(), 1);
    assert_eq!(control.cut_inbox(&w, now - days(10)).unwrap(), 0);
    let counts = control.inbox_counts(&w, &shop).unwrap();
    assert_eq!((counts.waiting, counts.done), (1, 1));
}

#[test]
fn a_daily_check_is_taken_once_and_again_when_it_did_not_end() {
    let (_dir, control, w, _) = filled();
    let now = Timestamp::now();
    assert_eq!(control.take_daily_check(now).unwrap(), None, "nobody needs one");
    control.set_retention(&w, DataClass::Runs, Some(30), now).unwrap();
    assert_eq!(control.take_daily_check(now).unwrap().as_ref(), Some(&w));
    assert_eq!(control.take_daily_check(now).unwrap(), None, "it is under way");
    // its process ended on the way
    let later = now + SignedDuration::from_hours(2);
    assert_eq!(control.take_daily_check(later).unwrap().as_ref(), Some(&w));
    control.daily_check_done(&w, later).unwrap();
    assert_eq!(control.take_daily_check(later + SignedDuration::from_hours(20)).unwrap(), None);
    assert_eq!(control.take_daily_check(later + days(1)).unwrap().as_ref(), Some(&w));
    control.daily_check_done(&w, later + days(1)).unwrap();
    control.want_daily_check(&w).unwrap();
    assert_eq!(control.take_daily_check(later + days(1)).unwrap().as_ref(), Some(&w));
    // whoever was erased is looked for in the other workspace, too
    let other: WorkspaceId = "other".parse().unwrap();
    let words = ["jane@example.com".to_owned()];
    control.begin_erasure(&other, "1", &Secret::new("{}".to_owned()), &words, now).unwrap();
    assert_eq!(control.take_daily_check(later + days(1)).unwrap().as_ref(), Some(&other));
}
