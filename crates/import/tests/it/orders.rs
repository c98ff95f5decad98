//! Lines to orders: grouping, credit notes, amounts, customers.

use netgain_domain::{Row, Table, Value};

use crate::support::{amount, decimal, run, text};

fn events(order: &netgain_domain::Record) -> Vec<&Row> {
    order.children.iter().filter(|row| row.table == Table::SaleEvents).collect()
}

fn mapping(columns: &str) -> String {
    format!("version: 1\ncurrency: GBP\norders: {{ order_id: no, placed_at: day, {columns} }}\n")
}

#[test]
fn scattered_lines_are_one_order_placed_at_its_earliest_time() {
    let file = b"no,day,sku,n,price,who,land\n\
        A,2024-01-02,x,2,3.50,7,\n\
        B,2024-01-02,y,1,0,,\n\
        A,2024-01-01,z,3,1,7,UK\n";
    let columns = "sku: sku, quantity: n, unit_price: price, customer_id: who, country: land";
    let (summary, kept) = run(file, &mapping(columns));
    assert_eq!((summary.orders, summary.customers, summary.sales_total), (2, 1, decimal("10")));
    let order = kept.order("A");
    assert_eq!(amount(order.root.get("total_price")), decimal("10"));
    assert!(format!("{:?}", order.root.get("placed_at")).contains("2024-01-01T00:00:00Z"));
    assert_eq!(order.children.len(), 4);
    assert_eq!(text(order.children[1].get("sku")), "z");
    assert!(format!("{:?}", events(order)[0].get("happened_at")).contains("2024-01-02"));
    assert!(kept.order("B").root.get("customer_id").is_null());
    assert_eq!(amount(kept.order("B").root.get("total_price")), decimal("0"));
    let customer = kept.of(Table::Customers).next().unwrap();
    assert_eq!(text(customer.root.get("country")), "UK");
    // the file's lines stand beside the order
    let (_, raw) = kept.records.iter().find(|(record, _)| record.root.source_id == "A").unwrap();
    let expected = r#"{"lines":[{"line":2,"fields":{"no":"A","day":"2024-01-02","sku":"x","n":"2","price":"3.50","who":"7","land":""}},{"line":4,"fields":{"no":"A","day":"2024-01-01","sku":"z","n":"3","price":"1","who":"7","land":"UK"}}]}"#;
    assert_eq!(String::from_utf8_lossy(raw), expected);
}

#[test]
fn a_rejected_line_leaves_its_order_flagged() {
    let file = b"no,day,n,price\nA,2024-01-01,1,5\nA,2024-01-01,1,bad\nB,2024-01-01,1,1\nC,2024-01-01,1,no\n";
    let (summary, kept) = run(file, &mapping("quantity: n, unit_price: price"));
    assert_eq!((summary.orders, summary.partial_orders, summary.rejected), (2, 1, 2));
    assert_eq!(text(kept.order("A").root.get("tags")), "partial_import");
    assert!(kept.order("B").root.get("tags").is_null());
}

#[test]
fn credit_notes_by_prefix_whatever_their_signs() {
    let file = b"no,day,n,sum\nA,2024-01-01,2,10\nCA,2024-02-01,-1,-5\nCB,2024-02-01,1,4\n";
    let rule = "quantity: n, line_total: sum, credit_note: { column: no, prefix: C }";
    let (summary, kept) = run(file, &mapping(rule));
    assert_eq!((summary.orders, summary.credit_notes, summary.credit_total), (1, 2, decimal("-9")));
    for (id, sum) in [("CA", "-5"), ("CB", "-4")] {
        let order = kept.order(id);
        let event = events(order)[0];
        assert_eq!((text(event.get("action")), text(event.get("reason"))), ("return", "return"));
        assert_eq!(event.get("quantity"), &Value::Int(-1));
        assert_eq!(amount(event.get("total_amount")), decimal(sum));
        assert!(format!("{:?}", event.get("happened_at")).contains("2024-02-01"));
    }
}

