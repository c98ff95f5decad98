//! Changes of the cost book: what a change would do to past profit, and keeping it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::OrderProfit;
use netgain_profit::{CostBook, RateBook, Settings, compute_order, operating_days};
use netgain_warehouse::{CostBookChange, OrderKey, Warehouse};

use crate::Error;
use crate::profit::{ProfitReport, update_profit};

mod prepare;

pub use prepare::{COST_BOOK, RefusedRow, prepare_costs};

/// Orders whose facts are in memory at a time.
const CHUNK: usize = 8_000;

/// What a change of the cost book does to profit that was reckoned before.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CostPreview {
    /// Orders whose figures differ.
    pub orders: u64,
    /// Orders that were looked at.
    pub looked_at: u64,
    /// What it does to net profit in all, in the reporting currency.
    pub net_profit: Decimal,
    /// By month, those without any difference left out.
    pub months: Vec<MonthChange>,
    /// Orders that cannot be computed, before or after.
    pub uncomputed: u64,
}

/// The difference of one month.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MonthChange {
    /// Its first day.
    pub month: Date,
    /// Orders whose figures differ within it.
    pub orders: u64,
    /// What is added to the cost of goods.
    pub cogs: Decimal,
    /// What is added to net profit; negative where it falls.
    pub net_profit: Decimal,
}

/// What came of keeping a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CostSaved {
    /// Rows that are new in the book.
    pub recorded: u64,
    /// What was computed again.
    pub restated: ProfitReport,
}

/// What a change would do, without keeping it. Only orders that its rows can touch are computed, with the book as it
/// is and as it would be.
///
/// # Errors
/// When the warehouse fails.
pub fn preview_costs(
    warehouse: &Warehouse,
    settings: &Settings,
    change: &CostBookChange,
) -> Result<CostPreview, Error> {
    let (costs, rules) = (warehouse.load_unit_costs()?, warehouse.load_cost_rules()?);
    let rates = Arc::new(RateBook::new(warehouse.load_rates()?));
    let before = CostBook::new(costs.clone()).with_rules(rules.clone()).with_rates(Arc::clone(&rates));
    let after = CostBook::new(costs.into_iter().chain(change.costs.iter().cloned()))
        .with_rules(rules.into_iter().chain(change.rules.iter().cloned()))
        .with_rates(rates);
    let (touched_costs, touched_rules) = warehouse.with_replaced(&change.costs, &change.rules)?;
    let keys = warehouse.orders_touched(&touched_costs, &touched_rules)?;
    compare(warehouse, settings, [&before, &after], &keys)
}

/// What the book as it stood at an instant would do to profit in the place of today's. Exchange rates are today's.
///
/// # Errors
/// When the warehouse fails.
pub fn compare_as_known(
    warehouse: &Warehouse,
    settings: &Settings,
    at: Timestamp,
) -> Result<CostPreview, Error> {
    let (costs, rules) = (warehouse.load_unit_costs()?, warehouse.load_cost_rules()?);
    let rates = Arc::new(RateBook::new(warehouse.load_rates()?));
    let then =
        CostBook::as_known(costs.iter().cloned(), rules.iter().cloned(), at).with_rates(Arc::clone(&rates));
    let later: Vec<_> = costs.iter().filter(|cost| cost.recorded_at > at).cloned().collect();
    let later_rules: Vec<_> = rules.iter().filter(|rule| rule.recorded_at > at).cloned().collect();
    let (touched_costs, touched_rules) = warehouse.with_replaced(&later, &later_rules)?;
    let keys = warehouse.orders_touched(&touched_costs, &touched_rules)?;
    let now = CostBook::new(costs).with_rules(rules).with_rates(rates);
    compare(warehouse, settings, [&now, &then], &keys)
}

/// What one book does to these orders, and to the days, in the place of another.
fn compare(
    warehouse: &Warehouse,
    settings: &Settings,
    books: [&CostBook; 2],
    keys: &[OrderKey],
) -> Result<CostPreview, Error> {
    let mut months: BTreeMap<Date, MonthChange> = BTreeMap::new();
    let mut preview = CostPreview::default();
    for keys in keys.chunks(CHUNK) {
        for facts in warehouse.load_order_facts(keys)? {
            preview.looked_at += 1;
            let computed = books.map(|book| compute_order(&facts, book, settings));
            let [Ok(before), Ok(after)] = &computed else {
                preview.uncomputed += 1;
                continue;
            };
            preview.orders += u64::from(add(&mut months, before, after));
        }
    }
    operating(warehouse, settings, books, &mut months)?;
    preview.months = months.into_values().filter(|month| *month != nothing(month.month)).collect();
    preview.net_profit = preview.months.iter().map(|month| month.net_profit).sum();
    Ok(preview)
}

fn nothing(month: Date) -> MonthChange {
    MonthChange { month, orders: 0, cogs: Decimal::ZERO, net_profit: Decimal::ZERO }
}

/// Adds the differences of one order; whether there are any.
fn add(months: &mut BTreeMap<Date, MonthChange>, before: &OrderProfit, after: &OrderProfit) -> bool {
    let mut by_month: BTreeMap<Date, (Decimal, Decimal)> = BTreeMap::new();
    for (profit, sign) in [(before, -Decimal::ONE), (after, Decimal::ONE)] {
        for entry in &profit.days {
            let sums = by_month.entry(entry.day.first_of_month()).or_default();
            sums.0 += sign * entry.ladder.cogs;
            sums.1 += sign * entry.ladder.net_profit;
        }
    }
    for (month, (cogs, net_profit)) in by_month {
        if !cogs.is_zero() || !net_profit.is_zero() {
            let change = months.entry(month).or_insert_with(|| nothing(month));
            change.orders += 1;
            change.cogs += cogs;
            change.net_profit += net_profit;
        }
    }
    before.days != after.days
}

/// Adds the differences of operating costs, which are of days.
fn operating(
    warehouse: &Warehouse,
    settings: &Settings,
    [before, after]: [&CostBook; 2],
    months: &mut BTreeMap<Date, MonthChange>,
) -> Result<(), Error> {
    let days = warehouse.days_of_activity()?;
    let of = |book: &CostBook| {
        operating_days(book.rules(), &[], (settings.currency, book.rates()), days, &mut Vec::new())
    };
    for (book, sign) in [(before, Decimal::ONE), (after, -Decimal::ONE)] {
        for day in of(book) {
            let month = day.day.first_of_month();
            months.entry(month).or_insert_with(|| nothing(month)).net_profit += sign * day.amount;
        }
    }
    Ok(())
}

/// Keeps a change and computes again what it touches.
///
/// # Errors
/// When the warehouse fails. Once the rows are kept, a later update of profit computes what is left.
pub fn save_costs(
    warehouse: &Warehouse,
    settings: &Settings,
    change: &CostBookChange,
) -> Result<CostSaved, Error> {
    let recorded = warehouse.record_costs(change)?;
    Ok(CostSaved { recorded, restated: update_profit(warehouse, settings, &mut |_| ())? })
}

/// The first local day of a change that says none: today, so that the past stays as it is.
#[must_use]
pub fn today(settings: &Settings, now: Timestamp) -> Date {
    settings.zone().to_datetime(now).date()
}
