//! The canonical tables: names, columns and ownership. Both stores derive their schema from this list.

use crate::{Value, columns};
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
    /// What a platform knows of the way to an order; its id is the order's id at the shop.
    Journeys,
    /// Visits before orders.
    Touchpoints,
    /// Campaigns, ad sets and ads.
    AdEntities,
    /// What one ad cost and brought on one day of the ad account's zone.
    AdDays,
    /// Unit costs with their period: the cost book.
    UnitCosts,
    /// Money that a payment provider or marketplace moved on the merchant's balance.
    BalanceTransactions,
    /// Transfers of a balance to the merchant's bank.
    Payouts,
    /// Subscriptions of customers.
    Subscriptions,
    /// Changes of subscriptions.
    SubscriptionChanges,
    /// Invoices.
    Invoices,
    /// Campaigns, flows and automations that send messages.
    MessageCampaigns,
    /// What a campaign or flow sent, brought and cost by day.
    MessageDays,
    /// What people did, as a messaging or CRM platform counts it.
    ProfileEvents,
    /// People in a messaging or CRM platform.
    Contacts,
    /// Companies in a CRM.
    Companies,
    /// Deals (opportunities) in a CRM.
    Deals,
    /// Stages of a CRM's pipelines.
    DealStages,
    /// Visits by day and by what brought them.
    WebDays,
    /// What an attribution platform credits to ads, campaigns and channels by day.
    AttributionDays,
    /// Costs that a person or sheet states for a period.
    ManualCosts,
    /// What currencies were worth in others, by day.
    FxRates,
    /// Any other number over time.
    KpiPoints,
    /// Unit costs as a listing of the merchant says them now; what it said before lies in the cost book.
    ListedCosts,
    /// What a subscription to something costs.
    Prices,
    /// Tiers of prices that depend on the quantity.
    PriceTiers,
    /// What discounts take off.
    Coupons,
    /// What a subscription holds, each with its price.
    SubscriptionItems,
    /// Discounts of subscriptions and of their items, in the order in which they are taken off.
    SubscriptionDiscounts,
}

