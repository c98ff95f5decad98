//! The one door: finds who asks, and lets in what the table of routes allows them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use netgain_control::{Actor, KEY_PREFIX, Secret};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

use super::cookies::{self, Kept};
use super::rate::Rate;
use super::{Caller, Permission, routes};
use crate::app::{App, Shared, no_workspace};
use crate::problem::{Code, Problem};

/// Sent with every change that a cookie proves: a page of another site cannot set it without being asked first, and the
/// asking is not answered here.
pub(crate) const REQUEST_HEADER: HeaderName = HeaderName::from_static("x-netgain-request");

/// Where the workspace's id stands among the parts of `/api/v1/workspaces/{w}`.
const WORKSPACE_AT: usize = 4;

/// Who asks, and how they proved it.
struct Found {
    caller: Caller,
    /// Whether a cookie proved it, which browsers send by themselves.
    by_cookie: bool,
    renewed: Option<Secret>,
}

/// Lets a request in, or refuses it. The caller goes along for the handler.
pub(crate) async fn admit(
    State(app): State<App>,
    path: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    if app.shared.open {
        // the terminal asks in its own name
        if request.extensions().get::<Actor>().is_none() {
            request.extensions_mut().insert(Caller::Open.actor());
        }
        request.extensions_mut().insert(Caller::Open);
        return next.run(request).await;
    }
    // what no route answers is a file of the pages, or nothing
    let Some(path) = path else { return next.run(request).await };
    // as it was written: an id needs no escapes, so one that has some is not known
    let workspace = request.uri().path().split('/').nth(WORKSPACE_AT).unwrap_or_default().to_owned();
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let encrypted = cookies::encrypted(&app.shared, &headers);
    let asked = Asked { method, path: path.as_str().to_owned(), workspace, headers };
    match app.blocking(move |shared| Ok(asked.answered(shared))).await {
        Ok((found, Ok(()))) => {
            request.extensions_mut().insert(found.caller.actor());
            request.extensions_mut().insert(found.caller.clone());
            with_renewed(next.run(request).await, &found, encrypted)
        }
        Ok((found, Err(refused))) => with_renewed(*refused, &found, encrypted),
        Err(problem) => problem.into_response(),
    }
}

/// A request, as far as it matters at the door.
struct Asked {
    method: Method,
    path: String,
    workspace: String,
    headers: HeaderMap,
}

impl Asked {
    fn answered(&self, shared: &Shared) -> (Found, Result<(), Box<Response>>) {
        let now = Timestamp::now();
        let found = match find(shared, &self.headers, now) {
            Ok(found) => found,
            Err(problem) => {
                let nobody = Found { caller: Caller::Nobody, by_cookie: false, renewed: None };
                let needed = routes::needed(&self.method, &self.path);
                // whoever carries something that is over may still sign in
                let refused = match needed {
                    Some(Permission::Public) if problem.status < 500 => Ok(()),
                    _ => Err(Box::new(problem.into_response())),
                };
                return (nobody, refused);
            }
        };
        let allowed = self.allowed(shared, &found);
        (found, allowed)
    }

    fn allowed(&self, shared: &Shared, found: &Found) -> Result<(), Box<Response>> {
        let refuse = |problem: Problem| Box::new(problem.into_response());
        let Some(needed) = routes::needed(&self.method, &self.path) else {
            return Err(Box::new(self.no_method()));
        };
        if matches!(found.caller, Caller::Nobody) && needed != Permission::Public {
            let detail = "nobody is signed in, or the session is over";
            return Err(refuse(Problem::new(Code::SignedOut, detail)));
        }
        let changes = !matches!(self.method, Method::GET | Method::HEAD);
        if found.by_cookie && changes && !self.headers.contains_key(&REQUEST_HEADER) {
            let detail = format!("the request lacks the header {REQUEST_HEADER}");
            return Err(refuse(Problem::new(Code::RequestHeaderMissing, detail)));
        }
        if needed == Permission::Public {
            return Ok(());
        }
        limited(shared, &found.caller).map_err(|wait| refuse(too_many(wait)))?;
        if !routes::of_workspace(&self.path) {
            let allowed = found.caller.anywhere(needed);
            return if allowed { Ok(()) } else { Err(refuse(found.caller.not_allowed(needed))) };
        }
        self.in_workspace(shared, &found.caller, needed).map_err(refuse)
    }

