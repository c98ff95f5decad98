//! Which column means what, one struct for each kind of file. A value is always the name of a column.

use serde::Deserialize;

type Refusal = (&'static str, String);

/// Columns of a file with one line per order line (or per order).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderColumns {
    /// The order or invoice number; lines with the same number are one order, in any order of lines.
    pub order_id: Option<String>,
    /// Every line is an order of its own without a number; its id is derived from the line's content.
    #[serde(default)]
    pub order_per_line: bool,
    /// When it was sold. An order is placed at the earliest time of its lines.
    pub placed_at: String,
    /// The customer's id; may be empty.
    pub customer_id: Option<String>,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// The customer's country.
    pub country: Option<String>,
    /// The country of delivery by its two letters, such as GB.
    pub shipping_country: Option<String>,
    /// The delivery from the supplier that the units were taken of.
    pub lot: Option<String>,
    /// Stock keeping unit.
    pub sku: Option<String>,
    /// The platform's variant id.
    pub variant_id: Option<String>,
    /// What was sold, in words.
    pub title: Option<String>,
    /// Units; one unit without it.
    pub quantity: Option<String>,
    /// Price of one unit before discounts.
    pub unit_price: Option<String>,
    /// Money of the whole line after discounts; it counts even where it is no multiple of the quantity.
    pub line_total: Option<String>,
    /// Discount of the whole line; its sign does not matter.
    pub discount_amount: Option<String>,
    /// Tax of the whole line.
    pub tax_amount: Option<String>,
    /// Whether prices and totals of the file contain the tax.
    #[serde(default = "yes")]
    pub tax_included: bool,
    /// The sales channel.
    pub channel: Option<String>,
    /// The payment state, in lower case afterwards.
    pub financial_status: Option<String>,
    /// Currency of the line (ISO 4217).
    pub currency: Option<String>,
    /// How a credit note is told from a sale. Without it a negative quantity is a return inside its order.
    pub credit_note: Option<CreditNote>,
}

fn yes() -> bool {
    true
}

impl OrderColumns {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.order_id.is_some() == self.order_per_line {
            let text = "say how lines form orders: give either `order_id` with the column of the order number, or `order_per_line: true`";
            return Err(("orders", text.into()));
        }
        match (&self.unit_price, &self.line_total) {
            (None, None) => {
                return Err((
                    "orders",
                    "no amount is given: add `unit_price` (with `quantity`) or `line_total`".into(),
                ));
            }
            (Some(_), None) if self.quantity.is_none() => {
                return Err((
                    "unit_price",
                    "`unit_price` needs `quantity`: add it, or give `line_total`".into(),
                ));
            }
            _ => {}
        }
        if !self.tax_included && self.tax_amount.is_none() {
            let text = "`tax_included: false` needs `tax_amount`: the ledger's amounts contain their tax";
            return Err(("tax_included", text.into()));
        }
        self.credit_note.as_ref().map_or(Ok(()), CreditNote::check)
    }
}

/// The rule for credit notes: either a prefix in a column or the sign of the quantity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditNote {
    /// The column that tells.
    pub column: Option<String>,
    /// How its text begins on a credit note.
    pub prefix: Option<String>,
    /// Lines with a negative quantity form the credit note of their order, with the id `<order>/credit`.
    #[serde(default)]
    pub negative_quantity: bool,
}

impl CreditNote {
    fn check(&self) -> Result<(), Refusal> {
        let by_prefix =
            self.column.is_some() && self.prefix.as_ref().is_some_and(|prefix| !prefix.is_empty());
        let half = !by_prefix && (self.column.is_some() || self.prefix.is_some());
        if half || by_prefix == self.negative_quantity {
            let text = "`credit_note` needs one rule: `column` with `prefix`, or `negative_quantity: true`";
            return Err(("credit_note", text.into()));
        }
        Ok(())
    }
}

/// What a unit cost is keyed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The merchant's stock keeping unit.
    #[default]
    Sku,
    /// The platform's variant id.
    Variant,
    /// The platform's product id.
    Product,
    /// The product's type.
    ProductType,
    /// The product's vendor.
    Supplier,
    /// One delivery from the supplier.
    Lot,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Variant => "variant",
            Self::Product => "product",
            Self::ProductType => "product_type",
            Self::Supplier => "supplier",
            Self::Lot => "lot",
        }
    }
}

/// Columns of a cost sheet.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostColumns {
    /// What `scope_id` names.
    #[serde(default)]
    pub scope: Scope,
    /// The stock keeping unit, variant id, vendor …
    pub scope_id: String,
    /// Cost of one unit without tax.
    pub unit_cost: String,
    /// Currency of the cost (ISO 4217).
    pub currency: Option<String>,
    /// First day it holds; empty: since ever.
    pub valid_from: Option<String>,
    /// Last day it holds; empty: without end.
    pub valid_to: Option<String>,
    /// Country of delivery by its two letters; empty: any.
    pub country: Option<String>,
    /// Units of an order line from which it holds; empty: 1.
    pub min_quantity: Option<String>,
    /// Whether the sheet holds guesses, which any record of the same scope beats.
    #[serde(default)]
    pub estimate: bool,
}

/// Columns of a list of customers.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerColumns {
    /// The customer's id.
    pub customer_id: String,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// When the customer was first known.
    pub created_at: Option<String>,
}

/// Columns of a list of exchange rates.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateColumns {
    /// The day on which the rate holds.
    pub day: String,
    /// The currency of which one unit is priced (ISO 4217).
    pub base: String,
    /// The currency in which it is priced (ISO 4217).
    pub quote: String,
    /// Units of `quote` for one of `base`.
    pub rate: String,
}

/// Columns of any other number over time.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiColumns {
    /// The column with the metric's name.
    pub metric: Option<String>,
    /// The metric's name where all rows have the same; not a column.
    pub metric_name: Option<String>,
    /// The number.
    pub value: String,
    /// When it was so.
    pub timestamp: String,
    /// Columns kept beside it as text.
    #[serde(default)]
    pub metadata: Vec<String>,
}

impl KpiColumns {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.metric.is_some() == self.metric_name.is_some() {
            let text = "name the metric: give either `metric` with its column, or `metric_name` with the name itself";
            return Err(("kpi_points", text.into()));
        }
        Ok(())
    }
}
