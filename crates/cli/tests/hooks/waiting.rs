//! Events that cannot be applied for now wait with the reason beside their connection, and are applied when it is over.

use serde_json::json;

use crate::program::http;
use crate::rig::{Rig, Told};
use crate::serve::count;

#[test]
fn why_events_wait_is_told_until_they_are_applied() {
    let rig = Rig::start("stripe", Told::ByApi { subscriptions: 1 }, &[], None, |_, _| {});
    let before = rig.wait_until_applied();
    assert!(before["waits_for"].is_null() && before["next_try_at"].is_null(), "{before}");
    let customer = rig.rows("customers").keys().next().unwrap().clone();
    // the platform lists no accounts, so no object can be read in one
    let fault = json!({ "kind": "status", "status": 400, "body": { "error": { "message": "not today" } } });
    rig.sandbox.faults(&json!({ "rules": [{ "point": "stripe.account", "fault": fault }] }));
    let sent = rig.send(&json!({ "topic": "customer.updated", "objects": [customer] }));
    assert_eq!(sent[0]["status"], 200, "{sent:?}");
    let held = rig.wait_for_inbox("stripe", |now| now["retried"] == 1);
    assert!(held["waits_for"].as_str().unwrap().contains("not today"), "{held}");
    assert_eq!(count(&held, &["waiting", "dead"]), 1, "{held}");
    let next: jiff::Timestamp = held["next_try_at"].as_str().unwrap().parse().unwrap();
    let later: jiff::Timestamp = rig.wait_for_inbox("stripe", |now| {
        now["next_try_at"].is_string() && now["next_try_at"] != held["next_try_at"]
    })["next_try_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(later > next);
    let card = rig.card("stripe");
    assert!(card["webhooks"]["waits_for"].as_str().unwrap().contains("not today"), "{card}");
    assert!(card["webhooks"]["next_try_at"].is_string(), "{card}");
    let shown = rig.home.stdout(&["inbox", "--workspace", "w"]);
    assert!(shown.contains("waiting until") && shown.contains("not today"), "{shown}");

    http("DELETE", &rig.sandbox.ready().address, "/control/faults", None);
    let after = rig.wait_for_inbox("stripe", |now| count(now, &["done"]) == count(&before, &["done"]) + 1);
    assert!(after["waits_for"].is_null() && count(&after, &["waiting", "dead"]) == 0, "{after}");
}
