//! The columns of every canonical table beside the common ones, in their stored order.

use crate::Column;
use crate::Kind::{self, Bool, Date, Decimal, Int, Json, Text, Time};

mod billing;

pub(crate) use billing::*;

const fn c(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: false }
}

const fn r(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, required: true }
}

pub(crate) const ACCOUNTS: &[Column] = &[
    r("kind", Text), // shop | ad_account | property | workspace
    c("name", Text),
    c("currency", Text), // null: the platform's account has none
    c("time_zone", Text),
];

pub(crate) const CUSTOMERS: &[Column] = &[
    c("name", Text),
    c("email", Text),
    c("country", Text),
    c("created_at", Time),
    c("updated_at", Time),
    c("email_consent", Text), // subscribed | unsubscribed | never_subscribed | pending
    c("email_consent_at", Time),
];

pub(crate) const PRODUCTS: &[Column] = &[
    c("title", Text),
    c("vendor", Text),
    c("product_type", Text),
    c("status", Text),
    c("is_gift_card", Bool),
    c("created_at", Time),
    c("updated_at", Time),
    c("tags", Text), // separated by commas
];

pub(crate) const VARIANTS: &[Column] = &[
    c("product_id", Text),
    c("title", Text),
    c("sku", Text),
    c("price", Decimal),
    c("unit_cost", Decimal),
    c("unit_cost_currency", Text),
    c("updated_at", Time),
    c("weight_grams", Decimal),
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
    c("shipping_country", Text), // two letters (ISO 3166)
    c("total_grams", Decimal),   // of all goods as they were ordered
    c("customer_email", Text),
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
    c("lot", Text), // the delivery from the supplier that the units were taken of
    c("requires_shipping", Bool),
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
    c("method", Text), // the platform's word, such as visa
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

pub(crate) const JOURNEYS: &[Column] = &[
    r("is_known", Bool), // false: the platform has not linked the order's visits to it yet
    c("visits", Int),    // as many as the platform counts
    c("created_at", Time),
    c("updated_at", Time),
];

pub(crate) const TOUCHPOINTS: &[Column] = &[
    r("order_id", Text),
    c("position", Text), // first | last, of a source that knows no others
    c("occurred_at", Time),
    c("referrer_source", Text), // the platform's word for where a visit came from; `source` is the row's platform
    c("utm_source", Text),
    c("utm_medium", Text),
    c("utm_campaign", Text),
    c("utm_content", Text),
    c("utm_term", Text),
    c("landing_page", Text),
    c("referrer", Text),
    c("campaign_id", Text), // these three where the source knows the ad, and not only the address
    c("ad_set_id", Text),
    c("ad_id", Text),
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
    r("level", Text), // campaign | ad: a source writes the one that holds all its spend
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
    r("scope", Text),    // shop | supplier | product_type | product | variant | sku | lot
    r("scope_id", Text), // empty for the whole shop
    r("unit_cost", Decimal),
    r("currency", Text),
    c("valid_from", Date), // null: since ever
    r("kind", Text),       // actual | manual | estimate
    r("recorded_at", Time),
    c("country", Text),     // of delivery; null: any
    c("min_quantity", Int), // of the order line; null: 1
    c("valid_to", Date),    // inclusive; null: without end
    c("replaces", Text),    // connection/source_id of the row whose place it takes
    c("withdrawn", Bool),   // it only takes back the row that it replaces
    c("recorded_by", Text),
    c("note", Text),
];

pub(crate) const KPI_POINTS: &[Column] =
    &[r("metric", Text), r("value", Decimal), r("timestamp", Time), c("metadata", Json)];

/// Money that a payment provider or marketplace moved on the merchant's balance there.
pub(crate) const BALANCE_TRANSACTIONS: &[Column] = &[
    r("kind", Text), // charge | refund | fee | payout | dispute | adjustment | transfer | other
    c("platform_kind", Text), // the platform's own word
    r("gross", Decimal),
    c("fee", Decimal), // positive when it was charged
    c("net", Decimal),
    r("currency", Text),
    r("created_at", Time),
    c("available_at", Time),
    c("status", Text),
    c("order_ref", Text),  // the order's name or id as this platform knows it
    c("source_ref", Text), // what caused it: a charge, refund or shipment
    c("payout_id", Text),
    c("description", Text),
    c("breakdown", Json),   // the platform's own parts of the amounts
    c("payment_ref", Text), // the payment that it belongs to: a refund's or dispute's charge, a charge itself
];

pub(crate) const PAYOUTS: &[Column] = &[
    r("amount", Decimal),
    r("currency", Text),
    c("status", Text),
    c("created_at", Time),
    c("arrives_on", Date),
    c("method", Text),
];

pub(crate) const SUBSCRIPTIONS: &[Column] = &[
    c("customer_id", Text),
    r("status", Text),
    c("currency", Text),
    c("amount", Decimal), // of one period, all items that are not metered, before discounts
    c("interval", Text),  // day | week | month | year
    c("interval_count", Int),
    c("started_at", Time),
    c("period_start", Time),
    c("period_end", Time),
    c("trial_ends_at", Time),
    c("cancel_at_period_end", Bool),
    c("canceled_at", Time),
    c("ended_at", Time),
    c("plan", Text),
    c("tax_included", Bool), // whether `amount` holds tax
    c("discount_percent", Decimal),
    c("discount_amount", Decimal), // off one period
    c("discount_duration", Text),  // forever | once | repeating
    c("discount_ends_at", Time),
];

pub(crate) const SUBSCRIPTION_CHANGES: &[Column] = &[
    r("subscription_id", Text),
    r("kind", Text), // created | updated | canceled
    r("changed_at", Time),
    c("status", Text),
    c("amount", Decimal),
    c("currency", Text),
];

pub(crate) const INVOICES: &[Column] = &[
    c("customer_id", Text),
    c("subscription_id", Text),
    c("number", Text),
    r("status", Text),
    r("currency", Text),
    r("total", Decimal),
    c("tax", Decimal),
    c("amount_paid", Decimal),
    c("amount_due", Decimal),
    r("created_at", Time),
    c("paid_at", Time),
    c("due_at", Time),
];

pub(crate) const MESSAGE_CAMPAIGNS: &[Column] = &[
    r("kind", Text),    // campaign | flow | automation | keyword
    c("channel", Text), // email | sms | push | whatsapp
    c("name", Text),
    c("subject", Text),
    c("status", Text),
    c("scheduled_at", Time),
    c("sent_at", Time),
    c("created_at", Time),
    c("updated_at", Time),
];

/// What one campaign or flow sent and brought on one day, or in all where the platform does not tell by day.
pub(crate) const MESSAGE_DAYS: &[Column] = &[
    c("day", Date),   // null: in all
    c("until", Date), // last day of a row that covers more than one
    r("campaign_id", Text),
    c("campaign_name", Text),
    c("channel", Text),
    c("time_zone", Text),
    c("sent", Int),
    c("delivered", Int),
    c("opened", Int),
    c("clicked", Int),
    c("bounced", Int),
    c("unsubscribed", Int),
    c("conversions", Decimal),
    c("conversion_value", Decimal),
    c("cost", Decimal),
    c("currency", Text),
    c("provisional", Bool), // the platform may still restate it
];

/// What a person did, as a messaging or CRM platform counts it.
pub(crate) const PROFILE_EVENTS: &[Column] = &[
    r("metric", Text),
    c("metric_name", Text),
    c("contact_id", Text),
    r("happened_at", Time),
    c("value", Decimal),
    c("campaign_id", Text),
    c("order_ref", Text),
    c("properties", Json),
];

pub(crate) const CONTACTS: &[Column] = &[
    c("email", Text),
    c("phone", Text),
    c("first_name", Text),
    c("last_name", Text),
    c("company_id", Text),
    c("stage", Text),
    c("lead_source", Text),
    c("country", Text),
    c("email_consent", Text), // subscribed | unsubscribed | never_subscribed
    c("sms_consent", Text),
    c("deleted", Bool),
    c("created_at", Time),
    c("updated_at", Time),
    c("email_consent_at", Time), // when the person last said so
    c("sms_consent_at", Time),
];

pub(crate) const COMPANIES: &[Column] = &[
    c("name", Text),
    c("domain", Text),
    c("industry", Text),
    c("country", Text),
    c("deleted", Bool),
    c("created_at", Time),
    c("updated_at", Time),
];

pub(crate) const DEALS: &[Column] = &[
    c("name", Text),
    c("pipeline_id", Text),
    c("stage_id", Text),
    c("status", Text), // open | won | lost
    c("amount", Decimal),
    c("currency", Text),
    c("contact_id", Text),
    c("company_id", Text),
    c("closed_at", Time),
    c("deleted", Bool),
    c("created_at", Time),
    c("updated_at", Time),
];

pub(crate) const DEAL_STAGES: &[Column] = &[
    r("pipeline_id", Text),
    c("pipeline_name", Text),
    r("name", Text),
    c("position", Int),
    c("probability", Decimal), // 0 to 1
    c("outcome", Text),        // open | won | lost
];

/// Visits of one day, by what brought them.
pub(crate) const WEB_DAYS: &[Column] = &[
    r("day", Date),
    c("time_zone", Text),
    c("account_id", Text), // the property
    c("channel", Text),
    c("traffic_source", Text),
    c("medium", Text),
    c("campaign", Text),
    c("device", Text),
    c("country", Text),
    c("landing_page", Text),
    c("users", Int),
    c("sessions", Int),
    c("engaged_sessions", Int),
    c("page_views", Int),
    c("transactions", Decimal),
    c("revenue", Decimal),
    c("currency", Text),
    c("other_row", Bool), // the platform folded further values into this row
    c("sampled", Bool),   // the platform reckoned it from a sample
    c("provisional", Bool),
];

/// What an attribution platform credits to an ad, campaign or channel on one day. Its spend is a copy of the ad
/// platforms' and never added to theirs.
pub(crate) const ATTRIBUTION_DAYS: &[Column] = &[
    r("day", Date),
    r("level", Text), // channel | campaign | ad_set | ad | total
    c("entity_id", Text),
    c("entity_name", Text),
    c("channel", Text),
    c("model", Text), // such as last_click, linear, triple
    c("attribution_window", Text),
    c("currency", Text),
    c("time_zone", Text),
    c("spend", Decimal),
    c("clicks", Int),
    c("impressions", Int),
    c("orders", Decimal),
    c("revenue", Decimal),
    c("new_customer_orders", Decimal),
    c("new_customer_revenue", Decimal),
    c("provisional", Bool),
];

/// Costs that a person or sheet states for a day or a period.
pub(crate) const MANUAL_COSTS: &[Column] = &[
    r("category", Text),
    c("name", Text),
    r("amount", Decimal),
    r("currency", Text),
    r("since", Date),
    c("until", Date), // inclusive; null: the one day
];

/// What one unit of a currency was worth in another on one day.
pub(crate) const FX_RATES: &[Column] = &[
    r("day", Date), // of the publisher's zone
    r("base", Text),
    r("quote", Text),
    c("rate", Decimal), // units of `quote` for one of `base`; null: none was published for the day
    c("manual", Bool),  // the merchant's own word; it beats what is published
    c("recorded_at", Time), // null: when it was read
];

/// A line of a merchant's list of unit costs, as it stands now.
pub(crate) const LISTED_COSTS: &[Column] = &[
    r("scope", Text),
    r("scope_id", Text),
    r("unit_cost", Decimal),
    r("currency", Text),
    c("valid_from", Date), // null: since ever, or since the day on which the line changed
    c("valid_to", Date),   // inclusive; null: without end
    c("country", Text),    // of delivery; null: any
    c("min_quantity", Int), // of the order line; null: 1
    r("kind", Text),       // actual | manual | estimate
];
