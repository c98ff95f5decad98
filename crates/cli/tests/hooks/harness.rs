//! What every platform is put through.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::{Home, Sandbox};
use crate::rig::{Rig, Told, begin, connected, polled, read_whole, rows_of};
use crate::serve::{Server, count, status_of};

/// An event that has an object read.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// The event, by its name in deliveries.
    pub topic: &'static str,
    /// The stream of the object.
    pub stream: &'static str,
    /// The table that the stream fills.
    pub table: &'static str,
    /// The sandbox's name of the call that reads the object.
    pub point: &'static str,
}

/// A platform and what it offers.
pub struct Case {
    pub id: &'static str,
    pub told: Told,
    /// Secrets of the connection beside the ones that a sandbox hands out, `name=value`.
    pub secrets: &'static [&'static str],
    /// Tables of which every change is announced.
    pub whole: &'static [&'static str],
    pub read: Read,
    /// The event that tells that such an object is gone.
    pub delete: Option<&'static str>,
    /// Whether its limits make reading everything a matter of an hour, so that only the stream of `read` is waited for.
    pub slow: bool,
    /// Whether a delivery says when it was signed.
    pub timed: bool,
    /// A delivery about such an object of another account, where deliveries name theirs.
    pub elsewhere: Option<fn(&str) -> Value>,
}

pub fn rig_with(case: &Case, more: impl FnOnce(&Home, &Sandbox)) -> Rig {
    let begun = case.slow.then_some(case.read.stream);
    Rig::start(case.id, case.told, case.secrets, begun, more)
}

/// All of it, one after the other, on one connection.
pub fn put_through(case: &Case) {
    let mut rig = rig_with(case, |_, _| {});
    follows(&rig, case);
    let rows = rig.rows(case.read.table);
    let object = rows.keys().next().unwrap().clone();
    refuses(&rig, case, &object);
    takes_once(&rig, case, &object);
    does_nothing_with_what_it_does_not_know(&rig, case, &object);
    takes_any_order(&rig, case, &object);
    assert_eq!(rig.rows(case.read.table), rows, "what was told twice, late or wrongly changes nothing");
    gives_up_and_tries_again(&rig, case, &object);
    notices_what_was_dropped(&mut rig, case);
    if !case.slow {
        meters_what_is_lost(&rig, case);
    }
}

/// What a day brings is in the warehouse without a poll, just as polling alone brings it.
fn follows(rig: &Rig, case: &Case) {
    let table = case.read.table;
    let before = rig.rows(table);
    rig.advance();
    rig.wait_for_the_news();
    let (announced, _) = rig.announced_and_lost(case.read.stream);
    assert!(announced > 0, "nothing was announced");
    let inbox = rig.inbox(case.id);
    assert_eq!(count(&inbox, &["dead", "refused"]), 0, "{inbox}");
    if case.slow {
        return follows_in_part(rig, case, &before);
    }
    rig.wait_until_idle();
    let fresh = read_whole(case.id, &rig.sandbox, case.secrets);
    let (after, expected) = (rig.rows(table), polled(&fresh, table));
    let changed: BTreeMap<_, _> = after.iter().filter(|(id, row)| before.get(*id) != Some(row)).collect();
    assert!(!changed.is_empty(), "no event changed a row of {table}");
    for (id, row) in changed {
        assert_eq!(expected.get(id), Some(row), "{table} {id} is not what polling brings");
    }
    for table in case.whole {
        assert_same(table, &rig.rows(table), &polled(&fresh, table));
    }
    // what no event tells of, the next poll finds
    rig.poll();
    assert_same(table, &rig.rows(table), &expected);
}

