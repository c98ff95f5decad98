//! A workspace's rules of reckoning: read, and changed with a word on what is wrong.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_profit::{Settings, SettingsError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::{App, Shared};
use crate::extract::Body;
use crate::problem::{Code, Problem};
use crate::runner::StartError;

/// A workspace's rules of reckoning.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceSettings {
    /// Which state of the rules this is: 1 for the first, then counting.
    version: i64,
    /// Since when they hold (RFC 3339, UTC).
    recorded_at: String,
    /// The rules. Decimals are strings; values that change over time are rows with `valid_from`.
    settings: BTreeMap<String, Value>,
    /// After a change: orders that were computed again; null where the next sync will do so.
    #[serde(skip_serializing_if = "Option::is_none")]
    restated_orders: Option<u64>,
}

fn current(shared: &Shared, w: &str, restated_orders: Option<u64>) -> Result<WorkspaceSettings, Problem> {
    let workspace = shared.workspace(w)?;
    let newest = shared.control.settings_versions(&workspace.id)?.into_iter().next();
    // what is stored may leave defaults out
    let settings = Settings::from_json(&workspace.settings).map_err(|error| Problem::internal(&error))?;
    Ok(WorkspaceSettings {
        version: newest.as_ref().map_or(1, |version| version.number),
        recorded_at: newest.map_or(workspace.created_at, |version| version.recorded_at).to_string(),
        settings: serde_json::to_value(&settings)
            .and_then(serde_json::from_value)
            .map_err(|error| Problem::internal(&error))?,
        restated_orders,
    })
}

/// The rules of reckoning that hold.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/settings", operation_id = "settings", tag = "workspaces",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "the rules", body = WorkspaceSettings),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Path(w): Path<String>,
) -> Result<Json<WorkspaceSettings>, Problem> {
    app.blocking(move |shared| current(shared, &w, None).map(Json)).await
}

/// Changes the fields that the body names (RFC 7396), and computes again what depends on them.
#[utoipa::path(patch, path = "/api/v1/workspaces/{w}/settings", operation_id = "changeSettings", tag = "workspaces",
    params(("w" = String, Path, description = "the workspace's id")),
    request_body(content = BTreeMap<String, serde_json::Value>, content_type = "application/json",
        description = "the fields to change; lists are replaced as a whole"),
    responses((status = 200, description = "the rules that hold now", body = WorkspaceSettings),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<WorkspaceSettings>, Problem> {
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?;
        let old = Settings::from_json(&workspace.settings).map_err(|error| Problem::internal(&error))?;
        let mut merged = serde_json::to_value(&old).map_err(|error| Problem::internal(&error))?;
        merge(&mut merged, Value::Object(patch));
        let new = Settings::from_json(&merged.to_string()).map_err(refused)?;
        if new.currency != old.currency {
            return Err(Problem::new(
                Code::InvalidBody,
                "currency cannot be changed: create another workspace for another reporting currency",
            ));
        }
        if new == old {
            return current(shared, &w, Some(0)).map(Json);
        }
        // a sync on its way would write by the rules that it began with
        let connections = shared.control.connections(&workspace.id)?;
        if connections.iter().any(|one| shared.runner.progress(&workspace.id, &one.id).is_some()) {
            return Err(Problem::new(Code::SyncRunning, "the settings cannot change during a sync"));
        }
        let text = new.to_json().map_err(|error| Problem::internal(&error))?;
        shared.control.update_settings(&workspace.id, new.currency, new.time_zone.name(), &text)?;
        let restated = match shared.runner.restate(&workspace.id) {
            Ok(restated) => restated,
            Err(StartError::NotPossible(_) | StartError::AlreadyRunning(_)) => None,
            Err(error @ StartError::Failed(_)) => return Err(Problem::internal(&error)),
        };
        current(shared, &w, restated).map(Json)
    })
    .await
}

/// The settings' own words name the field and the cure.
fn refused(error: SettingsError) -> Problem {
    let words = match &error {
        SettingsError::Form(inner) => format!("{error}: {inner}"),
        _ => error.to_string(),
    };
    Problem::new(Code::InvalidBody, words.chars().take(300).collect::<String>())
}

/// Lays a patch over a value: objects field by field, everything else as a whole; null takes a field away.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}
