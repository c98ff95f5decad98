//! The closed sets of words that facts and results use, and the set of remarks on an order.

use serde::{Deserialize, Serialize};

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
pub(super) use words;

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
    /// What a unit cost holds for (`unit_costs.scope`), the widest first. A narrower one wins.
    CostScope {
        /// Everything that is sold; `scope_id` is empty.
        Shop = "shop",
        /// All goods of a supplier (the product's vendor).
        Supplier = "supplier",
        /// All goods of a product type.
        ProductType = "product_type",
        /// All variants of a product, by the platform's id of it.
        Product = "product",
        /// The platform's variant id.
        Variant = "variant",
        /// The merchant's stock keeping unit; as narrow as a variant.
        Sku = "sku",
        /// One delivery of a good from its supplier.
        Lot = "lot",
    }
}

words! {
    /// Where a unit cost comes from (`unit_costs.kind`).
    CostKind {
        /// The platform's own record.
        Actual = "actual",
        /// The merchant's own cost sheet; it beats the platform's record of the same day.
        Manual = "manual",
        /// A guess; any record of the same scope beats it.
        Estimate = "estimate",
    }
}

words! {
    /// What a cost rule reckons (`cost_rules.kind`).
    CostRuleKind {
        /// Sending an order's goods to the customer.
        Shipping = "shipping",
        /// What a payment provider charges; an actual fee of the order takes its place.
        PaymentFee = "payment_fee",
        /// Picking and packing.
        Handling = "handling",
        /// What a marketplace or sales platform charges.
        MarketplaceFee = "marketplace_fee",
        /// Taking goods back.
        ReturnHandling = "return_handling",
        /// Rent, salaries, tools, influencers: by days, not by orders.
        Operating = "operating",
    }
}

words! {
    /// How an order's cost of goods was found (`order_profit.cogs_source`).
    CogsSource {
        /// Every line by the platform's record.
        Actual = "actual",
        /// Every line by the merchant's cost sheet.
        Manual = "manual",
        /// Every line by a guess in the cost book.
        Estimate = "estimate",
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
        /// It is in another currency than the workspace reports in, and no rate is known for one of its days. An error
        /// to show.
        MissingRate = "missing_rate",
        /// One of its goods has no cost, and the settings make that an error. An error to show.
        MissingCost = "missing_cost",
        /// It was cancelled, and the settings leave such orders out.
        Cancelled = "cancelled",
        /// Its goods were sold for nothing, and the settings leave such orders out.
        Free = "free",
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
        /// A unit cost or a cost rule is in another currency without a rate: treated as missing.
        CostCurrency = "cost_currency",
        /// A payment fee is in another currency and was not counted.
        FeeCurrency = "fee_currency",
        /// The order or a ledger entry is in another currency than the workspace reports in.
        ForeignCurrency = "foreign_currency",
        /// A ledger entry has a kind or an action that is not known.
        UnknownEvent = "unknown_event",
        /// More units were restocked than came back; the surplus gives no cost back.
        RestockSurplus = "restock_surplus",
        /// The order's goods were sold for nothing.
        ZeroTotal = "zero_total",
        /// It only gives money back: it lowers sales and is no order.
        CreditNote = "credit_note",
        /// Its payment fees are reckoned by rule until the actual ones arrive.
        EstimatedFees = "estimated_fees",
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

#[cfg(test)]
mod tests {
    use super::*;

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
