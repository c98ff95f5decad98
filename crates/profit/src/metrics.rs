//! Ratios of a ladder. Each is worked out from sums; ratios are never added or averaged.

use netgain_domain::Decimal;
use netgain_domain::facts::Ladder;
use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use serde::Serialize;

/// Ratios and bounds of a ladder. A ratio without a meaning (nothing to divide by) is none, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Net profit as a part of net revenue, 4 digits; none without revenue.
    pub margin: Option<Decimal>,
    /// Marketing efficiency ratio: net revenue / ad spend, 4 digits; none without spend. Some products print its
    /// inverse under this name: that is `ad_cost_ratio`.
    pub mer: Option<Decimal>,
    /// Ad spend as a part of net revenue, 4 digits; none without revenue.
    pub ad_cost_ratio: Option<Decimal>,
    /// Part of the net sales of goods whose cost is recorded, between 0 and 1, 4 digits; none without such sales.
    pub cost_coverage: Option<Decimal>,
    /// Cost of goods if those without a recorded cost cost nothing.
    pub cogs_low: Decimal,
    /// Cost of goods if those without a recorded cost cost all they were sold for.
    pub cogs_high: Decimal,
}

impl Metrics {
    /// The ratios of a ladder.
    #[must_use]
    pub fn of(ladder: &Ladder) -> Self {
        let recorded = ladder.cogs - ladder.cogs_estimated;
        let coverage = match ladder.product_net_sales {
            sales if sales > Decimal::ZERO => ratio(ladder.covered_net_sales, sales),
            _ => None,
        };
        Self {
            margin: ratio(ladder.net_profit, ladder.net_revenue),
            mer: roas(ladder.net_revenue, ladder.ad_spend),
            ad_cost_ratio: ratio(ladder.ad_spend, ladder.net_revenue),
            // on a day of many returns one side may fall below zero or exceed the whole
            cost_coverage: coverage.map(|part| part.clamp(Decimal::ZERO, Decimal::ONE)),
            cogs_low: recorded,
            cogs_high: recorded + ladder.cogs_estimated_max,
        }
    }
}

/// Return on ad spend: a value / what was spent for it, 4 digits; none without spend.
#[must_use]
pub fn roas(value: Decimal, spend: Decimal) -> Option<Decimal> {
    ratio(value, spend)
}

/// A part of a whole, 4 digits; none of nothing.
pub(crate) fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    let ratio = part.checked_div(whole)?;
    let mut ratio = ratio.round_dp_with_strategy(4, MidpointAwayFromZero);
    ratio.rescale(4);
    Some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_divided_is_none() {
        let metrics = Metrics::of(&Ladder::default());
        assert_eq!((metrics.margin, metrics.mer, metrics.cost_coverage), (None, None, None));
    }

    #[test]
    fn ratios_come_from_sums() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let ladder = Ladder {
            net_revenue: decimal("105"),
            net_profit: decimal("61.55"),
            ad_spend: decimal("30"),
            cogs: decimal("43.2"),
            cogs_estimated: decimal("8.2"),
            cogs_estimated_max: decimal("20.5"),
            covered_net_sales: decimal("79.5"),
            product_net_sales: decimal("100"),
            ..Ladder::default()
        };
        let metrics = Metrics::of(&ladder);
        assert_eq!(metrics.margin.unwrap().to_string(), "0.5862");
        assert_eq!(metrics.mer.unwrap().to_string(), "3.5000");
        assert_eq!(metrics.ad_cost_ratio.unwrap().to_string(), "0.2857");
        assert_eq!(metrics.cost_coverage.unwrap().to_string(), "0.7950");
        assert_eq!((metrics.cogs_low, metrics.cogs_high), (decimal("35.0"), decimal("55.5")));
    }
}
