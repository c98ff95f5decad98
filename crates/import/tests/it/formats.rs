//! Every knob of `format`, and how bad rows are told.

use netgain_domain::Table;
use netgain_import::Error;

use crate::support::{amount, decimal, run, text, try_run};

const ORDERS: &str = "orders: { order_id: id, placed_at: day, title: what, quantity: n, line_total: sum }";

fn mapping(format: &str) -> String {
    format!("version: 1\ncurrency: EUR\nformat: {{ {format} }}\n{ORDERS}\n")
}

#[test]
fn byte_order_mark_crlf_and_detected_delimiters() {
    for delimiter in [";", ",", "\t", "|"] {
        for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n")] {
            let rows = [["id", "day", "what", "n", "sum"], ["1", "2024-05-01", "Tee \u{fc}", "2", "9.50"]];
            let file: Vec<_> = rows.iter().map(|row| row.join(delimiter)).collect();
            let file = format!("{mark}{}{end}", file.join(end));
            let (summary, kept) = run(file.as_bytes(), &mapping(""));
            assert_eq!((summary.loaded, summary.orders), (1, 1), "{delimiter:?} {end:?}");
            assert_eq!(text(kept.order("1").children[0].get("title")), "Tee \u{fc}");
        }
    }
}

#[test]
fn quotes_hold_delimiters_quotes_and_line_ends() {
    let file =
        b"id,day,what,n,sum\r\n1,2024-05-01,\"a, \"\"b\"\"\r\nc\",1,1\r\n2,2024-05-01,12\" disc,1,x\r\n";
    let (summary, kept) = run(file, &mapping(""));
    assert_eq!(text(kept.order("1").children[0].get("title")), "a, \"b\"\r\nc");
    // the physical line: the first record takes two
    assert_eq!((summary.rejected, kept.rejects[0].line), (1, 4));
    assert_eq!(kept.rejects[0].raw, "2,2024-05-01,12\" disc,1,x");
    let (_, kept) = run(b"id;day;what;n;sum\n1;2024-05-01;'a;b';1;1\n", &mapping("quote: \"'\""));
    assert_eq!(text(kept.order("1").children[0].get("title")), "a;b");
    let (_, kept) = run(b"id;day;what;n;sum\n1;2024-05-01;\"a;1;1\n", &mapping("quote: null"));
    assert_eq!(text(kept.order("1").children[0].get("title")), "\"a");
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    let mut file = String::from("id,day,what,n,sum\n1,2024-05-01,\"open,1,1\n");
    for id in 2..=500 {
        file.push_str(&format!("{id},2024-05-01,x,1,1\n"));
    }
    let (summary, kept) = run(file.as_bytes(), &mapping(""));
    assert_eq!((summary.lines, summary.loaded, summary.rejected), (500, 499, 1));
    assert_eq!(kept.rejects[0].line, 2);
    assert_eq!(kept.rejects[0].raw, "1,2024-05-01,\"open,1,1");
    assert!(kept.rejects[0].reason.contains("quote"));
}

#[test]
fn a_stray_quote_in_the_last_column_joins_no_rows() {
    let map =
        "version: 1\ncurrency: EUR\norders: { order_id: id, placed_at: day, line_total: sum, title: what }\n";
    let open_to_the_end = "id,day,sum,what\n1,2024-05-01,1,\"open\n2,2024-05-01,1,x\n3,2024-05-01,1,y\n";
    let closed_by_chance = "id,day,sum,what\n1,2024-05-01,1,\"open\n2,2024-05-01,1,x\n3,2024-05-01,1,\"y\"\n";
    for file in [open_to_the_end, closed_by_chance] {
        let (summary, kept) = run(file.as_bytes(), map);
        assert_eq!((summary.loaded, summary.rejected, kept.rejects[0].line), (2, 1, 2), "{file}");
        assert_eq!(text(kept.order("3").children[0].get("title")), "y");
    }
}

