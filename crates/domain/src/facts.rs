//! What the economics of an order are computed from, and what comes out: typed facts that the warehouse reads
//! from the canonical tables, and the ladder that it stores.
//!
//! Every amount is an exact decimal in major units. Facts carry the currency in which the source wrote them;
//! a [`Ladder`] is always in the workspace's reporting currency. Instants are UTC, days are local days of the
//! workspace's time zone (ad days: of the ad account's zone).

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Currency;

/// A closed set of words as they stand in SQL, manifest and API; anything else has no value.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in SQL, manifest and API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of that word.
            #[must_use]
            pub fn from_name(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Why the platform wrote an entry of the sales ledger (`sale_events.reason`).
    EventReason {
        /// The order was placed.
        Order = "order",
        /// The order was edited.
        Edit = "edit",
        /// Money was given back.
        Refund = "refund",
        /// Goods came back.
        Return = "return",
        /// A reason this version does not know.
        Unknown = "unknown",
    }
}

words! {
    /// What an entry of the sales ledger does (`sale_events.action`).
    EventAction {
        /// Sells.
        Order = "order",
        /// Changes what was sold; signed.
        Update = "update",
        /// Takes back; amounts are negative.
        Return = "return",
        /// An action this version does not know.
        Unknown = "unknown",
    }
}

words! {
    /// What an entry of the sales ledger is about (`sale_events.kind`).
    EventKind {
        /// Goods.
        Product = "product",
        /// Delivery charged to the customer.
        Shipping = "shipping",
        /// A tip: passed through, neither revenue nor cost.
        Tip = "tip",
        /// Import duty: passed through, neither revenue nor cost.
        Duty = "duty",
        /// A gift card: a liability until it is redeemed, never a sale.
        GiftCard = "gift_card",
        /// A fee charged to the customer, such as a restocking fee.
        Fee = "fee",
        /// Any other charge added to the order.
        AdditionalFee = "additional_fee",
        /// A refund that differs from the goods' value (goodwill, restocking fee).
        Adjustment = "adjustment",
        /// A kind this version does not know.
        Unknown = "unknown",
    }
}

words! {
    /// What a unit cost is keyed by (`unit_costs.scope`).
    CostScope {
        /// The platform's variant id.
        Variant = "variant",
        /// The merchant's stock keeping unit.
        Sku = "sku",
    }
}

words! {
    /// Where a unit cost comes from (`unit_costs.kind`).
    CostKind {
        /// The platform's own record.
        Actual = "actual",
        /// The merchant's own cost sheet; it beats the platform's record of the same day.
        Manual = "manual",
    }
}

words! {
    /// How an order's cost of goods was found (`order_profit.cogs_source`).
    CogsSource {
        /// Every line by the platform's record.
        Actual = "actual",
        /// Every line by the merchant's cost sheet.
        Manual = "manual",
        /// Every line estimated by the default ratio.
        EstimateRatio = "estimate_ratio",
        /// No line has a cost, and the settings do not estimate by ratio.
        Missing = "missing",
        /// Lines differ.
        Mixed = "mixed",
        /// The order has no goods that cost something.
        None = "none",
    }
}

words! {
    /// Why an order is not counted (`order_profit.excluded_reason`).
    ExcludedReason {
        /// A test order.
        Test = "test",
        /// Its financial status is not among those that count.
        FinancialStatus = "financial_status",
        /// It is in another currency than the workspace reports in, and no rate is known. An error to show.
        Currency = "currency",
        /// One of its goods has no cost, and the settings make that an error. An error to show.
        MissingCost = "missing_cost",
    }
}

