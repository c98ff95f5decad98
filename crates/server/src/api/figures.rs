//! The ladder as clients read it, the same in every row.

use netgain_domain::Currency;
use netgain_domain::facts::Ladder;
use netgain_profit::Metrics;
use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::{money, number};

/// A row type: own fields before and after the ladder. Flat, because clients are generated from it.
macro_rules! with_ladder {
    (
        $(#[$doc:meta])* $name:ident { $($(#[$bdoc:meta])* $bfield:ident: $btype:ty,)* }
        then { $($(#[$adoc:meta])* $afield:ident: $atype:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
        pub(crate) struct $name {
            $($(#[$bdoc])* pub(crate) $bfield: $btype,)*
            /// Orders that count.
            pub(crate) orders: i64,
            /// Units sold at their price before discounts, without tax; gift cards are not sales. Reporting currency.
            pub(crate) gross_sales: String,
            /// Discounts, a positive amount that is subtracted. Reporting currency, without tax.
            pub(crate) discounts: String,
            /// What net sales lose by goods that came back, a positive amount that is subtracted, on the return's day.
            pub(crate) returns: String,
            /// `gross_sales - discounts - returns`.
            pub(crate) net_sales: String,
            /// Delivery charged, less its discounts and refunds, without tax.
            pub(crate) shipping_income: String,
            /// Fees charged to customers and adjustments of refunds, signed.
            pub(crate) other_income: String,
            /// `net_sales + shipping_income + other_income`.
            pub(crate) net_revenue: String,
            /// Cost of the goods sold, a positive amount that is subtracted.
            pub(crate) cogs: String,
            /// `net_revenue - cogs`.
            pub(crate) cm1: String,
            /// What sending the parcels cost, a positive amount that is subtracted.
            pub(crate) shipping_costs: String,
            /// Fees of payment providers without tax, a positive amount that is subtracted.
            pub(crate) payment_fees: String,
            /// `cm1 - shipping_costs - payment_fees`.
            pub(crate) cm2: String,
            /// Money spent on advertising, a positive amount that is subtracted; only on days, never on orders.
            pub(crate) ad_spend: String,
            /// Rent, salaries, tools, influencers and other costs of days, a positive amount that is subtracted.
            pub(crate) operating_costs: String,
            /// `cm2 - ad_spend - operating_costs`.
            pub(crate) net_profit: String,
            /// Net profit as a fraction of net revenue, 4 digits; null without revenue.
            pub(crate) margin: Option<String>,
            /// Marketing efficiency ratio: net revenue / ad spend, 4 digits; null without spend.
            pub(crate) mer: Option<String>,
            /// Fraction of the net sales of goods whose cost is recorded, 0 to 1, 4 digits; null without such sales.
            pub(crate) cost_coverage: Option<String>,
            /// Cost of goods if those without a recorded cost cost nothing.
            pub(crate) cogs_low: String,
            /// Cost of goods if those without a recorded cost cost all they were sold for.
            pub(crate) cogs_high: String,
            /// Whether an ad platform may still restate some of it.
            pub(crate) provisional: bool,
            $($(#[$adoc])* pub(crate) $afield: $atype,)*
        }

        impl $name {
            /// Writes a ladder's amounts as text.
            #[allow(clippy::too_many_arguments, reason = "the row's own fields stand here by name")]
            pub(crate) fn of(
                sums: &$crate::api::figures::Sums,
                currency: netgain_domain::Currency,
                $($bfield: $btype,)* $($afield: $atype,)*
            ) -> Self {
                let text = $crate::api::figures::Texts::of(&sums.ladder, currency);
                let money = |amount| $crate::amount::money(amount, currency);
                let ladder = &sums.ladder;
                Self {
                    $($bfield,)*
                    orders: sums.orders,
                    gross_sales: money(ladder.gross_sales),
                    discounts: money(ladder.discounts),
                    returns: money(ladder.returns),
                    net_sales: money(ladder.net_sales),
                    shipping_income: money(ladder.shipping_income),
                    other_income: money(ladder.other_income),
                    net_revenue: money(ladder.net_revenue),
                    cogs: money(ladder.cogs),
                    cm1: money(ladder.cm1),
                    shipping_costs: money(ladder.shipping_costs),
                    payment_fees: money(ladder.payment_fees),
                    cm2: money(ladder.cm2),
                    ad_spend: money(ladder.ad_spend),
                    operating_costs: money(ladder.operating_costs),
                    net_profit: money(ladder.net_profit),
                    margin: text.margin,
                    mer: text.mer,
                    cost_coverage: text.cost_coverage,
                    cogs_low: text.cogs_low,
                    cogs_high: text.cogs_high,
                    provisional: sums.provisional,
                    $($afield,)*
                }
            }
        }
    };
}
pub(crate) use with_ladder;

/// Summed amounts of orders or days.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) orders: i64,
    pub(crate) ladder: Ladder,
    pub(crate) provisional: bool,
}

/// A ladder's ratios and bounds as text.
pub(crate) struct Texts {
    pub(crate) margin: Option<String>,
    pub(crate) mer: Option<String>,
    pub(crate) cost_coverage: Option<String>,
    pub(crate) cogs_low: String,
    pub(crate) cogs_high: String,
}

impl Texts {
    pub(crate) fn of(ladder: &Ladder, currency: Currency) -> Self {
        let metrics = Metrics::of(ladder);
        // ratios come with their 4 digits already
        let ratio = |value: Option<netgain_domain::Decimal>| value.map(|value| value.to_string());
        Self {
            margin: ratio(metrics.margin),
            mer: ratio(metrics.mer),
            cost_coverage: ratio(metrics.cost_coverage),
            cogs_low: money(metrics.cogs_low, currency),
            cogs_high: money(metrics.cogs_high, currency),
        }
    }
}

/// Something a reader of the figures must know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Notice {
    /// Stable name of the matter.
    pub(crate) code: String,
    /// What it is and what helps.
    pub(crate) message: String,
}

impl Notice {
    pub(crate) fn new(code: &str, message: String) -> Self {
        Self { code: code.to_owned(), message }
    }
}

/// A count that a platform may report as a fraction.
pub(crate) fn fraction(value: netgain_domain::Decimal) -> String {
    number(value)
}
