//! What is true stays true: costs of the shop that change, fees that two platforms tell, recurring revenue by prices,
//! through the program.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use netgain_domain::Decimal;
use netgain_sandbox::Options;
use netgain_sandbox::google_sheets::{Cell, sheets};
use netgain_sandbox::options::MetaOptions;
use netgain_sandbox::world::shop::DatedCost;
use serde_json::Value;

use crate::support::{Home, Sandbox, http};

/// A small brand that ends on a day of its own.
fn small(days: u16) -> Options {
    Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(days),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    }
}

fn connected(sandbox: &Sandbox, platforms: &[&str]) -> Home {
    let home = Home::new().hurried(20_000);
    for platform in platforms {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    home
}

fn sync(home: &Home) {
    let report = home.json(&["sync", "--workspace", "w", "--json"]);
    for connection in report["connections"].as_array().unwrap() {
        assert_eq!(connection["ok"], true, "{connection}");
    }
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or("0").parse().unwrap()
}

/// A day later, gives every variant with a cost another one as of that day, and returns how many there are.
fn raise_costs(sandbox: &Sandbox, day: &str, by: i64) -> usize {
    let one = serde_json::json!({ "days": 1 });
    http("POST", &sandbox.ready().address, "/world/advance", Some(&one));
    let mut shop = sandbox.state().world.shop_mut();
    shop.revision += 1;
    let mut raised = 0;
    for variant in shop.variants.iter_mut().filter(|variant| !variant.costs.is_empty()) {
        let last = variant.costs.last().unwrap().unit_cost;
        variant.costs.push(DatedCost { valid_from: day.parse().unwrap(), unit_cost: last + by });
        raised += 1;
    }
    raised
}

#[test]
fn a_cost_that_changes_at_the_shop_leaves_the_past_as_it_was() {
    let sandbox = Sandbox::start(small(30));
    let home = connected(&sandbox, &["shopify"]);
    sync(&home);
    let past = || home.profit("2026-10-20", "2026-11-19", "day")["total"]["cogs"].clone();
    let book = || {
        home.query("SELECT source_id, CAST(unit_cost AS VARCHAR), CAST(valid_from AS VARCHAR) FROM unit_costs ORDER BY ALL")
    };
    // what the world's own books say the goods of these days cost, each at the cost of its day
    let truth = || -> Decimal {
        let days = sandbox.get("/world/truth?by=day")["rows"].as_array().unwrap().clone();
        let until = |row: &&Value| row["day"].as_str().unwrap() <= "2026-11-19";
        days.iter().filter(until).map(|row| amount(&row["cogs"])).sum()
    };
    let first = book();
    assert!(truth() > Decimal::ZERO);
    assert_eq!(amount(&past()), truth());
    let variants = raise_costs(&sandbox, "2026-11-22", 1_000);
    sync(&home);
    let second = book();
    assert_eq!(raise_costs(&sandbox, "2026-11-23", 500), variants);
    sync(&home);
    let third = book();
    // each change is a row of its own, and no row is ever written over
    let rows = |book: &Value| book.as_array().unwrap().clone();
    assert_eq!(rows(&first).len(), variants);
    assert_eq!(rows(&second).len(), 2 * variants);
    assert_eq!(rows(&third).len(), 3 * variants);
    for (earlier, later) in [(&first, &second), (&second, &third)] {
        assert!(rows(earlier).iter().all(|row| rows(later).contains(row)));
    }
    assert_eq!(amount(&past()), truth(), "what was sold before keeps its cost");
    // what was known then is told still: by the platform's clock, which is that of the world
    for (instant, known) in [("2026-11-21T18:00:00Z", variants), ("2026-11-22T18:00:00Z", 2 * variants)] {
        let then = home.json(&["costs", "list", "--workspace", "w", "--as-known", instant, "--json"]);
        assert_eq!(then["costs"].as_array().unwrap().len(), known, "{instant}");
    }
}

#[test]
fn a_fee_that_two_platforms_tell_counts_once() {
    let sandbox = Sandbox::start(small(30));
    let home = connected(&sandbox, &["shopify"]);
    sync(&home);
    let ladder = || home.profit("2026-10-20", "2026-11-21", "day");
    let alone = ladder();
    assert!(amount(&alone["total"]["payment_fees"]) > Decimal::ZERO);
    home.stdout(&sandbox.connect_args("stripe", "w"));
    sync(&home);
    let booked =
        home.query("SELECT count(*) FROM balance_transactions WHERE order_ref IS NOT NULL AND fee > 0");
    assert!(booked[0][0].as_i64().unwrap() > 100, "{booked}");
    assert_eq!(ladder()["rows"], alone["rows"]);
    // the bookings are among the rows behind an order
    let name = home.query(
        "SELECT o.name FROM orders AS o JOIN balance_transactions AS b ON b.order_ref = o.name WHERE b.kind = 'charge' \
         ORDER BY o.name LIMIT 1",
    );
    let name = name[0][0].as_str().unwrap().to_owned();
    let explained = home.json(&["explain", "order", &name, "--workspace", "w", "--json"]);
    assert!(!explained["rows"]["balance_transactions"].as_array().unwrap().is_empty(), "{name}");
}

#[test]
fn rules_find_country_weight_and_way_of_paying() {
    let sandbox = Sandbox::start(small(30));
    let home = connected(&sandbox, &["shopify"]);
    sync(&home);
    let one = |sql: &str| home.query(sql)[0][0].clone();
    assert!(one("SELECT count(*) FROM orders WHERE shipping_country IN ('GB', 'IE')").as_i64().unwrap() > 50);
    assert!(one("SELECT count(*) FROM orders WHERE total_grams > 0").as_i64().unwrap() > 50);
    let cards = one(
        "SELECT count(*) FROM payment_transactions WHERE method IN ('Visa', 'Mastercard', 'American Express')",
    );
    assert!(cards.as_i64().unwrap() > 50);
    assert!(one("SELECT count(*) FROM order_lines WHERE requires_shipping").as_i64().unwrap() > 50);
    let shipping =
        |home: &Home| amount(&home.profit("2026-10-20", "2026-11-21", "day")["total"]["shipping_costs"]);
    assert_eq!(shipping(&home), Decimal::ZERO);
    let rule = ["costs", "rule", "shipping", "--workspace", "w", "--from", "ever", "--countries", "GB"];
    home.stdout(&[&rule[..], &["--min-grams", "500", "--fixed", "2.00"]].concat());
    let heavy = one(
        "SELECT count(*) FROM orders AS o JOIN order_profit AS p ON p.order_id = o.source_id WHERE p.included \
         AND o.shipping_country = 'GB' AND o.total_grams >= 500",
    );
    assert_eq!(shipping(&home), Decimal::from(2 * heavy.as_i64().unwrap()));
}

/// A call at a platform's own address with its key.
fn get(sandbox: &Sandbox, path: &str) -> Value {
    let access = &sandbox.ready().platforms["stripe"];
    let (host, prefix) = {
        let rest = access.base_url.strip_prefix("http://").unwrap();
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")))
    };
    let mut stream = TcpStream::connect(host).unwrap();
    let key = &access.secrets["api_key"];
    write!(
        stream,
        "GET {prefix}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    serde_json::from_str(body).unwrap()
}

#[test]
fn recurring_revenue_is_prices_times_pieces_without_tax() {
    let sandbox = Sandbox::start(small(200));
    let home = connected(&sandbox, &["stripe"]);
    sync(&home);
    let mut expected: BTreeMap<String, Decimal> = BTreeMap::new();
    let (mut tiered, mut discounted) = (0, 0);
    let mut after = String::new();
    loop {
        let expand =
            "expand[]=data.latest_invoice&expand[]=data.discounts&expand[]=data.items.data.discounts";
        let page = get(&sandbox, &format!("/v1/subscriptions?limit=100&status=all&{expand}{after}"));
        let data = page["data"].as_array().unwrap();
        for one in data {
            let pays = ["active", "past_due"].contains(&one["status"].as_str().unwrap());
            if !pays || !one["canceled_at"].is_null() {
                continue;
            }
            let item = &one["items"]["data"][0];
            let pieces = item["quantity"].as_i64().unwrap();
            let minor = match item["price"]["unit_amount"].as_i64() {
                Some(unit) => unit * pieces,
                // six pounds, five for 16.20 each, each further one 14.40
                None => {
                    tiered += 1;
                    600 + 1_620 * pieces.min(5) + 1_440 * (pieces - 5).max(0)
                }
            };
            let months = if item["price"]["recurring"]["interval"] == "year" { 12 } else { 1 };
            // what has an end does not count here, so of the coupons only two do
            let mut parts = 100;
            let all = [&item["discounts"], &one["discounts"]];
            for taken in all.into_iter().flat_map(|all| all.as_array().unwrap()) {
                match taken["source"]["coupon"].as_str().unwrap() {
                    "TEAM20" => parts = 80,
                    "CLUBFRIEND" => parts = 90,
                    other => assert_eq!(other, "FIVEOFF"),
                }
                discounted += 1;
            }
            // pounds hold the tax of the invoice, yen none and have no smaller coin
            let bill = &one["latest_invoice"];
            let (currency, digits, tax) = match one["currency"].as_str().unwrap() {
                "jpy" => ("JPY", 0, 0),
                _ => ("GBP", 2, bill["total_taxes"][0]["amount"].as_i64().unwrap()),
            };
            let nearest = |parts: i64, of: i64| (2 * parts + of) / (2 * of);
            let price = minor - nearest(minor * tax, bill["total"].as_i64().unwrap());
            let month = Decimal::new(nearest(price * parts, 100 * months), digits);
            *expected.entry(currency.to_owned()).or_default() += month;
        }
        if page["has_more"] != true {
            break;
        }
        after = format!("&starting_after={}", data.last().unwrap()["id"].as_str().unwrap());
    }
    let args =
        ["mrr", "--workspace", "w", "--from", "2026-11-01", "--to", "2026-11-21", "--definition", "stripe"];
    let told = home.json(&[&args[..], &["--json"]].concat());
    let mut found: BTreeMap<String, Decimal> = BTreeMap::new();
    for bridge in told["by_currency"].as_array().unwrap() {
        let steps = bridge["steps"].as_array().unwrap();
        let closing = steps.iter().find(|step| step["key"] == "closing").unwrap();
        if amount(&closing["amount"]) > Decimal::ZERO {
            found.insert(bridge["currency"].as_str().unwrap().to_owned(), amount(&closing["amount"]));
        }
    }
    assert!(expected.contains_key("GBP") && tiered > 0 && discounted > 0, "{tiered} {discounted}");
    assert_eq!(found, expected, "{told}");
    let invoices =
        home.query("SELECT count(*) FROM invoices WHERE subscription_id IS NOT NULL AND total > 0");
    assert!(invoices[0][0].as_i64().unwrap() > 10);
}

#[test]
fn pipelines_and_messages_are_told() {
    let sandbox = Sandbox::start(small(30));
    let home = connected(&sandbox, &["hubspot", "klaviyo"]);
    sync(&home);
    let pipeline = home.json(&["pipeline", "--workspace", "w", "--json"]);
    let sum = |column: &str| -> i64 {
        pipeline["rows"].as_array().unwrap().iter().map(|row| row[column].as_i64().unwrap()).sum()
    };
    let deals = home.query("SELECT count(*) FROM deals WHERE deleted IS NOT true")[0][0].as_i64().unwrap();
    assert!(deals > 0);
    assert_eq!(sum("open") + sum("won") + sum("lost"), deals, "{pipeline}");
    let args = ["messages", "--workspace", "w", "--from", "2026-10-20", "--to", "2026-11-21", "--json"];
    let messages = home.json(&args);
    let rows = messages["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["sent"].as_i64().unwrap() > 0), "{messages}");
    let told: Decimal = rows.iter().map(|row| amount(&row["cost"])).sum();
    let cost = home.query(
        "SELECT CAST(coalesce(sum(cost), 0) AS VARCHAR) FROM message_days WHERE day BETWEEN '2026-10-20' AND '2026-11-21'",
    );
    assert_eq!(told.normalize(), amount(&cost[0][0]).normalize());
}

#[test]
fn costs_of_a_sheet_count_day_by_day_and_show_their_rows() {
    let sandbox = Sandbox::start(small(30));
    let home = connected(&sandbox, &["shopify"]);
    sync(&home);
    let explain = |figure: &str, more: &[&str]| {
        let figure = format!("{figure},from=2026-10-01,to=2026-10-31");
        home.json(&[&["explain", figure.as_str(), "--workspace", "w", "--json"], more].concat())
    };
    let before = explain("net_profit", &[]);
    home.stdout(&sandbox.connect_args("google_sheets", "w"));
    sync(&home);
    // the sheet's rows of October, whole
    let state = sandbox.state();
    let october = Cell::Day("2026-10-01".parse().unwrap());
    let sheets = sheets(&state.world, state.options.seed);
    let rows = sheets[1].rows.as_ref().unwrap().iter().filter(|row| row.get(4) == Some(&october));
    let stated: Decimal = rows
        .map(|row| match &row[2] {
            Cell::Money(cents) => Decimal::new(*cents, 2),
            other => panic!("{other:?}"),
        })
        .sum();
    assert!(stated > Decimal::ZERO);
    let costs = explain("day_costs", &["--by", "orders", "--depth", "2", "--limit", "100", "--raw"]);
    assert_eq!(amount(&costs["value"]), stated);
    let after = explain("net_profit", &[]);
    assert_eq!(amount(&before["value"]) - amount(&after["value"]), stated);
    // each cost is one of the sheet's rows, and its payload is what the sheet says
    let parts = costs["parts"].as_array().unwrap();
    let rent = parts.iter().find(|part| part["label"] == "Warehouse rent").expect("a cost of that name");
    assert_eq!(rent["amount"], "2400.00");
    let days = rent["below"]["parts"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| amount(&day["amount"])).sum::<Decimal>(), amount(&rent["amount"]));
    let row = &days[0]["rows"][0];
    assert_eq!(row["table"], "manual_costs");
    let sent = rent["below"]["raw"].as_array().unwrap();
    let sent = sent.iter().find(|sent| sent["raw_ref"] == row["raw_ref"]).expect("the payload of the row");
    assert!(sent["payload"].to_string().contains("Warehouse rent"), "{sent}");
}