/// Every object that was announced has come, and nothing else; its rows are the ones that another workspace polls.
fn follows_in_part(rig: &Rig, case: &Case, before: &BTreeMap<String, String>) {
    let table = case.read.table;
    let (announced, _) = rig.announced_and_lost(case.read.stream);
    let after = rig.rows(table);
    let new: Vec<_> = after.iter().filter(|(id, _)| !before.contains_key(*id)).collect();
    assert_eq!(new.len() as u64, announced, "as many new rows of {table} as were announced");
    let other = connected(case.id, &rig.sandbox, case.secrets);
    let mut server = Server::start(&other, "0");
    begin(&server, case.id, case.read.stream);
    let expected = rows_of(&server, table);
    server.child.kill();
    // what it may have registered goes with it
    let all = rig.sandbox.get("/control/webhooks")["registrations"].clone();
    for one in all.as_array().unwrap() {
        if one["address"].as_str().unwrap().starts_with(&server.address) {
            rig.control("/control/webhooks/forget", &json!({ "face": case.id, "id": one["id"] }));
        }
    }
    for (id, row) in new {
        assert_eq!(expected.get(id), Some(row), "{table} {id} is not what polling brings");
    }
}

fn assert_same(table: &str, found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) {
    let differs = |(id, row): &(&String, &String)| expected.get(*id) != Some(row);
    let wrong: Vec<_> = found.iter().filter(differs).take(3).collect();
    let missing: Vec<_> = expected.iter().filter(|(id, _)| !found.contains_key(*id)).take(3).collect();
    assert!(wrong.is_empty() && missing.is_empty(), "{table}: wrong {wrong:?}, missing {missing:?}");
}

/// A changed body, an old delivery, no proof at all, and an address that nobody has.
fn refuses(rig: &Rig, case: &Case, object: &str) {
    let before = rig.inbox(case.id);
    let event = json!({ "topic": case.read.topic, "objects": [object] });
    // a token that stands beside the body does not cover it
    if case.timed {
        let sent = rig.send(&with(&event, json!({ "forge": true })));
        assert_eq!(sent[0]["status"], 401, "forged: {sent:?}");
        let sent = rig.send(&with(&event, json!({ "age_s": 400 })));
        assert_eq!(sent[0]["status"], 401, "old: {sent:?}");
    }
    assert_eq!(status_of(&rig.server.address, &rig.path), 401);
    assert_eq!(status_of(&rig.server.address, "/webhooks/0123456789abcdef"), 404);
    let refused = if case.timed { 3 } else { 1 };
    let after =
        rig.wait_for_inbox(case.id, |now| count(now, &["refused"]) >= count(&before, &["refused"]) + refused);
    let handled = ["waiting", "done", "ignored", "dead"];
    assert_eq!(count(&after, &handled), count(&before, &handled), "what is refused is not kept");
}

/// However often it is sent.
fn takes_once(rig: &Rig, case: &Case, object: &str) {
    let before = rig.wait_until_applied();
    let event = json!({ "topic": case.read.topic, "objects": [object], "duplicate": 3 });
    let sent = rig.send(&event);
    assert!(sent.len() == 4 && sent.iter().all(|one| one["status"] == 200), "{sent:?}");
    let after = rig.wait_until_applied();
    assert_eq!(count(&after, &["done"]), count(&before, &["done"]) + 1, "{after}");
    rig.wait_for_inbox(case.id, |now| count(now, &["duplicates"]) >= count(&before, &["duplicates"]) + 3);
}

/// Events of an unknown kind and of other accounts are kept, counted and left alone.
fn does_nothing_with_what_it_does_not_know(rig: &Rig, case: &Case, object: &str) {
    let before = rig.wait_until_applied();
    let sent = rig.send(&json!({ "topic": "netgain.unheard_of", "objects": [object], "unasked": true }));
    assert!(!sent.is_empty() && sent.iter().all(|one| one["status"] == 200), "{sent:?}");
    let mut expected = count(&before, &["ignored"]) + 1;
    if let Some(body) = case.elsewhere {
        let sent = rig.send(&json!({ "topic": case.read.topic, "body": body(object) }));
        assert_eq!(sent[0]["status"], 200, "{sent:?}");
        expected += 1;
    }
    let after = rig.wait_for_inbox(case.id, |now| count(now, &["ignored"]) == expected);
    assert_eq!(count(&after, &["waiting", "dead", "done"]), count(&before, &["dead", "done"]), "{after}");
}

