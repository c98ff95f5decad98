//! The mapping file: how the file is written and which column means what.

use netgain_domain::Currency;
use serde::Deserialize;

use crate::MappingError;

mod columns;
mod format;

pub use columns::{CostColumns, CreditNote, CustomerColumns, KpiColumns, OrderColumns, RateColumns, Scope};
pub use format::{DecimalMark, Delimiter, Encoding, Format, Thousands, Zone};

/// A mapping file. Exactly one of `orders`, `costs`, `customers`, `rates` and `kpi_points` is given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Version of this file format: 1.
    pub version: u32,
    /// How the file is written.
    #[serde(default)]
    pub format: Format,
    /// Currency of all amounts, unless a column says it (ISO 4217). A cost sheet may leave it out: its costs are in the
    /// workspace's reporting currency then, as those that are entered one by one.
    pub currency: Option<Currency>,
    /// Lines of orders.
    pub orders: Option<OrderColumns>,
    /// The merchant's cost sheet.
    pub costs: Option<CostColumns>,
    /// Customers.
    pub customers: Option<CustomerColumns>,
    /// Exchange rates.
    pub rates: Option<RateColumns>,
    /// Any other number over time.
    pub kpi_points: Option<KpiColumns>,
}

impl Mapping {
    /// Reads a mapping file (YAML).
    ///
    /// # Errors
    /// With its line: YAML that does not parse, a key or value that is not known, or keys that contradict each
    /// other.
    pub fn from_yaml(text: &str) -> Result<Self, MappingError> {
        let mapping: Self = serde_norway::from_str(text).map_err(|error| {
            let message = cure(&error.to_string());
            let begin = error.location().map_or(1, |at| at.line());
            MappingError { line: line_of_value(text, begin, &message), message }
        })?;
        mapping.check().map_err(|(key, message)| MappingError { line: line_of(text, key), message })?;
        Ok(mapping)
    }

    /// Fills in the currency of a cost sheet that says none, neither here nor in a column. Of other files it must be
    /// said: what somebody paid in another currency would look right and be wrong.
    pub fn costs_default_to(&mut self, reporting: Currency) {
        if self.costs.as_ref().is_some_and(|costs| costs.currency.is_none()) {
            self.currency.get_or_insert(reporting);
        }
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.version != 1 {
            return Err(("version", format!("`version` {} is not known: write 1", self.version)));
        }
        self.format.check()?;
        let kinds = [
            ("orders", self.orders.is_some()),
            ("costs", self.costs.is_some()),
            ("customers", self.customers.is_some()),
            ("rates", self.rates.is_some()),
            ("kpi_points", self.kpi_points.is_some()),
        ];
        let given: Vec<_> = kinds.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect();
        match given.as_slice() {
            [_] => {}
            [] => {
                let text = "the mapping says nothing about columns: add one of `orders`, `costs`, `customers`, `rates`, `kpi_points`";
                return Err(("version", text.into()));
            }
            [.., last] => {
                let text =
                    format!("a file holds one kind of rows, but {} are given: keep one", given.join(", "));
                return Err((last, text));
            }
        }
        if let Some(orders) = &self.orders {
            orders.check()?;
            self.check_currency("orders", orders.currency.is_some())?;
        }
        match &self.kpi_points {
            Some(kpi) => kpi.check(),
            None => Ok(()),
        }
    }

    fn check_currency(&self, kind: &'static str, column: bool) -> Result<(), (&'static str, String)> {
        if self.currency.is_some() || column {
            return Ok(());
        }
        let text = format!(
            "no currency is given: add `currency: EUR` (the file's own) at the top, or `{kind}.currency` with the column that holds it"
        );
        Err((kind, text))
    }
}

/// The parser's own words name the keys that would be right; the place is said apart.
fn cure(message: &str) -> String {
    let message = match message.rfind(" at line ") {
        Some(at) => message.get(..at).unwrap_or(message),
        None => message,
    };
    if message.contains("unknown field") {
        format!("{message}: remove the key or correct its spelling")
    } else {
        message.to_owned()
    }
}

/// The parser knows the line where a section begins; the value that the message quotes first tells the line itself.
fn line_of_value(text: &str, begin: usize, message: &str) -> usize {
    let wrong = message.split('`').nth(1).filter(|value| !value.is_empty());
    let from_value = !message.contains("missing field") && !message.contains("duplicate");
    let after = text.lines().enumerate().skip(begin.saturating_sub(1));
    wrong
        .filter(|_| from_value)
        .and_then(|value| after.into_iter().find(|(_, line)| line.contains(value)))
        .map_or(begin, |(at, _)| at + 1)
}

fn line_of(text: &str, key: &str) -> usize {
    text.lines()
        .position(|line| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        .map_or(1, |at| at + 1)
}
