//! HubSpot: contacts, deals and emails.

use netgain_domain::Record;

use crate::support::{records, texts};

const ID: &str = "hubspot";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let row = &map("accounts")[0].root;
    assert_eq!(row.source_id, "4242001");
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["workspace", "GBP", "Europe/London"]);
}

#[test]
fn contacts_keep_numbers_beyond_what_a_float_holds() {
    let rows = map("contacts");
    assert_eq!(rows[0].root.source_id, "9007199254740993");
    let shown = |row| texts(row, ["email", "company_id", "stage", "email_consent", "updated_at"]);
    assert_eq!(
        shown(&rows[0].root),
        ["ruth.vance@example.com", "771", "customer", "nothing", "2026-03-11T12:30:45.12Z"]
    );
    assert_eq!(shown(&rows[1].root)[1..4], ["nothing", "lead", "unsubscribed"]);
}

#[test]
fn deals_have_their_own_currency_and_say_whose_they_are() {
    let rows = map("deals");
    let columns = ["amount", "currency", "stage_id", "status", "contact_id", "company_id", "closed_at"];
    assert_eq!(
        texts(&rows[0].root, columns),
        ["1450.50", "EUR", "closedwon", "won", "9007199254740993", "771", "2026-03-01T00:00:00Z"]
    );
    assert_eq!(
        texts(&rows[1].root, columns),
        ["nothing", "GBP", "contractsent", "open", "nothing", "nothing", "nothing"]
    );
}

#[test]
fn emails_are_campaigns_with_what_they_reached() {
    let campaigns = map("marketing_emails");
    assert_eq!(texts(&campaigns[1].root, ["status", "sent_at"]), ["DRAFT", "nothing"]);
    let results = map("marketing_email_results");
    let columns = ["day", "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed"];
    assert_eq!(texts(&results[0].root, columns), ["nothing", "812", "801", "377", "42", "11", "3"]);
}
