//! The audit: what is recorded is found, and whatever is done to the table behind the program's back is named.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use netgain_control::{Actor, ActorKind, AuditFilter, Control, NewEntry};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn entry(at: i64) -> NewEntry {
    NewEntry {
        workspace: (at % 3 != 0).then(|| format!("brand-{}", at % 3).parse().unwrap()),
        actor: Actor::new(
            if at % 2 == 0 { ActorKind::Person } else { ActorKind::Key },
            format!("p{}", at % 4),
        ),
        action: if at % 2 == 0 { "session.created" } else { "settings.changed" },
        subject: format!("Subject_{at}"),
        details: serde_json::json!({ "b": at, "a": { "d": 1, "c": [2, 1] } }),
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(at),
    }
}

fn filled(entries: i64) -> (tempfile::TempDir, Control) {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    (1..=entries).for_each(|at| control.record(&entry(at)).unwrap());
    (dir, control)
}

/// The store as somebody sees it who has its file and takes the guards away.
fn tamper(home: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(home.join("control.sqlite")).unwrap();
    db.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;").unwrap();
    db
}

#[test]
fn entries_are_kept_in_their_order_and_found_again() {
    let (_dir, control) = filled(20);
    let all = control.audit(&AuditFilter::default(), 100).unwrap();
    assert_eq!(all.iter().map(|entry| entry.number).collect::<Vec<_>>(), (1..=20).rev().collect::<Vec<_>>());
    assert_eq!(all[19].details, r#"{"a":{"c":[2,1],"d":1},"b":1}"#);
    let numbers = |filter: AuditFilter| {
        control.audit(&filter, 100).unwrap().iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    let of = |workspace: &str| Some(workspace.parse().unwrap());
    assert_eq!(
        numbers(AuditFilter { workspace: of("brand-1"), ..Default::default() }),
        [19, 16, 13, 10, 7, 4, 1]
    );
    assert_eq!(numbers(AuditFilter { actor: Some("p3".into()), ..Default::default() }), [19, 15, 11, 7, 3]);
    assert_eq!(numbers(AuditFilter { action: Some("settings.".into()), ..Default::default() }).len(), 10);
    // a sign that stands for others in the engine stands for itself
    assert_eq!(numbers(AuditFilter { text: Some("subject_7".into()), ..Default::default() }), [7]);
    assert_eq!(numbers(AuditFilter { text: Some("subject%7".into()), ..Default::default() }), [0; 0]);
    let at = |hours| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours));
    assert_eq!(numbers(AuditFilter { from: at(4), to: at(6), ..Default::default() }), [5, 4]);
    assert_eq!(numbers(AuditFilter { before: Some(3), ..Default::default() }), [2, 1]);
}

#[test]
fn a_whole_chain_is_found_whole_also_in_parts() {
    let (dir, control) = filled(40);
    let whole = control.verify_audit(None, None).unwrap();
    assert_eq!((whole.entries, whole.last, whole.heads, whole.fault), (40, 40, 2, None));
    let part = control.verify_audit(Some(10), Some(20)).unwrap();
    assert_eq!((part.entries, part.last, part.fault), (11, 20, None));
    // the check noted its own head; one line cut short by a crash is no head
    std::fs::write(
        dir.path().join("audit.heads"),
        std::fs::read_to_string(dir.path().join("audit.heads")).unwrap() + "99 ab",
    )
    .unwrap();
    let again = control.verify_audit(None, None).unwrap();
    assert_eq!((again.heads, again.fault), (3, None));
    let none = tempfile::tempdir().unwrap();
    let empty = Control::open(none.path()).unwrap().verify_audit(None, None).unwrap();
    assert_eq!((empty.entries, empty.fault), (0, None));
}

#[test]
fn writers_come_in_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    drop(Control::open(dir.path()).unwrap());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let home = dir.path();
            scope.spawn(move || {
                let control = Control::open(home).unwrap();
                (0..25).for_each(|at| control.record(&entry(writer * 100 + at)).unwrap());
            });
        }
    });
    let checked = Control::open(dir.path()).unwrap().verify_audit(None, None).unwrap();
    assert_eq!((checked.entries, checked.fault), (100, None));
}

#[test]
fn the_store_refuses_to_change_entries() {
    let (dir, control) = filled(3);
    let db = rusqlite::Connection::open(dir.path().join("control.sqlite")).unwrap();
    for sql in ["UPDATE audit SET subject = 'x' WHERE number = 2", "DELETE FROM audit WHERE number = 2"] {
        let refused = db.execute(sql, []).unwrap_err();
        assert!(refused.to_string().contains("the audit is only added to"), "{refused}");
    }
    // guards that were taken away come back with the next start
    drop(tamper(dir.path()));
    drop(control);
    drop(Control::open(dir.path()).unwrap());
    assert!(db.execute("DELETE FROM audit", []).is_err());
}

