//! Key figures as clients read them.

use std::collections::BTreeMap;

use netgain_domain::facts::{KpiAudit, KpiOverride};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};
use netgain_profit::kpi::{Catalogue, Effective, Unit};
use netgain_results::{KpiHistory, KpiLine};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::amount::{money, number};
use crate::app::Place;

/// Every key figure, by source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiPage {
    /// The reporting currency (ISO 4217); standard amounts of money are in it.
    pub(super) currency: String,
    /// The IANA time zone of the days.
    pub(super) time_zone: String,
    /// Today in that zone (YYYY-MM-DD).
    pub(super) today: String,
    /// By connection; `manual` for what people alone know.
    pub(super) sources: Vec<KpiSource>,
    /// The figures that are worked out from what sources deliver.
    pub(super) catalogue: Vec<KpiDefinition>,
}

/// The key figures of one source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiSource {
    /// The connection, or `manual`.
    connection_id: String,
    /// Its platform, `csv`, or `manual`.
    source: String,
    /// Its figures by name.
    kpis: Vec<KpiRow>,
}

/// A key figure of one source with its newest points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiRow {
    /// The metric's name.
    metric: String,
    /// Its name for people.
    label: String,
    /// `money`, `count`, `share` (0 to 1) or `ratio`; null where the source does not say.
    unit: Option<&'static str>,
    /// How it is worked out, in words; null where the source gives it.
    formula: Option<String>,
    /// `computed` from what the source delivers, `given` by the source, or `manual`.
    origin: &'static str,
    /// When the source was last read to the end (RFC 3339, UTC); null where that is not known.
    read_at: Option<String>,
    /// The newest value; null where it cannot be said.
    value: Option<String>,
    /// When it counts (RFC 3339, UTC).
    timestamp: String,
    /// Whether a person's word stands for it.
    overridden: bool,
    /// Whether the platform may still restate it.
    provisional: bool,
    /// The newest points in the order of time.
    points: Vec<KpiSpark>,
}

/// A point in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiSpark {
    /// Its local day (YYYY-MM-DD).
    day: String,
    /// The value; null where it cannot be said.
    value: Option<String>,
    /// Whether a person's word stands for it.
    overridden: bool,
}

/// A standard key figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiDefinition {
    /// The metric's name.
    metric: String,
    /// Its name for people.
    label: String,
    /// What it belongs to, such as `Advertising`.
    group: String,
    /// `money`, `count`, `share` (0 to 1) or `ratio`.
    unit: &'static str,
    /// How it is worked out, in words.
    formula: String,
    /// The table that it is worked out from.
    table: String,
}

/// One metric, by source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiMetric {
    /// The metric's name.
    metric: String,
    /// Its name for people.
    label: String,
    /// `money`, `count`, `share` (0 to 1) or `ratio`; null where sources do not say.
    unit: Option<&'static str>,
    /// How it is worked out, in words; null where sources give it.
    formula: Option<String>,
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The IANA time zone of the days.
    time_zone: String,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// One for each source that has the metric.
    series: Vec<KpiSeriesPoints>,
}

/// The points of one source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiSeriesPoints {
    /// The connection, or `manual`.
    connection_id: String,
    /// Its platform, `csv`, or `manual`.
    source: String,
    /// `computed`, `given` or `manual`.
    origin: &'static str,
    /// When the source was last read to the end (RFC 3339, UTC).
    read_at: Option<String>,
    /// In the order of time.
    points: Vec<KpiPointRow>,
}

/// A point of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiPointRow {
    /// The value as it counts; null where it cannot be said, and then `metadata` says why.
    value: Option<String>,
    /// When it counts (RFC 3339, UTC): of a day its first moment in the workspace's zone.
    timestamp: String,
    /// What else is known of it.
    metadata: Option<BTreeMap<String, Value>>,
    /// The platform, `csv`, or `manual`.
    source: String,
    /// The workspace.
    workspace_id: String,
    /// Its local day (YYYY-MM-DD).
    day: String,
    /// The person's word that stands for it; null where the source is believed.
    r#override: Option<KpiWord>,
    /// What the source says instead, where a person is believed.
    source_value: Option<String>,
}

/// What a person said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiWord {
    /// Who.
    by: String,
    /// When (RFC 3339, UTC).
    recorded_at: String,
    /// Why.
    reason: Option<String>,
}

/// What a change did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiOverridden {
    /// The entry in the list of changes.
    pub(super) entry: KpiAuditRow,
}

/// The list of changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiAuditPage {
    /// The newest first.
    pub(super) entries: Vec<KpiAuditRow>,
}

/// A change of a value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KpiAuditRow {
    /// Its id.
    id: String,
    /// When (RFC 3339, UTC).
    at: String,
    /// Who, or `sync of <connection>`.
    actor: String,
    /// `set`, `replaced_by_sync` or `removed`.
    action: &'static str,
    /// The connection, or `manual`.
    connection_id: String,
    /// Its platform, or `manual`.
    source: String,
    /// The metric.
    metric: String,
    /// The local day (YYYY-MM-DD).
    day: String,
    /// The value that counted before; null where there was none.
    old: Option<String>,
    /// The value that counts since; null where there is none.
    new: Option<String>,
    /// Why.
    reason: Option<String>,
}

pub(super) fn audit_row(entry: KpiAudit) -> KpiAuditRow {
    KpiAuditRow {
        id: entry.audit_id,
        at: entry.at.to_string(),
        actor: entry.actor,
        action: entry.action.name(),
        connection_id: entry.series.connection_id,
        source: entry.series.source,
        metric: entry.series.metric,
        day: entry.day.to_string(),
        old: entry.old.map(number),
        new: entry.new.map(number),
        reason: entry.reason,
    }
}

