//! Unit costs that people keep in a spreadsheet or send as a file: what is said now counts, what was said before stays
//! known, and a row that cannot be read is named.

use netgain_domain::Decimal;
use netgain_sandbox::google_sheets::Cell;
use netgain_sandbox::options::MetaOptions;
use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::support::{Home, Sandbox, http};

fn shop() -> Sandbox {
    Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(30),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    })
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or("0").parse().unwrap()
}

/// Syncs everything and gives the report of the spreadsheet.
fn sync(home: &Home) -> Value {
    let report = home.json(&["sync", "--workspace", "w", "--json"]);
    let connections = report["connections"].as_array().unwrap();
    for connection in connections {
        assert_eq!(connection["ok"], true, "{connection}");
    }
    connections.iter().find(|one| one.to_string().contains("google_sheets")).cloned().unwrap_or_default()
}

fn a_day_later(sandbox: &Sandbox) {
    http("POST", &sandbox.ready().address, "/world/advance", Some(&json!({ "days": 1 })));
}

fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

fn row(sku: &str, cost: Cell, currency: &str) -> Vec<Cell> {
    vec![text(sku), cost, text(currency)]
}

fn dated(sku: &str, cents: i64, day: &str) -> Vec<Cell> {
    [row(sku, Cell::Money(cents), "GBP"), vec![Cell::Day(day.parse().unwrap())]].concat()
}

/// The most sold stock keeping units.
fn sold(home: &Home) -> Vec<String> {
    let found = home.query(
        "SELECT sku FROM order_lines WHERE sku IS NOT NULL GROUP BY sku ORDER BY sum(quantity) DESC, sku LIMIT 4",
    );
    found.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
}

/// Past orders of nothing but one thing that it was counted for at so much a unit. The world goes on meanwhile: what is
/// paid for or sent back later changes other orders.
fn counted_at(home: &Home, sku: &str, cost: &str) -> i64 {
    let found = home.query(&format!(
        "SELECT count(*) FROM order_profit AS p JOIN (SELECT order_id, sum(quantity) AS units FROM order_lines \
           GROUP BY order_id HAVING min(sku) = '{sku}' AND max(sku) = '{sku}' AND count(*) = count(sku)) AS l \
         ON l.order_id = p.order_id WHERE p.day <= DATE '2026-11-20' AND p.cogs = CAST({cost} AS DECIMAL) * l.units"
    ));
    found[0][0].as_i64().unwrap()
}

fn book(home: &Home, more: &[&str]) -> Vec<Value> {
    let list = home.json(&[&["costs", "list", "--workspace", "w", "--json"], more].concat());
    let rows = list["costs"].as_array().unwrap().iter();
    rows.filter(|row| row["source"] == "google_sheets").cloned().collect()
}

fn costs_of(rows: &[Value], sku: &str) -> Vec<String> {
    let own = rows.iter().filter(|row| row["scope_id"] == sku);
    own.map(|row| amount(&row["unit_cost"]).normalize().to_string()).collect()
}

