//! Connecting an account, signing in at a platform, the way back, and renewing a grant.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use netgain_control::Workspace;
use netgain_domain::{ConnectionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::health::Token;
use super::place::{self, Named};
use crate::access::{Caller, Permission};
use crate::api::connect::Connected;
use crate::api::sign_in::{self, SignInStarted};
use crate::app::{App, Shared};
use crate::connect::{ConnectFailure, ConnectStart};
use crate::extract::{Body, Params, word};
use crate::integrations::Integration;
use crate::problem::{Code, Problem};
use crate::sign_in::{SignInReturn, SignInStart};

/// An account to connect.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntegrationConnect {
    /// The platform's id, or another spelling of it, where the address does not name it.
    pub(super) platform: Option<String>,
    /// `key` (with what stands in `secrets`) or `sign_in` (a person grants access at the platform); `key` without it.
    #[schema(pattern = "^(key|sign_in)$")]
    way: Option<String>,
    /// The connection to change; without it that of the same account, or a new one.
    connection: Option<String>,
    /// Its name for people; the platform's, or the one that it has.
    name: Option<String>,
    /// Whose credentials it uses: `own` or `central`.
    mode: Option<String>,
    /// Fields that are no secrets, by name.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Secrets by name. They are stored sealed and never given out.
    #[schema(write_only)]
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// Another address than the platform's own.
    base_url: Option<String>,
    /// Reporting currency of a workspace that is created; the account's where it is left out.
    currency: Option<String>,
    /// Time zone of a workspace that is created (IANA name); the account's where it is left out.
    time_zone: Option<String>,
}

/// Names the workspace that an account is connected in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConnectParams {
    /// The workspace's id; it is created where there is none. May be left out where there is one only.
    pub(super) workspace: Option<String>,
}

