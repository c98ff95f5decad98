//! A mapping that cannot be meant is refused with its line and a cure.

use netgain_import::{Error, Mapping};

use crate::support::try_run;

#[test]
fn refusals_name_line_and_cure() {
    let good = "orders: { order_id: a, placed_at: b, line_total: c }\n";
    let cases = [
        (
            "version: 1\ncurrency: EUR\norders:\n  order_id: a\n  placed: b\n",
            5,
            "unknown field `placed`, expected one of",
        ),
        ("version: 1\ncurency: EUR\n", 2, "correct its spelling"),
        ("version: 1\nformat:\n  decimal: comma\n  delimiter: ab\n", 4, "write auto"),
        ("version: 1\nformat:\n  time_zone: Mars/One\n", 3, "IANA"),
        ("version: 1\nformat:\n  decimal: dot\n", 3, "`point`"),
        ("version: 1\ncurrency: euro\n", 2, "ISO 4217"),
        (&format!("version: 2\ncurrency: EUR\n{good}"), 1, "write 1"),
        (&format!("version: 1\n{good}"), 2, "`orders.currency`"),
        (&format!("version: 1\ncurrency: EUR\n{good}customers: {{ customer_id: a }}\n"), 4, "keep one"),
        ("version: 1\ncurrency: EUR\n", 1, "add one of `orders`"),
        ("version: 1\ncurrency: EUR\norders:\n  placed_at: b\n  line_total: c\n", 3, "order_per_line"),
        ("version: 1\ncurrency: EUR\norders:\n  order_id: a\n  placed_at: b\n", 3, "`line_total`"),
        (
            "version: 1\ncurrency: EUR\norders:\n  order_id: a\n  placed_at: b\n  unit_price: c\n",
            6,
            "`quantity`",
        ),
        (
            &format!("version: 1\ncurrency: EUR\nformat:\n  decimal: comma\n  thousands: comma\n{good}"),
            5,
            "the other one",
        ),
        (&format!("version: 1\ncurrency: EUR\nformat:\n  date_formats: [\"%!\"]\n{good}"), 4, "%d/%m/%Y"),
        (&format!("version: 1\ncurrency: EUR\nformat:\n  header: false\n{good}"), 4, "header: false"),
        (
            &format!("version: 1\ncurrency: EUR\nformat:\n  delimiter: \"'\"\n  quote: \"'\"\n{good}"),
            5,
            "two characters",
        ),
        (
            "version: 1\ncurrency: EUR\norders:\n  order_id: a\n  placed_at: b\n  line_total: c\n  credit_note: { column: a }\n",
            7,
            "one rule",
        ),
        ("version: 1\nkpi_points: { value: a, timestamp: b }\n", 2, "`metric_name`"),
    ];
    for (text, line, cure) in cases {
        let error = Mapping::from_yaml(text).expect_err(text);
        assert_eq!(error.line, line, "{error}\n{text}");
        assert!(error.message.contains(cure), "{error}\n{text}");
    }
}

#[test]
fn a_column_that_the_file_lacks_is_refused_with_those_it_has() {
    let map = "version: 1\ncurrency: EUR\norders: { order_id: no, placed_at: day, line_total: sum, sku: Artikel }\n";
    let Err(error) = try_run(b"no,day,sum,,sum\n", map) else { panic!("it was taken") };
    assert!(matches!(&error, Error::MissingColumn { key, .. } if key == "orders.sku"));
    let said = "`orders.sku` names the column `Artikel`, which the file does not have: use one of `no`, `day`, `sum`, `column 4`, `sum (2)`";
    assert_eq!(error.to_string(), said);
}

#[test]
fn the_ready_mappings_are_good() {
    for text in [
        include_str!("../../mappings/online_retail.yaml"),
        include_str!("../../mappings/cdnow.yaml"),
        include_str!("../../mappings/costs.yaml"),
        include_str!("../../mappings/rates.yaml"),
    ] {
        assert_eq!(Mapping::from_yaml(text).map(|mapping| mapping.version), Ok(1));
    }
}
