//! Signing in at a platform: where the person goes, and the way back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use netgain_domain::{ConnectionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::app::{App, Shared};
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};
use crate::sign_in::{SignInBegun, SignInError, SignInReturn, SignInStart};

/// Where platforms send people back to.
pub(super) const CALLBACK: &str = "/oauth/callback";
/// Seconds that a browser keeps what binds a sign-in to it; no sign-in is open longer.
const KEPT: u32 = 900;

/// What a sign-in needs beside the person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInRequest {
    /// The provider's id; may be left out where the connection exists.
    #[serde(default)]
    provider: String,
    /// The provider's fields that are no secrets and do not come with the grant.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// `client_id` and `client_secret` of an own app, where the operator provides none.
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// The connection's name for people.
    name: Option<String>,
    /// Another address than the platform's own.
    base_url: Option<String>,
    /// Reporting currency of a workspace that is created; the account's where it is left out.
    currency: Option<String>,
    /// Time zone of a workspace that is created (IANA name); the account's where it is left out.
    time_zone: Option<String>,
}

/// A sign-in began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInStarted {
    /// Where the person grants access; good for 15 minutes and one way back.
    pub(super) authorize_url: String,
    /// Where the platform sends the person back to; it has to be known to the app at the platform.
    redirect_uri: String,
}

