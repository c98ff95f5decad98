//! Postscript: subscribers are customers who gave their number.

use crate::harness::Connected;
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "postscript",
    face: "postscript",
    truth,
    filled: ("contacts", 100),
    bent: "postscript.subscribers",
    paged: "postscript.subscribers",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Never,
    revoked: "create one in Postscript",
    spoiled: Spoiled {
        point: "postscript.subscribers",
        path: "subscribers.0.created_at",
        field: "created_at",
        tables: &["contacts"],
    },
    unknown: Unknown::SetAside {
        point: "postscript.subscribers",
        path: "subscribers.0.subscriptions.promotional.can_send",
        field: "can_send",
    },
    empty: Empty::Other("api_key", |_| "sk_empty".to_owned()),
    never_empty: &[],
    restated: None,
    without: &[
        ("restated_day", "subscribers and keywords have no days that could be corrected"),
        ("expired_token", "a private key is good until it is withdrawn; there is no other token"),
    ],
};

fn truth(connected: &Connected) {
    let customers = connected.state().world.shop().customers.len();
    let contacts = connected.count("SELECT count(*) FROM contacts");
    assert!((customers / 3..customers / 2).contains(&contacts), "{contacts} of {customers}");
    let gone = connected.count("SELECT count(*) FROM contacts WHERE sms_consent = 'unsubscribed'");
    assert!(gone > contacts / 50, "{gone}");
    assert_eq!(connected.count("SELECT count(*) FROM message_campaigns WHERE kind = 'keyword'"), 3);
}