#[test]
fn credit_notes_by_sign_and_returns_without_a_rule() {
    let file = b"no,day,n,price\nA,2024-01-01,2,5\nA,2024-01-05,-1,5\n";
    let rule = "quantity: n, unit_price: price, credit_note: { negative_quantity: true }";
    let (summary, kept) = run(file, &mapping(rule));
    assert_eq!((summary.orders, summary.credit_notes), (1, 1));
    assert_eq!(amount(kept.order("A").root.get("total_price")), decimal("10"));
    assert_eq!(amount(kept.order("A/credit").root.get("total_price")), decimal("-5"));
    assert_eq!(text(kept.order("A/credit").root.get("name")), "A");
    let (summary, kept) = run(file, &mapping("quantity: n, unit_price: price"));
    assert_eq!((summary.orders, summary.credit_notes), (1, 0));
    let words: Vec<_> = events(kept.order("A")).iter().map(|row| text(row.get("action"))).collect();
    assert_eq!(words, ["order", "return"]);
    let (_, kept) = run(b"no,day,n,sum\nA,2024-01-01,-2,5\n", &mapping("quantity: n, line_total: sum"));
    assert!(kept.rejects[0].reason.contains("quantity is negative"));
}

#[test]
fn discounts_and_tax_inside_or_on_top() {
    let file = b"no,day,n,price,off,vat\nA,2024-01-01,2,10,-2,3\n";
    let columns = "quantity: n, unit_price: price, discount_amount: off, tax_amount: vat";
    for (included, total) in [(true, "18"), (false, "21")] {
        let (_, kept) = run(file, &mapping(&format!("{columns}, tax_included: {included}")));
        let event = events(kept.order("A"))[0];
        assert_eq!(amount(event.get("total_amount")), decimal(total));
        assert_eq!(amount(event.get("tax_amount")), decimal("3"));
        assert_eq!(amount(event.get("discount_amount")), decimal("2"));
        assert_eq!(kept.order("A").root.get("taxes_included"), &Value::Bool(included));
    }
    // what comes back is negative in every amount, however the file signs tax and discount
    let file = b"no,day,n,price,off,vat\nA,2024-01-01,-2,10,2,3\n";
    let (_, kept) = run(file, &mapping(&format!("{columns}, tax_included: false")));
    let event = events(kept.order("A"))[0];
    let signed = ["total_amount", "tax_amount", "discount_amount"].map(|name| amount(event.get(name)));
    assert_eq!(signed, [decimal("-21"), decimal("-3"), decimal("-2")]);
}

#[test]
fn the_total_counts_where_it_is_no_multiple() {
    let file = b"no,day,n,sum\nA,2024-01-01,3,10.00\nA,2024-01-01,4,10.00\n";
    let (summary, kept) = run(file, &mapping("quantity: n, line_total: sum"));
    assert_eq!(summary.sales_total, decimal("20"));
    let lines = &kept.order("A").children;
    assert!(lines[0].get("unit_price").is_null());
    assert_eq!(amount(lines[1].get("unit_price")), decimal("2.5"));
}

#[test]
fn orders_without_a_number_are_told_apart_by_content_and_count() {
    let map =
        "version: 1\ncurrency: USD\norders: { order_per_line: true, placed_at: day, line_total: sum }\n";
    let file = b"day,sum\n2024-01-01,5\n2024-01-01,5\n2024-01-02,5\n";
    let (summary, kept) = run(file, map);
    assert_eq!(summary.orders, 3);
    let ids = |kept: &crate::support::Kept| -> Vec<_> {
        kept.of(Table::Orders).map(|order| order.root.source_id.clone()).collect()
    };
    let first = ids(&kept);
    assert!(first[0].ends_with("-1") && first[1].ends_with("-2") && first[2].ends_with("-1"));
    assert_eq!(first[0].trim_end_matches("-1"), first[1].trim_end_matches("-2"));
    // the same rows in another order are the same orders
    let mut moved = ids(&run(b"day,sum\n2024-01-02,5\n2024-01-01,5\n2024-01-01,5\n", map).1);
    let mut sorted = first;
    moved.sort();
    sorted.sort();
    assert_eq!(moved, sorted);
}

#[test]
fn currency_by_column() {
    let map = "version: 1\norders: { order_id: no, placed_at: day, line_total: sum, currency: cur }\n";
    let (summary, kept) = run(b"no,day,sum,cur\nA,2024-01-01,5,jpy\nB,2024-01-01,5,yen!\n", map);
    assert_eq!(text(kept.order("A").root.get("currency")), "JPY");
    assert_eq!((summary.rejected, kept.rejects[0].column.as_deref()), (1, Some("cur")));
}