words! {
    /// A remark on an order (`order_profit.flags`).
    Flag {
        /// Something was given back.
        Refunded = "refunded",
        /// The order was cancelled.
        Cancelled = "cancelled",
        /// The order was edited after it was placed.
        Edited = "edited",
        /// A test order.
        Test = "test",
        /// It holds a gift card, which is not a sale.
        GiftCard = "gift_card",
        /// Some cost of goods is an estimate.
        EstimatedCost = "estimated_cost",
        /// Some goods have no cost at all.
        MissingCost = "missing_cost",
        /// A unit cost is in another currency and was treated as missing.
        CostCurrency = "cost_currency",
        /// A payment fee is in another currency and was not counted.
        FeeCurrency = "fee_currency",
        /// The order or a ledger entry is in another currency than the workspace reports in.
        ForeignCurrency = "foreign_currency",
        /// A ledger entry has a kind or an action that is not known.
        UnknownEvent = "unknown_event",
        /// A ledger entry of goods does not say how many units, so their cost could not be counted.
        UnknownQuantity = "unknown_quantity",
        /// More units were restocked than came back; the surplus gives no cost back.
        RestockSurplus = "restock_surplus",
        /// The order's goods were sold for nothing.
        ZeroTotal = "zero_total",
    }
}

/// A set of [`Flag`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u32);

impl Flags {
    /// Adds a flag.
    pub fn insert(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u32;
    }

    /// Whether the flag is in the set.
    #[must_use]
    pub fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u32) != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |flag| self.contains(*flag))
    }

    /// The flags' words, separated by commas: the form in which they are stored.
    #[must_use]
    pub fn to_text(self) -> String {
        self.iter().map(Flag::name).collect::<Vec<_>>().join(",")
    }

    /// Reads [`Flags::to_text`]; words of another version are ignored.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut flags = Self::default();
        text.split(',').filter_map(Flag::from_name).for_each(|flag| flags.insert(flag));
        flags
    }
}

/// An order with everything its economics depend on (`orders` and the tables it owns).
#[derive(Debug, Clone, PartialEq)]
pub struct OrderFacts {
    /// The connection it came through.
    pub connection_id: String,
    /// `orders.source_id`.
    pub order_id: String,
    /// The name people know it by, such as `#1001`.
    pub name: String,
    /// When it was placed (the platform's "processed at").
    pub placed_at: Timestamp,
    /// When the platform recorded it.
    pub created_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The sales channel; empty where the source says none.
    pub channel: String,
    /// The customer's `source_id`.
    pub customer_id: Option<String>,
    /// The platform's word in lower case: `paid`, `pending`, `refunded` …
    pub financial_status: Option<String>,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Currency of the order.
    pub currency: Currency,
    /// Whether displayed prices include tax. The ledger's amounts name their tax either way.
    pub taxes_included: bool,
    /// The order's version; copied to [`OrderProfit::version`].
    pub version: i64,
    /// Its lines.
    pub lines: Vec<LineFacts>,
    /// Its signed ledger, in any order.
    pub events: Vec<EventFacts>,
    /// Units that came back, in any order.
    pub refund_lines: Vec<RefundLineFacts>,
    /// Fees of payment providers, in any order.
    pub fees: Vec<FeeFacts>,
}

/// A line of an order (`order_lines`).
#[derive(Debug, Clone, PartialEq)]
pub struct LineFacts {
    /// `order_lines.source_id`.
    pub line_id: String,
    /// The product's `source_id`.
    pub product_id: Option<String>,
    /// The variant's `source_id`; key of its unit cost.
    pub variant_id: Option<String>,
    /// Stock keeping unit; second key of its unit cost.
    pub sku: Option<String>,
    /// What the customer read.
    pub title: String,
    /// Units ordered.
    pub quantity: i64,
    /// Displayed price of one unit, in the order's currency.
    pub unit_price: Option<Decimal>,
    /// Whether the line is a gift card.
    pub is_gift_card: bool,
}

/// An entry of the signed ledger (`sale_events`).
#[derive(Debug, Clone, PartialEq)]
pub struct EventFacts {
    /// `sale_events.source_id`.
    pub event_id: String,
    /// The line it is about.
    pub line_id: Option<String>,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Why it was written.
    pub reason: EventReason,
    /// What it does.
    pub action: EventAction,
    /// What it is about.
    pub kind: EventKind,
    /// Units, signed.
    pub quantity: Option<i64>,
    /// Signed, after discounts, with tax.
    pub total_amount: Decimal,
    /// Signed tax inside `total_amount`.
    pub tax_amount: Decimal,
    /// Signed, without tax; positive where it lowered a sale.
    pub discount_amount: Decimal,
    /// Currency of the amounts.
    pub currency: Currency,
}

