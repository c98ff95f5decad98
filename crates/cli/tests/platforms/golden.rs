//! The golden rows, from the platforms to the printed figure.

use netgain_control::Control;
use netgain_profit::{Dated, Settings};
use netgain_sandbox::{Brand, Options};
use serde_json::Value;

use crate::support::{Home, Sandbox, assert_same};

/// Records what a parcel's label costs.
fn set_label_cost(home: &Home, cost: &str) {
    let control = Control::open(home.path()).unwrap();
    let id = "w".parse().unwrap();
    let workspace = control.workspace(&id).unwrap();
    let mut settings = Settings::from_json(&workspace.settings).unwrap();
    settings.shipping.cost_per_order = vec![Dated { valid_from: None, value: cost.parse().unwrap() }];
    let text = settings.to_json().unwrap();
    control.update_settings(&id, workspace.currency, &workspace.time_zone, &text).unwrap();
}

#[test]
fn seven_rows_come_out_as_they_are_reckoned_by_hand() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, ..Options::default() });
    let home = Home::new();
    for platform in ["shopify", "meta_ads"] {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    set_label_cost(&home, "4.50");
    home.stdout(&["sync", "--workspace", "w"]);

    let order = |name: &str| {
        let explained = home.json(&["explain", "order", name, "--workspace", "w", "--json"]);
        assert!(explained["raw"].to_string().contains("gid://shopify/Order/"), "the raw payload is shown");
        explained["order"].clone()
    };
    let day = |day: &str| home.profit(day, day, "day")["rows"][0].clone();
    let amount = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();

    // 1: nothing refunded, before marketing
    let first = order("#G1");
    assert_eq!(amount(&first, "net_profit"), "61.55");
    // 2: margin of the revenue without tax
    assert_eq!(amount(&first, "net_revenue"), "105.00");
    assert_eq!(amount(&first, "margin"), "0.5862");
    // 3: return on 30.00 of advertising
    let row = day("2026-03-10");
    assert_eq!((amount(&row, "ad_spend"), amount(&row, "mer")), ("30.00".into(), "3.5000".into()));
    assert_eq!(amount(&row, "net_profit"), "31.55");
    // 4 and 5: refunded and restocked; tax counts once and the cost comes back, on the day of the return
    assert_eq!(amount(&order("#G4"), "net_profit"), "-3.45");
    assert_eq!(amount(&day("2026-03-12"), "net_profit"), "61.55");
    let back = day("2026-03-21");
    assert_eq!((amount(&back, "returns"), amount(&back, "cogs")), ("100.00".into(), "-35.00".into()));
    assert_eq!(amount(&back, "net_profit"), "-65.00");
    // 6: an unknown cost is a part of the value without tax
    let estimated = order("#G6");
    assert_eq!(
        (amount(&estimated, "cogs"), amount(&estimated, "net_profit")),
        ("40.00".into(), "56.55".into())
    );
    // 7: a gift card is revenue once, when it is redeemed
    let (card, book) = (order("#G7a"), order("#G7b"));
    assert_eq!((amount(&card, "net_revenue"), amount(&card, "cogs")), ("0.00".into(), "0.00".into()));
    assert_eq!((amount(&book, "net_revenue"), amount(&book, "cogs")), ("50.00".into(), "20.00".into()));

    let total = home.profit("2026-03-01", "2026-03-31", "day")["total"].clone();
    let truth = sandbox.get("/world/truth?from=2026-03-01&to=2026-03-31&by=day&label_cost=4.50");
    for column in
        ["gross_sales", "returns", "shipping_income", "cogs", "payment_fees", "ad_spend", "net_profit"]
    {
        assert_eq!(total[column], truth["total"][column], "{column}");
    }
}

/// Rows that a sync wrote, and records that it found as they were.
fn written(report: &Value) -> (u64, u64) {
    let connections = report["connections"].as_array().unwrap().iter();
    let streams: Vec<Value> = connections
        .flat_map(|connection| connection["report"]["streams"].as_array().unwrap().clone())
        .collect();
    let sum = |name: &str| streams.iter().map(|stream| stream[name].as_u64().unwrap()).sum::<u64>();
    assert!(sum("rows") >= sum("new") + sum("changed"));
    assert_eq!(sum("stale"), 0);
    (sum("rows"), sum("unchanged"))
}

#[test]
fn a_second_sync_writes_nothing_and_a_full_one_neither() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, ..Options::default() });
    let home = Home::new();
    for platform in ["shopify", "meta_ads"] {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    let (rows, unchanged) = written(&home.json(&["sync", "--workspace", "w", "--json"]));
    assert!(rows > 20 && unchanged == 0, "{rows} rows, {unchanged} unchanged");
    let once = home.digest();
    let first = sandbox.calls();
    let again = home.json(&["sync", "--workspace", "w", "--json"]);
    let second = sandbox.calls();
    assert!(second < first, "{second} calls after {first}: what is known is read again");
    let (rows, unchanged) = written(&again);
    assert!(rows == 0 && unchanged > 5, "{again}");
    assert_same(&home.digest(), &once);
    // other pages, read whole: what they say is the same
    for mode in [&["--paged"][..], &[]] {
        let full = ["sync", "--workspace", "w", "--full", "--json"];
        let (rows, _) = written(&home.json(&[&full, mode].concat()));
        assert_eq!(rows, 0, "{mode:?}");
    }
    assert_same(&home.digest(), &once);
}
