//! Where an import puts its rows, and what it counts.

use netgain_domain::Record;
use rust_decimal::Decimal;
use serde::Serialize;

/// Any failure of the receiver.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Receives what an import finds.
pub trait ImportSink {
    /// Takes the next records, each with the file's lines it came from as one JSON document
    /// (`{"lines":[{"line":2,"fields":{"Sku":"A"}}]}`). [`Record::position`] is its place in this batch.
    ///
    /// # Errors
    /// A failure ends the import.
    fn batch(&mut self, records: Vec<(Record, Vec<u8>)>) -> Result<(), BoxError>;

    /// Takes a row that cannot be loaded.
    ///
    /// # Errors
    /// A failure ends the import.
    fn reject(&mut self, reject: Reject) -> Result<(), BoxError>;
}

/// A row that was not loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Line of the file where the row begins, counted from 1, the header included.
    pub line: u64,
    /// The column at fault; none when the row as a whole is.
    pub column: Option<String>,
    /// What stood there.
    pub value: String,
    /// What is wrong and how to cure it.
    pub reason: String,
    /// The row as it stands in the file, without its line end.
    pub raw: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the file without the header.
    pub lines: u64,
    /// Rows that were loaded.
    pub loaded: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Orders that are not credit notes.
    pub orders: u64,
    /// Credit notes.
    pub credit_notes: u64,
    /// Orders or credit notes that lack a rejected row; they carry the tag `partial_import`.
    pub partial_orders: u64,
    /// Customers.
    pub customers: u64,
    /// Unit costs.
    pub unit_costs: u64,
    /// Exchange rates.
    pub rates: u64,
    /// Points of other numbers.
    pub kpi_points: u64,
    /// Sum of the lines of orders with tax and after discounts. Currencies are not told apart.
    pub sales_total: Decimal,
    /// Sum of the lines of credit notes with tax, usually negative. Currencies are not told apart.
    pub credit_total: Decimal,
}

impl Summary {
    /// Records handed to the sink.
    #[must_use]
    pub fn roots(&self) -> u64 {
        self.orders + self.credit_notes + self.customers + self.unit_costs + self.rates + self.kpi_points
    }
}
