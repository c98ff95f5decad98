//! Every platform that sends webhooks, put through the same.

use serde_json::json;

use crate::harness::{self, Case, Read};
use crate::rig::Told;

/// An event about the object of an account that no connection has.
const ELSEWHERE: &str = "999999999999";

#[test]
fn stripe() {
    harness::put_through(&Case {
        id: "stripe",
        told: Told::ByApi { subscriptions: 1 },
        secrets: &[],
        whole: &["customers", "invoices", "payouts", "balance_transactions"],
        read: Read {
            topic: "customer.updated",
            stream: "customers",
            table: "customers",
            point: "stripe.customers",
        },
        delete: Some("customer.deleted"),
        slow: false,
        timed: true,
        elsewhere: None,
    });
}

#[test]
fn hubspot() {
    harness::put_through(&Case {
        id: "hubspot",
        told: Told::ByHand { secret: "the client secret of an app" },
        secrets: &["webhook_secret=the client secret of an app"],
        whole: &["contacts", "deals"],
        read: Read {
            topic: "contact.propertyChange",
            stream: "contacts",
            table: "contacts",
            point: "hubspot.contacts",
        },
        delete: Some("contact.deletion"),
        slow: false,
        timed: true,
        elsewhere: Some(|object| {
            json!([{ "eventId": 1, "subscriptionType": "contact.propertyChange", "occurredAt": 1,
                "portalId": ELSEWHERE.parse::<u64>().unwrap(), "objectId": object.parse::<u64>().unwrap() }])
        }),
    });
}

#[test]
fn klaviyo() {
    harness::put_through(&Case {
        id: "klaviyo",
        // of five topics one is unknown to the account
        told: Told::ByApi { subscriptions: 4 },
        secrets: &[],
        whole: &[],
        read: Read {
            topic: "event:klaviyo.subscribed_to_email_marketing",
            stream: "profiles",
            table: "contacts",
            point: "klaviyo.profiles",
        },
        delete: None,
        slow: true,
        timed: true,
        elsewhere: None,
    });
}

#[test]
fn gohighlevel() {
    harness::put_through(&Case {
        id: "gohighlevel",
        // deliveries are proved by a public key
        told: Told::ByHand { secret: "" },
        secrets: &[],
        whole: &["contacts", "deals"],
        read: Read {
            topic: "ContactUpdate",
            stream: "contacts",
            table: "contacts",
            point: "gohighlevel.contact",
        },
        delete: Some("ContactDelete"),
        slow: false,
        timed: true,
        elsewhere: Some(|object| {
            json!({ "type": "ContactUpdate", "locationId": ELSEWHERE, "id": object, "webhookId": "elsewhere",
                "timestamp": jiff::Timestamp::now() })
        }),
    });
}

#[test]
fn postscript() {
    harness::put_through(&Case {
        id: "postscript",
        told: Told::ByApi { subscriptions: 5 },
        secrets: &[],
        whole: &[],
        read: Read {
            topic: "shop.subscriber.opt_in",
            stream: "subscribers",
            table: "contacts",
            point: "postscript.subscriber",
        },
        delete: None,
        slow: false,
        timed: false,
        elsewhere: None,
    });
}

/// Events about an account that another connection of the workspace has are applied there.
#[test]
fn an_event_goes_to_the_connection_of_its_account() {
    let case = Case {
        id: "gohighlevel",
        told: Told::ByHand { secret: "" },
        secrets: &[],
        whole: &[],
        read: Read {
            topic: "ContactUpdate",
            stream: "contacts",
            table: "contacts",
            point: "gohighlevel.contact",
        },
        delete: None,
        slow: false,
        timed: true,
        elsewhere: None,
    };
    const OTHER: &str = "EmptyLocation0000000";
    let rig = harness::rig_with(&case, |rig_home, sandbox| {
        let mut args = sandbox.connect_args(case.id, "w");
        let field = args.iter_mut().find(|arg| arg.starts_with("location_id=")).unwrap();
        *field = format!("location_id={OTHER}");
        args.extend(["--connection".to_owned(), "second".to_owned()]);
        rig_home.stdout(&args);
    });
    let tell = |id: &str| {
        let body = json!({ "type": "ContactDelete", "locationId": OTHER, "id": "c1", "webhookId": id,
            "timestamp": jiff::Timestamp::now() });
        let sent = rig.send(&json!({ "topic": "ContactDelete", "body": body }));
        assert!(sent.iter().all(|one| one["status"] == 200), "{sent:?}");
        sent.len()
    };
    // the first connection is told, and the second one deals with it
    assert_eq!(tell("one"), 1);
    let first = rig.wait_for_inbox(case.id, |inbox| inbox["waiting"] == 0);
    assert_eq!((&first["done"], &first["ignored"]), (&json!(0), &json!(0)), "{first}");
    let shown =
        rig.home.json(&["connection", "webhooks", "--workspace", "w", "--connection", "second", "--json"]);
    let second = rig.wait_for_inbox("second", |inbox| inbox["done"] == 1);
    assert_eq!(second["dead"], 0, "{second}");
    // both are told, and one of them deals with it
    rig.register_at(shown["path"].as_str().unwrap(), &["*"], "");
    assert_eq!(tell("two"), 2);
    rig.wait_for_inbox("second", |inbox| inbox["done"] == 2 && inbox["waiting"] == 0);
    let first = rig.wait_for_inbox(case.id, |inbox| inbox["waiting"] == 0);
    assert_eq!(first["done"], 0, "{first}");
}
