//! What platforms sent: payloads of the raw archive, by the rows that were read from them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Table;
use netgain_warehouse::{Archive, RowPayload};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, Place, Shared};
use crate::extract::Params;
use crate::problem::Problem;

/// One payload of the raw archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Raw {
    /// Its place in the archive.
    pub(crate) raw_ref: String,
    /// When it was read from the platform (RFC 3339, UTC).
    pub(crate) observed_at: String,
    /// Exactly what the platform sent, number for number; null where the archive cannot give it.
    #[schema(value_type = serde_json::Value)]
    payload: Option<Box<RawValue>>,
    /// Why there is no payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

impl Raw {
    /// Reads a payload. A damaged archive must not hide the rest of an answer.
    pub(crate) fn read(archive: &Archive, raw_ref: &str, observed_at: String) -> Self {
        let found = archive.get(raw_ref).map_err(|error| error.to_string()).and_then(|line| {
            let text = String::from_utf8(line.to_vec()).map_err(|error| error.to_string())?;
            RawValue::from_string(text).map_err(|error| error.to_string())
        });
        let (payload, missing) = match found {
            Ok(payload) => (Some(payload), None),
            Err(reason) => (None, Some(reason)),
        };
        Self { raw_ref: raw_ref.to_owned(), observed_at, payload, missing }
    }
}

/// The payloads of rows by table and id, as far as they have any: what people state and settings have none.
pub(crate) fn payloads_of<'r>(
    place: &Place,
    rows: impl Iterator<Item = (&'r str, &'r str)>,
) -> Result<BTreeMap<(String, String), RowPayload>, Problem> {
    let mut by_table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (table, id) in rows {
        by_table.entry(table).or_default().push(id);
    }
    let mut found = BTreeMap::new();
    for (name, ids) in by_table {
        let Some(table) = Table::from_name(name) else { continue };
        for (id, payload) in place.warehouse.row_payloads(table, &ids)? {
            found.insert((name.to_owned(), id), payload);
        }
    }
    Ok(found)
}

/// Which row.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RawParams {
    /// The row's table, as an explanation names it.
    table: String,
    /// The row's id, as an explanation names it: its own, or its connection's, a slash and its own.
    source_id: String,
}

/// What the platform sent of a row behind a figure.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/raw", operation_id = "rawPayload", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), RawParams),
    responses((status = 200, description = "the payload", body = Raw),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn raw_payload(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<RawParams>,
) -> Result<Json<Raw>, Problem> {
    app.on(w, move |shared, place| payload(shared, place, &params).map(Json)).await
}

fn payload(shared: &Shared, place: &Place, params: &RawParams) -> Result<Raw, Problem> {
    if Table::from_name(&params.table).is_none() {
        let shown: String = params.table.chars().take(60).collect();
        let cure = "write a table as an explanation names it, such as ad_days";
        return Err(Problem::parameter("table", format!("table `{shown}` has no payloads"), cure));
    }
    let asked = (params.table.as_str(), params.source_id.as_str());
    let found = payloads_of(place, std::iter::once(asked))?.into_values().next().ok_or_else(|| {
        let shown: String = params.source_id.chars().take(100).collect();
        let cure = "write source_id as an explanation names it";
        Problem::parameter("source_id", format!("{} has no row `{shown}`", params.table), cure)
    })?;
    let archive = shared.archive(&place.workspace.id)?;
    Ok(Raw::read(&archive, &found.raw_ref, found.observed_at.to_string()))
}
