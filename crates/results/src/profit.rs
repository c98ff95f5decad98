//! Recomputes the profit of what changed, and nothing else.

use std::num::NonZero;
use std::sync::{Arc, mpsc};

use netgain_domain::facts::{OrderFacts, OrderProfit};
use netgain_profit::{CostBook, RateBook, Settings, compute_order, operating_days};
use netgain_warehouse::{Rebuild, Sums, Warehouse};

use crate::{Error, rates};

/// Orders that are loaded, computed and written at a time: one scan of the tables serves them all, and all of their rows
/// are in memory, twice where the next ones are loaded meanwhile.
const RUN: usize = 8_192;
/// So few orders change the sums of their days. What a transaction updates stays in memory until it ends: the sums of more
/// orders would not fit beside everything else into what a small machine gives the engine.
const FEW: u64 = 500;
/// Cores that computing takes of a machine that does other work too.
const MOST_CORES: usize = 8;
/// Fewer orders than this are computed sooner than a thread is begun.
const LEAST_PART: usize = 500;

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
    // what another machine commits meanwhile must not be overwritten by results that do not know of it
    let warehouse = &warehouse.in_turn()?;
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
    let any_gone = compute_stale(&run, &mut report, on_progress)?;
    if any_gone {
        warehouse.purge_profit_of_deleted()?;
    }
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

/// Orders as they were computed, with those that could not be.
type Computed = (Vec<OrderProfit>, Vec<UncomputedOrder>);

/// Computes and writes all orders that are out of date; the next ones are loaded and computed meanwhile. Whether there is
/// stored profit of orders that are gone.
fn compute_stale(
    run: &Run<'_>,
    report: &mut ProfitReport,
    on_progress: &mut dyn FnMut(u64),
) -> Result<bool, Error> {
    let mut stale = run.warehouse.find_stale_orders(run.key)?;
    let any_gone = stale.any_gone();
    let sums = if stale.count() <= FEW { Sums::Adjust } else { Sums::Later };
    std::thread::scope(|scope| {
        let (sender, computed) = mpsc::sync_channel(0);
        scope.spawn(move || {
            loop {
                let next = stale.next_run(RUN).and_then(|keys| match keys.as_slice() {
                    [] => Ok(None),
                    keys => Ok(Some(compute(run, &run.warehouse.load_order_facts(keys)?))),
                });
                let Some(next) = next.transpose() else { break };
                let failed = next.is_err();
                // nobody listens any more once writing has failed
                if sender.send(next).is_err() || failed {
                    break;
                }
            }
        });
        let mut computed = computed.into_iter();
        // others who write wait as long as keeping so many takes
        let whole = run.warehouse.profit_at_once();
        let mut done = false;
        while !done {
            let mut orders = 0;
            let runs = std::iter::from_fn(|| {
                if orders >= whole {
                    return None;
                }
                let Some(next) = computed.next() else {
                    done = true;
                    return None;
                };
                Some(next.map(|(computed, uncomputed): Computed| {
                    orders += computed.len() + uncomputed.len();
                    report.orders += computed.len() as u64;
                    report.uncomputed.extend(uncomputed);
                    on_progress(report.orders);
                    computed
                }))
            });
            run.warehouse.write_profit_runs(runs, run.key, Some(run.changes), sums)?;
        }
        Ok(any_gone)
    })
}

/// Computes some orders on all cores, in their order.
fn compute(run: &Run<'_>, facts: &[OrderFacts]) -> Computed {
    let of = |facts: &[OrderFacts]| -> Vec<_> {
        facts.iter().map(|facts| compute_order(facts, run.costs, run.settings)).collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_CORES);
    let part = facts.len().div_ceil(cores).max(LEAST_PART);
    let results: Vec<_> = match facts.split_at_checked(part) {
        None => of(facts),
        Some((first, others)) => std::thread::scope(|scope| {
            let others: Vec<_> = others.chunks(part).map(|part| scope.spawn(move || of(part))).collect();
            let mut results = of(first);
            for other in others {
                match other.join() {
                    Ok(more) => results.extend(more),
                    // what panics on a thread of its own panics as it would here
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        }),
    };
    let (mut computed, mut uncomputed) = (Vec::with_capacity(results.len()), Vec::new());
    for (facts, result) in facts.iter().zip(results) {
        match result {
            Ok(profit) => computed.push(profit),
            Err(error) => uncomputed.push(UncomputedOrder {
                connection_id: facts.connection_id.clone(),
                order_id: facts.order_id.clone(),
                reason: error.to_string(),
            }),
        }
    }
    (computed, uncomputed)
}