#[test]
fn a_cut_end_is_noticed_by_what_was_noted_elsewhere() {
    let (dir, control) = filled(33);
    assert_eq!(control.verify_audit(None, None).unwrap().fault, None);
    let db = tamper(dir.path());
    db.execute("DELETE FROM audit WHERE number > 30", []).unwrap();
    let fault = control.verify_audit(None, None).unwrap().fault.unwrap();
    assert_eq!(fault.number, 31);
    // somebody who also puts the store's own end right is still betrayed by the heads
    db.execute("UPDATE audit_head SET number = 30, hash = (SELECT hash FROM audit WHERE number = 30)", [])
        .unwrap();
    let fault = control.verify_audit(None, None).unwrap().fault.unwrap();
    assert_eq!(fault.number, 31);
    assert!(fault.reason.contains("audit.heads"), "{}", fault.reason);
}

/// What somebody does to the table.
#[derive(Debug, Clone)]
enum Deed {
    Change(&'static str, usize),
    Remove,
    Double,
    Swap(i64),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let texts = ["workspace_id", "actor_kind", "actor_id", "action", "subject", "details"];
    let blobs = ["previous", "hash"];
    let column = proptest::sample::select([&texts[..], &blobs[..], &["at"]].concat());
    prop_oneof![
        4 => (column, any::<proptest::sample::Index>()).prop_map(|(column, at)| Deed::Change(column, at.index(256))),
        1 => Just(Deed::Remove),
        1 => Just(Deed::Double),
        1 => (1_i64..5).prop_map(Deed::Swap),
    ]
}

/// Does it to an entry; the number of the first entry that is then not right.
fn done(db: &rusqlite::Connection, number: i64, last: i64, deed: &Deed) -> i64 {
    match deed {
        Deed::Change("at", at) => {
            let by = 1_i64 << (at % 40);
            db.execute("UPDATE audit SET at = at + ? WHERE number = ?", [by, number]).unwrap();
        }
        Deed::Change(column @ ("previous" | "hash"), at) => {
            let sql = format!("SELECT {column} FROM audit WHERE number = ?");
            let mut bytes: Vec<u8> = db.query_row(&sql, [number], |row| row.get(0)).unwrap();
            let place = at % bytes.len();
            bytes[place] ^= 1;
            let sql = format!("UPDATE audit SET {column} = ? WHERE number = ?");
            db.execute(&sql, rusqlite::params![bytes, number]).unwrap();
        }
        Deed::Change(column, at) => {
            let sql = format!("SELECT coalesce({column}, '') FROM audit WHERE number = ?");
            let text: String = db.query_row(&sql, [number], |row| row.get(0)).unwrap();
            let mut bytes = text.into_bytes();
            let place = at % (bytes.len() + 1);
            // every byte of a text may become another one, or the text grows, or it is no text any more
            match bytes.get_mut(place) {
                Some(byte) => *byte = byte.wrapping_add(1 + u8::try_from(at % 200).unwrap()),
                None => bytes.push(b'x'),
            }
            let sql = format!("UPDATE audit SET {column} = CAST(? AS TEXT) WHERE number = ?");
            db.execute(&sql, rusqlite::params![bytes, number]).unwrap();
        }
        Deed::Remove => {
            db.execute("DELETE FROM audit WHERE number = ?", [number]).unwrap();
        }
        Deed::Double => {
            // an entry is put in once more, and those behind it move up
            db.execute("UPDATE audit SET number = -number - 1 WHERE number > ?", [number]).unwrap();
            db.execute(
                "INSERT INTO audit SELECT number + 1, at, workspace_id, actor_kind, actor_id, action, subject, \
                 details, previous, hash FROM audit WHERE number = ?",
                [number],
            )
            .unwrap();
            db.execute("UPDATE audit SET number = -number WHERE number < 0", []).unwrap();
            return number + 1;
        }
        Deed::Swap(by) => {
            let other = if number + by <= last { number + by } else { number - by };
            db.execute("UPDATE audit SET number = -1 WHERE number = ?", [number]).unwrap();
            db.execute("UPDATE audit SET number = ? WHERE number = ?", [number, other]).unwrap();
            db.execute("UPDATE audit SET number = ? WHERE number = -1", [other]).unwrap();
            return number.min(other);
        }
    }
    number
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any change of any entry is found, and the first entry that is not right is named.
    #[test]
    fn whatever_is_changed_is_named(number in 1_i64..=12, deed in deeds()) {
        let (dir, control) = filled(12);
        let wrong = done(&tamper(dir.path()), number, 12, &deed);
        let checked = control.verify_audit(None, None).unwrap();
        prop_assert_eq!(checked.fault.map(|fault| fault.number), Some(wrong), "{:?} at {}", deed, number);
        prop_assert_eq!(checked.last, wrong - 1);
        // a part that ends before it is whole
        if wrong > 1 {
            prop_assert_eq!(control.verify_audit(None, Some(wrong - 1)).unwrap().fault, None);
        }
    }
}
