//! The settings that made an order's figures what they are.

use jiff::civil::Date;
use netgain_domain::facts::{Flag, LineFacts, OrderProfit};
use serde::Serialize;

use crate::Settings;
use crate::settings::{MissingPolicy, OrderDay, RatioBase, RefundBasis, TaxMode, on, ratio_on};

/// A setting with the value that held on the order's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppliedSetting {
    /// Its name.
    pub key: &'static str,
    /// The value that held.
    pub value: String,
    /// The first day it holds, where it is dated.
    pub valid_from: Option<Date>,
    /// The step of the ladder it works on, or `all`.
    pub applied_to: &'static str,
}

/// The settings that worked on an order.
pub(super) fn to(profit: &OrderProfit, lines: &[LineFacts], settings: &Settings) -> Vec<AppliedSetting> {
    let fixed = |key, value: &str, applied_to| AppliedSetting {
        key,
        value: value.to_owned(),
        valid_from: None,
        applied_to,
    };
    let mut applied = vec![
        fixed("currency", settings.currency.code(), "all"),
        fixed("time_zone", settings.time_zone.name(), "all"),
        fixed("orders.financial_statuses", &settings.orders.financial_statuses.join(", "), "all"),
        fixed(
            "revenue.tax_mode",
            match settings.revenue.tax_mode {
                TaxMode::Exclude => "exclude",
                TaxMode::GrossWithTaxLine => "gross_with_tax_line",
            },
            "all",
        ),
        fixed(
            "revenue.order_day",
            match settings.revenue.order_day {
                OrderDay::ProcessedAt => "processed_at",
                OrderDay::CreatedAt => "created_at",
            },
            "gross_sales",
        ),
        fixed(
            "revenue.refund_basis",
            match settings.revenue.refund_basis {
                RefundBasis::ReturnDay => "return_day",
                RefundBasis::OrderDay => "order_day",
                RefundBasis::CashDay => "cash_day",
            },
            "returns",
        ),
    ];
    if profit.flags.contains(Flag::EstimatedCost) || profit.flags.contains(Flag::MissingCost) {
        let policy = match settings.cost.missing_policy {
            MissingPolicy::Ratio => "ratio",
            MissingPolicy::Exclude => "exclude",
            MissingPolicy::Zero => "zero",
            MissingPolicy::EqualToNetSales => "equal_to_net_sales",
            MissingPolicy::Error => "error",
        };
        applied.push(fixed("cost.missing_policy", policy, "cogs"));
    }
    if profit.flags.contains(Flag::EstimatedCost) {
        let mut ratios: Vec<_> = lines
            .iter()
            .filter_map(|line| ratio_on(&settings.cost.default_ratio, Some(line), profit.day))
            .collect();
        ratios.extend(ratio_on(&settings.cost.default_ratio, None, profit.day).filter(|_| lines.is_empty()));
        let mut told: Vec<AppliedSetting> = Vec::new();
        for ratio in ratios {
            let value = match ratio.scope_id.as_str() {
                "" => ratio.value.to_string(),
                id => format!("{} for {} {id}", ratio.value, ratio.scope.name()),
            };
            let setting = AppliedSetting {
                key: "cost.default_ratio",
                value,
                valid_from: ratio.valid_from,
                applied_to: "cogs",
            };
            if !told.contains(&setting) {
                told.push(setting);
            }
        }
        applied.append(&mut told);
        let base = match settings.cost.ratio_base {
            RatioBase::NetLineExTax => "net_line_ex_tax",
            RatioBase::ListPriceExTax => "list_price_ex_tax",
        };
        applied.push(fixed("cost.ratio_base", base, "cogs"));
    }
    if let Some(cost) = on(&settings.shipping.cost_per_order, profit.day) {
        applied.push(AppliedSetting {
            key: "shipping.cost_per_order",
            value: cost.value.to_string(),
            valid_from: cost.valid_from,
            applied_to: "shipping_costs",
        });
    }
    applied
}
