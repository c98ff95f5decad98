//! A first mapping, proposed from a file's header and its first rows. What cannot be told is said in a comment.

use netgain_domain::Currency;

use crate::mapping::{DecimalMark, Delimiter, Encoding, Format, Thousands};
use crate::table_reader::{Item, TableReader};

mod costs;
mod guess;
mod kpis;
mod names;

pub use costs::{PlainCosts, cost_mapping};
use guess::{Numbers, guess_dates, guess_numbers};
pub use kpis::kpi_mapping;
use names::{Kind, Role};

/// Rows that are looked at.
const SAMPLE_ROWS: usize = 1_000;

/// Proposes a mapping (YAML) from the beginning of a file: the more rows, the surer the forms of dates and numbers.
/// The last row may be cut off. The proposal is to be read by a person: lines marked `# check` are guesses. A file that
/// does not say its currency gets the one that is given; without one, orders wait for a person to fill it in.
#[must_use]
pub fn suggest(header_and_sample: &[u8], currency: Option<Currency>) -> String {
    let Some(sample) = Sample::read(header_and_sample) else {
        return "# no header line could be read: save the file as UTF-8 text with a header and try again\nversion: 1\n"
            .to_owned();
    };
    let (kind, roles) = names::assign(&sample.names);
    let column = |wanted: Role| roles.iter().find(|(role, _)| *role == wanted).map(|(_, at)| *at);
    let amounts: Vec<usize> = roles.iter().filter(|(role, _)| role.is_number()).map(|(_, at)| *at).collect();
    let numbers = guess_numbers(amounts.iter().flat_map(|at| sample.values(*at)));
    let dates = column(Role::Time).map(|at| guess_dates(&sample.values(at).collect::<Vec<_>>()));
    let mut out = String::from(
        "# proposed from the file's header and first rows: read it before you use it\nversion: 1\n",
    );
    if kind != Kind::Customers && kind != Kind::KpiPoints && column(Role::Currency).is_none() {
        match currency {
            Some(currency) => out.push_str(&format!("currency: {currency}\n")),
            None if kind == Kind::Costs => {
                out.push_str("# the file does not say its currency: its costs are in the workspace's; else add `currency: EUR`\n");
            }
            None => out.push_str(
                "currency: \"\" # check: the file does not say its currency: write it, such as EUR\n",
            ),
        }
    }
    out.push_str(&sample.format_lines(numbers, dates.as_ref()));
    out.push_str(&format!("{}:\n", kind.key()));
    if kind == Kind::Orders && column(Role::OrderId).is_none() {
        out.push_str("  order_per_line: true # check: no column looks like an order number\n");
    }
    for (role, at) in &roles {
        if let (Some(key), Some(name)) = (role.key(kind), sample.names.get(*at)) {
            out.push_str(&format!("  {key}: {}\n", quoted(name)));
        }
    }
    for (key, note) in kind.missing(&roles) {
        out.push_str(&format!("  {key}: \"\" # check: {note}\n"));
    }
    if kind == Kind::Orders {
        out.push_str(&credit_rule(&sample, column(Role::OrderId), column(Role::Quantity)));
    }
    if kind == Kind::KpiPoints && column(Role::Metric).is_none() {
        out.push_str("  metric_name: imported # check: what the numbers are\n");
    }
    let unused = sample.names.iter().enumerate().filter(|(at, _)| !roles.iter().any(|(_, used)| used == at));
    let unused: Vec<_> = unused.map(|(_, name)| format!("`{}`", name.escape_debug())).collect();
    if !unused.is_empty() {
        out.push_str(&format!("# not used: {}\n", unused.join(", ")));
    }
    out
}

