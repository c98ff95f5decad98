//! The ladder from gross sales to net profit, and what an order contributes to it day by day.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CogsSource, ExcludedReason, Flags, OrderClass, OrderRate, Postings};

macro_rules! ladder {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// The steps from gross sales to net profit, in the reporting currency and without tax.
        ///
        /// `discounts`, `returns`, `cogs`, `shipping_costs`, `payment_fees`, `ad_spend` and `operating_costs` are positive amounts
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
                // subtracted from nothing, because a negated zero is written as -0
                Ladder { $($field: Decimal::ZERO - self.$field),+ }
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
    /// Operating costs, agencies, influencers, messages: only on days, never on an order.
    operating_costs,
    /// `cm2 - ad_spend - operating_costs`.
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

/// A step that follows from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerivedStep {
    /// Its field.
    pub field: &'static str,
    /// The fields that are added.
    pub raised_by: &'static [&'static str],
    /// The fields that are subtracted.
    pub lowered_by: &'static [&'static str],
}

const fn step(
    field: &'static str,
    raised_by: &'static [&'static str],
    lowered_by: &'static [&'static str],
) -> DerivedStep {
    DerivedStep { field, raised_by, lowered_by }
}

impl Ladder {
    /// What [`Ladder::derive`] fills, in terms of the other fields and of steps further up in this list.
    pub const DERIVED: [DerivedStep; 5] = [
        step("net_sales", &["gross_sales"], &["discounts", "returns"]),
        step("net_revenue", &["net_sales", "shipping_income", "other_income"], &[]),
        step("cm1", &["net_revenue"], &["cogs"]),
        step("cm2", &["cm1"], &["shipping_costs", "payment_fees"]),
        step("net_profit", &["cm2"], &["ad_spend", "operating_costs"]),
    ];

    /// Fills the steps that follow from others: net sales, net revenue, both margins and net profit.
    pub fn derive(&mut self) {
        self.net_sales = self.gross_sales - self.discounts - self.returns;
        self.net_revenue = self.net_sales + self.shipping_income + self.other_income;
        self.cm1 = self.net_revenue - self.cogs;
        self.cm2 = self.cm1 - self.shipping_costs - self.payment_fees;
        self.net_profit = self.cm2 - self.ad_spend - self.operating_costs;
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
    /// 1 on the order's own day, else 0; 0 on all days of a credit note.
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
    /// What kind of order it is, whether it is counted or not.
    pub class: OrderClass,
    /// What it posts to the base lines, whether it is counted or not; nothing where a rate is missing.
    pub postings: Postings,
    /// Its amounts in other currencies than the reporting one, with the rates of their days.
    pub rates: Vec<OrderRate>,
}

impl OrderProfit {
    /// 1 if it counts as an order placed, else 0: it is not included, or it is a credit note.
    #[must_use]
    pub fn orders(&self) -> i64 {
        self.days.iter().map(|entry| entry.orders).sum()
    }
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
        assert!((-Ladder::default()).values().iter().all(Decimal::is_sign_positive));
        assert!((ladder - ladder).is_zero() && (ladder + -ladder).is_zero());
        assert_eq!(Ladder::FIELDS.len(), values.len());
        assert_eq!(Ladder::FIELDS[14], "net_profit");
        assert_eq!(ladder.net_profit, values[14]);
    }

    #[test]
    fn derived_steps_are_what_their_list_says() {
        let mut values = Ladder::default().values();
        for (at, value) in (1_i64..).zip(&mut values) {
            *value = Decimal::from(at * at * at);
        }
        let mut ladder = Ladder::from_values(values);
        let of = |ladder: &Ladder, field: &str| {
            ladder.values()[Ladder::FIELDS.iter().position(|name| *name == field).unwrap()]
        };
        ladder.derive();
        for step in Ladder::DERIVED {
            let sum = |fields: &[&str]| fields.iter().map(|field| of(&ladder, field)).sum::<Decimal>();
            assert_eq!(of(&ladder, step.field), sum(step.raised_by) - sum(step.lowered_by), "{}", step.field);
        }
        // and no other field is touched
        let derived = Ladder::DERIVED.map(|step| step.field);
        let posted = Ladder::FIELDS.iter().filter(|field| !derived.contains(field));
        let before = Ladder::from_values(values);
        assert!(
            posted.clone().count() > 10
                && posted.clone().all(|field| of(&ladder, field) == of(&before, field))
        );
    }
}
