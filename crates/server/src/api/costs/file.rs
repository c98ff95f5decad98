//! A file of unit costs: what taking it into the cost book would do, and taking it in.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::facts::{CostKind, CostScope, UnitCostFact};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Record, Row, Value};
use netgain_import::{BoxError, ImportSink, Mapping, PlainCosts, Reject, Summary, cost_mapping, import_at};
use netgain_results::{prepare_costs, preview_costs, save_costs};
use netgain_warehouse::{CostBookChange, Warehouse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{MOST, refused, said};
use super::{CostEffect, CostsRecorded, effect_of};
use crate::app::{App, Place};
use crate::extract::Body;
use crate::problem::{Code, Problem};

/// Rejected lines that an answer names.
const NAMED: usize = 100;
/// What the book calls rows of files.
const SOURCE: &str = "csv";

/// A file of unit costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CostFile {
    /// The file's text, its header line included.
    csv: String,
    /// What the columns mean, as `netgain import csv` takes it (YAML, with `costs`). Left out: the columns have their
    /// usual names (`sku`, `unit_cost`, and where they are there `currency`, `valid_from`, `valid_to`, `country`,
    /// `min_quantity`), numbers a decimal point and days the form YYYY-MM-DD.
    mapping: Option<String>,
    /// Currency of costs where the file does not say it (ISO 4217); the workspace's own where left out.
    currency: Option<String>,
    /// Who records them.
    recorded_by: Option<String>,
    /// Why.
    note: Option<String>,
}

/// How a file was read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostFileRead {
    /// Lines without the header.
    lines: u64,
    /// Unit costs that are new to the book. A row that names no first day holds since ever.
    new: u64,
    /// Unit costs that the book says already.
    unchanged: u64,
    /// Lines that cannot be taken.
    rejected: u64,
    /// The first hundred of them.
    rejects: Vec<RejectedLine>,
    /// Columns that nothing is taken from; empty with a mapping.
    not_used: Vec<String>,
}

/// A line of a file that cannot be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedLine {
    /// Its number, counted from 1, the header included.
    line: u64,
    /// The column at fault; null when the line as a whole is.
    column: Option<String>,
    /// What stood there.
    value: String,
    /// What is wrong and how to cure it.
    reason: String,
}

/// What taking a file into the book would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostFilePreview {
    /// How it was read.
    file: CostFileRead,
    /// What it would do to past profit.
    effect: CostEffect,
}

/// What came of taking a file into the book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostFileRecorded {
    /// How it was read.
    file: CostFileRead,
    /// What was recorded.
    recorded: CostsRecorded,
}

/// Says what a file of unit costs would do to past profit, and records nothing.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/costs/file/preview", operation_id = "previewCostFile", tag = "costs",
    params(("w" = String, Path, description = "the workspace's id")), request_body = CostFile,
    responses((status = 200, description = "what it would do", body = CostFilePreview),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(file): Body<CostFile>,
) -> Result<Json<CostFilePreview>, Problem> {
    app.on(w, move |_, place| {
        let (change, file) = file.read(place, Timestamp::now())?;
        let effect = preview_costs(&place.warehouse, &place.settings, &change)?;
        Ok(Json(CostFilePreview { file, effect: effect_of(&effect, place.settings.currency) }))
    })
    .await
}