/// The newer event first, and the end of an object before the news of it.
fn takes_any_order(rig: &Rig, case: &Case, object: &str) {
    let before = rig.wait_until_applied();
    let event = json!({ "topic": case.read.topic, "objects": [object] });
    let mut events = 2;
    std::thread::scope(|scope| {
        scope.spawn(|| rig.send(&with(&event, json!({ "delay_ms": 700 }))));
        assert_eq!(rig.send(&event)[0]["status"], 200);
    });
    if let Some(delete) = case.delete {
        let sent = rig.send(&json!({ "topic": delete, "objects": [object] }));
        assert_eq!(sent[0]["status"], 200, "{sent:?}");
        rig.wait_for_inbox(case.id, |now| count(now, &["done"]) == count(&before, &["done"]) + 3);
        assert!(!rig.rows(case.read.table).contains_key(object), "{object} was not deleted");
        assert_eq!(rig.send(&event)[0]["status"], 200);
        events += 2;
    }
    rig.wait_for_inbox(case.id, |now| count(now, &["done"]) == count(&before, &["done"]) + events);
}

/// An object that cannot be read: its event is given up with the reason, shown, and applied when it is asked for.
fn gives_up_and_tries_again(rig: &Rig, case: &Case, object: &str) {
    let before = rig.wait_until_applied();
    rig.sandbox.faults(
        &json!({ "rules": [{ "point": case.read.point, "fault": { "kind": "status", "status": 400 } }] }),
    );
    let sent = rig.send(&json!({ "topic": case.read.topic, "objects": [object] }));
    assert_eq!(sent[0]["status"], 200, "{sent:?}");
    let dead = rig.wait_for_inbox(case.id, |now| now["dead"] == 1);
    let told = &dead["dead_events"][0];
    assert_eq!((&told["topic"], &told["object"]), (&json!(case.read.topic), &json!(object)), "{dead}");
    assert!(told["attempts"].as_u64().unwrap() > 1 && !told["reason"].as_str().unwrap().is_empty(), "{told}");
    let shown = rig.home.stdout(&["inbox", "--workspace", "w"]);
    assert!(shown.contains(&format!("{} {object}", case.read.topic)), "{shown}");
    crate::program::http("DELETE", &rig.sandbox.ready().address, "/control/faults", None);
    rig.home.stdout(&["inbox", "--workspace", "w", "--retry", case.id]);
    let after = rig.wait_for_inbox(case.id, |now| count(now, &["done"]) == count(&before, &["done"]) + 1);
    assert_eq!(count(&after, &["dead", "waiting"]), 0, "{after}");
}

/// A subscription that the platform drops without a word is registered again, and the card says so.
fn notices_what_was_dropped(rig: &mut Rig, case: &Case) {
    let Told::ByApi { subscriptions } = case.told else { return };
    let known = rig.registrations();
    rig.control("/control/webhooks/forget", &json!({ "face": case.id, "id": known[0] }));
    assert_eq!(rig.registrations().len(), subscriptions - 1);
    // the platform is asked every ten minutes, and whenever the server starts
    rig.restart();
    if case.slow {
        // the sync that was cut goes on
        begin(&rig.server, case.id, case.read.stream);
    }
    rig.wait_until_registered(subscriptions);
    let inbox = rig.wait_for_inbox(case.id, |now| {
        now["note"].as_str().unwrap_or_default().contains("had dropped 1 webhook")
    });
    assert_eq!(rig.note(), inbox["note"].as_str().unwrap());
    let sent =
        rig.send(&json!({ "topic": case.read.topic, "objects": [rig.rows(case.read.table).keys().next()] }));
    assert_eq!(sent[0]["status"], 200, "{sent:?}");
}

/// News that never arrive are found by the next poll, and counted.
fn meters_what_is_lost(rig: &Rig, case: &Case) {
    rig.wait_until_applied();
    let (_, before) = rig.announced_and_lost(case.read.stream);
    rig.control("/control/webhooks/lose", &json!({ "percent": 100 }));
    rig.advance();
    rig.poll();
    let (_, lost) = rig.announced_and_lost(case.read.stream);
    assert!(lost > before, "{lost} after {before} lost events");
    let counts = rig.sandbox.get("/control/webhooks")["counts"][case.id].clone();
    assert!(counts["lost"].as_u64().unwrap() > 0, "{counts}");
}

fn with(event: &Value, more: Value) -> Value {
    let mut event = event.clone();
    for (name, value) in more.as_object().unwrap() {
        event[name.as_str()] = value.clone();
    }
    event
}
