//! From sums to points: cut into local days, brought into the reporting currency, divided where a figure is a ratio.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use netgain_domain::facts::{KpiPoint, KpiSeries, KpiSums, KpiWhen};
use netgain_domain::{Currency, Decimal};
use rust_decimal::RoundingStrategy::MidpointAwayFromZero;

use super::catalogue::{Group, Metric, Unit, Way};
use super::metadata::Metadata;
use crate::InCurrency;

/// A workspace's days and its currency.
#[derive(Debug, Clone)]
pub struct Frame<'r> {
    /// The zone whose midnights part the days.
    pub zone: TimeZone,
    /// The reporting currency and the rates into it.
    pub rates: InCurrency<'r>,
}

impl Frame<'_> {
    fn day(&self, when: KpiWhen) -> Date {
        match when {
            KpiWhen::Day(day) => day,
            KpiWhen::Quarter(start) => self.zone.to_datetime(start).date(),
        }
    }

    pub(super) fn point(
        &self,
        series: KpiSeries,
        day: Date,
        value: Option<Decimal>,
        metadata: &Metadata,
    ) -> KpiPoint {
        KpiPoint { series, timestamp: day_start(day, &self.zone), value, metadata: metadata.json() }
    }
}

/// The first moment of a local day; where a zone skips midnight, the first one after it.
#[must_use]
pub fn day_start(day: Date, zone: &TimeZone) -> Timestamp {
    let midnight = zone.to_ambiguous_zoned(day.to_datetime(Time::midnight()));
    // beyond the calendar there is no day
    midnight.compatible().map_or(Timestamp::MAX, |start| start.timestamp())
}

/// Why a value cannot be said.
pub(super) type Lack = &'static str;
/// No rate is known into the reporting currency.
pub(super) const NO_RATE: Lack = "missing_rate";
/// The row names no currency.
const NO_CURRENCY: Lack = "missing_currency";

/// A sum with what must be known of it.
#[derive(Debug, Clone, Default)]
struct Cell {
    value: Decimal,
    rows: i64,
    lack: Option<(Lack, String)>,
    provisional: bool,
    zones: BTreeSet<String>,
}

impl Cell {
    fn describe(&self, metadata: &mut Metadata, ours: Option<&str>) {
        if self.provisional {
            metadata.set("provisional", true);
        }
        if let Some((lack, what)) = &self.lack {
            metadata.set(lack, what.as_str());
        }
        // days of another zone are the account's own and cannot be cut anew
        let others: Vec<&str> =
            self.zones.iter().map(String::as_str).filter(|zone| Some(*zone) != ours).collect();
        if !others.is_empty() {
            metadata.set("time_zone", others.join(", "));
        }
    }

    fn merge(&mut self, other: &Self, negative: bool) {
        self.value += if negative { -other.value } else { other.value };
        self.rows = self.rows.max(other.rows);
        self.provisional |= other.provisional;
        self.zones.extend(other.zones.iter().cloned());
        if self.lack.is_none() {
            self.lack.clone_from(&other.lack);
        }
    }
}

type Place = (String, String, Date);

/// The points of a group's figures by day: its sums, and the ratios of them.
#[must_use]
pub fn flows(group: &Group, answers: &[(Vec<&Metric>, Vec<KpiSums>)], frame: &Frame<'_>) -> Vec<KpiPoint> {
    let mut days: BTreeMap<Place, BTreeMap<&str, Cell>> = BTreeMap::new();
    for (metrics, sums) in answers {
        for sum in sums {
            let day = frame.day(sum.when);
            for (metric, amount) in metrics.iter().zip(&sum.sums) {
                let Some(amount) = *amount else { continue };
                let place = (sum.connection_id.clone(), sum.source.clone(), day);
                let cell = days.entry(place).or_default().entry(&metric.id).or_default();
                let money = metric.unit == Unit::Money && group.currency.is_some();
                match in_reporting(amount, sum.currency, money, day, frame) {
                    Ok(amount) => cell.value += amount,
                    Err(lack) => cell.lack = Some(lack),
                }
                cell.rows += sum.rows;
                cell.provisional |= sum.provisional;
                cell.zones.extend(sum.time_zone.clone());
            }
        }
    }
    let mut points = Vec::new();
    for ((connection_id, source, day), cells) in &days {
        for metric in group.metrics.iter().filter(|metric| !metric.hidden) {
            let series = KpiSeries {
                connection_id: connection_id.clone(),
                source: source.clone(),
                metric: metric.id.clone(),
            };
            points.extend(point(series, metric, cells, *day, frame));
        }
    }
    points
}