pub(super) fn definitions(catalogue: &Catalogue) -> Vec<KpiDefinition> {
    let groups = catalogue.groups.iter();
    let all = groups.flat_map(|group| group.metrics.iter().map(move |metric| (group, metric)));
    all.filter(|(_, metric)| !metric.hidden)
        .map(|(group, metric)| KpiDefinition {
            metric: metric.id.clone(),
            label: metric.label.clone(),
            group: group.label.clone(),
            unit: metric.unit.name(),
            formula: metric.formula.clone(),
            table: group.table.clone(),
        })
        .collect()
}

/// What the catalogue says of a metric whose points are worked out.
struct About {
    label: String,
    unit: Option<Unit>,
    formula: Option<String>,
    /// Its place in the catalogue; others come behind it.
    place: usize,
}

impl About {
    fn of(catalogue: &Catalogue, metric: &str, standard: bool) -> Self {
        let known = catalogue.metric(metric).filter(|_| standard).map(|(_, known)| known);
        let all = catalogue.groups.iter().flat_map(|group| &group.metrics);
        Self {
            label: known.map_or_else(|| metric.to_owned(), |known| known.label.clone()),
            unit: known.map(|known| known.unit),
            formula: known.map(|known| known.formula.clone()),
            place: all.take_while(|one| known.is_none_or(|known| known.id != one.id)).count(),
        }
    }

    fn text(&self, value: Decimal, currency: Currency) -> String {
        if self.unit == Some(Unit::Money) { money(value, currency) } else { number(value) }
    }
}

fn provisional(point: &Effective) -> bool {
    let metadata: Option<Value> = point.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok());
    metadata.is_some_and(|metadata| metadata.get("provisional") == Some(&Value::Bool(true)))
}

fn origin(given: bool, automated: bool) -> &'static str {
    match (given, automated) {
        (true, _) => "given",
        (false, true) => "computed",
        (false, false) => "manual",
    }
}

pub(super) fn sources(lines: Vec<KpiLine>, catalogue: &Catalogue, currency: Currency) -> Vec<KpiSource> {
    let mut all: BTreeMap<(String, String), Vec<(usize, KpiRow)>> = BTreeMap::new();
    for line in lines {
        let about = About::of(catalogue, &line.series.metric, !line.given);
        let Some(newest) = line.newest.last() else { continue };
        let row = KpiRow {
            label: about.label.clone(),
            unit: about.unit.map(Unit::name),
            formula: about.formula.clone(),
            origin: origin(line.given, line.automated),
            read_at: line.read_at.map(|at| at.to_string()),
            value: newest.value.map(|value| about.text(value, currency)),
            timestamp: newest.timestamp.to_string(),
            overridden: newest.by_person.is_some(),
            provisional: provisional(newest),
            points: line
                .newest
                .iter()
                .map(|point| KpiSpark {
                    day: point.day.to_string(),
                    value: point.value.map(|value| about.text(value, currency)),
                    overridden: point.by_person.is_some(),
                })
                .collect(),
            metric: line.series.metric,
        };
        all.entry((line.series.connection_id, line.series.source)).or_default().push((about.place, row));
    }
    let source = |((connection_id, source), mut rows): ((String, String), Vec<(usize, KpiRow)>)| {
        rows.sort_by(|a, b| (a.0, &a.1.metric).cmp(&(b.0, &b.1.metric)));
        KpiSource { connection_id, source, kpis: rows.into_iter().map(|(_, row)| row).collect() }
    };
    all.into_iter().map(source).collect()
}

impl KpiMetric {
    pub(super) fn of(
        place: &Place,
        catalogue: &Catalogue,
        metric: &str,
        (from, to): (Date, Date),
        series: Vec<KpiHistory>,
    ) -> Self {
        let given = !series.is_empty() && series.iter().all(|one| one.given);
        let about = About::of(catalogue, metric, !given);
        let currency = place.settings.currency;
        let points = |one: KpiHistory| {
            let (source, automated) = (one.series.source.clone(), one.automated);
            let own = About::of(catalogue, metric, !one.given);
            let rows = one.points.into_iter();
            KpiSeriesPoints {
                connection_id: one.series.connection_id,
                origin: origin(one.given, automated),
                read_at: one.read_at.map(|at| at.to_string()),
                points: rows.map(|point| row(point, &own, &source, place, currency)).collect(),
                source,
            }
        };
        Self {
            metric: metric.to_owned(),
            label: about.label,
            unit: about.unit.map(Unit::name),
            formula: about.formula,
            currency: currency.to_string(),
            time_zone: place.workspace.time_zone.clone(),
            from: from.to_string(),
            to: to.to_string(),
            series: series.into_iter().map(points).collect(),
        }
    }
}

fn row(point: Effective, about: &About, source: &str, place: &Place, currency: Currency) -> KpiPointRow {
    let Effective { timestamp, day, value, metadata, by_person, source_value } = point;
    KpiPointRow {
        value: value.map(|value| about.text(value, currency)),
        timestamp: timestamp.to_string(),
        // what a file or platform wrote may be any JSON: what is no object stands under `note`
        metadata: metadata.map(|text| match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => fields.into_iter().collect(),
            Ok(other) => BTreeMap::from([("note".to_owned(), other)]),
            Err(_) => BTreeMap::from([("note".to_owned(), Value::String(text))]),
        }),
        source: source.to_owned(),
        workspace_id: place.workspace.id.to_string(),
        day: day.to_string(),
        r#override: by_person.map(word),
        source_value: source_value.map(|value| about.text(value, currency)),
    }
}

fn word(said: KpiOverride) -> KpiWord {
    KpiWord { by: said.recorded_by, recorded_at: said.recorded_at.to_string(), reason: said.reason }
}
