//! The running server checks what a sync has moved, and heals when it is asked to.

use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};
use crate::serve::{Server, wait_for};

#[test]
fn the_server_checks_what_a_sync_moved_by_itself_and_heals_when_it_is_asked_to() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    // most of the records are missing from the lists, and all are counted
    sandbox.faults(
        &json!([{"point": "shopify.graphql", "fault": {"kind": "drop_records", "percent": 90, "seed": 8}}]),
    );
    home.stdout(&["sync", "--workspace", "w", "--paged"]);
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    let server = Server::start(&home, "0");
    let path = "/api/v1/workspaces/w/connections/shopify";
    let card =
        || http("GET", &server.address, "/api/v1/workspaces/w/connections", None)["connections"][0].clone();
    let checked = || {
        wait_for("the check", || {
            let card = card();
            (card["check"]["state"] == "done" && card["progress"].is_null()).then_some(card)
        })
    };
    let orders = |card: &Value| {
        let streams = card["completeness"].as_array().unwrap();
        streams.iter().find(|stream| stream["stream"] == "orders").unwrap().clone()
    };
    assert_eq!(card()["check"], Value::Null);
    assert_eq!(card()["completeness"], json!([]));
    http("POST", &server.address, &format!("{path}/sync"), Some(&json!({})));
    // nobody asked for it
    let found = orders(&checked());
    assert_eq!(found["state"], "differs", "{found}");
    assert!(found["through"].is_string() && found["differences"].as_u64().unwrap() > 0, "{found}");
    let ledger = http("GET", &server.address, "/api/v1/workspaces/w/completeness?state=differs", None);
    let rows = ledger["rows"].as_array().unwrap();
    let of_orders = rows.iter().filter(|row| row["stream"] == "orders");
    assert_eq!(of_orders.count() as u64, found["differences"].as_u64().unwrap());

    let begun = http("POST", &server.address, &format!("{path}/reconcile"), Some(&json!({"heal": true})));
    assert_eq!(begun["state"], "running", "{begun}");
    let healed = checked();
    assert_eq!(
        (&healed["check"]["heal"], &orders(&healed)["state"]),
        (&json!(true), &json!("healed")),
        "{healed}"
    );
    assert_eq!(orders(&healed)["ours"], orders(&healed)["theirs"]);
    let ledger = http("GET", &server.address, "/api/v1/workspaces/w/completeness?state=differs", None);
    assert_eq!(ledger["rows"], json!([]));
}
