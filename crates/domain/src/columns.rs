//! The columns of every canonical table beside the common ones, in their stored order.

use crate::Column;
use crate::Kind::{self, Bool, Date, Decimal, Int, Json, Text, Time};

const fn c(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: false }
}

const fn r(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: true }
}

pub(crate) const ACCOUNTS: &[Column] = &[
    r("kind", Text), // shop | ad_account
    c("name", Text),
    r("currency", Text),
    r("time_zone", Text),
];

pub(crate) const CUSTOMERS: &[Column] =
    &[c("name", Text), c("email", Text), c("country", Text), c("created_at", Time), c("updated_at", Time)];

pub(crate) const PRODUCTS: &[Column] = &[
    c("title", Text),
    c("vendor", Text),
    c("product_type", Text),
    c("status", Text),
    c("is_gift_card", Bool),
    c("created_at", Time),
    c("updated_at", Time),
];

pub(crate) const VARIANTS: &[Column] = &[
    c("product_id", Text),
    c("title", Text),
    c("sku", Text),
    c("price", Decimal),
    c("unit_cost", Decimal),
    c("unit_cost_currency", Text),
    c("updated_at", Time),
];

pub(crate) const ORDERS: &[Column] = &[
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
];

pub(crate) const ORDER_LINES: &[Column] = &[
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
];

pub(crate) const SALE_EVENTS: &[Column] = &[
    r("order_id", Text),
    c("agreement_id", Text),
    c("line_id", Text),
    r("happened_at", Time),
    r("reason", Text),             // order | edit | refund | return | unknown
    r("action", Text),             // order | update | return | unknown
    r("kind", Text), // product | shipping | tip | duty | gift_card | fee | additional_fee | adjustment | unknown
    c("quantity", Int), // signed
    r("total_amount", Decimal), // signed, after discounts, with tax
    r("tax_amount", Decimal), // signed
    r("discount_amount", Decimal), // signed, without tax; positive where it lowered a sale
    r("currency", Text),
];

pub(crate) const REFUND_LINES: &[Column] = &[
    r("order_id", Text),
    c("refund_id", Text),
    r("line_id", Text),
    r("refunded_at", Time),
    r("quantity", Int),
    r("restocked", Bool),
];

pub(crate) const PAYMENT_TRANSACTIONS: &[Column] = &[
    r("order_id", Text),
    c("parent_id", Text),
    c("processed_at", Time),
    r("kind", Text), // sale | capture | authorization | refund | void | change
    c("status", Text),
    c("gateway", Text),
    c("amount", Decimal),
    c("currency", Text),
    c("is_test", Bool),
];

pub(crate) const PAYMENT_FEES: &[Column] = &[
    r("order_id", Text),
    c("transaction_id", Text),
    c("charged_at", Time),
    c("gateway", Text),
    c("fee_type", Text),
    r("amount", Decimal), // without the tax on the fee; positive where it was charged
    c("tax_amount", Decimal),
    r("currency", Text),
];

pub(crate) const TOUCHPOINTS: &[Column] = &[
    r("order_id", Text),
    r("position", Text), // first | last
    c("occurred_at", Time),
    c("referrer_source", Text), // the platform's word for where a visit came from; `source` is the row's platform
    c("utm_source", Text),
    c("utm_medium", Text),
    c("utm_campaign", Text),
    c("utm_content", Text),
    c("utm_term", Text),
    c("landing_page", Text),
    c("referrer", Text),
];

pub(crate) const AD_ENTITIES: &[Column] = &[
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
];

pub(crate) const AD_DAYS: &[Column] = &[
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
];

pub(crate) const UNIT_COSTS: &[Column] = &[
    r("scope", Text), // variant | sku
    r("scope_id", Text),
    r("unit_cost", Decimal),
    r("currency", Text),
    c("valid_from", Date), // null: since ever
    r("kind", Text),       // actual | manual
    r("recorded_at", Time),
];

pub(crate) const KPI_POINTS: &[Column] =
    &[r("metric", Text), r("value", Decimal), r("timestamp", Time), c("metadata", Json)];
