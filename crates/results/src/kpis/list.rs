//! Key figures as they count: what sources say, with what people say instead.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::{KpiOverride, KpiSeries};
use netgain_profit::Settings;
use netgain_profit::kpi::{Catalogue, Effective, day_start, effective};
use netgain_warehouse::{KpiSummary, Warehouse};

use super::Reads;
use crate::Error;

/// A series with its newest points as they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiLine {
    /// Where it comes from.
    pub series: KpiSeries,
    /// Whether the source gives the points itself; else they are worked out, or a person's.
    pub given: bool,
    /// Whether there is a source at all.
    pub automated: bool,
    /// When the source was last read to the end; none where that is not known.
    pub read_at: Option<Timestamp>,
    /// The newest points in the order of time.
    pub newest: Vec<Effective>,
}

/// The points of one series within a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiHistory {
    /// Where it comes from.
    pub series: KpiSeries,
    /// Whether the source gives the points itself.
    pub given: bool,
    /// Whether there is a source at all.
    pub automated: bool,
    /// When the source was last read to the end.
    pub read_at: Option<Timestamp>,
    /// The points in the order of time.
    pub points: Vec<Effective>,
}

/// Every series with its newest `count` points, by connection and metric; those that people alone know come with the
/// others.
///
/// # Errors
/// When the warehouse fails.
pub fn list_kpis(warehouse: &Warehouse, settings: &Settings, count: u16) -> Result<Vec<KpiLine>, Error> {
    let catalogue = Catalogue::builtin()?;
    let reads = Reads::new(warehouse.kpi_reads()?);
    let mut words = by_series(warehouse.kpi_overrides()?);
    let zone = settings.zone();
    let mut lines = Vec::new();
    for KpiSummary { series, given, points, newest } in warehouse.kpi_series(count)? {
        let mut own = words.remove(&key(&series)).unwrap_or_default();
        // what people say about days before those shown is not shown either
        let all = points <= newest.len() as u64;
        if let Some(first) = newest.first().filter(|_| !all) {
            let first = zone.to_datetime(first.timestamp).date();
            own.retain(|word| word.day >= first);
        }
        let read_at = reads.of(&series, given, catalogue);
        let newest = last(effective(newest, &own, read_at, zone), count);
        lines.push(KpiLine { series, given, automated: true, read_at, newest });
    }
    for own in words.into_values() {
        let Some(series) = own.first().map(|word| word.series.clone()) else { continue };
        let newest = last(effective(Vec::new(), &own, None, zone), count);
        if !newest.is_empty() {
            lines.push(KpiLine { series, given: false, automated: false, read_at: None, newest });
        }
    }
    lines.sort_by(|a, b| a.series.cmp(&b.series));
    Ok(lines)
}

/// The points of a metric on days from `from` to `to`, both included, one entry for each series that has it; of one
/// connection or platform where one is named.
///
/// # Errors
/// When the warehouse fails.
pub fn kpi_history(
    warehouse: &Warehouse,
    settings: &Settings,
    metric: &str,
    source: Option<&str>,
    (from, to): (Date, Date),
) -> Result<Vec<KpiHistory>, Error> {
    let catalogue = Catalogue::builtin()?;
    let reads = Reads::new(warehouse.kpi_reads()?);
    let zone = settings.zone();
    let (start, end) = (day_start(from, zone), day_start(to.tomorrow().unwrap_or(to), zone));
    let mut points: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for point in warehouse.kpi_points(metric, source, start, end)? {
        points.entry(point.series.clone()).or_default().push(point);
    }
    let asked = |series: &KpiSeries| {
        let named = |of: &str| of == series.connection_id || of == series.source;
        series.metric == metric && source.is_none_or(named)
    };
    let mut words: BTreeMap<KpiSeries, Vec<KpiOverride>> = BTreeMap::new();
    for word in warehouse.kpi_overrides()? {
        if asked(&word.series) {
            words.entry(word.series.clone()).or_default().push(word);
        }
    }
    let mut found = Vec::new();
    for known in warehouse.kpi_series(1)?.into_iter().filter(|known| asked(&known.series)) {
        let read_at = reads.of(&known.series, known.given, catalogue);
        let own = within(words.remove(&known.series).unwrap_or_default(), (from, to));
        let points = effective(points.remove(&known.series).unwrap_or_default(), &own, read_at, zone);
        found.push(KpiHistory { series: known.series, given: known.given, automated: true, read_at, points });
    }
    for (series, own) in words {
        let points = effective(Vec::new(), &within(own, (from, to)), None, zone);
        found.push(KpiHistory { series, given: false, automated: false, read_at: None, points });
    }
    Ok(found)
}

fn within(mut words: Vec<KpiOverride>, (from, to): (Date, Date)) -> Vec<KpiOverride> {
    words.retain(|word| from <= word.day && word.day <= to);
    words
}

fn last(mut points: Vec<Effective>, count: u16) -> Vec<Effective> {
    points.drain(..points.len().saturating_sub(usize::from(count)));
    points
}

/// A connection's metric: its platform never changes.
pub(super) fn key(series: &KpiSeries) -> (String, String) {
    (series.connection_id.clone(), series.metric.clone())
}

fn by_series(words: Vec<KpiOverride>) -> BTreeMap<(String, String), Vec<KpiOverride>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for word in words {
        found.entry(key(&word.series)).or_default().push(word);
    }
    found
}
