//! 69,659 real orders, served by the sandbox as a shop: the same exact totals on every way in.

use netgain_sandbox::Options;

use crate::support::{Home, Sandbox, shared};

fn totals(home: &Home) {
    let whole = home.profit("1997-01-01", "1998-06-30", "day")["total"].clone();
    assert_eq!((whole["gross_sales"].as_str(), whole["orders"].as_u64()), (Some("2500315.63"), Some(69_659)));
    let march = home.profit("1997-03-01", "1997-03-31", "day")["total"].clone();
    assert_eq!((march["gross_sales"].as_str(), march["orders"].as_u64()), (Some("393155.27"), Some(11_598)));
    let counts = home.query("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM customers)");
    assert_eq!(counts[0].to_string().replace('"', ""), "[69659,23570]");
}

fn sync(args: &[&str]) {
    let Some(file) = shared("cdnow/CDNOW_master.txt") else { return };
    let sandbox = Sandbox::start(Options { orders: Some(file), unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    let sync: Vec<&str> = ["sync", "--workspace", "w", "--json"].iter().chain(args).copied().collect();
    let report = home.json(&sync);
    assert_eq!(report["connections"][0]["quarantined"], 0, "{report}");
    totals(&home);
}

#[test]
fn real_orders_by_bulk_operation_give_their_known_totals() {
    sync(&[]);
}

#[test]
fn real_orders_by_cursor_paging_give_the_same_totals() {
    sync(&["--paged"]);
}