/// Units that came back (`refund_lines`).
#[derive(Debug, Clone, PartialEq)]
pub struct RefundLineFacts {
    /// `refund_lines.source_id`.
    pub refund_line_id: String,
    /// The line they belong to.
    pub line_id: String,
    /// When they were refunded.
    pub refunded_at: Timestamp,
    /// How many, positive.
    pub quantity: i64,
    /// Whether they went back on the shelf; only then their cost comes back.
    pub restocked: bool,
}

/// A fee that a payment provider charged (`payment_fees`).
#[derive(Debug, Clone, PartialEq)]
pub struct FeeFacts {
    /// `payment_fees.source_id`.
    pub fee_id: String,
    /// When it was charged; the order's time where the source does not say.
    pub charged_at: Option<Timestamp>,
    /// Without the tax on the fee; positive where it was charged, negative where it was given back.
    pub amount: Decimal,
    /// Tax on the fee: reclaimed, so no cost.
    pub tax_amount: Option<Decimal>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The payment provider's name.
    pub gateway: Option<String>,
}

/// A row of the cost book (`unit_costs`). Rows are never overwritten; a later row of the same date wins.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitCostFact {
    /// What `scope_id` names.
    pub scope: CostScope,
    /// A variant's id or a stock keeping unit.
    pub scope_id: String,
    /// Cost of one unit without tax.
    pub unit_cost: Decimal,
    /// Currency of the cost.
    pub currency: Currency,
    /// First local day it holds; none: since ever.
    pub valid_from: Option<Date>,
    /// Where it comes from.
    pub kind: CostKind,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// What one ad account spent on one day (`ad_days` of level `ad`, summed).
#[derive(Debug, Clone, PartialEq)]
pub struct AdDayFact {
    /// Day of the ad account's zone.
    pub day: Date,
    /// The platform, as in `ad_days.source`.
    pub source: String,
    /// Currency of the ad account.
    pub currency: Currency,
    /// Money spent.
    pub spend: Decimal,
    /// Whether the platform may still restate the day.
    pub provisional: bool,
}

macro_rules! ladder {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// The steps from gross sales to net profit, in the reporting currency and without tax.
        ///
        /// `discounts`, `returns`, `cogs`, `shipping_costs`, `payment_fees` and `ad_spend` are positive amounts
        /// that are subtracted. Every field adds up over orders and days, so sums of stored rows are exact.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub struct Ladder { $($(#[$doc])* pub $field: Decimal),+ }

        impl Ladder {
            /// The fields' names: columns in SQL, keys in the API, in the order of [`Ladder::values`].
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            /// The amounts in the order of [`Ladder::FIELDS`].
            #[must_use]
            pub fn values(&self) -> [Decimal; [$(stringify!($field)),+].len()] {
                [$(self.$field),+]
            }

            /// The ladder of the amounts in the order of [`Ladder::FIELDS`].
            #[must_use]
            pub fn from_values(values: [Decimal; [$(stringify!($field)),+].len()]) -> Self {
                let [$($field),+] = values;
                Self { $($field),+ }
            }
        }

        impl AddAssign<&Ladder> for Ladder {
            fn add_assign(&mut self, other: &Ladder) {
                $(self.$field += other.$field;)+
            }
        }

        impl SubAssign<&Ladder> for Ladder {
            fn sub_assign(&mut self, other: &Ladder) {
                $(self.$field -= other.$field;)+
            }
        }

        impl Neg for Ladder {
            type Output = Ladder;
            fn neg(self) -> Ladder {
                Ladder { $($field: -self.$field),+ }
            }
        }
    };
}