#[test]
fn a_sheet_of_unit_costs_is_the_book_of_today_and_keeps_that_of_before() {
    let sandbox = shop();
    let home = Home::new().hurried(20_000);
    home.stdout(&sandbox.connect_args("shopify", "w"));
    home.stdout(&sandbox.connect_args("google_sheets", "w"));
    sync(&home);
    let skus = sold(&home);
    let [often, always, third, fourth] = skus.as_slice() else { panic!("{skus:?}") };
    let sheet = &sandbox.state().cost_sheet;

    // a bad row is named by its number and column, and the others count
    sheet.write(vec![
        dated(often, 700, "2026-01-01"),
        row(third, text("a lot"), "GBP"),
        row(third, Cell::Money(300), "pounds"),
        row("", Cell::Money(300), "GBP"),
        row(third, Cell::Money(-300), "GBP"),
        Vec::new(),
        row(always, Cell::Money(500), "GBP"),
    ]);
    let report = sync(&home).to_string();
    for told in ["row 3: ", "row 4: ", "row 5: ", "row 6: ", "unit_cost", "currency", "sku"] {
        assert!(report.contains(told), "{told}: {report}");
    }
    assert!(!report.contains("row 2: ") && !report.contains("row 8: "), "{report}");
    let first = book(&home, &[]);
    assert_eq!((costs_of(&first, often), costs_of(&first, always)), (vec!["7".into()], vec!["5".into()]));
    assert!(costs_of(&first, third).is_empty());
    let often_at = || ["7", "9", "12"].map(|cost| counted_at(&home, often, cost) > 2);
    let always_at = || ["5", "6"].map(|cost| counted_at(&home, always, cost) > 0);
    assert_eq!((often_at(), always_at()), ([true, false, false], [true, false]));

    // a later day, other words: a dated row is about its days, one without a day leaves the past as it was
    a_day_later(&sandbox);
    sheet.write(vec![
        row(fourth, Cell::Money(250), "GBP"),
        dated(often, 900, "2026-01-01"),
        row(always, Cell::Money(600), "GBP"),
    ]);
    assert!(!sync(&home).to_string().contains("row 3: "), "rows that are gone are in nobody's way");
    assert_eq!((often_at(), always_at()), ([false, true, false], [true, false]));
    a_day_later(&sandbox);
    sheet.write(vec![
        row(fourth, Cell::Money(250), "GBP"),
        dated(often, 1_200, "2026-01-01"),
        row(always, Cell::Money(600), "GBP"),
    ]);
    sync(&home);
    assert_eq!((often_at(), always_at()), ([false, false, true], [true, false]));
    assert_eq!(costs_of(&book(&home, &[]), often), ["12"]);
    assert_eq!(costs_of(&book(&home, &[]), always), ["5", "6"], "the past keeps its cost");

    // nothing is overwritten: the book of an earlier day says what the sheet said then
    let known = |instant: &str, sku: &str| costs_of(&book(&home, &["--as-known", instant]), sku);
    let noon = "2026-11-21T23:00:00Z";
    assert_eq!((known(noon, often), known(noon, always)), (vec!["7".into()], vec!["5".into()]));
    assert_eq!(known("2026-11-22T23:00:00Z", often), ["9"]);
    let unchanged = book(&home, &["--all"]);
    sync(&home);
    assert_eq!(book(&home, &["--all"]), unchanged, "the same sheet says nothing new");

    // a row that is removed ends, and what it was is not touched
    a_day_later(&sandbox);
    sheet.write(vec![row(fourth, Cell::Money(250), "GBP"), row(always, Cell::Money(600), "GBP")]);
    sync(&home);
    assert_eq!((often_at(), always_at()), ([false, false, true], [true, false]));
    let ended = book(&home, &[]);
    let ended = ended.iter().find(|row| row["scope_id"] == often.as_str()).unwrap();
    assert_eq!(
        (ended["valid_to"].as_str(), amount(&ended["unit_cost"])),
        (Some("2026-11-23"), Decimal::from(12))
    );
    // a sheet that is empty, or gone, may have been renamed: it ends nothing
    sheet.write(Vec::new());
    let kept = book(&home, &["--all"]);
    sync(&home);
    assert_eq!(book(&home, &["--all"]), kept);
}

#[test]
fn a_file_of_unit_costs_counts_over_the_command_line() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    sync(&home);
    let total = || home.profit("2026-03-01", "2026-04-30", "day")["total"].clone();
    let units = |sku: &str| {
        let found =
            home.query(&format!("SELECT count(*) FROM order_lines WHERE sku = '{sku}' AND quantity > 0"));
        found[0][0].as_i64().unwrap()
    };
    let sku = sold(&home).into_iter().find(|sku| units(sku) > 0).unwrap();
    let file = home.path().join("costs.csv");
    let currency = sandbox.ready().world.currency.clone();
    // the mapping that comes with the program says no currency: the costs are in the shop's
    let mapping = home.path().join("costs.yaml");
    let shipped = include_str!("../../../import/mappings/costs.yaml");
    std::fs::write(&mapping, shipped).unwrap();
    let mapping = mapping.display().to_string();
    let import = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let path = file.display().to_string();
        let args = [
            "import",
            "csv",
            &path,
            "--workspace",
            "w",
            "--mapping",
            &mapping,
            "--currency",
            &currency,
            "--json",
        ];
        home.output(&args)
    };
    let costs = |cost: &str| {
        let first = import(&format!("sku,unit_cost,valid_from\n{sku},{cost},2020-01-01\n"));
        assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
        amount(&total()["cogs"])
    };
    let (one, three) = (costs("1.00"), costs("3.00"));
    let step = (three - one) / Decimal::from(2);
    assert!(step > Decimal::ZERO && step.fract().is_zero(), "{one} {three}");
    // in its own words again, as it was said first: it counts again, and both stay in the book
    assert_eq!(costs("1.00"), one);
    let list = home.json(&["costs", "list", "--workspace", "w", "--all", "--json"]);
    let of_file = list["costs"].as_array().unwrap().iter().filter(|row| row["scope_id"] == sku.as_str());
    assert_eq!(of_file.count(), 3);
    // a bad line is rejected with its number, and the good one counts
    let mixed = import(&format!("sku,unit_cost,valid_from\n{sku},none,2020-01-01\n{sku},3.00,2020-01-01\n"));
    let told =
        format!("{}{}", String::from_utf8_lossy(&mixed.stdout), String::from_utf8_lossy(&mixed.stderr));
    assert!(told.contains("\"rejected\":1") || told.contains("\"rejected\": 1"), "{told}");
    assert_eq!(amount(&total()["cogs"]), three);
}