impl Table {
    /// All tables, owners before what they own.
    pub const ALL: [Table; 38] = [
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
        Table::Journeys,
        Table::Touchpoints,
        Table::AdEntities,
        Table::AdDays,
        Table::UnitCosts,
        Table::BalanceTransactions,
        Table::Payouts,
        Table::Subscriptions,
        Table::SubscriptionChanges,
        Table::Invoices,
        Table::MessageCampaigns,
        Table::MessageDays,
        Table::ProfileEvents,
        Table::Contacts,
        Table::Companies,
        Table::Deals,
        Table::DealStages,
        Table::WebDays,
        Table::AttributionDays,
        Table::ManualCosts,
        Table::FxRates,
        Table::KpiPoints,
        Table::ListedCosts,
        Table::Prices,
        Table::PriceTiers,
        Table::Coupons,
        Table::SubscriptionItems,
        Table::SubscriptionDiscounts,
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
            Table::Journeys => "journeys",
            Table::Touchpoints => "touchpoints",
            Table::AdEntities => "ad_entities",
            Table::AdDays => "ad_days",
            Table::UnitCosts => "unit_costs",
            Table::BalanceTransactions => "balance_transactions",
            Table::Payouts => "payouts",
            Table::Subscriptions => "subscriptions",
            Table::SubscriptionChanges => "subscription_changes",
            Table::Invoices => "invoices",
            Table::MessageCampaigns => "message_campaigns",
            Table::MessageDays => "message_days",
            Table::ProfileEvents => "profile_events",
            Table::Contacts => "contacts",
            Table::Companies => "companies",
            Table::Deals => "deals",
            Table::DealStages => "deal_stages",
            Table::WebDays => "web_days",
            Table::AttributionDays => "attribution_days",
            Table::ManualCosts => "manual_costs",
            Table::FxRates => "fx_rates",
            Table::KpiPoints => "kpi_points",
            Table::ListedCosts => "listed_costs",
            Table::Prices => "prices",
            Table::PriceTiers => "price_tiers",
            Table::Coupons => "coupons",
            Table::SubscriptionItems => "subscription_items",
            Table::SubscriptionDiscounts => "subscription_discounts",
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
            | Table::PaymentFees => Some((Table::Orders, "order_id")),
            // visits become known later than the order, and of a source that keeps no orders
            Table::Touchpoints => Some((Table::Journeys, "order_id")),
            Table::SubscriptionItems | Table::SubscriptionDiscounts => {
                Some((Table::Subscriptions, "subscription_id"))
            }
            Table::PriceTiers => Some((Table::Prices, "price_id")),
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
            Table::Accounts => columns::ACCOUNTS,
            Table::Customers => columns::CUSTOMERS,
            Table::Products => columns::PRODUCTS,
            Table::Variants => columns::VARIANTS,
            Table::Orders => columns::ORDERS,
            Table::OrderLines => columns::ORDER_LINES,
            Table::SaleEvents => columns::SALE_EVENTS,
            Table::RefundLines => columns::REFUND_LINES,
            Table::PaymentTransactions => columns::PAYMENT_TRANSACTIONS,
            Table::PaymentFees => columns::PAYMENT_FEES,
            Table::Journeys => columns::JOURNEYS,
            Table::Touchpoints => columns::TOUCHPOINTS,
            Table::AdEntities => columns::AD_ENTITIES,
            Table::AdDays => columns::AD_DAYS,
            Table::UnitCosts => columns::UNIT_COSTS,
            Table::BalanceTransactions => columns::BALANCE_TRANSACTIONS,
            Table::Payouts => columns::PAYOUTS,
            Table::Subscriptions => columns::SUBSCRIPTIONS,
            Table::SubscriptionChanges => columns::SUBSCRIPTION_CHANGES,
            Table::Invoices => columns::INVOICES,
            Table::MessageCampaigns => columns::MESSAGE_CAMPAIGNS,
            Table::MessageDays => columns::MESSAGE_DAYS,
            Table::ProfileEvents => columns::PROFILE_EVENTS,
            Table::Contacts => columns::CONTACTS,
            Table::Companies => columns::COMPANIES,
            Table::Deals => columns::DEALS,
            Table::DealStages => columns::DEAL_STAGES,
            Table::WebDays => columns::WEB_DAYS,
            Table::AttributionDays => columns::ATTRIBUTION_DAYS,
            Table::ManualCosts => columns::MANUAL_COSTS,
            Table::FxRates => columns::FX_RATES,
            Table::KpiPoints => columns::KPI_POINTS,
            Table::ListedCosts => columns::LISTED_COSTS,
            Table::Prices => columns::PRICES,
            Table::PriceTiers => columns::PRICE_TIERS,
            Table::Coupons => columns::COUPONS,
            Table::SubscriptionItems => columns::SUBSCRIPTION_ITEMS,
            Table::SubscriptionDiscounts => columns::SUBSCRIPTION_DISCOUNTS,
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
            // every row carries these beside its own, so a table's own column cannot have such a name
            for common in
                ["workspace_id", "connection_id", "source", "source_id", "version", "observed_at", "raw_ref"]
            {
                assert!(!columns.contains(common), "{}.{common}", table.name());
            }
            if let Some((_, column)) = table.owner() {
                assert!(columns.contains(column));
            }
        }
    }

    #[test]
    fn a_row_is_checked_by_name() {
        let mut row = Row::empty(Table::Accounts, "1".into());
        row.set("currency", Value::Text("GBP".into()));
        assert_eq!(row.check(), Err(RowError::Missing { table: "accounts", column: "kind" }));
        row.set("kind", Value::Text("shop".into()));
        row.set("time_zone", Value::Int(3));
        assert_eq!(
            row.check(),
            Err(RowError::Kind { table: "accounts", column: "time_zone", expected: Kind::Text })
        );
        row.set("time_zone", Value::Text("Europe/London".into()));
        assert_eq!(row.check(), Ok(()));
    }
}
