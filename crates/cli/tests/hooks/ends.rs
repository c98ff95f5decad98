//! The end of a connection is told to its platform: its webhooks are ended there. What the platform does not do keeps
//! nothing from being ended here, and is written beside the connection.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::rig::{Rig, Told};

const DISCONNECT: &str = "/api/v1/marketing/integrations/postscript?workspace=w";
const SUBSCRIPTIONS: usize = 5;

fn connected() -> Rig {
    Rig::start(
        "postscript",
        Told::ByApi { subscriptions: SUBSCRIPTIONS },
        &[],
        Some("subscribers"),
        |_, _| {},
    )
}

fn disconnect(rig: &Rig) -> Value {
    let address = format!("{}{DISCONNECT}", rig.server.address);
    let answer = Browser::default().ask("DELETE", &address, "", None);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn webhooks_end_with_their_connection_at_the_platform_too() {
    let rig = connected();
    assert_eq!(rig.registrations().len(), SUBSCRIPTIONS);
    let told = disconnect(&rig);
    assert_eq!(
        (&told["webhooks"], &told["webhooks_ended"], &told["webhooks_left"]),
        (&json!("ended"), &json!(SUBSCRIPTIONS), &json!(0)),
        "{told}"
    );
    assert_eq!(rig.registrations(), [0; 0]);
    assert!(rig.known_here().is_empty());
    // nothing is left to end
    let again = disconnect(&rig);
    assert_eq!((&again["webhooks"], &again["grant"]), (&json!("none"), &json!("no_grant")), "{again}");
}

#[test]
fn what_the_platform_does_not_end_is_told_and_ends_here() {
    let rig = connected();
    let credential = rig.sandbox.ready().platforms[rig.id].secrets["api_key"].clone();
    let words = format!("no {credential}");
    let fault = json!({"kind": "status", "status": 401, "body": {"detail": words, "error": words}});
    rig.sandbox.faults(&json!({"rules": [{"point": "postscript.*", "fault": fault}]}));
    let told = disconnect(&rig);
    assert_eq!(
        (&told["webhooks"], &told["webhooks_ended"], &told["webhooks_left"]),
        (&json!("failed"), &json!(0), &json!(SUBSCRIPTIONS)),
        "{told}"
    );
    let why = told["webhooks_message"].as_str().unwrap();
    assert!(!why.is_empty() && !told.to_string().contains(&credential), "{told}");
    let card = rig.card(rig.id);
    assert_eq!(card["error"]["code"], "disconnected", "{card}");
    let written = card["error"]["message"].as_str().unwrap();
    assert!(written.contains("did not end 5 webhook subscriptions"), "{card}");
    assert!(card["error"]["cure"].as_str().unwrap().contains("remove them there"), "{card}");
    assert_eq!(rig.registrations().len(), SUBSCRIPTIONS, "they still stand at the platform");
    // nothing is done with what they send, and no credential is left here
    let control = netgain_control::Control::open(rig.home.path()).unwrap();
    let names = control.secret_names(&"w".parse().unwrap(), &rig.id.parse().unwrap()).unwrap();
    assert_eq!(names, [""; 0]);
}
