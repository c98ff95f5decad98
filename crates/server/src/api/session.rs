//! Signing in and out: who is asking, and how they become somebody.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::{HeaderName, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use netgain_control::{
    Attempt, Identity, Membership, NewEntry, NewSession, Secret, SessionFrom, SignedInAs, Visitor,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::cookies::{self, Kept};
use crate::access::{Caller, address};
use crate::app::{App, Shared};
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};

/// Where identity providers send people back to.
const CALLBACK: &str = "/oidc/callback";

/// What somebody is in one organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembershipShown {
    /// The organisation's id.
    organisation: String,
    /// The organisation's name.
    name: String,
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: &'static str,
    /// The workspaces that they may see; null for all of the organisation.
    workspaces: Option<Vec<String>>,
}

/// A person as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// Their id.
    id: String,
    /// Their e-mail address.
    email: String,
    /// Their name.
    name: String,
    /// Whether they have a password here.
    has_password: bool,
    /// Whether their second factor is on.
    second_factor: bool,
    /// Id of the session that asks.
    session: String,
    /// What they are, by organisation.
    memberships: Vec<MembershipShown>,
}

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionShown {
    /// Whether everybody who reaches this server may everything: true for the demo alone.
    open: bool,
    /// The person who is signed in; null for nobody.
    person: Option<Me>,
    /// Whether a password was right and the code of the second factor is still to come.
    second_factor_pending: bool,
    /// Whether the installation still waits for its first owner, who is created by the link that the program printed.
    needs_owner: bool,
    /// What the button to sign in elsewhere says; null where there is no such way.
    oidc: Option<String>,
}

/// What a password proves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInPassword {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
}

/// What the second factor proves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorCode {
    /// The code that the app shows, or one to recover with.
    code: String,
}

/// How far a sign-in came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignInState {
    /// Signed in.
    SignedIn,
    /// The code of the second factor is to be sent to `/api/v1/session/second-factor`.
    SecondFactor,
}

/// What became of a sign-in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInDone {
    /// How far it came.
    pub(crate) state: SignInState,
}

/// Where a request comes from, as a session remembers it.
pub(crate) struct Origin {
    agent: String,
    address: String,
    device: Option<String>,
    session: Option<String>,
    pub(crate) encrypted: bool,
}

impl Origin {
    pub(crate) fn from(&self) -> SessionFrom<'_> {
        SessionFrom { agent: &self.agent, address: &self.address }
    }

    pub(crate) fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }
}

impl axum::extract::FromRequestParts<App> for Origin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<Self, Problem> {
        let encrypted = cookies::encrypted(&app.shared, &parts.headers);
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            agent: agent.to_owned(),
            address: address::of(&parts.extensions, &parts.headers),
            device: cookies::read(&parts.headers, Kept::Device, encrypted),
            session: cookies::read(&parts.headers, Kept::Session, encrypted),
            encrypted,
        })
    }
}

/// Writes down what happened to whoever signs in.
pub(crate) fn note(
    shared: &Shared,
    caller: &Caller,
    action: &'static str,
    subject: &str,
    details: serde_json::Value,
) -> Result<(), Problem> {
    let at = Timestamp::now();
    let subject = subject.to_owned();
    Ok(shared.control.record(&NewEntry {
        workspace: None,
        actor: caller.actor(),
        action,
        subject,
        details,
        at,
    })?)
}

fn slowed(wait: SignedDuration) -> Problem {
    Problem::new(Code::SignInSlowed, "too many tries failed from here").after(wait.unsigned_abs())
}

/// Cookies of a session that began on a device that is known from now on.
pub(crate) fn signed_in(
    session: &NewSession,
    device: &Secret,
    encrypted: bool,
) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    cookies::keep(&mut headers, Kept::Session, session.token.expose(), encrypted)?;
    cookies::keep(&mut headers, Kept::Device, device.expose(), encrypted)?;
    Ok(headers)
}

/// What became of a try, as it is answered and written down.
fn answered(
    shared: &Shared,
    done: SignedInAs,
    encrypted: bool,
    how: &str,
    address: &str,
) -> Result<(HeaderMap, SignInState), Problem> {
    let who = Caller::Nobody;
    let details = serde_json::json!({ "how": how, "address": address });
    match done {
        SignedInAs::Person(session, device) => {
            note(shared, &who, "session.created", session.person.as_str(), details)?;
            Ok((signed_in(&session, &device, encrypted)?, SignInState::SignedIn))
        }
        SignedInAs::NeedsFactor(session) => {
            let mut headers = HeaderMap::new();
            cookies::keep(&mut headers, Kept::Session, session.token.expose(), encrypted)?;
            Ok((headers, SignInState::SecondFactor))
        }
        SignedInAs::Refused => {
            note(shared, &who, "session.refused", how, details)?;
            Err(Problem::new(Code::SignInFailed, "e-mail address, password or code is not right"))
        }
        SignedInAs::Slowed(wait) => Err(slowed(wait)),
    }
}

