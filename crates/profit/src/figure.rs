//! A figure with the rows that it is the sum of, so that every number can be asked where it comes from.

use netgain_domain::Decimal;
use serde::Serialize;

/// What one stored row gives to a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The canonical table of the row.
    pub table: &'static str,
    /// The row's id in it.
    pub row: String,
    /// What it gives, signed.
    pub amount: Decimal,
}

/// A figure: its value is the sum of its parts, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Stable name, such as `net_sales`.
    pub name: &'static str,
    /// How it is worked out, in words.
    pub formula: &'static str,
    /// The sum.
    pub value: Decimal,
    /// The rows behind it, in the order in which they were added.
    pub parts: Vec<Part>,
}

impl Figure {
    /// A figure of nothing.
    #[must_use]
    pub fn new(name: &'static str, formula: &'static str) -> Self {
        Self { name, formula, value: Decimal::ZERO, parts: Vec::new() }
    }

    /// Adds what a row gives.
    pub fn add(&mut self, table: &'static str, row: impl Into<String>, amount: Decimal) {
        self.value += amount;
        self.parts.push(Part { table, row: row.into(), amount });
    }

    /// Adds all parts of another figure.
    pub fn merge(&mut self, other: &Figure) {
        self.value += other.value;
        self.parts.extend(other.parts.iter().cloned());
    }
}

/// One figure divided by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quotient {
    /// Stable name, such as `roas_attributed`.
    pub name: &'static str,
    /// How it is worked out, in words.
    pub formula: &'static str,
    /// What is divided.
    pub over: Decimal,
    /// What it is divided by.
    pub under: Decimal,
    /// The quotient, 4 digits; none where there is nothing to divide by.
    pub value: Option<Decimal>,
}

impl Quotient {
    /// Divides.
    #[must_use]
    pub fn new(name: &'static str, formula: &'static str, over: Decimal, under: Decimal) -> Self {
        Self { name, formula, over, under, value: crate::metrics::roas(over, under) }
    }
}
