//! Whether everything is there: the completeness ledger, and the records that were set aside.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_domain::ConnectionId;
use netgain_domain::jiff::Timestamp;
use netgain_warehouse::{Check, CheckState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::connections;
use crate::app::{App, Place};
use crate::extract::{self, Body, Params};
use crate::problem::Problem;
use crate::runner::Check as Running;

/// Our number beside the provider's, for some days of a stream.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompletenessRow {
    /// The connection.
    connection_id: String,
    /// The stream.
    stream: String,
    /// `count`, or the column whose sum is compared.
    measure: String,
    /// First day, YYYY-MM-DD (UTC, or the account's zone where the platform reports by day); null for all there is.
    day: Option<String>,
    /// Last day, included.
    until_day: Option<String>,
    /// How many records are stored.
    ours_count: Option<u64>,
    /// How many the provider counts.
    theirs_count: Option<u64>,
    /// The sum over what is stored.
    ours_sum: Option<String>,
    /// The provider's sum.
    theirs_sum: Option<String>,
    /// The currency of the sums (ISO 4217), where they are amounts.
    currency: Option<String>,
    /// When the provider was asked (RFC 3339, UTC).
    checked_at: String,
    /// `ok`, `differs`, `healed`, `not_checkable` or `provisional`.
    state: String,
    /// More about it.
    note: Option<String>,
    /// Until when records were compared (RFC 3339, UTC).
    through: Option<String>,
}

/// The completeness ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompletenessLedger {
    /// By connection, stream, measure and day.
    rows: Vec<CompletenessRow>,
}

/// Which part of the ledger.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompletenessParams {
    /// First day, YYYY-MM-DD; rows that reach into the days asked for are among them, as are those about all there is.
    #[param(format = Date)]
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included.
    #[param(format = Date)]
    to: Option<String>,
    /// Only this connection.
    connection: Option<String>,
    /// Only rows in this state: `ok`, `differs`, `healed`, `not_checkable` or `provisional`.
    #[param(pattern = "^(ok|differs|healed|not_checkable|provisional)$")]
    state: Option<String>,
}

/// The completeness ledger: what is stored beside what the provider says there is.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/completeness", operation_id = "completeness", tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"), CompletenessParams),
    responses((status = 200, description = "the ledger", body = CompletenessLedger),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ledger(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<CompletenessParams>,
) -> Result<Json<CompletenessLedger>, Problem> {
    let from = extract::day("from", params.from.as_deref())?;
    let to = extract::day("to", params.to.as_deref())?;
    let connection = connection_of(params.connection.as_deref())?;
    let state = params.state;
    if let Some(state) =
        state.as_ref().filter(|state| !CheckState::ALL.iter().any(|one| one.name() == **state))
    {
        let shown: String = state.chars().take(64).collect();
        let known = CheckState::ALL.map(CheckState::name).join(", ");
        return Err(Problem::parameter(
            "state",
            format!("state: `{shown}` is none"),
            format!("use one of {known}"),
        ));
    }
    app.on(w, move |_, place| {
        let rows = place.warehouse.checks(connection.as_ref(), from, to)?.into_iter();
        let rows = rows.filter(|(_, check)| state.as_ref().is_none_or(|state| check.state.name() == state));
        Ok(Json(CompletenessLedger { rows: rows.map(row).collect() }))
    })
    .await
}

fn row((connection_id, check): (String, Check)) -> CompletenessRow {
    CompletenessRow {
        connection_id,
        stream: check.stream,
        measure: check.measure,
        day: check.day.map(|day| day.to_string()),
        until_day: check.until_day.map(|day| day.to_string()),
        ours_count: check.ours_count,
        theirs_count: check.theirs_count,
        ours_sum: check.ours_sum.map(|sum| sum.to_string()),
        theirs_sum: check.theirs_sum.map(|sum| sum.to_string()),
        currency: check.currency,
        checked_at: check.checked_at.to_string(),
        state: check.state.name().to_owned(),
        note: check.note,
        through: check.through.map(|at| at.to_string()),
    }
}

/// A record that is set aside because it could not be mapped or kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarantinedRecord {
    /// The connection.
    connection_id: String,
    /// The stream.
    stream: String,
    /// Its id at the platform, where that could be read.
    record_id: Option<String>,
    /// Its pointer into the raw archive.
    raw_ref: String,
    /// The path that failed, in the platform's own names.
    path: String,
    /// Why.
    reason: String,
    /// When it was met first (RFC 3339, UTC).
    first_seen: String,
    /// How often it was met.
    times: u64,
}

/// The records that are set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quarantine {
    /// How many there are.
    count: u64,
    /// The oldest 500 of them.
    records: Vec<QuarantinedRecord>,
}

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuarantineParams {
    /// Only this connection.
    connection: Option<String>,
}

/// Records that a list answers at most.
const LISTED: usize = 500;