/// Who is asking, and how one signs in here.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "session", tag = "people",
    responses((status = 200, description = "who is asking", body = SessionShown),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
) -> Result<Json<SessionShown>, Problem> {
    let oidc = app.oidc.as_ref().map(|oidc| oidc.name().to_owned());
    app.blocking(move |shared| {
        let open = matches!(caller, Caller::Open);
        let person = match &caller {
            Caller::Person(visitor) => Some(me(shared, visitor)?),
            _ => None,
        };
        let token = origin.session.as_deref().filter(|_| person.is_none() && !open);
        let pending = match token {
            Some(token) => shared.control.visitor(token, Timestamp::now())?.is_some_and(|one| one.pending),
            None => false,
        };
        let needs_owner = !open && person.is_none() && !shared.control.has_owner()?;
        Ok(Json(SessionShown { open, person, second_factor_pending: pending, needs_owner, oidc }))
    })
    .await
}

fn me(shared: &Shared, visitor: &Visitor) -> Result<Me, Problem> {
    let shown = |membership: &Membership| -> Result<MembershipShown, Problem> {
        let organisation = shared.control.organisation(&membership.organisation)?;
        let list = membership.workspaces.as_ref();
        Ok(MembershipShown {
            organisation: organisation.id.to_string(),
            name: organisation.name,
            role: membership.role.name(),
            workspaces: list.map(|list| list.iter().map(ToString::to_string).collect()),
        })
    };
    Ok(Me {
        id: visitor.person.id.to_string(),
        email: visitor.person.email.clone(),
        name: visitor.person.name.clone(),
        has_password: visitor.person.has_password,
        second_factor: visitor.person.second_factor,
        session: visitor.session.clone(),
        memberships: visitor.memberships.iter().map(shown).collect::<Result<_, _>>()?,
    })
}

/// Signs in with e-mail address and password. Where a second factor is on, its code comes next.
#[utoipa::path(post, path = "/api/v1/session", operation_id = "signInPerson", tag = "people",
    request_body = SignInPassword,
    responses((status = 200, description = "how far it came; the session is in a cookie", body = SignInDone),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<SignInPassword>,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    app.hashing(move |shared| {
        let password = Secret::new(request.password);
        let attempt = Attempt {
            email: &request.email,
            password: &password,
            from: origin.from(),
            device: origin.device(),
        };
        let done = shared.control.sign_in(attempt, Timestamp::now())?;
        let (headers, state) = answered(shared, done, origin.encrypted, "password", &origin.address)?;
        Ok((headers, Json(SignInDone { state })))
    })
    .await
}