/// Begins a sign-in at the connection's platform; a connection that does not exist is made when the person comes back.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/oauth/start", operation_id = "signIn",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    request_body(content = SignInRequest, description = "may be left empty where the connection exists"),
    responses((status = 200, description = "where the person goes", body = SignInStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn start(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<SignInRequest>,
) -> Result<(HeaderMap, Json<SignInStarted>), Problem> {
    let workspace: WorkspaceId = w.parse().map_err(|_| {
        let shown: String = w.chars().take(64).collect();
        Problem::new(Code::WorkspaceNotFound, format!("workspace `{shown}` cannot exist"))
    })?;
    let connection: ConnectionId = id.parse().map_err(|_| {
        let shown: String = id.chars().take(64).collect();
        Problem::new(Code::ConnectionNotFound, format!("connection `{shown}` cannot exist"))
    })?;
    app.blocking(move |shared| {
        let start = SignInStart {
            workspace,
            connection,
            provider: request.provider,
            fields: request.fields,
            secrets: request.secrets,
            name: request.name,
            base_url: request.base_url,
            currency: request.currency,
            time_zone: request.time_zone,
            redirect_uri: redirect_uri(shared, &headers)?,
            begun_by: caller.person(),
        };
        begin_at(shared, start, &[CALLBACK.to_owned()]).map(|(headers, started)| (headers, Json(started)))
    })
    .await
}

/// Where a platform sends the browser back to that asks now.
pub(super) fn redirect_uri(shared: &Shared, headers: &HeaderMap) -> Result<String, Problem> {
    let host = host(headers);
    let base = base(shared, &host);
    // the cookie would be kept for the one name and the platform come back to the other
    if !base.rsplit("://").next().is_some_and(|authority| authority.eq_ignore_ascii_case(&host)) {
        let detail = format!("the platform sends people back to {base}, and this is {host}");
        let cure = format!("open {base} and begin the sign-in there");
        return Err(Problem { cure: Some(cure), ..Problem::new(Code::SignInElsewhere, detail) });
    }
    Ok(format!("{base}{CALLBACK}"))
}

/// Begins a sign-in for the browser that asks, which keeps what binds it for the ways back.
pub(super) fn begin_at(
    shared: &Shared,
    start: SignInStart,
    ways_back: &[String],
) -> Result<(HeaderMap, SignInStarted), Problem> {
    let redirect_uri = start.redirect_uri.clone();
    let encrypted = redirect_uri.starts_with("https://");
    let begun = shared.runner.begin_sign_in(start)?;
    let headers = kept(&begun, encrypted, ways_back)?;
    Ok((headers, SignInStarted { authorize_url: begun.authorize_url, redirect_uri }))
}

/// Holds who brings a sign-in back against whom it is for. What a person began comes back from that person, signed in,
/// and both at the beginning and at the end they have to be allowed to connect there: a role or session that ended
/// meanwhile ends it too. One that the terminal began is bound to its browser alone.
///
/// # Errors
/// `sign_in_elsewhere` where it is another's; `workspace_not_found` or `not_allowed` where the caller may not any more.
pub(super) fn still_allowed(shared: &Shared, caller: &Caller, state: &str) -> Result<(), Problem> {
    // one that is not known is refused where it is taken
    let Some(begun) = shared.control.sign_in_for(state)? else { return Ok(()) };
    if matches!(caller, Caller::Open) {
        return Ok(());
    }
    if begun.begun_by.is_some() && begun.begun_by != caller.person() {
        let words =
            "this sign-in was begun by a person who is not signed in here now: sign in, and begin it again";
        return Err(Problem::new(Code::SignInElsewhere, words));
    }
    if matches!(caller, Caller::Nobody) {
        return Ok(());
    }
    match shared.control.organisation_of(&begun.workspace)? {
        Some(_) => caller.require(shared, Permission::Manage, begun.workspace.as_str()),
        // it is made by the sign-in, for the organisation in which the caller still may make it
        None if caller.home(Permission::Manage).is_some() => Ok(()),
        None => Err(caller.not_allowed(Permission::Manage)),
    }
}

/// Opens a sign-in that `netgain connect --sign-in` began, in the browser that asks first, and leads to the platform.
#[utoipa::path(get, path = "/oauth/begin", operation_id = "openSignIn", tag = "connections",
    params(("state" = String, Query, description = "of the sign-in")),
    responses((status = 303, description = "to the platform"),
        (status = "default", description = "a problem, as a page for browsers", body = Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    came: Result<Params<BTreeMap<String, String>>, Problem>,
) -> Response {
    let host = host(&headers);
    let opened = match came {
        Ok(Params(came)) => {
            app.blocking(move |shared| {
                let state = came.get("state").ok_or(SignInError::Unknown)?;
                let begun = shared.runner.open_sign_in(state)?;
                let encrypted = base(shared, &host).starts_with("https://");
                let mut headers = kept(&begun, encrypted, &[CALLBACK.to_owned()])?;
                let to =
                    HeaderValue::from_str(&begun.authorize_url).map_err(|error| Problem::internal(&error))?;
                headers.insert(LOCATION, to);
                Ok(headers)
            })
            .await
        }
        Err(problem) => Err(problem),
    };
    match opened {
        Ok(headers) => (StatusCode::SEE_OTHER, headers).into_response(),
        Err(problem) => told(&problem, &headers),
    }
}

/// The host as the browser names it; the guard let none through that is not ours.
fn host(headers: &HeaderMap) -> String {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost").to_owned()
}

/// Where the server is reached, without a slash at the end.
fn base(shared: &Shared, host: &str) -> String {
    let base = shared.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    base.trim_end_matches('/').to_owned()
}

/// The name of the cookie of a sign-in: each has its own, so that two windows do not disturb each other.
fn cookie_name(state: &str) -> String {
    let known = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-' || *letter == '_';
    format!("netgain_sign_in_{}", state.chars().filter(known).take(12).collect::<String>())
}

/// The header by which the browser keeps what binds a sign-in to it. Scripts do not see it, pages of others do not send
/// it with what they embed or post, and it goes to this server's way back alone.
fn kept(begun: &SignInBegun, encrypted: bool, ways_back: &[String]) -> Result<HeaderMap, Problem> {
    let secure = if encrypted { "; Secure" } else { "" };
    cookies(ways_back.iter().map(|path| {
        format!(
            "{}={}; Path={path}; Max-Age={KEPT}; HttpOnly; SameSite=Lax{secure}",
            cookie_name(&begun.state),
            begun.browser
        )
    }))
}

/// The headers by which the browser forgets a sign-in.
pub(super) fn gone(state: &str, ways_back: &[String]) -> Result<HeaderMap, Problem> {
    cookies(ways_back.iter().map(|path| format!("{}=; Path={path}; Max-Age=0", cookie_name(state))))
}

fn cookies(all: impl Iterator<Item = String>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for cookie in all {
        headers
            .append(SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|error| Problem::internal(&error))?);
    }
    Ok(headers)
}

/// What the browser that asks holds for a sign-in.
pub(super) fn held_by_browser(headers: &HeaderMap, state: &str) -> Option<String> {
    cookie(headers, &cookie_name(state))
}

/// The value of a cookie.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// Where a person comes back to from a platform: exchanges the code, proves the connection and leads to its page.
#[utoipa::path(get, path = "/oauth/callback", operation_id = "signedIn", tag = "connections",
    params(("state" = String, Query, description = "of the sign-in"),
        ("code" = Option<String>, Query, description = "what is exchanged for the grant"),
        ("error" = Option<String>, Query, description = "why the platform gives none")),
    responses((status = 303, description = "signed in: a page that says so and closes its window"),
        (status = "default", description = "a problem, as a page for browsers", body = Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn callback(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    came: Result<Params<BTreeMap<String, String>>, Problem>,
) -> Response {
    let host = host(&headers);
    let finished = match came {
        Ok(Params(params)) => {
            let name = params.get("state").map(|state| cookie_name(state));
            let browser = name.as_ref().and_then(|name| cookie(&headers, name));
            app.blocking(move |shared| {
                if let Some(state) = params.get("state") {
                    still_allowed(shared, &caller, state)?;
                }
                let arrived_at = format!("{}{CALLBACK}", base(shared, &host));
                let done = shared.runner.finish_sign_in(&SignInReturn {
                    params,
                    browser,
                    arrived_at,
                    provider: None,
                })?;
                Ok((done, name))
            })
            .await
        }
        Err(problem) => Err(problem),
    };
    match finished {
        Ok((done, name)) => {
            // the code goes out of the browser's address with it
            let page = format!("/signed-in?workspace={}&connection={}", done.workspace, done.connection);
            let gone = format!("{}=; Path={CALLBACK}; Max-Age=0", name.unwrap_or_default());
            let value = |text: &str, other| HeaderValue::from_str(text).unwrap_or(other);
            let headers = [
                (LOCATION, value(&page, HeaderValue::from_static("/"))),
                (SET_COOKIE, value(&gone, HeaderValue::from_static("netgain=; Max-Age=0"))),
            ];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(problem) => told(&problem, &headers),
    }
}

/// A problem, as a page where a browser asks.
fn told(problem: &Problem, headers: &HeaderMap) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") { page(problem) } else { problem.clone().into_response() }
}

/// Where the script of that page is; scripts in pages are not allowed.
pub(crate) const TOLD: &str = "/oauth/told.js";

/// Tells the window that opened this one, if it is this server's own. Without one, or where the platform cut the tie, the
/// page stays as it is; a person has to read it, so it is not closed.
const TELLS: &str = "if (window.opener) {
  try {
    window.opener.postMessage(
      { source: 'netgain', kind: 'sign_in_failed', code: document.getElementById('code').textContent },
      window.location.origin,
    );
  } catch {
    // a window that cannot be reached is not told
  }
}
";

/// The script of the page for a sign-in that did not work.
pub(crate) async fn told_script() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"))], TELLS).into_response()
}

/// A problem for a person whose browser came back.
fn page(problem: &Problem) -> Response {
    let mut text =
        String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Netgain</title><body>");
    let cure = problem.cure.as_deref().unwrap_or_default();
    // writing to a text cannot fail
    let _ = write!(
        text,
        "<h1>{}</h1><p>{}</p><p>{}</p><p><code id=\"code\">{}</code></p><p><a href=\"/\">Back to Netgain</a></p>\
         <script src=\"{TOLD}\"></script>",
        escaped(problem.title),
        escaped(&problem.detail),
        escaped(cure),
        escaped(problem.code)
    );
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let error = match error {
            SignInError::Connect(failure) => return failure.into(),
            other => other,
        };
        let code = match &error {
            SignInError::Unknown => Code::SignInUnknown,
            SignInError::Expired => Code::SignInExpired,
            SignInError::Refused(_) => Code::SignInRefused,
            SignInError::NotOffered(_) => Code::SignInNotOffered,
            SignInError::Elsewhere(_) => Code::SignInElsewhere,
            SignInError::Forged(_) => Code::SignInForged,
            SignInError::Connect(_) => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}
