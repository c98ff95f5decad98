//! Any table, written with any format, reads back as it was.

use netgain_domain::{Decimal, Table, Value};
use proptest::prelude::*;

use crate::support::{amount, run};

#[derive(Debug, Clone)]
struct Point {
    metric: String,
    note: String,
    cents: i64,
    minutes: i64,
}

#[derive(Debug, Clone, Copy)]
struct Style {
    delimiter: char,
    quote: char,
    quote_all: bool,
    end: &'static str,
    bom: bool,
    western: bool,
    comma: bool,
    thousands: Option<(char, &'static str)>,
    form: &'static str,
}

fn point() -> impl Strategy<Value = Point> {
    // letters that both encodings have, and every character that means something in a CSV file
    let text = "[a-zA-Z0-9é€ü,;|\"' .\n-]{0,12}";
    let metric = "[a-zé][a-zA-Z0-9é€,;|\"'\n]{0,8}[a-z]";
    (metric, text, -9_999_999_999_i64..=9_999_999_999, 0_i64..60_000_000)
        .prop_map(|(metric, note, cents, minutes)| Point { metric, note, cents, minutes })
}

fn style() -> impl Strategy<Value = Style> {
    let delimiter = prop::sample::select(vec![',', ';', '\t', '|']);
    let quote = prop::sample::select(vec!['"', '\'']);
    let end = prop::sample::select(vec!["\n", "\r\n"]);
    let form =
        prop::sample::select(vec!["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%d %H%M"]);
    let group = 0..4_usize;
    (delimiter, quote, end, form, group, any::<[bool; 4]>()).prop_map(
        |(delimiter, quote, end, form, group, [quote_all, bom, western, comma])| {
            let other = if comma { ('.', "point") } else { (',', "comma") };
            let thousands = [None, Some(other), Some((' ', "space")), Some(('\'', "apostrophe"))][group];
            let bom = bom && !western;
            Style { delimiter, quote, quote_all, end, bom, western, comma, thousands, form }
        },
    )
}

impl Style {
    fn number(self, cents: i64) -> String {
        let digits = (cents.unsigned_abs() / 100).to_string();
        let mut whole = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0
                && (digits.len() - at).is_multiple_of(3)
                && let Some((mark, _)) = self.thousands
            {
                whole.push(mark);
            }
            whole.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{whole}{}{:02}", if self.comma { ',' } else { '.' }, cents.unsigned_abs() % 100)
    }

    fn field(self, text: &str) -> String {
        let special = [self.delimiter, self.quote, '\n', '\r'];
        if self.quote_all || text.contains(special) {
            let doubled = text.replace(self.quote, &format!("{0}{0}", self.quote));
            format!("{0}{doubled}{0}", self.quote)
        } else {
            text.to_owned()
        }
    }

    fn file(self, points: &[Point]) -> Vec<u8> {
        let mut text = String::new();
        let mut row = |fields: [&str; 4]| {
            let fields = fields.map(|field| self.field(field));
            text.push_str(&fields.join(&self.delimiter.to_string()));
            text.push_str(self.end);
        };
        row(["metric", "note", "value", "at"]);
        for point in points {
            let at = instant(point).to_zoned(netgain_domain::jiff::tz::TimeZone::UTC);
            row([&point.metric, &point.note, &self.number(point.cents), &at.strftime(self.form).to_string()]);
        }
        if self.western {
            // the two letters beyond ASCII
            text.chars()
                .map(|c| match c {
                    '€' => 0x80,
                    c => u8::try_from(u32::from(c)).expect("a letter of Windows-1252"),
                })
                .collect()
        } else {
            let mark = if self.bom { "\u{feff}" } else { "" };
            format!("{mark}{text}").into_bytes()
        }
    }

    fn mapping(self, auto: bool) -> String {
        let delimiter =
            if self.delimiter == '\t' { "tab".to_owned() } else { format!("\"{}\"", self.delimiter) };
        let delimiter = if auto { "auto".to_owned() } else { delimiter };
        let encoding = if self.western { "windows-1252" } else { "utf-8" };
        format!(
            "version: 1\nformat:\n  delimiter: {delimiter}\n  quote: {}\n  encoding: {encoding}\n  decimal: {}\n  thousands: {}\n  date_formats: [\"{}\"]\n\
             kpi_points: {{ metric: metric, value: value, timestamp: at, metadata: [note] }}\n",
            if self.quote == '"' { "'\"'" } else { "\"'\"" },
            if self.comma { "comma" } else { "point" },
            self.thousands.map_or("none", |(_, name)| name),
            self.form,
        )
    }
}

fn instant(point: &Point) -> netgain_domain::jiff::Timestamp {
    netgain_domain::jiff::Timestamp::from_second(point.minutes * 60).expect("within the years")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_reads_back(points in prop::collection::vec(point(), 0..20), style in style(), auto in any::<bool>()) {
        let file = style.file(&points);
        let (summary, kept) = run(&file, &style.mapping(auto));
        prop_assert_eq!(summary.rejected, 0, "{:?}", kept.rejects);
        prop_assert_eq!(summary.kpi_points as usize, points.len());
        for (point, row) in points.iter().zip(kept.of(Table::KpiPoints).map(|record| &record.root)) {
            prop_assert_eq!(row.get("metric"), &Value::Text(point.metric.clone()));
            prop_assert_eq!(amount(row.get("value")), Decimal::new(point.cents, 2));
            prop_assert_eq!(row.get("timestamp"), &Value::Time(instant(point)));
        }
        for (point, (_, raw)) in points.iter().zip(&kept.records) {
            let raw: serde_json::Value = serde_json::from_slice(raw).expect("JSON");
            prop_assert_eq!(raw["lines"][0]["fields"]["note"].as_str(), Some(point.note.as_str()));
        }
    }
}
