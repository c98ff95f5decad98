//! Points of key figures, worked out or given, and which series there are.

use std::collections::BTreeMap;

use crate::engine::params;
use netgain_domain::facts::{KpiPoint, KpiSeries};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Kind, Value};

use super::KPI_VALUES;
use crate::columnar::TableWriter;
use crate::dialect::{TIME_PARAMETER, literal};
use crate::error::{Context, Result};
use crate::reading::{Cells, rows};
use crate::schema::spec;
use crate::warehouse::Warehouse;

const READING: &str = "read key figures";
const WRITING: &str = "write key figures";

/// All points: those that platforms and files give, and those that were worked out.
const ALL: &str = "(SELECT connection_id, source, metric, \"timestamp\", value, metadata, true AS given FROM kpi_points \
    UNION ALL SELECT connection_id, source, metric, \"timestamp\", value, metadata, false FROM kpi_values)";

/// A series with its newest points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiSummary {
    /// Where it comes from.
    pub series: KpiSeries,
    /// Whether its points are given by the source, not worked out.
    pub given: bool,
    /// Points in all.
    pub points: u64,
    /// The newest of them, in the order of time.
    pub newest: Vec<KpiPoint>,
}

fn point(cells: &Cells<'_>) -> Result<KpiPoint> {
    Ok(KpiPoint {
        series: KpiSeries {
            connection_id: cells.string(0)?,
            source: cells.string(1)?,
            metric: cells.string(2)?,
        },
        timestamp: cells.time(3)?,
        value: cells.maybe_decimal(4)?,
        metadata: cells.maybe_string(5)?,
    })
}