/// Takes the rows of a file of unit costs into the cost book and computes again what they touch. What the book says
/// already is not recorded twice; lines that cannot be taken are named, and the others are.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/costs/file", operation_id = "importCosts", tag = "costs",
    params(("w" = String, Path, description = "the workspace's id")), request_body = CostFile,
    responses((status = 200, description = "recorded", body = CostFileRecorded),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn import(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(file): Body<CostFile>,
) -> Result<Json<CostFileRecorded>, Problem> {
    app.on(w, move |_, place| {
        let (change, file) = file.read(place, Timestamp::now())?;
        let saved = save_costs(&place.warehouse, &place.settings, &change)?;
        let recorded = CostsRecorded {
            ids: change.costs.into_iter().map(|cost| cost.cost_id).collect(),
            restated: saved.restated.orders,
            uncomputed: saved.restated.uncomputed.len() as u64,
        };
        Ok(Json(CostFileRecorded { file, recorded }))
    })
    .await
}

impl CostFile {
    /// The rows that are new to the book, as they would be recorded at an instant.
    fn read(self, place: &Place, now: Timestamp) -> Result<(CostBookChange, CostFileRead), Problem> {
        let PlainCosts { mut mapping, not_used } = match said(self.mapping) {
            Some(text) => {
                let mapping = Mapping::from_yaml(&text).map_err(|error| refused("mapping", error))?;
                PlainCosts { mapping, not_used: Vec::new() }
            }
            None => cost_mapping(self.csv.as_bytes()).map_err(|error| refused("csv", error))?,
        };
        if mapping.costs.is_none() {
            return Err(refused(
                "mapping",
                "is of another kind of file: say under `costs` what the columns mean",
            ));
        }
        let currency = match said(self.currency) {
            Some(code) => code.parse().map_err(|error| refused("currency", format!("is wrong: {error}")))?,
            None => place.settings.currency,
        };
        mapping.costs_default_to(currency);
        let mut rows = Rows::default();
        let summary: Summary = import_at(self.csv.as_bytes(), &mapping, now, &mut rows)
            .map_err(|error| refused("csv", format!("cannot be read: {error}")))?;
        if rows.costs.len() > MOST {
            let detail =
                format!("the file has {} unit costs: send at most {MOST} at a time", rows.costs.len());
            return Err(Problem::new(Code::InvalidBody, detail));
        }
        let all = rows.costs.len() as u64;
        let costs = new_ones(&place.warehouse, rows.costs)?;
        let new = costs.len() as u64;
        let change = CostBookChange {
            costs,
            rules: Vec::new(),
            recorded_by: said(self.recorded_by),
            note: said(self.note),
        };
        let read = CostFileRead {
            lines: summary.lines,
            new,
            unchanged: all - new,
            rejected: summary.rejected,
            rejects: rows.rejects,
            not_used,
        };
        Ok((prepare_costs(&place.warehouse, change)?, read))
    }
}

/// What a unit cost is about: of those about the same, the one recorded last counts.
type About = (CostScope, String, Option<String>, i64, Option<Date>);
/// What it says of that.
type Word = (Decimal, Currency, Option<Date>, CostKind);

fn about(cost: &UnitCostFact) -> About {
    (cost.scope, cost.scope_id.clone(), cost.country.clone(), cost.min_quantity, cost.valid_from)
}

fn word(cost: &UnitCostFact) -> Word {
    (cost.unit_cost.normalize(), cost.currency, cost.valid_to, cost.kind)
}

/// Costs that the book does not say already, so that a file sent twice is recorded once.
fn new_ones(warehouse: &Warehouse, costs: Vec<UnitCostFact>) -> Result<Vec<UnitCostFact>, Problem> {
    let book = warehouse.load_unit_costs()?;
    let gone: std::collections::HashSet<&str> =
        book.iter().filter_map(|cost| cost.replaces.as_deref()).collect();
    let mut last: HashMap<About, &UnitCostFact> = HashMap::new();
    for cost in book.iter().filter(|cost| !cost.withdrawn && !gone.contains(cost.cost_id.as_str())) {
        let known = last.entry(about(cost)).or_insert(cost);
        if cost.recorded_at >= known.recorded_at {
            *known = cost;
        }
    }
    let is_new = |cost: &UnitCostFact| last.get(&about(cost)).is_none_or(|known| word(known) != word(cost));
    Ok(costs.into_iter().filter(is_new).collect())
}

/// The rows of a file as rows of the cost book.
#[derive(Default)]
struct Rows {
    costs: Vec<UnitCostFact>,
    rejects: Vec<RejectedLine>,
}

impl ImportSink for Rows {
    fn batch(&mut self, records: Vec<(Record, Vec<u8>)>) -> Result<(), BoxError> {
        for (record, _) in records {
            let cost = cost_of(&record.root).ok_or("a row holds no unit cost")?;
            self.costs.push(cost);
        }
        Ok(())
    }

    fn reject(&mut self, reject: Reject) -> Result<(), BoxError> {
        if self.rejects.len() < NAMED {
            let Reject { line, column, value, reason, raw: _ } = reject;
            self.rejects.push(RejectedLine { line, column, value, reason });
        }
        Ok(())
    }
}

fn cost_of(row: &Row) -> Option<UnitCostFact> {
    let text = |column: &str| match row.get(column) {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let day = |column: &str| match row.get(column) {
        Value::Date(day) => Some(*day),
        _ => None,
    };
    let (Value::Decimal(unit_cost), Value::Time(recorded_at)) =
        (row.get("unit_cost"), row.get("recorded_at"))
    else {
        return None;
    };
    let scope = CostScope::from_name(text("scope")?)?;
    let mut cost = UnitCostFact::new(scope, text("scope_id")?, *unit_cost, text("currency")?.parse().ok()?);
    cost.kind = CostKind::from_name(text("kind")?)?;
    cost.country = text("country").map(str::to_owned);
    if let Value::Int(units) = row.get("min_quantity") {
        cost.min_quantity = *units;
    }
    (cost.valid_from, cost.valid_to) = (day("valid_from"), day("valid_to"));
    cost.recorded_at = *recorded_at;
    SOURCE.clone_into(&mut cost.source);
    Some(cost)
}
