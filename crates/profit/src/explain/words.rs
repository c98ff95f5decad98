//! The words of an explanation: the ladder's steps with their rules, and what a remark means.

use super::Sign::{Equals, Minus, Plus};
use netgain_domain::facts::{CostRuleFact, CostRuleKind};

use super::{ExcludedReason, Field, Flag, StepWords};

macro_rules! step {
    ($key:ident, $label:literal, $sign:ident, $field:expr, $rule:literal) => {
        StepWords {
            key: stringify!($key),
            label: $label,
            sign: $sign,
            field: $field,
            amount: |ladder| ladder.$key,
            rule: $rule,
        }
    };
}

/// The steps from top to bottom.
pub(super) const STEPS: &[StepWords] = &[
    step!(
        gross_sales,
        "Gross sales",
        Plus,
        Some(Field::GrossSales),
        "goods sold at their price before discounts, without tax; gift cards are not sales until they are redeemed"
    ),
    step!(
        discounts,
        "Discounts",
        Minus,
        Some(Field::Discounts),
        "discounts on lines and each line's share of the order's discounts, without tax"
    ),
    step!(
        returns,
        "Returns",
        Minus,
        Some(Field::Returns),
        "value of returned goods after their discounts, without tax"
    ),
    step!(net_sales, "Net sales", Equals, None, "gross sales - discounts - returns"),
    step!(
        shipping_income,
        "Shipping income",
        Plus,
        Some(Field::ShippingIncome),
        "delivery charged, less its discounts and refunds, without tax"
    ),
    step!(
        other_income,
        "Other income",
        Plus,
        Some(Field::OtherIncome),
        "fees charged to the customer and adjustments of refunds, without tax; tips and duties are passed through and not counted"
    ),
    step!(net_revenue, "Net revenue", Equals, None, "net sales + shipping income + other income"),
    step!(
        cogs,
        "Cost of goods",
        Minus,
        Some(Field::Cogs),
        "unit cost that held on the order's day; goods back on the shelf give it back; a missing cost follows cost.missing_policy"
    ),
    step!(cm1, "Contribution margin 1", Equals, None, "net revenue - cost of goods"),
    step!(
        shipping_costs,
        "Shipping costs",
        Minus,
        Some(Field::ShippingCosts),
        "label cost per order with goods, by the setting that held on the order's day"
    ),
    step!(
        payment_fees,
        "Payment fees",
        Minus,
        Some(Field::PaymentFees),
        "fees that payment providers charged and what they called back; by the cost book's rules until the actual ones arrive; a refund does not give them back unless the provider does"
    ),
    step!(
        cm2,
        "Contribution margin 2",
        Equals,
        None,
        "contribution margin 1 - shipping costs - payment fees"
    ),
    step!(
        net_profit,
        "Net profit",
        Equals,
        None,
        "contribution margin 2; advertising is counted on days and channels, not on single orders"
    ),
];

/// A rule of the cost book by its kind.
pub(super) fn rule(kind: CostRuleKind) -> &'static str {
    match kind {
        CostRuleKind::Shipping => "Sending",
        CostRuleKind::PaymentFee => "Payment fee (by rule)",
        CostRuleKind::Handling => "Picking and packing",
        CostRuleKind::MarketplaceFee => "Marketplace fee (by rule)",
        CostRuleKind::ReturnHandling => "Taking back",
        CostRuleKind::Operating => "Operating cost",
    }
}

/// How much a rule is: `2.9 % + 0.30`.
pub(super) fn terms(rule: &CostRuleFact) -> String {
    let terms = &rule.terms;
    let parts = [
        (terms.percent, " %"),
        (terms.fixed, ""),
        (terms.per_item, " per unit"),
        (terms.per_kg, " per kg"),
        (terms.amount, ""),
    ];
    let said: Vec<String> =
        parts.into_iter().filter_map(|(value, unit)| Some(format!("{}{unit}", value?.normalize()))).collect();
    format!("{} (estimate by rule)", said.join(" + "))
}

/// Why an order does not count.
pub(super) fn excluded(reason: ExcludedReason) -> &'static str {
    match reason {
        ExcludedReason::Test => "not counted: it is a test order",
        ExcludedReason::FinancialStatus => {
            "not counted: its financial status is not in orders.financial_statuses"
        }
        ExcludedReason::MissingRate => {
            "not counted: it is not in the reporting currency and no exchange rate is known; sync a source of rates or import a file of them"
        }
        ExcludedReason::Cancelled => "not counted: it was cancelled, and orders.count_cancelled is off",
        ExcludedReason::Free => "not counted: its goods were sold for nothing, and orders.count_free is off",
        ExcludedReason::MissingCost => {
            "not counted: some of its goods have no unit cost; record it, or change cost.missing_policy"
        }
    }
}

/// What a remark means, where it needs saying.
pub(super) fn flag(flag: Flag) -> Option<&'static str> {
    Some(match flag {
        Flag::EstimatedCost => "some goods have no recorded unit cost: it is estimated by cost.default_ratio",
        Flag::MissingCost => "some goods have no recorded unit cost: cost.missing_policy says what they cost",
        Flag::CostCurrency => {
            "a unit cost or a cost rule is not in the reporting currency and no exchange rate is known: it is treated as missing"
        }
        Flag::FeeCurrency => {
            "a payment fee is not in the reporting currency and no exchange rate is known: it is not counted"
        }
        Flag::GiftCard => "a gift card is a liability until it is redeemed: it is not counted as a sale",
        Flag::UnknownEvent => {
            "a ledger entry has a kind or action this version does not know: entries of an unknown kind are not counted"
        }
        Flag::RestockSurplus => "more units were restocked than came back: the surplus gives no cost back",
        Flag::EstimatedFees => {
            "payment fees are reckoned by the cost book's rules until the actual ones arrive"
        }
        Flag::Cancelled => "cancelled: the sale stays on its day, what was given back counts on its own",
        Flag::CreditNote => "it only gives money back: it lowers sales and does not count as an order",
        Flag::Refunded | Flag::Edited | Flag::Test | Flag::ForeignCurrency | Flag::ZeroTotal => return None,
    })
}