#[test]
fn encodings_are_detected_or_told() {
    let western = b"id,day,what,n,sum\n1,2024-05-01,caf\xe9 \x80,1,1\n";
    for format in ["", "encoding: windows-1252"] {
        let (_, kept) = run(western, &mapping(format));
        assert_eq!(text(kept.order("1").children[0].get("title")), "caf\u{e9} \u{20ac}");
    }
    let (summary, kept) = run(western, &mapping("encoding: utf-8"));
    assert_eq!((summary.loaded, summary.rejected), (0, 1));
    let reject = &kept.rejects[0];
    assert_eq!((reject.line, reject.column.as_deref()), (2, Some("what")));
    assert!(reject.reason.contains("UTF-8"));
    // once a file has shown itself as UTF-8, a damaged row is not read as something else
    let mixed = b"id,day,what,n,sum\n1,2024-05-01,\xc3\xa9,1,1\n2,2024-05-01,\xe9,1,1\n";
    let (summary, kept) = run(mixed, &mapping(""));
    assert_eq!((summary.loaded, kept.rejects[0].line), (1, 3));
    assert!(matches!(try_run(b"\xff\xfei\0d\0", &mapping("")), Err(Error::Utf16)));
    assert!(matches!(try_run(b"", &mapping("")), Err(Error::Empty)));
}

#[test]
fn decimal_comma_with_thousands_point() {
    let file = b"id;day;what;n;sum\n1;01.05.2024;x;1.000;-1.234.567,89\n2;01.05.2024;x;1;12.5\n";
    let format = "decimal: comma, thousands: point, date_formats: [\"%d.%m.%Y\"]";
    let (_, kept) = run(file, &mapping(format));
    assert_eq!(amount(kept.order("1").root.get("total_price")), decimal("-1234567.89"));
    // with a thousands point, 12.5 would silently become 125
    assert_eq!(kept.rejects[0].column.as_deref(), Some("sum"));
    assert_eq!(kept.rejects[0].value, "12.5");
}

#[test]
fn day_first_or_month_first_and_the_zone() {
    let file = b"id,day,what,n,sum\n1,03/04/2024 22:30,x,1,1\n";
    let read = |form: &str| {
        let format = format!("date_formats: [\"{form}\"], time_zone: America/New_York");
        let (_, kept) = run(file, &mapping(&format));
        format!("{:?}", kept.order("1").root.get("placed_at"))
    };
    assert!(read("%d/%m/%Y %H:%M").contains("2024-04-04T02:30:00Z"));
    assert!(read("%m/%d/%Y %H:%M").contains("2024-03-05T03:30:00Z"));
}

#[test]
fn files_without_a_header_and_with_blanks_between_fields() {
    let columns = "header: false, columns: [id, day, what, n, sum]";
    let (summary, _) = run(b"1,2024-05-01,x,1,1\n", &mapping(columns));
    assert_eq!(summary.orders, 1);
    let file = b"  1  2024-05-01\tx 1   1\r\n\r\n 2 2024-05-01 x 1\r\n";
    let (summary, kept) = run(file, &mapping(&format!("delimiter: whitespace, {columns}")));
    assert_eq!((summary.orders, summary.rejected), (1, 1));
    assert_eq!((kept.rejects[0].line, kept.rejects[0].column.as_ref()), (3, None));
}

#[test]
fn rejects_name_line_column_value_and_reason() {
    let file = "id,day,what,n,sum\n\
        1,2024-05-01,good,1,1\n\
        \n\
        2,yesterday,x,1,1\n\
        3,2024-05-01,x,1.5,1\n\
        4,2024-05-01,x,1,1,99\n\
        5,2024-05-01,x,1,\n\
        ,2024-05-01,x,1,1\n\
        6,2024-05-01,good,1,2\n";
    let (summary, kept) = run(file.as_bytes(), &mapping(""));
    assert_eq!((summary.lines, summary.loaded, summary.rejected), (7, 2, 5));
    let told: Vec<_> = kept
        .rejects
        .iter()
        .map(|reject| (reject.line, reject.column.as_deref().unwrap_or("-"), reject.value.as_str()))
        .collect();
    let expected = [(4, "day", "yesterday"), (5, "n", "1.5"), (6, "-", ""), (7, "sum", ""), (8, "id", "")];
    assert_eq!(told, expected);
    assert!(kept.rejects[2].reason.contains("6 fields, expected 5"));
    assert!(kept.rejects[3].reason.contains("empty"));
    assert_eq!(kept.of(Table::Orders).count(), 2);
}
