//! What stands between two definitions of profit: named amounts that lead from one figure to the other.
//!
//! Both figures are sums of the same base lines with weights, so their difference is the sum of the lines with the
//! difference of the weights. Grouping these terms by their matter cannot lose any: the steps add up exactly.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::facts::{Basis, Line, OrderClass};

use crate::profile::{Cell, Reading, Statement, times, weigh};

mod matter;

use matter::Matter;

/// Which figures of two definitions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// What the definitions end in.
    Result,
    /// What the definitions take ratios of.
    Revenue,
}

/// A named part of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeStep {
    /// Stable name.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What it adds to the first figure.
    pub amount: Decimal,
}

/// The way from one figure to another: `from` plus every step is `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// The first definition's figure.
    pub from: Decimal,
    /// The second definition's figure.
    pub to: Decimal,
    /// What leads from one to the other: orders, then days, then lines. Parts of nothing are left out.
    pub steps: Vec<BridgeStep>,
}

/// The way from one definition's figure to another's over the same cells.
#[must_use]
pub fn bridge(from: &Reading, to: &Reading, figure: Figure, cells: &[Cell]) -> Bridge {
    let key = |reading: &Reading| match figure {
        Figure::Result => reading.profile.result.as_str(),
        Figure::Revenue => reading.profile.revenue.as_str(),
    };
    let (old, new) = (from.weights(key(from)), to.weights(key(to)));
    let mut steps: BTreeMap<Matter, Decimal> = BTreeMap::new();
    let mut add = |matter: Matter, amount: Decimal| *steps.entry(matter).or_default() += amount;
    for cell in cells {
        let of = |reading: &Reading| reading.profile.selects(cell.class, cell.counted);
        match (of(from), of(to)) {
            (false, false) => {}
            (true, false) => {
                add(orders(cell.class), Decimal::ZERO - weigh(&old, cell.basis, &cell.lines));
            }
            (false, true) => add(orders(cell.class), weigh(&new, cell.basis, &cell.lines)),
            (true, true) => {
                for line in Line::ALL.iter().filter(|line| !cell.lines[**line].is_zero()) {
                    let amount = cell.lines[*line];
                    let weight = |basis| (old.of(*line, basis), new.of(*line, basis));
                    let (before, after) = weight(cell.basis);
                    // the change of the line as such stands on the second definition's days, the rest is a matter
                    // of days alone
                    let (all_before, all_after) = weight(Basis::All);
                    let here = cell.basis == Basis::All || cell.basis == to.basis();
                    let as_such = if here { all_after - all_before } else { 0 };
                    add(Matter::of(*line), times(amount, as_such));
                    add(Matter::RefundDay, times(amount, after - before - as_such));
                }
            }
        }
    }
    let figure_of = |reading: &Reading| {
        let statement = Statement::of(reading, cells);
        match figure {
            Figure::Result => statement.result,
            Figure::Revenue => statement.revenue,
        }
    };
    let named = steps.into_iter().filter(|(_, amount)| !amount.is_zero());
    let steps = named.map(|(matter, amount)| BridgeStep { key: matter.key(), label: matter.label(), amount });
    Bridge { from: figure_of(from), to: figure_of(to), steps: steps.collect() }
}

fn orders(class: OrderClass) -> Matter {
    Matter::Orders(class)
}
