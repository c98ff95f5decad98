//! Cost sheets, customers and other numbers.

use std::collections::HashSet;

use netgain_domain::{Table, Value};

use crate::support::{amount, decimal, run, text};

/// The mapping that comes with the program, for a sheet in a currency of its own.
fn shipped() -> String {
    format!("{}currency: USD\n", include_str!("../../mappings/costs.yaml"))
}

#[test]
fn a_cost_sheet_fills_the_cost_book() {
    let file =
        b"sku,unit_cost,valid_from\nA,1.50,2024-01-01\nA,1.70,2024-06-01\nB,2,\nC,-1,\nA,1.50,2024-01-01\n";
    let (summary, kept) = run(file, &shipped());
    // the last line says what the first says
    assert_eq!((summary.loaded, summary.rejected, summary.unit_costs), (4, 1, 3));
    let rows: Vec<_> = kept.of(Table::UnitCosts).map(|record| &record.root).collect();
    assert_eq!(text(rows[0].get("scope_id")), "A");
    assert_eq!(amount(rows[0].get("unit_cost")), decimal("1.7"));
    assert_eq!((text(rows[0].get("kind")), text(rows[0].get("scope"))), ("manual", "sku"));
    assert!(rows[1].get("valid_from").is_null());
    assert_eq!(rows.iter().map(|row| &row.source_id).collect::<HashSet<_>>().len(), 3);
    // the last line decides between two costs of one day in one sheet
    let (_, kept) = run(b"sku,unit_cost,valid_from\nA,1,\nA,2,\n", &shipped());
    assert_eq!(kept.records.len(), 1);
    assert_eq!(amount(kept.records[0].0.root.get("unit_cost")), decimal("2"));
}

#[test]
fn a_cost_sheet_may_tell_of_scopes_countries_tiers_and_ends() {
    let map = "version: 1\ncurrency: EUR\ncosts: { scope: supplier, scope_id: vendor, unit_cost: cost, \
               valid_from: from, valid_to: to, country: land, min_quantity: units, estimate: true }\n";
    let file = b"vendor,cost,from,to,land,units\nacme,4,2026-01-01,2026-01-31,de,10\nacme,5,,,,\n\
                 acme,5,2026-02-01,2026-01-31,,\nacme,5,,,Germany,\nacme,5,,,,0\n";
    let (summary, kept) = run(file, map);
    assert_eq!((summary.unit_costs, summary.rejected), (2, 3));
    let row = &kept.records[0].0.root;
    assert_eq!((text(row.get("scope")), text(row.get("kind"))), ("supplier", "estimate"));
    assert_eq!((text(row.get("country")), row.get("min_quantity")), ("DE", &Value::Int(10)));
    assert_eq!(row.get("valid_to"), &Value::Date("2026-01-31".parse().unwrap()));
    assert!(kept.records[1].0.root.get("country").is_null());
}

#[test]
fn customers_load_once_with_their_last_row() {
    let map = "version: 1\ncustomers: { customer_id: id, name: who, created_at: since }\n";
    let (summary, kept) = run(b"id,who,since\n1,Old,2024-01-01\n2,Two,\n1,New,2024-01-01\n,None,\n", map);
    assert_eq!((summary.customers, summary.rejected), (2, 1));
    let names: Vec<_> = kept.of(Table::Customers).map(|record| text(record.root.get("name"))).collect();
    assert_eq!(names, ["Two", "New"]);
}

#[test]
fn points_keep_their_metadata_and_their_identity() {
    let map = "version: 1\nkpi_points: { metric_name: visits, value: n, timestamp: day, metadata: [page] }\n";
    let (summary, kept) = run(b"day,n,page\n2024-01-01,5,a\n2024-01-01,6,b\n2024-01-01,7,a\n", map);
    assert_eq!(summary.kpi_points, 3);
    let (_, restated) = run(b"day,n,page\n2024-01-01,9,a\n", map);
    assert_eq!(kept.records[0].0.root.source_id, restated.records[0].0.root.source_id);
    assert_ne!(kept.records[0].0.root.source_id, kept.records[2].0.root.source_id);
    assert_eq!(kept.records[1].0.root.get("metadata"), &Value::Json(r#"{"page":"b"}"#.into()));
    assert_eq!(text(kept.records[0].0.root.get("metric")), "visits");
}

#[test]
fn rates_are_the_merchants_own_and_the_last_line_counts() {
    let file =
        b"day,base,quote,rate\n2026-03-10,EUR,USD,1.08\n2026-03-10,EUR,USD,1.09\n2026-03-10,EUR,EUR,1\n\
        2026-03-10,EUR,GBP,0\n2026-03-10,EURO,GBP,1\nsoon,EUR,GBP,1\n2026-03-10,gbp,usd,1.3\n";
    let (summary, kept) = run(file, include_str!("../../mappings/rates.yaml"));
    assert_eq!((summary.loaded, summary.rejected, summary.rates, summary.roots()), (3, 4, 2, 2));
    let rows: Vec<_> = kept.of(Table::FxRates).map(|record| &record.root).collect();
    assert_eq!(amount(rows[0].get("rate")), decimal("1.09"));
    assert_eq!((text(rows[1].get("base")), text(rows[1].get("quote"))), ("GBP", "USD"));
    assert_eq!(rows[0].get("manual"), &Value::Bool(true));
    assert!(!rows[0].get("recorded_at").is_null());
}
