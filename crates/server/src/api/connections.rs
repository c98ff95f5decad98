//! Connections: where each stands, and starting a sync.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_control::{ConnectionState, StreamProgress};
use netgain_domain::{ConnectionId, Decimal, Table, WorkspaceId};
use netgain_warehouse::{ConnectionStats, Cursor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::completeness::{self, ConnectionCheck, StreamCompleteness};
use crate::api::integrations::{ConnectionHealth, health_of};
use crate::api::schedule;
use crate::api::webhooks::{self, Webhooks};
use crate::app::{App, Place, Shared};
use crate::extract::Body;
use crate::problem::{Code, Problem};
use crate::runner::StartError;

/// A connection to one account on one platform.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connection {
    /// Its id.
    id: String,
    /// The platform's id.
    provider: String,
    /// Its name for people.
    name: String,
    /// Whose credentials it uses: `own` (the user's) or `central` (the operator's).
    mode: String,
    /// The platform's category, such as `commerce` or `advertising`; `other` where it is not known.
    category: String,
    /// `never_synced`, `syncing`, `ok`, `error` or `paused`.
    state: String,
    /// When a sync last ended well (RFC 3339, UTC).
    last_sync_at: Option<String>,
    /// When the next sync is due (RFC 3339, UTC); null where none is scheduled.
    next_sync_at: Option<String>,
    /// Rows stored from it, over all tables.
    rows: u64,
    /// Why it does not work.
    error: Option<ConnectionProblem>,
    /// How far the running sync is.
    progress: Option<SyncProgress>,
    /// What its platform sends by itself; null where it was never told where to.
    webhooks: Option<Webhooks>,
    /// What the last check against its platform's own counts and sums found; empty where none was made.
    completeness: Vec<StreamCompleteness>,
    /// The check that is under way, or how the last one of this server ended; null where none ran.
    check: Option<ConnectionCheck>,
    /// Records that are set aside because they could not be mapped or kept.
    set_aside: u64,
    /// How it fares: its last test, how often its syncs fail, what is used of the platform's limits, its token.
    health: ConnectionHealth,
    /// Its streams, by name.
    streams: Vec<Stream>,
}

/// Why a connection does not work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionError)]
pub(crate) struct ConnectionProblem {
    /// Stable name of the matter.
    code: String,
    /// What happened.
    message: String,
    /// What helps.
    cure: String,
}

/// How far a running sync is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub(crate) struct SyncProgress {
    /// The stream being read.
    stream: String,
    /// Records read so far in this run.
    rows: u64,
    /// Part done, 0 to 1; null where the end is not known.
    fraction: Option<String>,
    /// Records per second of late.
    rows_per_second: Option<String>,
    /// Seconds to the end; null where it is not known.
    seconds_left: Option<u64>,
}

/// A stream of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stream {
    /// Its name.
    stream: String,
    /// The table that it fills.
    entity: String,
    /// Rows of that table stored from this connection; where several streams fill it, those of this stream.
    rows: u64,
    /// `idle`, `running`, `done` or `error`.
    state: String,
    /// When it was last read (RFC 3339, UTC).
    last_sync_at: Option<String>,
    /// Where it stands, as JSON text; opaque.
    cursor: Option<String>,
}

/// The connections of a workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connections {
    /// By id.
    connections: Vec<Connection>,
}

/// How to sync.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyncRequest {
    /// Whether to read everything again instead of what is new.
    #[serde(default)]
    full: bool,
}

/// A sync began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncStarted {
    /// The run.
    run_id: String,
    /// `queued` or `running`.
    state: String,
}

/// Lists the connections with their state and progress.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/connections", operation_id = "connections", tag = "connections",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "the connections, by id", body = Connections),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Path(w): Path<String>,
) -> Result<Json<Connections>, Problem> {
    app.on(w, |shared, place| {
        let stats: BTreeMap<String, ConnectionStats> = place
            .warehouse
            .connection_stats()?
            .into_iter()
            .map(|stats| (stats.connection_id.clone(), stats))
            .collect();
        let all = shared.control.connections(&place.workspace.id)?.into_iter();
        let described = all.map(|one| {
            let stats = stats.get(one.id.as_str());
            describe(shared, place, one, stats)
        });
        Ok(Json(Connections { connections: described.collect::<Result<_, _>>()? }))
    })
    .await
}

