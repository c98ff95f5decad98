//! Facts in PostgreSQL, through the program: a shop and its ads are read, each day is that of the world's own books, and
//! everything comes over to files and back.

use std::process::Command;

use netgain_domain::Decimal;
use netgain_sandbox::Options;
use netgain_sandbox::options::MetaOptions;
use netgain_testkit::Database;
use netgain_warehouse::{Store, TableDigest, Warehouse};
use serde_json::Value;

use crate::support::{Home, Sandbox};

/// The program with its facts in a database.
fn command(home: &Home, database: &Database, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.env("NETGAIN_DATABASE_URL", database.app_url());
    command.env("NETGAIN_DATABASE_OWNER_URL", database.owner_url());
    command
}

fn json(home: &Home, database: &Database, args: &[&str]) -> Value {
    let output = command(home, database, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn opened(database: &Database) -> Warehouse {
    let database = netgain_warehouse::Database::connect(&database.app_url(), None).unwrap();
    let store = Store::Postgres(database);
    Warehouse::open(store, &"w".parse().unwrap(), netgain_warehouse::Options::default()).unwrap()
}

fn digest(database: &Database) -> Vec<TableDigest> {
    opened(database).digest().unwrap()
}

/// Every row of every table.
fn dump(database: &Database) -> String {
    let mut dump = Vec::new();
    opened(database).dump(&mut dump).unwrap();
    String::from_utf8(dump).unwrap()
}

fn amount(value: &Value) -> Decimal {
    value.as_str().map_or_else(|| value.as_i64().unwrap_or(0).into(), |text| text.parse().unwrap())
}

#[test]
fn every_day_is_that_of_the_books_and_comes_over_to_files_and_back() {
    let (Some(shared), Some(other)) = (netgain_testkit::postgres(), netgain_testkit::postgres()) else {
        return;
    };
    let sandbox = Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(20),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    });
    let home = Home::new().hurried(20_000);
    for platform in ["shopify", "meta_ads"] {
        let args = sandbox.connect_args(platform, "w");
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = command(&home, &shared, &args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let report = json(&home, &shared, &["sync", "--workspace", "w", "--json"]);
    for connection in report["connections"].as_array().unwrap() {
        assert_eq!(connection["ok"], true, "{connection}");
    }
    assert!(!home.path().join("workspaces/w/facts.duckdb").exists(), "the facts lie in the database");

    // what works on files alone says so, and nothing is begun
    let file = home.path().join("backup");
    for args in [["backup", file.to_str().unwrap()], ["restore", file.to_str().unwrap()]] {
        let output = command(&home, &shared, &args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{args:?}");
        assert!(told.contains("PostgreSQL") || told.contains("NETGAIN_DATABASE_URL"), "{args:?}: {told}");
    }
    assert!(!file.exists() && !home.path().join("workspaces/w/facts.duckdb").exists());

    // a person is erased from the database; every day below is that of the books still
    let sql = "SELECT lower(c.email), c.name FROM customers AS c \
        WHERE c.source_id IN (SELECT customer_id FROM orders) \
        AND (SELECT count(*) FROM customers AS o WHERE o.name = c.name) = 1 ORDER BY 1 LIMIT 1";
    let rows = json(&home, &shared, &["query", "--workspace", "w", sql, "--json"])["rows"].clone();
    let (email, name) = (rows[0][0].as_str().unwrap(), rows[0][1].as_str().unwrap().to_lowercase());
    let texts = || dump(&shared).to_lowercase();
    assert!(texts().contains(email) && texts().contains(&name));
    let person = ["--workspace", "w", "--email", email, "--json"];
    let told = json(&home, &shared, &[&["privacy", "export"], &person[..]].concat());
    assert!(told["tables"]["orders"].as_array().is_some_and(|orders| !orders.is_empty()), "{told}");
    let done = json(&home, &shared, &[&["privacy", "erase"], &person[..]].concat());
    assert!(done["rows"].as_u64().unwrap() >= 2 && done["lines"].as_u64().unwrap() >= 2, "{done}");
    assert!(!texts().contains(email) && !texts().contains(&name));
    let output = command(&home, &shared, &["privacy", "tombstones", "--workspace", "w"]).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "who was erased is noted");
    // the shop tells of the person again
    json(&home, &shared, &["sync", "--workspace", "w", "--full", "--json"]);
    assert!(!texts().contains(email) && !texts().contains(&name));

    let days = ["--from", "2026-11-03", "--to", "2026-11-20", "--by", "day", "--json"];
    let profit = json(&home, &shared, &[&["profit", "--workspace", "w"], &days[..]].concat());
    let truth = sandbox.get("/world/truth?by=day");
    let mut compared = 0;
    for ours in profit["rows"].as_array().unwrap() {
        let rows = truth["rows"].as_array().unwrap();
        let theirs = rows.iter().find(|row| row["day"] == ours["day"]).unwrap();
        for column in
            ["orders", "gross_sales", "discounts", "returns", "net_revenue", "cogs", "ad_spend", "net_profit"]
        {
            assert_eq!(amount(&ours[column]), amount(&theirs[column]), "{column} of {}", ours["day"]);
        }
        compared += 1;
    }
    assert_eq!(compared, 18);

    let there = digest(&shared);
    let moved = json(
        &home,
        &shared,
        &["migrate", "--from", "postgres", "--to", "embedded", "--workspace", "w", "--json"],
    );
    let tables = moved["workspaces"][0]["tables"].as_array().unwrap();
    let orders = tables.iter().find(|table| table["table"] == "orders").unwrap();
    assert!(orders["rows"].as_u64().unwrap() > 50 && orders["copied"] == true, "{orders}");
    assert_eq!(home.digest(), there);
    json(&home, &other, &["migrate", "--from", "embedded", "--to", "postgres", "--workspace", "w", "--json"]);
    assert_eq!(digest(&other), there);
}