/// Connects an account with a key, or begins a sign-in. The platform is asked first whether it lets us in; only then
/// anything is kept.
#[utoipa::path(post, path = "/api/integrations/{platform}/connect", operation_id = "integrationConnect",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), ConnectParams),
    request_body(content = IntegrationConnect),
    responses((status = 201, description = "a new connection", body = Connected),
        (status = 200, description = "the account was connected already: its connection is changed", body = Connected),
        (status = 202, description = "a person goes on at `authorize_url`", body = SignInStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn connect(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    headers: HeaderMap,
    Params(params): Params<ConnectParams>,
    Body(request): Body<IntegrationConnect>,
) -> Result<Response, Problem> {
    connecting(app, platform, caller, named.or(params.workspace)?, headers, request).await
}

/// Connects, or begins a sign-in, for either family of routes.
pub(super) async fn connecting(
    app: App,
    platform: String,
    caller: Caller,
    named: Option<String>,
    headers: HeaderMap,
    request: IntegrationConnect,
) -> Result<Response, Problem> {
    if request.platform.as_ref().is_some_and(|other| *other != platform) {
        let cure = "leave platform out where the address names it";
        return Err(Problem::field(
            Code::InvalidBody,
            "platform",
            "platform is not that of the address",
            cure,
        ));
    }
    let signs_in = word("way", request.way.as_deref(), &[("key", false), ("sign_in", true)], false)?;
    let connection = request.connection.as_deref().map(place::connection_id).transpose()?;
    app.blocking(move |shared| {
        let workspace = place::workspace_to_make(shared, &caller, named.as_deref())?;
        let (word, platform) = (platform.clone(), place::platform(shared, &platform)?);
        if signs_in {
            let start = SignInStart {
                connection: to_sign_in(shared, &workspace, &platform, connection)?,
                workspace,
                provider: platform.id.clone(),
                fields: request.fields,
                secrets: request.secrets,
                name: request.name,
                base_url: request.base_url,
                currency: request.currency,
                time_zone: request.time_zone,
                redirect_uri: sign_in::redirect_uri(shared, &headers)?,
                begun_by: caller.person(),
            };
            let (kept, started) = sign_in::begin_at(shared, start, &ways_back(&word))?;
            return Ok((StatusCode::ACCEPTED, kept, Json(started)).into_response());
        }
        let start = ConnectStart {
            workspace,
            provider: platform.id,
            connection,
            name: request.name,
            fields: request.fields,
            secrets: request.secrets,
            base_url: request.base_url,
            mode: request.mode,
            currency: request.currency,
            time_zone: request.time_zone,
        };
        let done = shared.runner.connect(start)?;
        let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
        Ok((status, Json(Connected::from(done))).into_response())
    })
    .await
}

/// The connection that a sign-in makes or changes: the named one, the only one, or a first one.
fn to_sign_in(
    shared: &Shared,
    workspace: &WorkspaceId,
    platform: &Integration,
    named: Option<ConnectionId>,
) -> Result<ConnectionId, Problem> {
    if let Some(named) = named {
        return Ok(named);
    }
    let mut all = shared.control.connections(workspace)?;
    all.retain(|one| one.provider == platform.id);
    match all.len() {
        // an id that is made of the platform's own
        0 => platform.id.replace('_', "-").parse().map_err(|error| Problem::internal(&error)),
        1 => Ok(all.remove(0).id),
        _ => Err(place::several(&all)),
    }
}

/// The addresses below which a browser sends what binds a sign-in to it, for a platform in the spelling of the address.
fn ways_back(word: &str) -> [String; 3] {
    [
        sign_in::CALLBACK.to_owned(),
        format!("/api/integrations/{word}/oauth/callback"),
        format!("/api/v1/marketing/integrations/{word}/callback"),
    ]
}

/// What a sign-in needs to know.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuthorizeParams {
    /// The workspace's id; it is created where there is none. May be left out where there is one only.
    workspace: Option<String>,
    /// The connection to make or change; without it the only one to the platform, or a first one.
    connection: Option<String>,
    /// The connection's name for people.
    name: Option<String>,
    /// The platform's fields that do not come with the grant, as a JSON object of texts, such as `{"shop":"example"}`.
    fields: Option<String>,
    /// Where the platform sends the browser back to: this server's `/oauth/callback` and no other, which is also meant
    /// where it is left out.
    redirect_uri: Option<String>,
    /// `1` has the browser led to the platform (303); so does a request for `text/html`.
    #[param(pattern = "^[01]$")]
    redirect: Option<String>,
}

/// Begins a sign-in: answers where a person grants access, or leads there.
#[utoipa::path(get, path = "/api/integrations/{platform}/oauth/authorize", operation_id = "integrationAuthorize",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), AuthorizeParams),
    responses((status = 200, description = "where the person goes", body = SignInStarted),
        (status = 303, description = "to the platform"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn authorize(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    headers: HeaderMap,
    Params(params): Params<AuthorizeParams>,
) -> Result<Response, Problem> {
    let asks_for_page = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let redirect = word("redirect", params.redirect.as_deref(), &[("0", false), ("1", true)], asks_for_page)?;
    let (kept, started) = authorizing(app, platform, caller, named, headers, params).await?;
    if !redirect {
        return Ok((kept, Json(started)).into_response());
    }
    let mut kept = kept;
    let to = HeaderValue::from_str(&started.authorize_url).map_err(|error| Problem::internal(&error))?;
    kept.insert(LOCATION, to);
    Ok((StatusCode::SEE_OTHER, kept).into_response())
}

/// Begins a sign-in, for either family of routes.
pub(super) async fn authorizing(
    app: App,
    platform: String,
    caller: Caller,
    named: Named,
    headers: HeaderMap,
    params: AuthorizeParams,
) -> Result<(HeaderMap, SignInStarted), Problem> {
    // a page of another site could otherwise have a person's browser begin what that page wants
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(Problem::new(Code::OriginNotAllowed, "the request comes from a page of another site"));
    }
    let named = named.or(params.workspace)?;
    let connection = params.connection.as_deref().map(place::connection_id).transpose()?;
    let fields: BTreeMap<String, String> = match &params.fields {
        Some(text) => serde_json::from_str(text).map_err(|_| {
            let cure = "write a JSON object of texts, such as {\"shop\":\"example\"}";
            Problem::parameter("fields", "fields cannot be read", cure)
        })?,
        None => BTreeMap::new(),
    };
    app.blocking(move |shared| {
        let workspace = place::workspace_to_make(shared, &caller, named.as_deref())?;
        let (word, platform) = (platform.clone(), place::platform(shared, &platform)?);
        let redirect_uri = sign_in::redirect_uri(shared, &headers)?;
        if params.redirect_uri.is_some_and(|asked| asked != redirect_uri) {
            let cure = format!("leave it out, or write {redirect_uri}");
            return Err(Problem::parameter("redirect_uri", "redirect_uri is not this server's own", cure));
        }
        let start = SignInStart {
            connection: to_sign_in(shared, &workspace, &platform, connection)?,
            workspace,
            provider: platform.id.clone(),
            fields,
            secrets: BTreeMap::new(),
            name: params.name,
            base_url: None,
            currency: None,
            time_zone: None,
            redirect_uri,
            begun_by: caller.person(),
        };
        sign_in::begin_at(shared, start, &ways_back(&word))
    })
    .await
}

/// What a browser came back with from a platform.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallbackRequest {
    /// Of the sign-in.
    #[schema(required = true)]
    state: Option<String>,
    /// What is exchanged for the grant.
    #[schema(write_only)]
    code: Option<String>,
    /// Why the platform gives none.
    error: Option<String>,
    /// All other parameters of the address, such as a platform's own proof.
    #[serde(default)]
    params: BTreeMap<String, String>,
    /// The address at which the browser came back, without its parameters; this server's `/oauth/callback` without it.
    redirect_uri: Option<String>,
}

/// What a sign-in made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationSignedIn {
    /// The workspace.
    workspace: String,
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
}

