//! Recomputes the profit of what changed, and nothing else.

use std::sync::Arc;

use netgain_profit::{CostBook, RateBook, Settings, compute_order, operating_days};
use netgain_warehouse::{OrderKey, Rebuild, Warehouse};

use crate::{Error, rates};

/// Orders that are found at a time: each search reads all orders that are left.
const FOUND: usize = 40_000;
/// Orders that are loaded, computed and written at a time: one scan of the tables serves them all, and all of their
/// rows are in memory.
const CHUNK: usize = 8_000;

/// An order whose profit could not be computed; its old result, if any, stays and the next run tries again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UncomputedOrder {
    /// The connection that it came over.
    pub connection_id: String,
    /// Its id at the platform.
    pub order_id: String,
    /// What is wrong.
    pub reason: String,
}

/// What an update of the profit tables did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProfitReport {
    /// Orders computed.
    pub orders: u64,
    /// Orders that could not be.
    pub uncomputed: Vec<UncomputedOrder>,
    /// Operating costs in another currency than the workspace's, by their ids, of which days are not counted because no
    /// exchange rate is known for them.
    pub foreign_costs: Vec<String>,
}

/// Computes every order whose rows or rules changed since its profit was last written, then sums the days that
/// this touches. Killed at any instant and run again, it ends at the same tables.
///
/// Orders are found stale by their rows and the settings; what the cost book's rows can touch is marked as they are
/// added to it, and an exchange rate that is new or changed touches those that used or lacked it.
///
/// # Errors
/// When the warehouse fails or the settings have no JSON form. An order that cannot be computed is reported, not an
/// error.
pub fn update_profit(
    warehouse: &Warehouse,
    settings: &Settings,
    on_progress: &mut dyn FnMut(u64),
) -> Result<ProfitReport, Error> {
    let changes = warehouse.cost_book_changes()?;
    let rates = Arc::new(RateBook::new(warehouse.load_rates()?));
    rates::mark_changed(warehouse, &rates, settings)?;
    let costs = CostBook::new(warehouse.load_unit_costs()?)
        .with_rules(warehouse.load_cost_rules()?)
        .with_rates(Arc::clone(&rates));
    warehouse.note_goods_asked(settings.asks_for_goods())?;
    let key = settings.key()?;
    let run = Run { warehouse, settings, costs: &costs, changes, key: &key };
    let mut report = ProfitReport::default();
    let mut after = None;
    loop {
        let stale = warehouse.stale_orders(&key, after.as_ref(), FOUND)?;
        let Some(last) = stale.last().cloned() else { break };
        for keys in stale.chunks(CHUNK) {
            compute(&run, keys, &mut report)?;
            on_progress(report.orders);
        }
        after = Some(last);
    }
    warehouse.purge_profit_of_deleted()?;
    rates::convert_ads(warehouse, &rates, settings)?;
    keep_operating_days(warehouse, settings, &costs, &mut report)?;
    warehouse.rebuild_daily(Rebuild::Changed, settings.currency)?;
    Ok(report)
}

/// Reckons the operating costs of each day, which run to the last day with an order or an ad.
fn keep_operating_days(
    warehouse: &Warehouse,
    settings: &Settings,
    costs: &CostBook,
    report: &mut ProfitReport,
) -> Result<(), Error> {
    let (stated, days) = (warehouse.load_stated_costs(settings.currency)?, warehouse.days_of_activity()?);
    let reporting = (settings.currency, costs.rates());
    let reckoned = operating_days(costs.rules(), &stated, reporting, days, &mut report.foreign_costs);
    warehouse.keep_operating_days(reckoned)?;
    Ok(())
}

/// What the results of one update depend on.
struct Run<'r> {
    warehouse: &'r Warehouse,
    settings: &'r Settings,
    costs: &'r CostBook,
    /// How often the cost book had changed when it was read.
    changes: i64,
    key: &'r str,
}

/// Computes and writes some orders.
fn compute(run: &Run<'_>, keys: &[OrderKey], report: &mut ProfitReport) -> Result<(), Error> {
    let Run { warehouse, settings, costs, .. } = *run;
    let mut computed = Vec::with_capacity(keys.len());
    for facts in warehouse.load_order_facts(keys)? {
        match compute_order(&facts, costs, settings) {
            Ok(profit) => computed.push(profit),
            Err(error) => report.uncomputed.push(UncomputedOrder {
                connection_id: facts.connection_id.clone(),
                order_id: facts.order_id.clone(),
                reason: error.to_string(),
            }),
        }
    }
    warehouse.write_profit_by(&computed, run.key, Some(run.changes))?;
    report.orders += computed.len() as u64;
    Ok(())
}
