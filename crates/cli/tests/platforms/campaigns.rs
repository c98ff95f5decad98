//! What visits support, campaign by campaign, equals what the world's own books say.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_sandbox::Options;
use serde_json::Value;

use crate::support::{Home, Sandbox};

/// Platform and campaign, to credited orders and net sales.
type Credit = BTreeMap<(String, String), (Decimal, Decimal)>;

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The world's own account of it.
fn truth(sandbox: &Sandbox, from: &str, to: &str, model: &str) -> Credit {
    let answer = sandbox.get(&format!("/world/truth?by=campaign&model={model}&from={from}&to={to}"));
    let row = |row: &Value| {
        let key = (text(&row["platform"]), text(&row["campaign_id"]));
        (key, (amount(&row["orders"]), amount(&row["net_sales"])))
    };
    answer["rows"].as_array().unwrap().iter().map(row).collect()
}

/// What the program prints of the two platforms.
fn found(home: &Home, from: &str, to: &str, model: &str) -> Credit {
    let answer =
        home.json(&["campaigns", "--workspace", "w", "--from", from, "--to", to, "--model", model, "--json"]);
    let rows = answer["rows"].as_array().unwrap().iter();
    let rows = rows.filter(|row| ["meta_ads", "google_ads"].contains(&row["provider"].as_str().unwrap()));
    let credited = rows.filter(|row| amount(&row["supported_orders"]) > Decimal::ZERO);
    let entry = |row: &Value| {
        // of an id that is a path, the end stands in addresses
        let id = text(&row["campaign_id"]);
        let key = (text(&row["provider"]), id.rsplit('/').next().unwrap().to_owned());
        (key, (amount(&row["supported_orders"]), amount(&row["supported_net_sales"])))
    };
    credited.map(entry).collect()
}

#[test]
fn visits_support_what_the_world_says() {
    let sandbox = Sandbox::start(Options { unlimited: true, ..Options::default() });
    let home = Home::new();
    for platform in ["shopify", "meta_ads"] {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    home.stdout(&["sync", "--workspace", "w"]);
    let world = sandbox.get("/world/summary");
    let first = world["from"].as_str().unwrap();
    // the visits before the newest orders are not linked yet
    let to = netgain_sandbox::world::days::plus(world["to"].as_str().unwrap().parse().unwrap(), -1);
    let since = netgain_sandbox::world::days::plus(to, -29).to_string();
    let to = to.to_string();
    for (from, least) in [(since.as_str(), 100), (first, 3_000)] {
        for model in ["last", "first", "linear"] {
            let (theirs, ours) = (truth(&sandbox, from, &to, model), found(&home, from, &to, model));
            let keys: Vec<_> = theirs.keys().collect();
            // what came from a platform that is not connected has no campaign here
            let known: Vec<_> = ours.keys().collect();
            assert_eq!(
                known.iter().filter(|key| key.0 == "meta_ads").collect::<Vec<_>>(),
                keys.iter().filter(|key| key.0 == "meta_ads").collect::<Vec<_>>(),
                "{model} since {from}"
            );
            let mut orders = Decimal::ZERO;
            for (key, (expected_orders, expected_sales)) in
                theirs.iter().filter(|(key, _)| key.0 == "meta_ads")
            {
                let (got_orders, got_sales) = ours[key];
                orders += got_orders;
                if model == "linear" {
                    // parts of an order are whole millionths and whole pence: each is off by less than one
                    let parts = expected_orders * Decimal::from(20) + Decimal::ONE;
                    assert!(
                        (got_orders - expected_orders).abs() < parts * Decimal::new(1, 6),
                        "{key:?} {model}"
                    );
                    assert!(
                        (got_sales - expected_sales).abs() < parts * Decimal::new(1, 2),
                        "{key:?} {model}"
                    );
                } else {
                    assert_eq!(
                        (got_orders, got_sales),
                        (*expected_orders, *expected_sales),
                        "{key:?} {model}"
                    );
                }
            }
            assert!(orders > Decimal::from(least), "{model} since {from}: {orders}");
            let sum = |credit: &Credit, platform: &str| -> Decimal {
                credit.iter().filter(|(key, _)| key.0 == platform).map(|(_, (orders, _))| *orders).sum()
            };
            let apart = sum(&ours, "google_ads") - sum(&theirs, "google_ads");
            assert!(apart.abs() < Decimal::new(1, 2), "{apart} orders by searches");
        }
    }
    // some journeys are longer than a page of them, and each is whole
    let long = home.query(
        "SELECT count(*), bool_and(j.visits = t.visits) FROM journeys AS j JOIN (SELECT order_id, count(*) AS visits \
         FROM touchpoints GROUP BY order_id) AS t ON t.order_id = j.source_id WHERE t.visits > 10",
    );
    assert!(long[0][0].as_u64().unwrap() > 20, "{long}");
    assert_eq!(long[0][1], true);
}
