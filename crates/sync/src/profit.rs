//! Recomputes the profit of what changed, and nothing else.

use netgain_profit::{CostBook, Settings, compute_order};
use netgain_warehouse::{OrderKey, Rebuild, Warehouse};

use crate::Error;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfitReport {
    /// Orders computed.
    pub orders: u64,
    /// Orders that could not be.
    pub uncomputed: Vec<UncomputedOrder>,
}

/// Computes every order whose rows or rules changed since its profit was last written, then sums the days that
/// this touches. Killed at any instant and run again, it ends at the same tables.
///
/// Orders are found stale by their rows, the settings and the cost book; a cost that was added makes all of them stale.
///
/// # Errors
/// When the warehouse fails or the settings have no JSON form. An order that cannot be computed is reported, not an
/// error.
pub fn update_profit(
    warehouse: &Warehouse,
    settings: &Settings,
    on_progress: &mut dyn FnMut(u64),
) -> Result<ProfitReport, Error> {
    let unit_costs = warehouse.load_unit_costs()?;
    let key = results_key(settings, &unit_costs)?;
    let costs = CostBook::new(unit_costs);
    let mut report = ProfitReport::default();
    let mut after = None;
    loop {
        let stale = warehouse.stale_orders(&key, after.as_ref(), FOUND)?;
        let Some(last) = stale.last().cloned() else { break };
        for keys in stale.chunks(CHUNK) {
            compute(warehouse, settings, &costs, keys, &key, &mut report)?;
            on_progress(report.orders);
        }
        after = Some(last);
    }
    warehouse.purge_profit_of_deleted()?;
    warehouse.rebuild_daily(Rebuild::Changed, settings.currency)?;
    Ok(report)
}

/// Computes and writes some orders.
fn compute(
    warehouse: &Warehouse,
    settings: &Settings,
    costs: &CostBook,
    keys: &[OrderKey],
    results_key: &str,
    report: &mut ProfitReport,
) -> Result<(), Error> {
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
    warehouse.write_profit(&computed, results_key)?;
    report.orders += computed.len() as u64;
    Ok(())
}

/// Names what a result depends on beside the order's own rows: the rules and the cost book.
fn results_key(
    settings: &Settings,
    unit_costs: &[netgain_domain::facts::UnitCostFact],
) -> Result<String, Error> {
    let newest = unit_costs.iter().map(|cost| cost.recorded_at.as_microsecond()).max().unwrap_or_default();
    Ok(format!("{}-{}-{newest}", settings.key()?, unit_costs.len()))
}
