//! Figures in several currencies and zones, through the real router.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rows.rs"]
mod rows;

use common::TestApp;
use netgain_domain::{Record, Table};
use netgain_profit::Settings;
use rows::{commit, order, record, row};

const W: &str = "/api/v1/workspaces/demo";
const AT: &str = "2026-03-02T12:00:00Z";

fn ad(id: &str, currency: &str, spend: &str) -> Record {
    let cells = [
        ("day", "2026-03-02"),
        ("level", "ad"),
        ("entity_id", id),
        ("campaign_id", id),
        ("currency", currency),
        ("spend", spend),
        ("conversion_value", "40"),
        ("time_zone", "America/Los_Angeles"),
    ];
    record(row(Table::AdDays, id, &cells), vec![])
}

fn app() -> TestApp {
    let app = TestApp::new();
    let store = rows::open(&app, "demo");
    let rate = [("day", "2026-03-02"), ("base", "GBP"), ("quote", "USD"), ("rate", "1.25")];
    let records = vec![
        order("in-dollars", AT, "50", "USD", &[]),
        order("in-francs", AT, "70", "CHF", &[]),
        ad("dollars", "USD", "10"),
        ad("francs", "CHF", "7"),
        record(row(Table::FxRates, "GBP/USD@2026-03-02", &rate), vec![]),
    ];
    commit(&store, "more", "elsewhere", records);
    let settings = Settings::from_json(r#"{"currency":"GBP","time_zone":"Europe/London"}"#).unwrap();
    netgain_results::update_profit(&store, &settings, &mut |_| {}).unwrap();
    app
}

/// The element of a list that has that text under that name.
fn find<'v>(list: &'v serde_json::Value, name: &str, text: &str) -> &'v serde_json::Value {
    list.as_array().unwrap().iter().find(|one| one[name] == text).unwrap_or_else(|| panic!("{text}: {list}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_currency_stands_beside_what_it_is_worth() {
    let app = app();
    let sums = app.get(&format!("{W}/profit/currencies?from=2026-03-01&to=2026-03-31")).await.ok();
    assert_eq!(sums["currency"], "GBP");
    let dollars = find(&sums["orders"], "currency", "USD");
    assert_eq!((&dollars["net_sales"], &dollars["net_sales_converted"]), (&"50.00".into(), &"40.00".into()));
    let francs = find(&sums["orders"], "currency", "CHF");
    assert_eq!((&francs["orders"], &francs["missing_rate"]), (&0.into(), &1.into()));
    assert_eq!(francs["net_sales_without_rate"], "70.00");
    let pounds = find(&sums["orders"], "currency", "GBP");
    assert_eq!(pounds["net_sales"], pounds["net_sales_converted"]);
    let spent = find(&sums["ads"], "currency", "USD");
    assert_eq!((&spent["ad_spend"], &spent["ad_spend_converted"]), (&"10.00".into(), &"8.00".into()));
    assert_eq!(find(&sums["ads"], "currency", "CHF")["ad_spend_without_rate"], "7.00");

    // the ladder counts what was converted, and names what could not be: pair, first day and cure
    let ladder = app.get(&format!("{W}/profit?by=day&from=2026-03-01&to=2026-03-31")).await.ok();
    assert_eq!(ladder["total"]["ad_spend"], "38.00");
    let missing = find(&ladder["notices"], "code", "missing_rate")["message"].as_str().unwrap().to_owned();
    assert!(missing.contains("from CHF to GBP is known for 2026-03-02"), "{missing}");
    assert!(missing.contains("import a file"), "{missing}");
    find(&ladder["notices"], "code", "ad_spend_currency");

    // the order says at which rate it was converted
    let explained = app.get(&format!("{W}/orders/in-dollars/explain")).await.ok();
    let rate = find(&explained["rates"], "source_id", "in-dollars-sale");
    assert_eq!(
        (&rate["amount"], &rate["rate"], &rate["rate_day"]),
        (&"50".into(), &"0.8".into(), &"2026-03-02".into())
    );
    let uncounted = app.get(&format!("{W}/orders/in-francs/explain")).await.ok();
    find(&uncounted["notices"], "code", "missing_rate");
    assert!(find(&uncounted["rates"], "source_id", "in-francs-sale")["rate"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ad_account_in_another_zone_is_told() {
    let app = app();
    let ads = app.get(&format!("{W}/ads?from=2026-03-01&to=2026-03-31")).await.ok();
    let dollars = find(&ads["rows"], "campaign_id", "dollars");
    // both at the rate of the day, so the ratio is the platform's own
    assert_eq!(
        (&dollars["ad_spend"], &dollars["conversion_value"], &dollars["roas"]),
        (&"8.00".into(), &"32.00".into(), &"4.0000".into())
    );
    assert!(ads["rows"].as_array().unwrap().iter().all(|row| row["campaign_id"] != "francs"));
    find(&ads["notices"], "code", "ad_spend_currency");
    let ladder = app.get(&format!("{W}/profit?by=day&from=2026-03-01&to=2026-03-31")).await.ok();
    for notices in [&ads["notices"], &ladder["notices"]] {
        let zone = find(notices, "code", "ad_time_zone")["message"].as_str().unwrap();
        assert!(zone.contains("America/Los_Angeles") && zone.contains("Europe/London"), "{zone}");
    }
}