fn in_reporting(
    amount: Decimal,
    currency: Option<Currency>,
    money: bool,
    day: Date,
    frame: &Frame<'_>,
) -> Result<Decimal, (Lack, String)> {
    // nothing is nothing in every currency
    if !money || amount.is_zero() {
        return Ok(amount);
    }
    match currency {
        Some(from) => {
            frame.rates.convert(amount, from, day).map_err(|missing| (NO_RATE, missing.from.to_string()))
        }
        None => Err((NO_CURRENCY, "the rows name no currency".to_owned())),
    }
}

fn point(
    series: KpiSeries,
    metric: &Metric,
    cells: &BTreeMap<&str, Cell>,
    day: Date,
    frame: &Frame<'_>,
) -> Option<KpiPoint> {
    let mut metadata = Metadata::new(day, metric.unit);
    if metric.unit == Unit::Money {
        metadata.set("currency", frame.rates.currency.code());
    }
    let ours = frame.zone.iana_name();
    match &metric.of {
        Way::Ratio { over, under } => {
            let (over, under) = (total(over, cells)?, total(under, cells)?);
            let mut both = over.clone();
            both.merge(&under, false);
            both.describe(&mut metadata, ours);
            metadata.set_amount("over", over.value);
            metadata.set_amount("under", under.value);
            if both.lack.is_some() {
                return Some(frame.point(series, day, None, &metadata));
            }
            let value = quotient(over.value, under.value, metric.digits)?;
            Some(frame.point(series, day, Some(value), &metadata))
        }
        _ => {
            let cell = cells.get(metric.id.as_str())?;
            metadata.set("rows", cell.rows);
            cell.describe(&mut metadata, ours);
            let value = cell.lack.is_none().then_some(cell.value.normalize());
            Some(frame.point(series, day, value, &metadata))
        }
    }
}

/// The sum of signed terms; none where no row says anything about one of them.
fn total(terms: &[String], cells: &BTreeMap<&str, Cell>) -> Option<Cell> {
    let mut sum = Cell::default();
    for term in terms {
        let (name, negative) = term.strip_prefix('-').map_or((term.as_str(), false), |name| (name, true));
        sum.merge(cells.get(name)?, negative);
    }
    Some(sum)
}

/// One amount by another, rounded; none where there is nothing to divide by.
pub(super) fn quotient(over: Decimal, under: Decimal, digits: u32) -> Option<Decimal> {
    let exact = over.checked_div(under)?;
    Some(exact.round_dp_with_strategy(digits, MidpointAwayFromZero).normalize())
}

/// The points of a standing figure: what stands at the end of each day from the first row to the day of `last`, which
/// says for each connection when it was last heard of.
#[must_use]
pub fn standing(
    metric: &Metric,
    begins: &[KpiSums],
    ends: &[KpiSums],
    last: &BTreeMap<String, Timestamp>,
    frame: &Frame<'_>,
) -> Vec<KpiPoint> {
    type Change = BTreeMap<Option<Currency>, (Decimal, i64)>;
    let mut changes: BTreeMap<(String, String), BTreeMap<Date, Change>> = BTreeMap::new();
    for (sums, sign) in [(begins, 1), (ends, -1)] {
        for sum in sums {
            let days = changes.entry((sum.connection_id.clone(), sum.source.clone())).or_default();
            let change = days.entry(frame.day(sum.when)).or_default().entry(sum.currency).or_default();
            let amount = sum.sums.first().copied().flatten().unwrap_or_default();
            change.0 += amount * Decimal::from(sign);
            change.1 += sum.rows * sign;
        }
    }
    let mut points = Vec::new();
    for ((connection_id, source), changes) in changes {
        let (Some(first), Some(seen)) = (changes.keys().next(), last.get(&connection_id)) else { continue };
        let until = frame.zone.to_datetime(*seen).date();
        let mut stands = Change::new();
        let mut day = *first;
        while day <= until {
            for (currency, (amount, rows)) in changes.get(&day).into_iter().flatten() {
                let stand = stands.entry(*currency).or_default();
                stand.0 += *amount;
                stand.1 += *rows;
            }
            let mut cell = Cell::default();
            for (currency, (amount, rows)) in &stands {
                cell.rows += *rows;
                match in_reporting(*amount, *currency, metric.unit == Unit::Money, day, frame) {
                    Ok(amount) => cell.value += amount,
                    Err(lack) => cell.lack = Some(lack),
                }
            }
            let series = KpiSeries {
                connection_id: connection_id.clone(),
                source: source.clone(),
                metric: metric.id.clone(),
            };
            points.extend(point(series, metric, &BTreeMap::from([(metric.id.as_str(), cell)]), day, frame));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    points
}

#[cfg(test)]
mod tests;
