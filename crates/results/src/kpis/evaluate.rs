//! Works out the standard key figures from the stored rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use netgain_domain::facts::{KpiPoint, KpiSums};
use netgain_profit::kpi::{Catalogue, Frame, Group, Metric, Way, flows, recurring, standing};
use netgain_profit::subscriptions::{Definition, histories};
use netgain_profit::{InCurrency, RateBook, Settings};
use netgain_warehouse::Warehouse;

use crate::Error;

/// What an update of the key figures did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct KpiReport {
    /// Points that there are.
    pub points: u64,
    /// Those that are new or differ from before.
    pub changed: u64,
    /// Points whose value cannot be said, such as for lack of an exchange rate; `metadata` says why.
    pub without_value: u64,
}

/// Works out all standard key figures. Points are kept only where they differ, so that doing it again, also after it was
/// killed, ends at the same rows.
///
/// # Errors
/// When the warehouse fails.
pub fn update_kpis(warehouse: &Warehouse, settings: &Settings) -> Result<KpiReport, Error> {
    let rates = RateBook::new(warehouse.load_rates()?);
    let frame = Frame {
        zone: settings.zone().clone(),
        rates: InCurrency { currency: settings.currency, rates: &rates },
    };
    let mut points = Vec::new();
    for group in &Catalogue::builtin()?.groups {
        of_group(warehouse, group, &frame, &mut points)?;
    }
    points.sort_by(|a, b| (&a.series, a.timestamp).cmp(&(&b.series, b.timestamp)));
    let without_value = points.iter().filter(|point| point.value.is_none()).count() as u64;
    let changed = warehouse.write_kpi_values(&points)?;
    Ok(KpiReport { points: points.len() as u64, changed, without_value })
}

fn of_group(
    warehouse: &Warehouse,
    group: &Group,
    frame: &Frame<'_>,
    points: &mut Vec<KpiPoint>,
) -> Result<(), Error> {
    let mut answers: Vec<(Vec<&Metric>, Vec<KpiSums>)> = Vec::new();
    for (query, metrics) in group.flows() {
        answers.push((metrics, warehouse.kpi_sums(&query)?));
    }
    points.extend(flows(group, &answers, frame));
    let standings = group.standings();
    if !standings.is_empty() {
        let seen = warehouse.kpi_last_seen(group.entity())?;
        for (metric, begins, ends) in standings {
            let sums = |queries: &[netgain_domain::facts::KpiQuery]| {
                let found: Result<Vec<_>, _> =
                    queries.iter().map(|query| warehouse.kpi_sums(query)).collect();
                found.map(|found| found.concat())
            };
            points.extend(standing(metric, &sums(&begins)?, &sums(&ends)?, &seen, frame));
        }
    }
    if group.metrics.iter().any(|metric| matches!(metric.of, Way::Recurring { .. })) {
        of_subscriptions(warehouse, group, frame, points)?;
    }
    Ok(())
}

fn of_subscriptions(
    warehouse: &Warehouse,
    group: &Group,
    frame: &Frame<'_>,
    points: &mut Vec<KpiPoint>,
) -> Result<(), Error> {
    let subscriptions = warehouse.subscriptions_by_connection()?;
    let Some(definition) = Definition::builtin()?.into_iter().next().filter(|_| !subscriptions.is_empty())
    else {
        return Ok(());
    };
    let changes = warehouse.load_subscription_changes()?;
    let seen: BTreeMap<String, Timestamp> = warehouse.kpi_last_seen(group.entity())?;
    for ((connection, source), facts) in &subscriptions {
        let Some(seen) = seen.get(connection) else { continue };
        let history = histories(facts, &changes);
        points.extend(recurring(group, (connection, source), &history.snapshots, &definition, *seen, frame));
    }
    Ok(())
}