/// Starts a sync in the background.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/sync", operation_id = "sync", tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    request_body(content = SyncRequest, description = "may be left empty"),
    responses((status = 202, description = "the sync began", body = SyncStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sync(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
    Body(request): Body<SyncRequest>,
) -> Result<(StatusCode, Json<SyncStarted>), Problem> {
    app.blocking(move |shared| {
        let (workspace, connection) = place_of(shared, &w, &id)?;
        let run = shared.runner.start(&workspace, &connection, request.full).map_err(not_started)?;
        let runs = shared.runner.progress(&workspace, &connection).is_some();
        let state = if runs { "running" } else { "queued" }.to_owned();
        Ok((StatusCode::ACCEPTED, Json(SyncStarted { run_id: run.to_string(), state })))
    })
    .await
}

/// A workspace and one of its connections, by what the path says.
pub(crate) fn place_of(shared: &Shared, w: &str, id: &str) -> Result<(WorkspaceId, ConnectionId), Problem> {
    let workspace = shared.workspace(w)?.id;
    let connection: ConnectionId = id.parse().map_err(|_| {
        let shown: String = id.chars().take(64).collect();
        Problem::new(Code::ConnectionNotFound, format!("connection `{shown}` does not exist"))
    })?;
    shared.control.connection(&workspace, &connection)?;
    Ok((workspace, connection))
}

/// Why a sync or a check does not begin.
pub(crate) fn not_started(error: StartError) -> Problem {
    match error {
        StartError::AlreadyRunning(_) => Problem::new(Code::SyncRunning, error.to_string()),
        StartError::NotPossible(_) => Problem::new(Code::SyncNotPossible, error.to_string()),
        StartError::Failed(_) => Problem::internal(&error),
    }
}

/// How far the running sync of a connection is; none when none runs here.
pub(crate) fn progress_of(
    shared: &Shared,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Option<SyncProgress> {
    shared.runner.progress(workspace, connection).map(|progress| SyncProgress {
        stream: progress.stream,
        rows: progress.rows,
        fraction: progress.fraction.map(|part| Decimal::new(i64::from(part.min(10_000)), 4).to_string()),
        rows_per_second: progress.rows_per_second.map(|rate| rate.to_string()),
        seconds_left: progress.seconds_left,
    })
}

fn describe(
    shared: &Shared,
    place: &Place,
    connection: netgain_control::Connection,
    stats: Option<&ConnectionStats>,
) -> Result<Connection, Problem> {
    let workspace = &place.workspace.id;
    let progress = progress_of(shared, workspace, &connection.id);
    let state = if progress.is_some() { ConnectionState::Syncing } else { connection.state };
    let streams = streams(
        shared.control.streams(workspace, &connection.id)?,
        place.warehouse.cursors(&connection.id)?,
        stats,
        |table, stream| place.warehouse.rows_of_stream(&connection.id, table, stream),
    )?;
    let info = shared.runner.provider_info(&connection.provider);
    let webhooks = webhooks::of(shared, workspace, &connection.id)?;
    let completeness = completeness::of_connection(place, &connection.id)?;
    Ok(Connection {
        health: health_of(shared, &connection)?,
        completeness,
        check: shared.runner.check(workspace, &connection.id).map(ConnectionCheck::from),
        set_aside: place.warehouse.quarantine_count(&connection.id)?,
        webhooks,
        id: connection.id.to_string(),
        category: info.map_or_else(|| "other".to_owned(), |info| info.category),
        provider: connection.provider,
        mode: connection.mode.name().to_owned(),
        name: connection.name,
        state: state.name().to_owned(),
        last_sync_at: connection.last_sync_at.map(|time| time.to_string()),
        next_sync_at: schedule::next_sync_at(shared, workspace, &connection.id)?,
        rows: stats.map_or(0, |stats| stats.rows.values().sum()),
        error: connection.error.map(|error| ConnectionProblem {
            code: error.code,
            message: error.message,
            cure: error.cure,
        }),
        progress,
        streams,
    })
}

/// The streams that were noted, and those that only their cursor tells of. `share` counts the rows of a table that
/// one of several streams filled.
fn streams(
    noted: Vec<StreamProgress>,
    cursors: Vec<Cursor>,
    stats: Option<&ConnectionStats>,
    share: impl Fn(Table, &str) -> netgain_warehouse::Result<u64>,
) -> Result<Vec<Stream>, Problem> {
    let stored = |entity: &str| {
        let table = Table::from_name(entity)?;
        stats.map(|stats| stats.rows.get(&table).copied().unwrap_or(0))
    };
    let mut fillers: BTreeMap<String, u32> = BTreeMap::new();
    for stream in &noted {
        *fillers.entry(stream.entity.clone()).or_default() += 1;
    }
    let mut all: BTreeMap<String, Stream> = BTreeMap::new();
    for noted in noted {
        let shared = fillers.get(&noted.entity).is_some_and(|fillers| *fillers > 1);
        let rows = match Table::from_name(&noted.entity) {
            Some(table) if shared => share(table, &noted.stream)?,
            _ => stored(&noted.entity).unwrap_or(noted.rows),
        };
        let stream = Stream {
            stream: noted.stream.clone(),
            rows,
            entity: noted.entity,
            state: noted.state.name().to_owned(),
            last_sync_at: noted.last_sync_at.map(|time| time.to_string()),
            cursor: None,
        };
        all.insert(noted.stream, stream);
    }
    for cursor in cursors {
        let stream = all.entry(cursor.stream.clone()).or_insert_with(|| Stream {
            rows: stored(&cursor.stream).unwrap_or(0),
            entity: cursor.stream.clone(),
            stream: cursor.stream,
            state: "idle".to_owned(),
            last_sync_at: None,
            cursor: None,
        });
        stream.last_sync_at.get_or_insert_with(|| cursor.updated_at.to_string());
        stream.cursor = Some(cursor.state);
    }
    Ok(all.into_values().collect())
}
