//! The canonical tables: names, columns and ownership. Both stores derive their schema from this list.

use crate::Value;
use Kind::{Bool, Date, Decimal, Int, Json, Text, Time};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// 64-bit whole number.
    Int,
    /// Exact decimal; amounts are in major units of the row's currency.
    Decimal,
    /// True or false.
    Bool,
    /// Instant, UTC, microseconds.
    Time,
    /// Calendar day in the zone the row names.
    Date,
    /// JSON text.
    Json,
}

impl Kind {
    /// Whether a value may stand in a column of this kind (null always may, unless required).
    #[must_use]
    pub fn admits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null)
                | (Text, Value::Text(_))
                | (Int, Value::Int(_))
                | (Decimal, Value::Decimal(_))
                | (Bool, Value::Bool(_))
                | (Time, Value::Time(_))
                | (Date, Value::Date(_))
                | (Json, Value::Json(_))
        )
    }
}

/// One column of a canonical table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name, the same in manifest, SQL, API and UI.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row without it is quarantined.
    pub required: bool,
}

const fn c(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: false }
}

const fn r(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: true }
}

/// A canonical table. Every row also carries `workspace_id, connection_id, source, source_id, version,
/// observed_at, raw_ref`; those are not listed in [`Table::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Shops and ad accounts: name, currency, time zone.
    Accounts,
    /// Customers.
    Customers,
    /// Products.
    Products,
    /// Variants with their current unit cost.
    Variants,
    /// Orders.
    Orders,
    /// Lines of orders.
    OrderLines,
    /// The signed ledger: one row per money movement of an order, dated by its own day.
    SaleEvents,
    /// Units that came back, and whether they went back on the shelf.
    RefundLines,
    /// Payments, refunds and authorisations of orders.
    PaymentTransactions,
    /// Fees that a payment provider charged.
    PaymentFees,
    /// How the customer found the shop.
    Touchpoints,
    /// Campaigns, ad sets and ads.
    AdEntities,
    /// What one ad cost and brought on one day of the ad account's zone.
    AdDays,
    /// Unit costs with their period: the cost book.
    UnitCosts,
    /// Any other number over time.
    KpiPoints,
}

impl Table {
    /// All tables, owners before what they own.
    pub const ALL: [Table; 15] = [
        Table::Accounts,
        Table::Customers,
        Table::Products,
        Table::Variants,
        Table::Orders,
        Table::OrderLines,
        Table::SaleEvents,
        Table::RefundLines,
        Table::PaymentTransactions,
        Table::PaymentFees,
        Table::Touchpoints,
        Table::AdEntities,
        Table::AdDays,
        Table::UnitCosts,
        Table::KpiPoints,
    ];

    /// The table's name in SQL, manifests and API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Accounts => "accounts",
            Table::Customers => "customers",
            Table::Products => "products",
            Table::Variants => "variants",
            Table::Orders => "orders",
            Table::OrderLines => "order_lines",
            Table::SaleEvents => "sale_events",
            Table::RefundLines => "refund_lines",
            Table::PaymentTransactions => "payment_transactions",
            Table::PaymentFees => "payment_fees",
            Table::Touchpoints => "touchpoints",
            Table::AdEntities => "ad_entities",
            Table::AdDays => "ad_days",
            Table::UnitCosts => "unit_costs",
            Table::KpiPoints => "kpi_points",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The table whose row owns rows of this one, and the column that holds the owner's `source_id`.
    #[must_use]
    pub fn owner(self) -> Option<(Table, &'static str)> {
        match self {
            Table::OrderLines
            | Table::SaleEvents
            | Table::RefundLines
            | Table::PaymentTransactions
            | Table::PaymentFees
            | Table::Touchpoints => Some((Table::Orders, "order_id")),
            _ => None,
        }
    }

    /// Tables whose rows a row of this one owns.
    pub fn owned(self) -> impl Iterator<Item = Table> {
        Table::ALL.into_iter().filter(move |table| table.owner().is_some_and(|(owner, _)| owner == self))
    }

    /// Position of a column.
    #[must_use]
    pub fn column_index(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }

