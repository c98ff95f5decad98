//! Two published files of real sales, to the cent. Skipped where the files are absent.

use std::collections::HashSet;
use std::path::PathBuf;

use netgain_domain::{Table, Value};

use crate::support::{amount, decimal, run, text};

fn real_file(path: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let file = shared.join("data").join(path);
    match std::fs::read(&file) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            println!("skipped: data/{path} is absent; set NETGAIN_SHARED to the folder that holds `data`");
            None
        }
    }
}

#[test]
fn invoice_lines_of_a_wholesaler() {
    let Some(file) = real_file("online_retail/online_retail_10k.csv") else { return };
    let (summary, kept) = run(&file, include_str!("../../mappings/online_retail.yaml"));
    assert_eq!((summary.lines, summary.loaded, summary.rejected), (10_000, 10_000, 0));
    assert_eq!((summary.orders, summary.credit_notes, summary.partial_orders), (469, 43, 0));
    assert_eq!(summary.sales_total, decimal("184248.33"));
    assert_eq!(summary.credit_total, decimal("-3580.58"));
    // the same from the rows themselves
    let (mut sales, mut credits, mut lines) = (decimal("0"), decimal("0"), 0);
    for order in kept.of(Table::Orders) {
        for event in order.children.iter().filter(|row| row.table == Table::SaleEvents) {
            lines += 1;
            let sum = if order.root.source_id.starts_with('C') { &mut credits } else { &mut sales };
            *sum += amount(event.get("total_amount"));
        }
    }
    assert_eq!((lines, sales, credits), (10_000, decimal("184248.33"), decimal("-3580.58")));
    assert!(kept.of(Table::Orders).any(|order| order.root.get("customer_id").is_null()));
    assert_eq!(kept.of(Table::Customers).count() as u64, summary.customers);
    let (again, kept_again) = run(&file, include_str!("../../mappings/online_retail.yaml"));
    assert_eq!(again, summary);
    assert!(kept_again.records == kept.records, "the same file gives the same rows");
}

#[test]
fn orders_of_a_cd_shop() {
    let Some(file) = real_file("cdnow/CDNOW_master.txt") else { return };
    let (summary, kept) = run(&file, include_str!("../../mappings/cdnow.yaml"));
    assert_eq!((summary.lines, summary.rejected), (69_659, 0));
    assert_eq!((summary.orders, summary.customers), (69_659, 23_570));
    assert_eq!(summary.sales_total, decimal("2500315.63"));
    let ids: HashSet<_> = kept.of(Table::Orders).map(|order| order.root.source_id.as_str()).collect();
    assert_eq!(ids.len(), 69_659);
    // 1997-03-01 to 1997-03-31 in the shop's zone
    let (from, to) = ("1997-03-01T05:00:00Z".parse().unwrap(), "1997-04-01T05:00:00Z".parse().unwrap());
    let march = |value: &Value| matches!(value, Value::Time(at) if (from..to).contains(at));
    let (mut orders, mut sales) = (0, decimal("0"));
    for order in kept.of(Table::Orders).filter(|order| march(order.root.get("placed_at"))) {
        orders += 1;
        sales += amount(order.root.get("total_price"));
        assert_eq!(text(order.root.get("currency")), "USD");
    }
    assert_eq!((orders, sales), (11_598, decimal("393155.27")));
}
