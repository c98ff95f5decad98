//! What people say in the place of a source: set, taken back, and replaced when the source is read again. Each of these
//! is noted in a list that only grows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{KpiAction, KpiAudit, KpiOverride, KpiRead, KpiSeries};
use netgain_profit::Settings;
use netgain_profit::kpi::{Catalogue, Verdict, day_start, standing_override, verdict};
use netgain_warehouse::{KpiSummary, Warehouse};
use sha2::{Digest, Sha256};

use super::Reads;
use super::list::key;
use crate::Error;

/// The longest name and the longest reason that are kept, in characters.
const LONGEST: usize = 200;

/// What a person says about a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiChange {
    /// The metric.
    pub metric: String,
    /// Connection or platform; none for the only one that has the metric, or for a metric of one's own.
    pub source: Option<String>,
    /// The local day.
    pub day: Date,
    /// Who says so.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// When (UTC).
    pub at: Timestamp,
}

fn refused(field: &'static str, message: impl Into<String>) -> Error {
    Error::KpiRefused { field, message: message.into() }
}

/// Sets the value of a day. It stands until the source is read again, or for good where no source says anything.
///
/// # Errors
/// [`Error::KpiRefused`] names the field that cannot be used; else when the warehouse fails.
pub fn set_kpi_override(
    warehouse: &Warehouse,
    settings: &Settings,
    change: &KpiChange,
    value: Decimal,
) -> Result<KpiAudit, Error> {
    if value.normalize().scale() > 10 || value.abs() >= Decimal::from_i128_with_scale(10_i128.pow(28), 0) {
        return Err(refused(
            "value",
            "value has too many digits: write at most 28 before and 10 after the point",
        ));
    }
    record(warehouse, settings, change, Some(value.normalize()))
}

/// Takes back what was set for a day, so that the source is believed again.
///
/// # Errors
/// [`Error::KpiNotFound`] where nothing stands; else as [`set_kpi_override`].
pub fn unset_kpi_override(
    warehouse: &Warehouse,
    settings: &Settings,
    change: &KpiChange,
) -> Result<KpiAudit, Error> {
    record(warehouse, settings, change, None)
}

fn record(
    warehouse: &Warehouse,
    settings: &Settings,
    change: &KpiChange,
    value: Option<Decimal>,
) -> Result<KpiAudit, Error> {
    check(change)?;
    settle(warehouse, settings)?;
    // instants are kept in microseconds, and are compared as they are kept
    let at = Timestamp::from_microsecond(change.at.as_microsecond()).unwrap_or(change.at);
    let known = warehouse.kpi_series(1)?;
    let words = warehouse.kpi_overrides()?;
    let (series, given) = series_of(change, &known, &words)?;
    let place = (series.clone(), day_start(change.day, settings.zone()), next_start(change.day, settings));
    let source_value = warehouse.kpi_source_values(&[place])?.remove(&0);
    let read_at = Reads::new(warehouse.kpi_reads()?).of(&series, given, Catalogue::builtin()?);
    let own: Vec<&KpiOverride> =
        words.iter().filter(|word| key(&word.series) == key(&series) && word.day == change.day).collect();
    let stands = standing_override(source_value.is_some(), read_at, own);
    if value.is_none() && stands.is_none() {
        return Err(Error::KpiNotFound(format!(
            "nothing is set for `{}` of {} on {}",
            series.metric, series.connection_id, change.day
        )));
    }
    let mut word = KpiOverride {
        override_id: String::new(),
        series: series.clone(),
        day: change.day,
        value,
        recorded_at: at,
        recorded_by: change.by.trim().to_owned(),
        reason: change.reason.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
    };
    word.override_id = id_of(&word);
    let action = if value.is_some() { KpiAction::Set } else { KpiAction::Removed };
    let entry = KpiAudit {
        audit_id: format!("{}:{}", action.name(), word.override_id),
        at,
        actor: word.recorded_by.clone(),
        action,
        series,
        day: change.day,
        old: stands.and_then(|word| word.value).or(source_value),
        new: value.or(source_value),
        reason: word.reason.clone(),
    };
    warehouse.record_kpi_changes(&[word], std::slice::from_ref(&entry))?;
    Ok(entry)
}

fn check(change: &KpiChange) -> Result<(), Error> {
    let fits = |text: &str| text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if change.metric.trim().is_empty() || change.metric.trim() != change.metric || !fits(&change.metric) {
        let cure =
            format!("metric is not usable: write 1 to {LONGEST} characters without spaces around them");
        return Err(refused("metric", cure));
    }
    if change.by.trim().is_empty() || !fits(&change.by) {
        return Err(refused(
            "by",
            format!("by is not usable: write who changes it in 1 to {LONGEST} characters"),
        ));
    }
    if change.reason.as_deref().is_some_and(|reason| !fits(reason)) {
        return Err(refused(
            "reason",
            format!("reason is too long: write one line of at most {LONGEST} characters"),
        ));
    }
    Ok(())
}

