//! Proposals for files of every kind, and what they leave to a person.

use super::*;
use crate::Mapping;

fn euro() -> Option<Currency> {
    Some("EUR".parse().unwrap())
}

fn usable(proposal: &str) -> Mapping {
    Mapping::from_yaml(proposal).unwrap_or_else(|error| panic!("{error}\n{proposal}"))
}

#[test]
fn invoice_lines_with_credit_notes() {
    let file = "\u{feff}InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n\
                536365;85123A;HOLDER;6;1/12/2010 08:26;2,55;17850;United Kingdom\n\
                C536379;D;Discount;-1;13/12/2010 09:41;1.227,50;14527;United Kingdom\n";
    let proposal = suggest(file.as_bytes(), euro());
    let mapping = usable(&proposal);
    assert_eq!(mapping.format.delimiter, Delimiter::Byte(b';'));
    assert_eq!(mapping.format.decimal, DecimalMark::Comma);
    assert_eq!(mapping.format.thousands, Thousands::Point);
    assert_eq!(mapping.format.date_formats, ["%d/%m/%Y %H:%M"]);
    assert!(!proposal.contains("other way round"), "{proposal}");
    let orders = mapping.orders.unwrap();
    assert_eq!(orders.order_id.as_deref(), Some("InvoiceNo"));
    assert_eq!(orders.unit_price.as_deref(), Some("UnitPrice"));
    assert_eq!(orders.credit_note.unwrap().prefix.as_deref(), Some("C"));
}

#[test]
fn days_that_could_be_months_are_said() {
    let proposal = suggest(b"order id,date,total\n1,03/04/2024,5.00\n", euro());
    assert_eq!(usable(&proposal).format.date_formats, ["%d/%m/%Y"]);
    assert!(proposal.contains("other way round"), "{proposal}");
    let proposal = suggest(b"order id,date,total\n1,03/14/2024,5.00\n", euro());
    assert_eq!(usable(&proposal).format.date_formats, ["%m/%d/%Y"]);
    assert!(!proposal.contains("other way round"), "{proposal}");
}

#[test]
fn blanks_between_fields_and_no_order_number() {
    let mapping = usable(&suggest(
        b" customer_id date number_of_cds dollar_value\r\n 00001 19970101 1 11.77\r\n",
        euro(),
    ));
    assert_eq!(mapping.format.delimiter, Delimiter::Whitespace);
    let orders = mapping.orders.unwrap();
    assert!(orders.order_per_line);
    assert_eq!(orders.line_total.as_deref(), Some("dollar_value"));
}

#[test]
fn other_kinds_of_files() {
    let costs =
        usable(&suggest(b"SKU,Unit cost,Valid from,Currency\nA,1.50,2024-01-01,EUR\n", None)).costs.unwrap();
    assert_eq!((costs.scope_id.as_str(), costs.currency.as_deref()), ("SKU", Some("Currency")));
    let customers =
        usable(&suggest(b"customer_id\temail\tname\n1\ta@example.com\tA\n", None)).customers.unwrap();
    assert_eq!(customers.name.as_deref(), Some("name"));
    let kpi = usable(&suggest(b"date,value\n2024-01-01,5\n", None)).kpi_points.unwrap();
    assert_eq!(kpi.metric_name.as_deref(), Some("imported"));
}

#[test]
fn odd_names_are_quoted_and_gaps_are_said() {
    let proposal = suggest("order id,\"a: \"\"b\"\" #\",date\n1,x,2024-01-01\n".as_bytes(), None);
    assert!(proposal.contains("# not used: `a: \\\"b\\\" #`"), "{proposal}");
    assert!(proposal.contains("line_total: \"\" # check"), "{proposal}");
    assert!(suggest(b"", None).contains("no header line"));
    assert!(suggest(b"\xFF\xFEa", None).contains("no header line"));
}

#[test]
fn marks_of_numbers() {
    let guess = |values: &[&str]| {
        let numbers = guess_numbers(values.iter().copied());
        (numbers.decimal, numbers.thousands, numbers.sure)
    };
    assert_eq!(guess(&["1,234.50", "3"]), (DecimalMark::Point, Thousands::Comma, true));
    assert_eq!(guess(&["1.234.567"]), (DecimalMark::Comma, Thousands::Point, true));
    assert_eq!(guess(&["0,125"]), (DecimalMark::Comma, Thousands::None, true));
    assert_eq!(guess(&["1 234,5"]), (DecimalMark::Comma, Thousands::Space, true));
    assert_eq!(guess(&["12", "5"]), (DecimalMark::Point, Thousands::None, true));
    assert!(!guess(&["1,234"]).2);
}

#[test]
fn a_currency_is_never_taken_for_granted() {
    let orders = b"order id,date,total\n1,2024-03-14,5.00\n";
    let unsaid = suggest(orders, None);
    let refused = Mapping::from_yaml(&unsaid).unwrap_err();
    assert!(unsaid.contains("\ncurrency: \"\" # check"), "{unsaid}");
    assert!(refused.message.contains("is not a currency"), "{refused}");
    assert_eq!(usable(&suggest(orders, euro())).currency, euro());
    // costs without one are in the workspace's, as those that are entered one by one
    let mut costs = usable(&suggest(b"sku,cost\nA,1\n", None));
    assert_eq!(costs.currency, None);
    costs.costs_default_to("GBP".parse().unwrap());
    assert_eq!(costs.currency.unwrap().code(), "GBP");
    costs.costs_default_to("EUR".parse().unwrap());
    assert_eq!(costs.currency.unwrap().code(), "GBP");
    let mut said = usable(&suggest(b"sku,cost,currency\nA,1,USD\n", None));
    said.costs_default_to("GBP".parse().unwrap());
    assert_eq!(said.currency, None, "the column says it, line by line");
}