/// Ends a sign-in with what the browser came back with: exchanges the code and proves the connection. It has to be the
/// browser in which the sign-in was begun, at the platform for which it was.
#[utoipa::path(post, path = "/api/integrations/{platform}/oauth/callback", operation_id = "integrationCallback",
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
    returned(app, platform, caller, headers, request).await
}

/// Ends a sign-in, for either family of routes.
pub(super) async fn returned(
    app: App,
    platform: String,
    caller: Caller,
    headers: HeaderMap,
    request: CallbackRequest,
) -> Result<(HeaderMap, Json<IntegrationSignedIn>), Problem> {
    let Some(state) = request.state else {
        let cure = "send the parameters with which the browser came back";
        return Err(Problem::field(Code::InvalidBody, "state", "state is missing", cure));
    };
    let browser = sign_in::held_by_browser(&headers, &state);
    app.blocking(move |shared| {
        sign_in::still_allowed(shared, &caller, &state)?;
        let (word, platform) = (platform.clone(), place::platform(shared, &platform)?);
        let mut params = request.params;
        let own = [("state", Some(state.clone())), ("code", request.code), ("error", request.error)];
        params.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let arrived_at = match request.redirect_uri {
            Some(address) => address,
            None => sign_in::redirect_uri(shared, &headers)?,
        };
        let came = SignInReturn { params, browser, arrived_at, provider: Some(platform.id.clone()) };
        let done = shared.runner.finish_sign_in(&came)?;
        let gone = sign_in::gone(&state, &ways_back(&word))?;
        let made = IntegrationSignedIn {
            workspace: done.workspace.to_string(),
            platform: platform.id,
            connection: done.connection.to_string(),
        };
        Ok((gone, Json(made)))
    })
    .await
}

/// Which connection.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OneParams {
    /// The workspace's id; may be left out where there is one only.
    pub(super) workspace: Option<String>,
    /// The connection; may be left out where there is one only.
    pub(super) connection: Option<String>,
}

/// A grant that was renewed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantRenewed {
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// Its new token.
    token: Token,
}

/// Renews the grant of the connection now, whether it is due or not.
#[utoipa::path(post, path = "/api/integrations/{platform}/oauth/refresh", operation_id = "integrationRefresh",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), OneParams),
    responses((status = 200, description = "the grant is renewed", body = GrantRenewed),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn refresh(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<OneParams>,
) -> Result<Json<GrantRenewed>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Manage, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let connection = place::connection(shared, &workspace, &platform, params.connection.as_deref())?;
        renewed(shared, &workspace, &connection).map(Json)
    })
    .await
}

/// Renews a grant, for either family of routes.
pub(super) fn renewed(
    shared: &Shared,
    workspace: &Workspace,
    connection: &netgain_control::Connection,
) -> Result<GrantRenewed, Problem> {
    let grant = shared.runner.renew(&workspace.id, &connection.id).map_err(|failure| match failure {
        ConnectFailure::Invalid { message, .. } => Problem::new(Code::GrantNotRenewable, message),
        other => other.into(),
    })?;
    Ok(GrantRenewed {
        platform: connection.provider.clone(),
        connection: connection.id.to_string(),
        token: grant.into(),
    })
}