/// The records that are set aside until a mended manifest, or a later version of the record, lets them in.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/quarantine", operation_id = "quarantine", tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"), QuarantineParams),
    responses((status = 200, description = "the records", body = Quarantine),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn quarantine(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<QuarantineParams>,
) -> Result<Json<Quarantine>, Problem> {
    let connection = connection_of(params.connection.as_deref())?;
    app.on(w, move |_, place| {
        let rows = place.warehouse.quarantine(connection.as_ref())?;
        let count = rows.len() as u64;
        let records = rows.into_iter().take(LISTED).map(|row| QuarantinedRecord {
            connection_id: row.connection_id,
            stream: row.stream,
            record_id: row.record.record_id,
            raw_ref: row.record.raw_ref,
            path: row.record.path,
            reason: row.record.reason,
            first_seen: row.first_seen.to_string(),
            times: row.times,
        });
        Ok(Json(Quarantine { count, records: records.collect() }))
    })
    .await
}

fn connection_of(text: Option<&str>) -> Result<Option<ConnectionId>, Problem> {
    text.map(|text| {
        text.parse().map_err(|error| {
            Problem::parameter(
                "connection",
                format!("connection: {error}"),
                "name one of the workspace's connections",
            )
        })
    })
    .transpose()
}

/// What the last check of one stream found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StreamCompleteness {
    /// The stream.
    stream: String,
    /// `ok`, `differs`, `healed`, `not_checkable` or `provisional`; the worst of its days.
    state: String,
    /// Records stored of those that were counted; null where sums were compared.
    ours: Option<u64>,
    /// Records that the provider counts.
    theirs: Option<u64>,
    /// Days or spans of days on which the two differ.
    differences: u64,
    /// When the provider was asked last (RFC 3339, UTC).
    checked_at: String,
    /// Until when its records were compared (RFC 3339, UTC); null where nothing was.
    through: Option<String>,
    /// Why nothing could be checked.
    note: Option<String>,
}

/// What the last check of a connection found, stream by stream.
pub(crate) fn of_connection(
    place: &Place,
    connection: &ConnectionId,
) -> Result<Vec<StreamCompleteness>, Problem> {
    let mut all: Vec<StreamCompleteness> = Vec::new();
    let (mut newest, mut through) = (Timestamp::MIN, None);
    for (_, check) in place.warehouse.checks(Some(connection), None, None)? {
        if all.last().is_none_or(|last| last.stream != check.stream) {
            (newest, through) = (Timestamp::MIN, None);
            all.push(StreamCompleteness {
                stream: check.stream.clone(),
                state: check.state.name().to_owned(),
                ours: None,
                theirs: None,
                differences: 0,
                checked_at: check.checked_at.to_string(),
                through: None,
                note: None,
            });
        }
        let Some(last) = all.last_mut() else { continue };
        if rank(check.state.name()) > rank(&last.state) {
            check.state.name().clone_into(&mut last.state);
        }
        if check.state == CheckState::NotCheckable {
            last.note = check.note;
        }
        let add =
            |sum: Option<u64>, more: Option<u64>| more.map_or(sum, |more| Some(sum.unwrap_or(0) + more));
        last.ours = add(last.ours, check.ours_count);
        last.theirs = add(last.theirs, check.theirs_count);
        last.differences += u64::from(check.state == CheckState::Differs);
        newest = newest.max(check.checked_at);
        last.checked_at = newest.to_string();
        through = through.max(check.through);
        last.through = through.map(|at| at.to_string());
    }
    Ok(all)
}

/// Which state says most about a stream.
fn rank(state: &str) -> u8 {
    match state {
        "differs" => 4,
        "not_checkable" => 1,
        "healed" => 3,
        "ok" => 2,
        _ => 0,
    }
}

/// How to check.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReconcileRequest {
    /// Whether to read days that differ again, and those only.
    #[serde(default)]
    heal: bool,
}

/// A check began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckStarted {
    /// The run.
    run_id: String,
    /// `running`.
    state: String,
}

/// A check that is under way, or how the last one of this server ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionCheck {
    /// `running`, `done` or `failed`.
    state: String,
    /// Whether days that differ are read again.
    heal: bool,
    /// The stream that it is at.
    stream: Option<String>,
    /// When it began (RFC 3339, UTC).
    started_at: String,
    /// Why it failed.
    error: Option<String>,
}

impl From<Running> for ConnectionCheck {
    fn from(check: Running) -> Self {
        let state = match (check.running, &check.error) {
            (true, _) => "running",
            (false, None) => "done",
            (false, Some(_)) => "failed",
        };
        Self {
            state: state.to_owned(),
            heal: check.heal,
            stream: check.stream,
            started_at: check.started_at.to_string(),
            error: check.error,
        }
    }
}

/// Holds what is stored of a connection against its platform's own counts and sums, in the background. The
/// connection's `check` shows how far it is, the ledger what was found.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/reconcile", operation_id = "reconcile",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    request_body(content = ReconcileRequest, description = "may be left empty"),
    responses((status = 202, description = "the check began", body = CheckStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
    Body(request): Body<ReconcileRequest>,
) -> Result<(StatusCode, Json<CheckStarted>), Problem> {
    app.blocking(move |shared| {
        let (workspace, connection) = connections::place_of(shared, &w, &id)?;
        let run = shared.runner.start_check(&workspace, &connection, request.heal);
        let run = run.map_err(connections::not_started)?;
        Ok((
            StatusCode::ACCEPTED,
            Json(CheckStarted { run_id: run.to_string(), state: "running".to_owned() }),
        ))
    })
    .await
}
