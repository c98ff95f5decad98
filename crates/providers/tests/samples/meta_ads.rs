//! Meta: entities below each other, and days of ads.

use netgain_domain::{Record, Value};

use crate::support::{manifest, records, records_in, text, texts};

const ID: &str = "meta_ads";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let row = &map("accounts")[0].root;
    // the paths put `act_` before it by themselves
    assert_eq!(row.source_id, "1234567890");
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["ad_account", "GBP", "Europe/London"]);
}

#[test]
fn campaigns_ad_sets_and_ads_stand_below_each_other() {
    let campaigns = map("campaigns");
    let sets = map("ad_sets");
    let ads = map("ads");
    let [spring, friday] = campaigns.as_slice() else { panic!("{}", campaigns.len()) };
    assert_eq!(
        texts(&spring.root, ["level", "parent_id", "daily_budget", "lifetime_budget", "updated_at"]),
        ["campaign", "nothing", "125.00", "nothing", "2026-04-21T21:33:56Z"]
    );
    assert_eq!(texts(&friday.root, ["effective_status", "daily_budget"]), ["DELETED", "nothing"]);
    let budgets = |row| texts(row, ["level", "daily_budget", "lifetime_budget"]);
    assert_eq!(budgets(&sets[0].root), ["ad_set", "40.50", "nothing"]);
    assert_eq!(budgets(&sets[1].root), ["ad_set", "nothing", "900.00"]);
    assert_eq!(text(&sets[0].root, "parent_id"), spring.root.source_id);
    assert_eq!(texts(&ads[0].root, ["level", "status"]), ["ad", "ARCHIVED"]);
    assert_eq!(text(&ads[0].root, "parent_id"), sets[0].root.source_id);
}

#[test]
fn a_budget_in_yen_or_forint_has_no_decimals() {
    for (currency, budget) in [("JPY", "12500"), ("HUF", "12500"), ("EUR", "125.00")] {
        let campaigns = records_in(ID, "campaigns", &[("account.currency", currency)]);
        assert_eq!(texts(&campaigns[0].root, ["daily_budget", "currency"]), [budget, currency]);
    }
}

#[test]
fn a_purchase_counts_once_under_its_widest_name() {
    let days = map("insights");
    let shown: Vec<_> = days
        .iter()
        .map(|day| texts(&day.root, ["day", "spend", "conversions", "conversion_value", "clicks"]))
        .collect();
    assert_eq!(
        shown,
        [
            ["2026-03-01", "14.35", "3", "179.9", "31"],
            // the aggregate before the channel; a value that only the channel has is better than none
            ["2026-03-02", "9", "2", "42.00", "11"],
            ["2026-03-03", "0.4", "0", "0", "0"],
        ]
    );
    let row = &days[0].root;
    assert_eq!(row.source_id, "23850000000000031:2026-03-01");
    assert_eq!(
        texts(row, ["level", "entity_id", "ad_set_id", "account_id", "currency", "time_zone"]),
        ["ad", "23850000000000031", "23850000000000021", "1234567890", "GBP", "Europe/London"]
    );
    assert_eq!(row.get("provisional"), &Value::Bool(true));
}

#[test]
fn no_address_holds_the_token() {
    let words = include_str!("../../meta_ads/manifest.yaml");
    assert!(!words.contains("{connection.access_token}") && !words.contains("access_token="));
    let streams = manifest(ID).streams;
    let mut names = streams.iter().flat_map(|stream| stream.request.query.keys());
    assert!(names.all(|name| name != "access_token"));
}
