//! A period's figures by one definition.

use netgain_domain::Decimal;
use netgain_domain::facts::{Basis, Line, Lines, Weighing};

use super::{Cell, Reading, StepSign, Weights, estimated, line_weighing};
use crate::metrics::ratio;

/// A step with its amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementStep {
    /// Its name in answers.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it does to the result so far.
    pub sign: StepSign,
    /// The amount; with sign `-` a positive amount is subtracted.
    pub amount: Decimal,
}

/// A period's figures by one definition, in the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Orders that it counts.
    pub orders: i64,
    /// Its steps from top to bottom.
    pub steps: Vec<StatementStep>,
    /// What ratios are taken of.
    pub revenue: Decimal,
    /// What it ends in.
    pub result: Decimal,
    /// Advertising, whether the definition subtracts it or not.
    pub ad_spend: Decimal,
    /// Part of the net sales of goods whose cost is recorded, 4 digits; none without such sales.
    pub cost_coverage: Option<Decimal>,
    /// The result at the least and at the most, if goods without a recorded cost cost nothing or all they were sold
    /// for; none where it holds no cost of goods.
    pub band: Option<(Decimal, Decimal)>,
}

impl Statement {
    /// Sums cells by a definition.
    #[must_use]
    pub fn of(reading: &Reading, cells: &[Cell]) -> Self {
        let profile = reading.profile;
        let selected: Vec<&Cell> =
            cells.iter().filter(|cell| profile.selects(cell.class, cell.counted)).collect();
        let sum =
            |weights: &Weights| selected.iter().map(|cell| weigh(weights, cell.basis, &cell.lines)).sum();
        let of_key = |key: &str| sum(&reading.weights(key));
        let steps = profile.steps.iter().map(|step| StatementStep {
            key: &step.key,
            label: &step.label,
            sign: step.sign,
            amount: of_key(&step.key),
        });
        let of_weights = |weighing: &Weighing| -> Decimal {
            let Weighing::Lines(weights) = weighing else { return Decimal::ZERO };
            let cells = selected.iter().flat_map(|cell| {
                let own = weights.iter().filter(|one| one.basis == cell.basis);
                own.map(|one| times(cell.lines[one.line], one.weight))
            });
            cells.sum()
        };
        let of_line = |line| of_weights(&line_weighing(line, reading.basis()));
        let goods = of_line(Line::ProductNetSales);
        let coverage = ratio(of_line(Line::CoveredNetSales), goods).filter(|_| goods > Decimal::ZERO);
        let result = of_key(&profile.result);
        let band = reading.weighing(&profile.result).as_ref().and_then(estimated).map(|(part, most)| {
            let none = result - of_weights(&part);
            let all = none + of_weights(&most);
            (none.min(all), none.max(all))
        });
        Self {
            // on a day of many returns one side may fall below zero or exceed the whole
            cost_coverage: coverage.map(|part| part.clamp(Decimal::ZERO, Decimal::ONE)),
            band,
            orders: selected.iter().map(|cell| cell.orders).sum(),
            steps: steps.collect(),
            revenue: of_key(&profile.revenue),
            result,
            ad_spend: selected
                .iter()
                .filter(|cell| cell.basis == Basis::All)
                .map(|cell| cell.lines[Line::AdSpend])
                .sum(),
        }
    }

    /// The amount of a step; none if the definition has no such step.
    #[must_use]
    pub fn amount(&self, key: &str) -> Option<Decimal> {
        self.steps.iter().find(|step| step.key == key).map(|step| step.amount)
    }

    /// The result as a part of revenue, 4 digits; none without revenue.
    #[must_use]
    pub fn margin(&self) -> Option<Decimal> {
        ratio(self.result, self.revenue)
    }

    /// The result in percent of revenue: result / revenue x 100, not rounded; none without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<Decimal> {
        self.result.checked_div(self.revenue).map(|part| part * Decimal::ONE_HUNDRED)
    }

    /// Revenue for each unit of ad spend, 4 digits; none without spend.
    #[must_use]
    pub fn roas(&self) -> Option<Decimal> {
        ratio(self.revenue, self.ad_spend)
    }
}

/// The sum of a cell's lines by their weights.
pub(crate) fn weigh(weights: &Weights, basis: Basis, lines: &Lines) -> Decimal {
    let amounts = Line::ALL.iter().filter(|line| !lines[**line].is_zero());
    amounts.map(|line| times(lines[*line], weights.of(*line, basis))).sum()
}

/// An amount times a small weight.
pub(crate) fn times(amount: Decimal, weight: i32) -> Decimal {
    match weight {
        0 => Decimal::ZERO,
        1 => amount,
        -1 => Decimal::ZERO - amount,
        other => amount * Decimal::from(other),
    }
}
