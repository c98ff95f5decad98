//! Klaviyo: profiles, flows and reports.

use netgain_domain::Record;

use crate::support::{records, texts};

const ID: &str = "klaviyo";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let row = &map("accounts")[0].root;
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["workspace", "GBP", "Europe/London"]);
}

#[test]
fn profiles_say_whether_they_may_be_written_to() {
    let rows = map("profiles");
    let shown = |row| texts(row, ["email", "phone", "email_consent", "sms_consent", "updated_at"]);
    assert_eq!(
        shown(&rows[0].root),
        ["ruth.vance@example.com", "+447911123456", "subscribed", "subscribed", "2026-03-09T08:00:00Z"]
    );
    assert_eq!(
        shown(&rows[1].root),
        ["ines.berg@example.com", "nothing", "unsubscribed", "never_subscribed", "2026-03-10T09:30:15Z"]
    );
}

#[test]
fn flows_are_campaigns_that_start_by_themselves() {
    let rows = map("flows");
    assert_eq!(texts(&rows[0].root, ["kind", "name", "status"]), ["flow", "Welcome series", "live"]);
}

#[test]
fn what_was_sent_and_brought_is_counted_by_campaign_and_by_day_of_a_flow() {
    let columns = [
        "day",
        "sent",
        "delivered",
        "opened",
        "clicked",
        "bounced",
        "conversions",
        "conversion_value",
        "cost",
    ];
    let campaigns = map("campaign_results");
    assert_eq!(
        texts(&campaigns[0].root, columns),
        ["nothing", "4210", "4172", "1688", "141", "38", "12", "1431.5", "0"]
    );
    let flows = map("flow_days");
    assert_eq!(texts(&flows[0].root, columns), ["2026-03-10", "41", "40", "19", "4", "1", "1", "89.95", "0"]);
    assert_eq!(flows[0].root.source_id, "VbQ8Lm:Hq7TzP:email:2026-03-10");
}
