//! The columns of what subscriptions are made of: items, prices with their tiers, coupons and discounts.

use super::{c, r};
use crate::Column;
use crate::Kind::{Bool, Decimal, Int, Text, Time};

pub(crate) const PRICES: &[Column] = &[
    c("product_id", Text),
    c("name", Text),
    r("currency", Text),
    c("scheme", Text),         // per_unit | tiered
    c("tiers_mode", Text),     // graduated | volume
    c("unit_amount", Decimal), // of one unit or package; null where tiers tell
    c("package_size", Int),    // units that are sold together; null: 1
    c("package_round", Text),  // up | down: what a part of a package counts as
    c("usage", Text),          // licensed | metered
    c("interval", Text),
    c("interval_count", Int),
    c("tax_included", Bool),
    c("active", Bool),
    c("created_at", Time),
];

pub(crate) const PRICE_TIERS: &[Column] = &[
    r("price_id", Text),
    r("place", Int),     // from 0
    c("up_to", Decimal), // the last unit of the tier; null: all that follow
    c("unit_amount", Decimal),
    c("flat_amount", Decimal), // once, where the quantity reaches the tier
];

pub(crate) const COUPONS: &[Column] = &[
    c("name", Text),
    c("percent", Decimal),
    c("amount", Decimal),
    c("currency", Text),
    c("duration", Text), // forever | once | repeating
    c("months", Int),
    c("created_at", Time),
];

pub(crate) const SUBSCRIPTION_ITEMS: &[Column] = &[
    r("subscription_id", Text),
    c("price_id", Text),
    c("quantity", Decimal),
    c("unit_amount", Decimal), // null where tiers tell
    c("scheme", Text),         // per_unit | tiered
    c("package_size", Int),
    c("package_round", Text),
    c("usage", Text), // licensed | metered
];

pub(crate) const SUBSCRIPTION_DISCOUNTS: &[Column] = &[
    r("subscription_id", Text),
    c("item_id", Text), // null: of the whole subscription
    r("place", Int),    // from 0; taken off in this order
    c("coupon_id", Text),
    c("percent", Decimal),
    c("amount", Decimal), // off one period
    c("duration", Text),  // forever | once | repeating
    c("ends_at", Time),
];