impl Warehouse {
    /// The points that were worked out, in the order of series and time.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_values(&self) -> Result<Vec<KpiPoint>> {
        let sql = "SELECT connection_id, source, metric, \"timestamp\", value, metadata FROM kpi_values \
             ORDER BY connection_id, source, metric, \"timestamp\"";
        rows(&*self.reader()?, READING, sql, [], point)
    }

    /// Keeps these points in the place of all that were worked out before; where nothing differs, nothing is written.
    /// Returns how many are new or differ.
    ///
    /// # Errors
    /// Nothing is written when a value cannot be kept exactly or the engine fails.
    pub fn write_kpi_values(&self, points: &[KpiPoint]) -> Result<u64> {
        let key = |point: &KpiPoint| (point.series.clone(), point.timestamp);
        let stored: BTreeMap<_, _> =
            self.kpi_values()?.into_iter().map(|point| (key(&point), point)).collect();
        let same = |point: &&KpiPoint| stored.get(&key(point)) == Some(*point);
        let kept = points.iter().filter(same).count();
        if kept == points.len() && kept == stored.len() {
            return Ok(0);
        }
        // connections whose points are the same are left alone
        let mut by_connection: BTreeMap<&str, (Vec<&KpiPoint>, Vec<&KpiPoint>)> = BTreeMap::new();
        for point in points {
            by_connection.entry(&point.series.connection_id).or_default().0.push(point);
        }
        for point in stored.values() {
            by_connection.entry(&point.series.connection_id).or_default().1.push(point);
        }
        by_connection.retain(|_, (new, _)| {
            new.sort_by(|a, b| (&a.series, a.timestamp).cmp(&(&b.series, b.timestamp)));
            true
        });
        by_connection.retain(|_, (new, old)| new != old);
        self.write(WRITING, |writer| {
            for connection in by_connection.keys() {
                writer
                    .execute("DELETE FROM kpi_values WHERE connection_id = ?", [connection])
                    .doing(WRITING)?;
            }
            let mut out = TableWriter::new(writer, "kpi_values", KPI_VALUES.to_vec())?;
            for point in by_connection.values().flat_map(|(new, _)| new) {
                out.text(&point.series.connection_id)?;
                out.text(&point.series.source)?;
                out.text(&point.series.metric)?;
                out.time(point.timestamp)?;
                out.cell(&point.value.map_or(Value::Null, Value::Decimal))?;
                out.text_or_null(point.metadata.as_deref())?;
                out.end_row()?;
            }
            out.finish()
        })?;
        Ok((points.len() - kept) as u64)
    }

    /// Every series with its newest `count` points, by connection and metric.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_series(&self, count: u16) -> Result<Vec<KpiSummary>> {
        let sql = format!(
            "SELECT connection_id, source, metric, \"timestamp\", value, metadata, given, points FROM (\
             SELECT *, count(*) OVER (PARTITION BY connection_id, source, metric) AS points, \
             row_number() OVER (PARTITION BY connection_id, source, metric \
               ORDER BY \"timestamp\" DESC, metadata DESC NULLS LAST, value DESC NULLS LAST) AS place \
             FROM {ALL} AS points) AS placed WHERE place <= {count} \
             ORDER BY connection_id, source, metric, \"timestamp\", metadata NULLS FIRST, value NULLS FIRST"
        );
        let found = rows(&*self.reader()?, READING, &sql, [], |cells| {
            let given = cells.maybe_bool(6)?.unwrap_or(false);
            Ok((point(cells)?, given, cells.int(7)?.unsigned_abs()))
        })?;
        let mut all: Vec<KpiSummary> = Vec::new();
        for (point, given, points) in found {
            match all.last_mut() {
                Some(last) if last.series == point.series => {
                    last.given |= given;
                    last.newest.push(point);
                }
                _ => {
                    all.push(KpiSummary { series: point.series.clone(), given, points, newest: vec![point] })
                }
            }
        }
        Ok(all)
    }

    /// The points of a metric from one moment to before another, in the order of series and time; of one connection or
    /// platform where one is named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_points(
        &self,
        metric: &str,
        source: Option<&str>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<KpiPoint>> {
        let of = source.map(literal);
        let of = of.map(|of| format!("AND (connection_id = {of} OR source = {of})")).unwrap_or_default();
        let sql = format!(
            "SELECT connection_id, source, metric, \"timestamp\", value, metadata FROM {ALL} AS points \
             WHERE metric = ? {of} AND \"timestamp\" >= {TIME_PARAMETER} AND \"timestamp\" < {TIME_PARAMETER} \
             ORDER BY connection_id, source, \"timestamp\", metadata NULLS FIRST, value NULLS FIRST"
        );
        let given = params![metric, from.as_microsecond(), to.as_microsecond()];
        rows(&*self.reader()?, READING, &sql, given, point)
    }

    /// For each of these places, a series and the moments between which its day lies: the value of the source, the last
    /// one of the day where there are several. Places without one are left out.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_source_values(
        &self,
        places: &[(KpiSeries, Timestamp, Timestamp)],
    ) -> Result<BTreeMap<usize, netgain_domain::Decimal>> {
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let reader = self.reader()?;
        let columns = vec![
            spec("place", Kind::Int),
            spec("connection_id", Kind::Text),
            spec("metric", Kind::Text),
            spec("first", Kind::Time),
            spec("after", Kind::Time),
        ];
        reader.temporary("kpi_places", &columns).doing(READING)?;
        let mut out = TableWriter::new(&reader, "kpi_places", columns)?;
        for (at, (series, first, after)) in places.iter().enumerate() {
            out.int(i64::try_from(at).unwrap_or(i64::MAX))?;
            out.text(&series.connection_id)?;
            out.text(&series.metric)?;
            out.time(*first)?;
            out.time(*after)?;
            out.end_row()?;
        }
        out.finish()?;
        let sql = format!(
            "SELECT p.place, v.value FROM kpi_places AS p JOIN {ALL} AS v ON v.connection_id = p.connection_id \
             AND v.metric = p.metric AND v.\"timestamp\" >= p.\"first\" AND v.\"timestamp\" < p.\"after\" \
             WHERE v.value IS NOT NULL ORDER BY p.place, v.\"timestamp\", v.metadata NULLS FIRST, v.value"
        );
        let found = rows(&reader, READING, &sql, [], |cells| Ok((cells.int(0)?, cells.decimal(1)?)))?;
        Ok(found.into_iter().filter_map(|(at, value)| Some((usize::try_from(at).ok()?, value))).collect())
    }
}