/// A text in YAML whatever it holds; JSON's quoting is YAML's too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The rule for credit notes if the sample has negative quantities.
fn credit_rule(sample: &Sample, order_id: Option<usize>, quantity: Option<usize>) -> String {
    let Some(quantity) = quantity else { return String::new() };
    let negative = |row: &&Vec<String>| row.get(quantity).is_some_and(|text| text.trim().starts_with('-'));
    if !sample.rows.iter().any(|row| negative(&row)) {
        return String::new();
    }
    let Some(order_id) = order_id else {
        return "  credit_note: { negative_quantity: true } # check\n".to_owned();
    };
    let letter = |row: &Vec<String>| {
        row.get(order_id).and_then(|id| id.trim().chars().next()).filter(char::is_ascii_alphabetic)
    };
    // a letter that every number of one sort of rows begins with and none of the other
    let mut letters = sample.rows.iter().filter(negative).filter_map(letter);
    let prefix = letters.next().filter(|prefix| {
        sample.rows.iter().filter(|row| !negative(row)).all(|row| letter(row) != Some(*prefix))
    });
    match (prefix, sample.names.get(order_id)) {
        (Some(prefix), Some(name)) => {
            format!("  credit_note: {{ column: {}, prefix: {prefix} }} # check\n", quoted(name))
        }
        _ => "  credit_note: { negative_quantity: true } # check\n".to_owned(),
    }
}

/// The beginning of a file as a table.
struct Sample {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    delimiter: Delimiter,
    encoding: Encoding,
}

impl Sample {
    fn read(bytes: &[u8]) -> Option<Self> {
        let auto = Self::read_with(bytes, Delimiter::Auto)?;
        if auto.names.len() > 1 {
            return Some(auto);
        }
        let blanks = Self::read_with(bytes, Delimiter::Whitespace)?;
        Some(if blanks.names.len() > 1 && !blanks.rows.is_empty() { blanks } else { auto })
    }

    fn read_with(bytes: &[u8], delimiter: Delimiter) -> Option<Self> {
        let format = Format { delimiter, ..Format::default() };
        let mut reader = TableReader::open(bytes, &format).ok()?;
        let mut rows = Vec::new();
        while rows.len() < SAMPLE_ROWS {
            match reader.next_item() {
                Ok(Some(Item::Good(line))) => rows.push(line.fields),
                Ok(Some(Item::Bad(..))) => {}
                Ok(None) | Err(_) => break,
            }
        }
        let names = reader.header().names().to_vec();
        Some(Self { names, rows, delimiter: reader.delimiter(), encoding: reader.encoding() })
    }

    fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        let fields = self.rows.iter().filter_map(move |row| row.get(column));
        fields.map(|field| field.trim()).filter(|field| !field.is_empty())
    }

    fn format_lines(&self, numbers: Numbers, dates: Option<&(Vec<&'static str>, bool)>) -> String {
        let delimiter = match self.delimiter {
            Delimiter::Whitespace => "whitespace".to_owned(),
            Delimiter::Byte(b'\t') => "tab".to_owned(),
            Delimiter::Byte(byte) => quoted(&char::from(byte).to_string()),
            Delimiter::Auto => "auto".to_owned(),
        };
        let encoding = match self.encoding {
            Encoding::Auto => "auto",
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
        };
        let decimal = match numbers.decimal {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        };
        let thousands = match numbers.thousands {
            Thousands::None => "none",
            Thousands::Point => "point",
            Thousands::Comma => "comma",
            Thousands::Space => "space",
            Thousands::Apostrophe => "apostrophe",
        };
        let check = if numbers.sure { "" } else { " # check: the sample can be read in two ways" };
        let mut out = format!(
            "format:\n  delimiter: {delimiter}\n  encoding: {encoding}\n  decimal: {decimal}{check}\n  thousands: {thousands}\n"
        );
        match dates {
            Some((forms, sure)) if !forms.is_empty() => {
                let check = if *sure { "" } else { " # check: day and month could be the other way round" };
                let forms: Vec<_> = forms.iter().map(|form| quoted(form)).collect();
                out.push_str(&format!("  date_formats: [{}]{check}\n", forms.join(", ")));
            }
            Some(_) => out.push_str("  # check: no known date form fits; add date_formats: [\"%d/%m/%Y\"]\n"),
            None => {}
        }
        out.push_str("  time_zone: UTC # check: the zone of the file's times\n");
        out
    }
}

#[cfg(test)]
mod tests;