/// The series that a person means, and whether its source gives the points itself.
fn series_of(
    change: &KpiChange,
    known: &[KpiSummary],
    words: &[KpiOverride],
) -> Result<(KpiSeries, bool), Error> {
    let named = |series: &KpiSeries| {
        let of = change.source.as_deref();
        series.metric == change.metric
            && of.is_none_or(|of| of == series.connection_id || of == series.source)
    };
    let mut found: BTreeMap<(String, String), (KpiSeries, bool)> = BTreeMap::new();
    for one in known.iter().filter(|one| named(&one.series)) {
        found.insert(key(&one.series), (one.series.clone(), one.given));
    }
    for word in words.iter().filter(|word| named(&word.series)) {
        found.entry(key(&word.series)).or_insert_with(|| (word.series.clone(), false));
    }
    // a connection may be called like another one's platform
    let exact = change.source.as_deref().map(|of| (of.to_owned(), change.metric.clone()));
    if let Some(one) = exact.and_then(|exact| found.remove(&exact)) {
        return Ok(one);
    }
    let names = found.keys().map(|(connection, _)| connection.as_str()).collect::<Vec<_>>().join(", ");
    let mut found = found.into_values();
    match (found.next(), found.next(), change.source.as_deref()) {
        (Some(one), None, _) => Ok(one),
        (Some(_), Some(_), _) => Err(refused(
            "source",
            format!("`{}` comes from several sources: name one of {names} as source", change.metric),
        )),
        (None, _, None | Some(KpiSeries::MANUAL)) => {
            let manual = KpiSeries::MANUAL.to_owned();
            let metric = change.metric.clone();
            Ok((KpiSeries { connection_id: manual.clone(), source: manual, metric }, false))
        }
        (None, _, Some(source)) => Err(refused(
            "source",
            format!(
                "`{source}` has no metric `{}`: choose a source that has it, or {} for a metric of your own",
                change.metric,
                KpiSeries::MANUAL
            ),
        )),
    }
}

fn next_start(day: Date, settings: &Settings) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, |next| day_start(next, settings.zone()))
}

/// The same words at the same moment have the same id.
fn id_of(word: &KpiOverride) -> String {
    let mut sha = Sha256::new();
    let value = word.value.map(|value| value.to_string()).unwrap_or_default();
    let (at, day) = (word.recorded_at.to_string(), word.day.to_string());
    let series = &word.series;
    let reason = word.reason.as_deref().unwrap_or_default();
    for part in [&series.connection_id, &series.metric, &day, &value, &at, &word.recorded_by, reason] {
        // a part's length keeps two parts from running into each other
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    sha.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Notes when sources were read to the end, and enters what this replaced into the list of changes. Done again, it
/// enters nothing twice. Returns how many overrides were replaced.
///
/// # Errors
/// When the warehouse fails.
pub fn note_kpi_reads(warehouse: &Warehouse, settings: &Settings, reads: &[KpiRead]) -> Result<u64, Error> {
    // what an earlier reading replaced is entered with that reading, also where somebody was killed behind it
    let before = settle(warehouse, settings)?;
    warehouse.note_kpi_reads(reads)?;
    Ok(before + settle(warehouse, settings)?)
}

/// Enters the overrides that the last readings replaced.
fn settle(warehouse: &Warehouse, settings: &Settings) -> Result<u64, Error> {
    let words = warehouse.kpi_overrides()?;
    if words.is_empty() {
        return Ok(0);
    }
    let catalogue = Catalogue::builtin()?;
    let reads = Reads::new(warehouse.kpi_reads()?);
    let given: BTreeMap<_, bool> =
        warehouse.kpi_series(1)?.into_iter().map(|one| (key(&one.series), one.given)).collect();
    // what was said before the reading, by day
    let mut days: BTreeMap<_, (Timestamp, Vec<&KpiOverride>)> = BTreeMap::new();
    for word in &words {
        let given = given.get(&key(&word.series)).copied().unwrap_or(false);
        let Some(read_at) = reads.of(&word.series, given, catalogue) else { continue };
        if word.recorded_at <= read_at {
            let day = days.entry((key(&word.series), word.day)).or_insert((read_at, Vec::new()));
            day.1.push(word);
        }
    }
    let places: Vec<_> = days
        .values()
        .filter_map(|(_, words)| words.first())
        .map(|word| {
            (word.series.clone(), day_start(word.day, settings.zone()), next_start(word.day, settings))
        })
        .collect();
    let values = warehouse.kpi_source_values(&places)?;
    let mut entries = Vec::new();
    for (at, (read_at, words)) in days.into_values().enumerate() {
        let value = values.get(&at).copied();
        let Verdict::Replaced(word) = verdict(value.is_some(), Some(read_at), words) else { continue };
        entries.push(KpiAudit {
            audit_id: format!("{}:{}", KpiAction::ReplacedBySync.name(), word.override_id),
            at: read_at,
            actor: format!("sync of {}", word.series.connection_id),
            action: KpiAction::ReplacedBySync,
            series: word.series.clone(),
            day: word.day,
            old: word.value,
            new: value,
            reason: Some("the source was read again".to_owned()),
        });
    }
    Ok(warehouse.record_kpi_changes(&[], &entries)?)
}
