//! The second family: the same dispatch under `/api/v1/marketing/integrations`, with the list of what there is.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use netgain_control::{Connection, Workspace};
use serde::Serialize;
use utoipa::ToSchema;

use super::connecting::{
    self, AuthorizeParams, CallbackRequest, ConnectParams, GrantRenewed, IntegrationConnect,
    IntegrationSignedIn, OneParams,
};
use super::place::{self, Named};
use super::resources::WorkspaceParams;
use super::status::{IntegrationStatus, described};
use crate::access::{Caller, Permission};
use crate::api::connect::Connected;
use crate::api::connections::place_of;
use crate::api::sign_in::SignInStarted;
use crate::app::{App, Shared};
use crate::extract::{Body, Params};
use crate::integrations::{EndedGrant, EndedWebhooks};
use crate::problem::{Code, Problem};

/// The platforms and how their connections stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Integrations {
    /// The workspace.
    workspace: String,
    /// Every platform, by id.
    integrations: Vec<IntegrationStatus>,
}

/// Lists the platforms, connected or not, with how the workspace's connections to them stand.
#[utoipa::path(get, path = "/api/v1/marketing/integrations", operation_id = "marketingIntegrations",
    tag = "integrations",
    params(("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    responses((status = 200, description = "the platforms, by id", body = Integrations),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
) -> Result<Json<Integrations>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let id = workspace.id.to_string();
        let connections = shared.control.connections(&workspace.id)?;
        let place = if connections.is_empty() { None } else { Some(shared.open(workspace)?) };
        let stats = match &place {
            Some(place) => place.warehouse.connection_stats()?,
            None => Vec::new(),
        };
        let mut all = Vec::new();
        for platform in shared.runner.integrations() {
            let own = connections.iter().filter(|one| one.provider == platform.id).cloned().collect();
            all.push(described(shared, place.as_ref(), &stats, platform, own)?);
        }
        Ok(Json(Integrations { workspace: id, integrations: all }))
    })
    .await
}

/// Connects an account with a key, or begins a sign-in, as `POST /api/integrations/{platform}/connect`.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/connect", operation_id = "marketingConnect",
    tag = "integrations",
    params(("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), ConnectParams),
    request_body(content = IntegrationConnect),
    responses((status = 201, description = "a new connection", body = Connected),
        (status = 200, description = "the account was connected already: its connection is changed", body = Connected),
        (status = 202, description = "a person goes on at `authorize_url`", body = SignInStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn connect(
    State(app): State<App>,
    caller: Caller,
    named: Named,
    headers: HeaderMap,
    Params(params): Params<ConnectParams>,
    Body(request): Body<IntegrationConnect>,
) -> Result<Response, Problem> {
    let Some(platform) = request.platform.clone() else {
        let cure = "write a platform of GET /api/v1/marketing/integrations";
        return Err(Problem::field(Code::InvalidBody, "platform", "platform is missing", cure));
    };
    connecting::connecting(app, platform, caller, named.or(params.workspace)?, headers, request).await
}

/// A connection that was ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationDisconnected {
    /// The platform's id.
    platform: String,
    /// The connection. It stays with what was read from it, without credentials.
    connection: String,
    /// What became of the grant at the platform: `revoked`, `no_grant` (calls were signed by a key), `not_offered` (the
    /// platform has no call for it: remove the app there) or `failed`.
    grant: String,
    /// Why the platform did not take it back.
    message: Option<String>,
    /// What became of the webhooks that were registered at the platform: `ended`, `none` (there was none), `by_hand` (a
    /// person entered them there: remove them there) or `failed` (some are left there; what they send is refused).
    webhooks: String,
    /// How many of them the platform ended.
    webhooks_ended: u32,
    /// How many of them are left.
    webhooks_left: u32,
    /// Why they are.
    webhooks_message: Option<String>,
}

/// Disconnects: ends webhooks and grant at the platform, and removes the credentials. What was read stays.
///
/// What the platform does not do is told, and keeps nothing from being removed here.
#[utoipa::path(delete, path = "/api/v1/marketing/integrations/{platform}", operation_id = "marketingDisconnect",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), OneParams),
    responses((status = 200, description = "it is disconnected", body = IntegrationDisconnected),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn disconnect(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<OneParams>,
) -> Result<Json<IntegrationDisconnected>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Manage, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let connection = place::connection(shared, &workspace, &platform, params.connection.as_deref())?;
        if shared.runner.progress(&workspace.id, &connection.id).is_some() {
            let words = format!("connection `{}` is being synced", connection.id);
            return Err(Problem::new(Code::SyncRunning, words));
        }
        let done = shared.runner.disconnect(&workspace.id, &connection.id)?;
        let (grant, message) = match done.grant {
            EndedGrant::Revoked => ("revoked", None),
            EndedGrant::NoGrant => ("no_grant", None),
            EndedGrant::NotOffered => ("not_offered", None),
            EndedGrant::Failed(why) => ("failed", Some(why)),
        };
        let (webhooks, webhooks_ended, webhooks_left, webhooks_message) = match done.webhooks {
            EndedWebhooks::Ended(count) => ("ended", count, 0, None),
            EndedWebhooks::None => ("none", 0, 0, None),
            EndedWebhooks::ByHand => ("by_hand", 0, 0, None),
            EndedWebhooks::Failed { ended, left, why } => ("failed", ended, left, Some(why)),
        };
        Ok(Json(IntegrationDisconnected {
            platform: platform.id,
            connection: connection.id.to_string(),
            grant: grant.to_owned(),
            message,
            webhooks: webhooks.to_owned(),
            webhooks_ended,
            webhooks_left,
            webhooks_message,
        }))
    })
    .await
}

/// What a test of a connection found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationValidated {
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// When the platform let us in (RFC 3339, UTC).
    tested_at: String,
}

