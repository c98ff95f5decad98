//! Postscript: subscribers are customers who gave their number.

use crate::harness;

const ID: &str = "postscript";

#[test]
fn follows_the_world() {
    harness::follows_the_world(ID, |connected| {
        let customers = connected.sandbox.state().world.shop().customers.len() as u64;
        let contacts = connected.count("SELECT count(*) FROM contacts");
        assert!((customers / 3..customers / 2).contains(&contacts), "{contacts} of {customers}");
        let gone = connected.count("SELECT count(*) FROM contacts WHERE sms_consent = 'unsubscribed'");
        assert!(gone > contacts / 30, "{gone}");
        assert_eq!(connected.count("SELECT count(*) FROM message_campaigns WHERE kind = 'keyword'"), 3);
    });
}

#[test]
fn withstands_faults() {
    harness::withstands(ID, "postscript.subscribers");
}

#[test]
fn pauses_when_the_key_is_withdrawn() {
    harness::pauses_when_revoked(ID, "connect again");
}

#[test]
fn sets_aside_what_has_another_type() {
    harness::sets_aside(ID, "postscript.keywords", "keywords.*.keyword", "keyword");
}

#[test]
fn reads_an_empty_account() {
    harness::reads_an_empty_account(ID, &[("api_key", "sk_empty")], &["contacts", "message_campaigns"]);
}