    /// The columns beside the common ones.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Table::Accounts => &[
                r("kind", Text), // shop | ad_account
                c("name", Text),
                r("currency", Text),
                r("time_zone", Text),
            ],
            Table::Customers => &[
                c("name", Text),
                c("email", Text),
                c("country", Text),
                c("created_at", Time),
                c("updated_at", Time),
            ],
            Table::Products => &[
                c("title", Text),
                c("vendor", Text),
                c("product_type", Text),
                c("status", Text),
                c("is_gift_card", Bool),
                c("created_at", Time),
                c("updated_at", Time),
            ],
            Table::Variants => &[
                c("product_id", Text),
                c("title", Text),
                c("sku", Text),
                c("price", Decimal),
                c("unit_cost", Decimal),
                c("unit_cost_currency", Text),
                c("updated_at", Time),
            ],
            Table::Orders => &[
                r("name", Text),
                r("placed_at", Time),
                c("created_at", Time),
                c("updated_at", Time),
                c("cancelled_at", Time),
                c("channel", Text),
                c("customer_id", Text),
                c("customer_name", Text),
                c("financial_status", Text), // paid | partially_paid | authorized | pending | voided | refunded …
                c("fulfillment_status", Text),
                c("is_test", Bool),
                r("currency", Text),
                c("presentment_currency", Text),
                c("taxes_included", Bool),
                c("total_price", Decimal),
                c("subtotal_price", Decimal),
                c("current_total_price", Decimal),
                c("total_tax", Decimal),
                c("total_discounts", Decimal),
                c("total_shipping", Decimal),
                c("total_refunded", Decimal),
                c("tags", Text),
            ],
            Table::OrderLines => &[
                r("order_id", Text),
                c("product_id", Text),
                c("variant_id", Text),
                c("sku", Text),
                c("title", Text),
                c("quantity", Int),
                c("current_quantity", Int),
                c("unit_price", Decimal), // as displayed: with tax where the order includes it
                c("is_gift_card", Bool),
                c("currency", Text),
            ],
            Table::SaleEvents => &[
                r("order_id", Text),
                c("agreement_id", Text),
                c("line_id", Text),
                r("happened_at", Time),
                r("reason", Text), // order | edit | refund | return | unknown
                r("action", Text), // order | update | return | unknown
                r("kind", Text), // product | shipping | tip | duty | gift_card | fee | additional_fee | adjustment | unknown
                c("quantity", Int),        // signed
                r("total_amount", Decimal), // signed, after discounts, with tax
                r("tax_amount", Decimal),   // signed
                r("discount_amount", Decimal), // signed, without tax; positive where it lowered a sale
                r("currency", Text),
            ],
            Table::RefundLines => &[
                r("order_id", Text),
                c("refund_id", Text),
                r("line_id", Text),
                r("refunded_at", Time),
                r("quantity", Int),
                r("restocked", Bool),
            ],
            Table::PaymentTransactions => &[
                r("order_id", Text),
                c("parent_id", Text),
                c("processed_at", Time),
                r("kind", Text), // sale | capture | authorization | refund | void | change
                c("status", Text),
                c("gateway", Text),
                c("amount", Decimal),
                c("currency", Text),
                c("is_test", Bool),
            ],
            Table::PaymentFees => &[
                r("order_id", Text),
                c("transaction_id", Text),
                c("charged_at", Time),
                c("gateway", Text),
                c("fee_type", Text),
                r("amount", Decimal), // without the tax on the fee; positive where it was charged
                c("tax_amount", Decimal),
                r("currency", Text),
            ],
            Table::Touchpoints => &[
                r("order_id", Text),
                r("position", Text), // first | last
                c("occurred_at", Time),
                c("source", Text),
                c("utm_source", Text),
                c("utm_medium", Text),
                c("utm_campaign", Text),
                c("utm_content", Text),
                c("utm_term", Text),
                c("landing_page", Text),
                c("referrer", Text),
            ],
            Table::AdEntities => &[
                r("level", Text), // campaign | ad_set | ad
                c("parent_id", Text),
                c("account_id", Text),
                c("name", Text),
                c("status", Text),
                c("effective_status", Text),
                c("objective", Text),
                c("daily_budget", Decimal),
                c("lifetime_budget", Decimal),
                c("currency", Text),
                c("created_at", Time),
                c("updated_at", Time),
            ],
            Table::AdDays => &[
                r("day", Date),
                r("level", Text),
                r("entity_id", Text),
                c("campaign_id", Text),
                c("campaign_name", Text),
                c("ad_set_id", Text),
                c("account_id", Text),
                r("currency", Text),
                c("time_zone", Text),
                r("spend", Decimal),
                c("impressions", Int),
                c("clicks", Int),
                c("conversions", Decimal),
                c("conversion_value", Decimal),
                c("provisional", Bool), // the platform may still restate the day
            ],
            Table::UnitCosts => &[
                r("scope", Text), // variant | sku
                r("scope_id", Text),
                r("unit_cost", Decimal),
                r("currency", Text),
                c("valid_from", Date), // null: since ever
                r("kind", Text),       // actual | manual
                r("recorded_at", Time),
            ],
            Table::KpiPoints => &[
                r("metric", Text),
                r("value", Decimal),
                r("timestamp", Time),
                c("metadata", Json),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, RowError};
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_owner_columns_exist() {
        let mut names = HashSet::new();
        for table in Table::ALL {
            assert!(names.insert(table.name()));
            assert_eq!(Table::from_name(table.name()), Some(table));
            let columns: HashSet<_> = table.columns().iter().map(|column| column.name).collect();
            assert_eq!(columns.len(), table.columns().len(), "{}", table.name());
            if let Some((_, column)) = table.owner() {
                assert!(columns.contains(column));
            }
        }
    }

    #[test]
    fn a_row_is_checked_by_name() {
        let mut row = Row::empty(Table::Accounts, "1".into());
        row.set("kind", Value::Text("shop".into()));
        row.set("currency", Value::Text("GBP".into()));
        assert_eq!(row.check(), Err(RowError::Missing { table: "accounts", column: "time_zone" }));
        row.set("time_zone", Value::Int(3));
        assert_eq!(
            row.check(),
            Err(RowError::Kind { table: "accounts", column: "time_zone", expected: Kind::Text })
        );
        row.set("time_zone", Value::Text("Europe/London".into()));
        assert_eq!(row.check(), Ok(()));
    }
}
