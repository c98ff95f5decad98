//! API keys of an organisation.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_control::{ApiKey, NewKey, Refused, Scope};
use netgain_domain::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::api::people::{self, Asked};
use crate::api::session::note;
use crate::app::App;
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};

/// An API key. Its text is not among it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyShown {
    /// Its id; the key's text begins with `ngk_` and it.
    id: String,
    /// What it is for.
    name: String,
    /// Among `read`, `sync`, `write` and `admin`.
    scopes: Vec<&'static str>,
    /// The workspaces that it reaches; null for all of the organisation.
    workspaces: Option<Vec<String>>,
    /// Who made it: a person's id, or `terminal`.
    created_by: String,
    /// When it was made (RFC 3339, UTC).
    created_at: String,
    /// When it ends (RFC 3339, UTC); null for never.
    expires_at: Option<String>,
    /// When it was last used, to about a minute (RFC 3339, UTC).
    used_at: Option<String>,
    /// When it was revoked (RFC 3339, UTC).
    revoked_at: Option<String>,
}

/// The keys of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Keys {
    /// The organisation.
    organisation: String,
    /// The newest first; those that are revoked or over are among them.
    keys: Vec<KeyShown>,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// What it is for.
    name: String,
    /// Among `read`, `sync`, `write` and `admin`.
    scopes: Vec<String>,
    /// The workspaces that it reaches; left out or null for all of the organisation.
    workspaces: Option<Vec<String>>,
    /// When it ends (RFC 3339); left out or null for never.
    expires_at: Option<String>,
}

/// A key with its text, which is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyMade {
    /// The key.
    key: KeyShown,
    /// Its text, for `Authorization: Bearer`.
    text: String,
}

fn shown(key: ApiKey) -> KeyShown {
    KeyShown {
        id: key.id,
        name: key.name,
        scopes: key.scopes.iter().map(|scope| scope.name()).collect(),
        workspaces: people::shown_workspaces(key.workspaces.as_ref()),
        created_by: key.created_by,
        created_at: key.created_at.to_string(),
        expires_at: key.expires_at.map(|time| time.to_string()),
        used_at: key.used_at.map(|time| time.to_string()),
        revoked_at: key.revoked_at.map(|time| time.to_string()),
    }
}

fn refused(field: &'static str, message: String) -> Problem {
    Refused::Field { field, message }.into()
}

/// Lists the API keys of an organisation.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "keys", tag = "people",
    params(("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 200, description = "the keys, the newest first", body = Keys),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Asked,
) -> Result<Json<Keys>, Problem> {
    app.blocking(move |shared| {
        let organisation = people::organisation(&caller, &asked)?;
        let keys = shared.control.api_keys(&organisation)?.into_iter().map(shown).collect();
        Ok(Json(Keys { organisation: organisation.to_string(), keys }))
    })
    .await
}

/// Makes an API key. Its text is answered now and never again.
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "createKey", tag = "people",
    params(("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    request_body = KeyRequest,
    responses((status = 201, description = "the key and its text", body = KeyMade),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Asked,
    Body(request): Body<KeyRequest>,
) -> Result<(StatusCode, Json<KeyMade>), Problem> {
    app.blocking(move |shared| {
        let by = match &caller {
            Caller::Person(visitor) => Some(visitor.person.id.clone()),
            // one that is over or revoked must not go on as another
            Caller::Key(_) => return Err(Problem::new(Code::NotAllowed, "a key does not make keys")),
            _ => None,
        };
        let organisation = people::organisation(&caller, &asked)?;
        let scopes = request.scopes.iter().map(|scope| {
            scope.parse::<Scope>().map_err(|_| {
                let shown: String = scope.chars().take(32).collect();
                refused("scopes", format!("knows no `{shown}`: write read, sync, write or admin"))
            })
        });
        let scopes = scopes.collect::<Result<Vec<_>, Problem>>()?;
        let expires_at = match request.expires_at.as_deref().map(str::parse::<Timestamp>) {
            None => None,
            Some(Ok(time)) => Some(time),
            Some(Err(_)) => {
                let message = "is no time: write it as 2027-01-31T00:00:00Z".to_owned();
                return Err(refused("expires_at", message));
            }
        };
        let workspaces = people::workspaces(request.workspaces)?;
        let new =
            NewKey { organisation: organisation.clone(), name: request.name, scopes, workspaces, expires_at };
        let (key, text) = shared.control.create_api_key(&new, by.as_ref(), Timestamp::now())?;
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
        let details = json!({ "organisation": organisation.as_str(), "scopes": scopes });
        note(shared, &caller, "key.created", &key.id, details)?;
        Ok((StatusCode::CREATED, Json(KeyMade { key: shown(key), text: text.expose().to_owned() })))
    })
    .await
}

/// Revokes an API key: from now on it opens nothing.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", operation_id = "revokeKey", tag = "people",
    params(("id" = String, Path, description = "the key's id"),
        ("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 200, description = "the key", body = KeyShown),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(asked): Asked,
) -> Result<Json<KeyShown>, Problem> {
    app.blocking(move |shared| {
        let organisation = people::organisation(&caller, &asked)?;
        let key = shared.control.revoke_api_key(&organisation, &id, Timestamp::now())?;
        note(shared, &caller, "key.revoked", &id, json!({ "organisation": organisation.as_str() }))?;
        Ok(Json(shown(key)))
    })
    .await
}