/// Asks the platform with one cheap call whether it still lets the connection in.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/{id}/validate", operation_id = "marketingValidate",
    tag = "integrations",
    params(("id" = String, Path, description = "the connection's id"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    responses((status = 200, description = "it does", body = IntegrationValidated),
        (status = "default", description = "a problem: why it does not", body = Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn validate(
    State(app): State<App>,
    Path(id): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
) -> Result<Json<IntegrationValidated>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let (workspace, connection) = one(shared, &caller, Permission::Sync, named.as_deref(), &id)?;
        let tested_at = shared.runner.test(&workspace.id, &connection.id)?;
        Ok(Json(IntegrationValidated {
            platform: connection.provider,
            connection: connection.id.to_string(),
            tested_at: tested_at.to_string(),
        }))
    })
    .await
}

/// Renews the grant of the connection now, whether it is due or not.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/{id}/refresh", operation_id = "marketingRefresh",
    tag = "integrations",
    params(("id" = String, Path, description = "the connection's id"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    responses((status = 200, description = "the grant is renewed", body = GrantRenewed),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn refresh(
    State(app): State<App>,
    Path(id): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
) -> Result<Json<GrantRenewed>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let (workspace, connection) = one(shared, &caller, Permission::Manage, named.as_deref(), &id)?;
        connecting::renewed(shared, &workspace, &connection).map(Json)
    })
    .await
}

/// A connection by its id.
fn one(
    shared: &Shared,
    caller: &Caller,
    needed: Permission,
    named: Option<&str>,
    id: &str,
) -> Result<(Workspace, Connection), Problem> {
    let workspace = place::workspace(shared, caller, needed, named)?;
    let (_, id) = place_of(shared, workspace.id.as_str(), id)?;
    let connection = shared.control.connection(&workspace.id, &id)?;
    Ok((workspace, connection))
}

/// Begins a sign-in and answers where a person grants access.
#[utoipa::path(get, path = "/api/v1/marketing/integrations/{platform}/oauth-url", operation_id = "marketingOauthUrl",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), AuthorizeParams),
    responses((status = 200, description = "where the person goes", body = SignInStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn oauth_url(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    headers: HeaderMap,
    Params(params): Params<AuthorizeParams>,
) -> Result<(HeaderMap, Json<SignInStarted>), Problem> {
    let (kept, started) = connecting::authorizing(app, platform, caller, named, headers, params).await?;
    Ok((kept, Json(started)))
}

/// Ends a sign-in with what the browser came back with, as `POST /api/integrations/{platform}/oauth/callback`.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/{platform}/callback", operation_id = "marketingCallback",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it")),
    request_body(content = CallbackRequest),
    responses((status = 200, description = "the account is connected", body = IntegrationSignedIn),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn callback(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<CallbackRequest>,
) -> Result<(HeaderMap, Json<IntegrationSignedIn>), Problem> {
    connecting::returned(app, platform, caller, headers, request).await
}