ladder! {
    /// Units sold at their price before discounts; gift cards are not sales.
    gross_sales,
    /// Discounts on lines, with each line's share of the order's discounts.
    discounts,
    /// What net sales lose by returned goods: their value after their share of discounts.
    returns,
    /// `gross_sales - discounts - returns`.
    net_sales,
    /// Delivery charged, less its discounts and refunds.
    shipping_income,
    /// Fees charged to the customer and adjustments of refunds, signed.
    other_income,
    /// `net_sales + shipping_income + other_income`.
    net_revenue,
    /// Cost of the goods sold, less the cost of the goods that went back on the shelf.
    cogs,
    /// `net_revenue - cogs`.
    cm1,
    /// What sending the parcels cost the merchant.
    shipping_costs,
    /// Fees of payment providers, without tax.
    payment_fees,
    /// `cm1 - shipping_costs - payment_fees`.
    cm2,
    /// Money spent on advertising; only on days, never on an order.
    ad_spend,
    /// `cm2 - ad_spend`.
    net_profit,
    /// Part of `cogs` that is not a recorded cost but a rule for missing ones.
    cogs_estimated,
    /// What `cogs_estimated` would be if goods without a recorded cost cost all they were sold for.
    cogs_estimated_max,
    /// Net sales of goods with a recorded cost (actual or manual).
    covered_net_sales,
    /// Net sales of all goods that cost something, also those that the settings leave out for want of a cost.
    product_net_sales,
}

impl Ladder {
    /// Fills the steps that follow from others: net sales, net revenue, both margins and net profit.
    pub fn derive(&mut self) {
        self.net_sales = self.gross_sales - self.discounts - self.returns;
        self.net_revenue = self.net_sales + self.shipping_income + self.other_income;
        self.cm1 = self.net_revenue - self.cogs;
        self.cm2 = self.cm1 - self.shipping_costs - self.payment_fees;
        self.net_profit = self.cm2 - self.ad_spend;
    }

    /// Whether every field is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.values().iter().all(Decimal::is_zero)
    }
}

impl Add for Ladder {
    type Output = Ladder;
    fn add(mut self, other: Ladder) -> Ladder {
        self += &other;
        self
    }
}

impl Sub for Ladder {
    type Output = Ladder;
    fn sub(mut self, other: Ladder) -> Ladder {
        self -= &other;
        self
    }
}

/// What one order brought on one local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayEntry {
    /// Local day of the workspace's time zone.
    pub day: Date,
    /// 1 on the order's own day, else 0.
    pub orders: i64,
    /// The day's share; its `ad_spend` is zero.
    pub ladder: Ladder,
}

/// The economics of one order (`order_profit`, `order_profit_days`).
#[derive(Debug, Clone, PartialEq)]
pub struct OrderProfit {
    /// The connection it came through.
    pub connection_id: String,
    /// `orders.source_id`.
    pub order_id: String,
    /// The name people know it by.
    pub name: String,
    /// The order's local day.
    pub day: Date,
    /// The sales channel, the same for all of its days.
    pub channel: String,
    /// The version of the order that this was computed from.
    pub version: i64,
    /// Sum of `days`.
    pub total: Ladder,
    /// One entry for each day on which something happened, in order of days; empty if the order is not counted.
    pub days: Vec<DayEntry>,
    /// How its cost of goods was found.
    pub cogs_source: CogsSource,
    /// Remarks.
    pub flags: Flags,
    /// Whether the order is counted.
    pub included: bool,
    /// Why not, if it is not.
    pub excluded_reason: Option<ExcludedReason>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_adds_up_field_by_field() {
        let values = std::array::from_fn(|i| Decimal::new(i64::try_from(i).unwrap() + 1, 2));
        let ladder = Ladder::from_values(values);
        assert_eq!(ladder.values(), values);
        assert_eq!((ladder + ladder).values(), values.map(|value| value + value));
        assert!((ladder - ladder).is_zero() && (ladder + -ladder).is_zero());
        assert_eq!(Ladder::FIELDS.len(), values.len());
        assert_eq!(Ladder::FIELDS[13], "net_profit");
        assert_eq!(ladder.net_profit, values[13]);
    }

    #[test]
    fn flags_survive_storage() {
        let mut flags = Flags::default();
        assert_eq!(flags.to_text(), "");
        flags.insert(Flag::EstimatedCost);
        flags.insert(Flag::Refunded);
        assert_eq!(flags.to_text(), "refunded,estimated_cost");
        assert_eq!(Flags::from_text("refunded,estimated_cost,of_another_version"), flags);
        assert!(Flags::from_text("").is_empty());
    }

    #[test]
    fn words_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name()), Some(*kind));
        }
        assert_eq!(EventKind::from_name("PRODUCT"), None);
        assert!(Flag::ALL.len() <= 32);
    }
}