    fn in_workspace(&self, shared: &Shared, caller: &Caller, needed: Permission) -> Result<(), Problem> {
        let workspace = self.workspace.as_str();
        let makes = routes::makes_workspace(&self.method, &self.path);
        if makes
            && let Ok(id) = workspace.parse::<WorkspaceId>()
            && shared.control.organisation_of(&id)?.is_none()
        {
            // it will be the organisation's in which the caller may make it
            let Some(organisation) = caller.home(needed) else { return Err(no_workspace(workspace)) };
            let claimed = shared.control.claim_workspace(&id, &organisation)?;
            return if claimed { Ok(()) } else { Err(no_workspace(workspace)) };
        }
        caller.require(shared, needed, workspace)
    }

    /// The path is not known with this method, or has no permission: nobody gets there.
    fn no_method(&self) -> Response {
        let known = routes::methods(&self.path);
        if known.is_empty() {
            return Problem::new(Code::NotFound, format!("there is nothing at `{}`", self.path))
                .into_response();
        }
        let detail = format!("{} is not known here", self.method);
        let mut response = Problem::new(Code::MethodNotAllowed, detail).into_response();
        if let Ok(allow) = HeaderValue::from_str(&known.join(", ")) {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }
}

/// Who asks: an API key before a session, because it was sent on purpose.
fn find(shared: &Shared, headers: &HeaderMap, now: Timestamp) -> Result<Found, Problem> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(bearer) = bearer {
        let text = bearer.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let text = text.map(|(_, text)| text.trim()).filter(|text| text.starts_with(KEY_PREFIX));
        let key = match text {
            Some(text) => shared.control.api_key_of(text, now)?,
            None => None,
        };
        let Some(key) = key else {
            let detail = "the key of the Authorization header is not known, revoked or over";
            return Err(Problem::new(Code::KeyInvalid, detail));
        };
        return Ok(Found { caller: Caller::Key(Arc::new(key)), by_cookie: false, renewed: None });
    }
    let encrypted = cookies::encrypted(shared, headers);
    let visitor = match cookies::read(headers, Kept::Session, encrypted) {
        Some(token) => shared.control.visitor(&token, now)?.filter(|visitor| !visitor.pending),
        None => None,
    };
    Ok(match visitor {
        Some(mut visitor) => {
            let renewed = visitor.renewed.take();
            Found { caller: Caller::Person(Arc::new(visitor)), by_cookie: true, renewed }
        }
        None => Found { caller: Caller::Nobody, by_cookie: false, renewed: None },
    })
}

/// Takes one request of everything that counts the caller's.
fn limited(shared: &Shared, caller: &Caller) -> Result<(), Duration> {
    let rates = &shared.rates;
    let mut of: Vec<(String, Rate)> = Vec::new();
    match caller {
        Caller::Person(visitor) => {
            of.push((format!("person {}", visitor.person.id), rates.person));
            // of several organisations the path would have to be asked; the person's own bucket is the smaller one
            if let [only] = visitor.memberships.as_slice() {
                of.push((format!("organisation {}", only.organisation), rates.organisation));
            }
        }
        Caller::Key(key) => {
            of.push((format!("key {}", key.id), rates.key));
            of.push((format!("organisation {}", key.organisation), rates.organisation));
        }
        Caller::Open | Caller::Nobody => {}
    }
    shared.buckets.take(&of, Instant::now())
}

fn too_many(wait: Duration) -> Problem {
    Problem::new(Code::TooManyRequests, "more requests came than are answered").after(wait)
}

fn with_renewed(mut response: Response, found: &Found, encrypted: bool) -> Response {
    if let Some(token) = &found.renewed {
        // a handler that ended or changed the session has the last word
        let own = response.headers().contains_key(axum::http::header::SET_COOKIE);
        if !own
            && let Err(problem) =
                cookies::keep(response.headers_mut(), Kept::Session, token.expose(), encrypted)
        {
            return problem.into_response();
        }
    }
    response
}