/// Ends a sign-in with the code of the second factor. The session gets a new token.
#[utoipa::path(post, path = "/api/v1/session/second-factor", operation_id = "sendSecondFactor", tag = "people",
    request_body = SecondFactorCode,
    responses((status = 200, description = "signed in; the session is in a cookie", body = SignInDone),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn second_factor(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<SecondFactorCode>,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    app.blocking(move |shared| {
        let token = origin.session.as_deref().unwrap_or_default();
        let done = shared.control.second_factor(
            token,
            &request.code,
            origin.from(),
            origin.device(),
            Timestamp::now(),
        )?;
        let (headers, state) = answered(shared, done, origin.encrypted, "second_factor", &origin.address)?;
        Ok((headers, Json(SignInDone { state })))
    })
    .await
}

/// Signs out: the session ends here, whoever still holds its token.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "signOut", tag = "people",
    responses((status = 204, description = "signed out"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
) -> Result<(StatusCode, HeaderMap), Problem> {
    app.blocking(move |shared| {
        if let Some(token) = &origin.session
            && let Some(visitor) = shared.control.visitor(token, Timestamp::now())?
        {
            shared.control.end_session(&visitor.person.id, &visitor.session)?;
            note(shared, &caller, "session.ended", &visitor.session, serde_json::json!({}))?;
        }
        let mut headers = HeaderMap::new();
        cookies::forget(&mut headers, Kept::Session, origin.encrypted)?;
        Ok((StatusCode::NO_CONTENT, headers))
    })
    .await
}

/// Leads to the identity provider to sign in there.
#[utoipa::path(get, path = "/api/v1/session/oidc", operation_id = "signInElsewhere", tag = "people",
    params(("next" = Option<String>, Query, description = "path of the page that comes after it")),
    responses((status = 303, description = "to the identity provider"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin_outside(
    State(app): State<App>,
    headers: HeaderMap,
    Params(asked): Params<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let Some(oidc) = app.oidc.clone() else {
        return Err(Problem::new(Code::OidcNotOffered, "no identity provider is set up here"));
    };
    let (encrypted, back) = (cookies::encrypted(&app.shared, &headers), back(&app.shared, &headers));
    app.blocking(move |shared| {
        let begun = oidc.begin(&back, page(asked.get("next"))).map_err(|error| not_working(&error))?;
        let now = Timestamp::now();
        // one word for the browser, which the state alone does not give away
        let browser = shared.control.new_browser_word()?;
        let until = now + SignedDuration::from_mins(10);
        shared.control.put_outside_sign_in(&begun.state, browser.expose(), &begun.remembered, now, until)?;
        let mut headers = HeaderMap::new();
        cookies::keep(&mut headers, Kept::Outside, browser.expose(), encrypted)?;
        let to = HeaderValue::from_str(&begun.authorize_url).map_err(|error| Problem::internal(&error))?;
        headers.insert(LOCATION, to);
        Ok((StatusCode::SEE_OTHER, headers).into_response())
    })
    .await
}

/// Where a person comes back to from the identity provider.
#[utoipa::path(get, path = "/oidc/callback", operation_id = "signedInElsewhere", tag = "people",
    params(("state" = Option<String>, Query, description = "of the sign-in"),
        ("code" = Option<String>, Query, description = "what is exchanged for who the person is"),
        ("error" = Option<String>, Query, description = "why there is none")),
    responses((status = 303, description = "to the page that was asked for, or to the sign-in with what went wrong"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end_outside(
    State(app): State<App>,
    headers: HeaderMap,
    origin: Origin,
    Params(came): Params<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let Some(oidc) = app.oidc.clone() else {
        return Err(Problem::new(Code::OidcNotOffered, "no identity provider is set up here"));
    };
    let browser = cookies::read(&headers, Kept::Outside, origin.encrypted).unwrap_or_default();
    app.blocking(move |shared| {
        let now = Timestamp::now();
        let part = |name: &str| came.get(name).map(String::as_str).unwrap_or_default();
        let remembered = shared.control.take_outside_sign_in(part("state"), &browser, now)?;
        let finished = match &remembered {
            Some(remembered) if !part("code").is_empty() => oidc.finish(part("code"), remembered, now),
            _ => return to_page("/sign-in?problem=oidc_failed", HeaderMap::new(), origin.encrypted),
        };
        let (claims, next) = match finished {
            Ok(finished) => finished,
            Err(error) => {
                tracing::warn!(%error, "a sign-in elsewhere did not work");
                return to_page("/sign-in?problem=oidc_failed", HeaderMap::new(), origin.encrypted);
            }
        };
        let identity = Identity {
            issuer: oidc.issuer(),
            subject: &claims.sub,
            verified_email: claims.verified_email(),
            name: claims.name.as_deref(),
        };
        let done = shared.control.sign_in_outside(&identity, origin.from(), origin.device(), now)?;
        match answered(shared, done, origin.encrypted, "oidc", &origin.address) {
            Ok((headers, _)) => to_page(page(Some(&next)), headers, origin.encrypted),
            Err(problem) if problem.status < 500 => {
                to_page("/sign-in?problem=oidc_unknown", HeaderMap::new(), origin.encrypted)
            }
            Err(problem) => Err(problem),
        }
    })
    .await
}

fn to_page(path: &str, mut headers: HeaderMap, encrypted: bool) -> Result<Response, Problem> {
    cookies::forget(&mut headers, Kept::Outside, encrypted)?;
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(LOCATION, to);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// The path of one of our pages; anything else would lead people away.
fn page(asked: Option<&String>) -> &str {
    let path = asked.map_or("/", String::as_str);
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { path } else { "/" }
}

fn back(shared: &Shared, headers: &HeaderMap) -> String {
    let host = headers.get(HeaderName::from_static("host")).and_then(|host| host.to_str().ok());
    let host = format!("http://{}", host.unwrap_or("localhost"));
    let base = shared.public_url.clone().unwrap_or(host);
    format!("{}{CALLBACK}", base.trim_end_matches('/'))
}

fn not_working(error: &crate::access::oidc::OidcError) -> Problem {
    tracing::warn!(%error, "the identity provider does not work");
    Problem::new(Code::OidcFailed, "the identity provider cannot be used now")
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_sign_in_leads_to_our_own_pages_alone() {
        let asked = |path: &str| page(Some(&path.to_owned())).to_owned();
        assert_eq!(asked("/w/demo/costs?from=2026-01-01"), "/w/demo/costs?from=2026-01-01");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb", "/ä"] {
            assert_eq!(asked(foreign), "/", "{foreign}");
        }
    }
}
