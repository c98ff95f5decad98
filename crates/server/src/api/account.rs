//! One's own account: sessions, password and second factor.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use netgain_control::{Refused, Secret, Visitor};
use netgain_domain::jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::cookies::{self, Kept};
use crate::api::session::{Origin, note};
use crate::app::{App, Shared};
use crate::extract::Body;
use crate::problem::{Code, Problem};

/// A browser that the person is signed in with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionListed {
    /// Its id.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// The program, as it calls itself.
    agent: String,
    /// The network address that it began from.
    address: String,
    /// When it began (RFC 3339, UTC).
    created_at: String,
    /// When it was last used, to about a minute (RFC 3339, UTC).
    used_at: String,
    /// When it is over at the latest (RFC 3339, UTC).
    expires_at: String,
}

/// One's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The last used first.
    sessions: Vec<SessionListed>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password until now; left out by who has none.
    #[serde(default)]
    current: String,
    /// The new one: 12 characters or more.
    password: String,
}

/// One's password, for what is changed only by who knows it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordProof {
    /// The password; left out by who has none.
    #[serde(default)]
    password: String,
}

/// Whether a second factor is on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecondFactor {
    /// Whether it is.
    on: bool,
    /// Codes to recover with that are left.
    recovery_codes_left: u64,
}

/// What goes into an authenticator app. It is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorBegun {
    /// The secret in base32, to be typed.
    secret: String,
    /// The same as an address.
    uri: String,
    /// The same as a picture to be scanned (SVG).
    qr_svg: String,
}

/// The first code of a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorProof {
    /// The code that the app shows.
    code: String,
}

/// A second factor is on. The codes are shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorOn {
    /// Codes that count once each, for when the app is lost.
    recovery_codes: Vec<String>,
}

/// The person who asks; the middleware let nobody else through, but for an open server.
fn person(caller: &Caller) -> Result<&Visitor, Problem> {
    match caller {
        Caller::Person(visitor) => Ok(visitor),
        _ => Err(Problem::new(Code::NotAllowed, "only a person with a session has an account")),
    }
}

fn prove(shared: &Shared, visitor: &Visitor, password: &str, field: &'static str) -> Result<(), Problem> {
    let password = Secret::new(password.to_owned());
    if visitor.person.has_password && !shared.control.is_password(&visitor.person.id, &password)? {
        let message = "is not your password: write the one you sign in with";
        return Err(Refused::Field { field, message: message.to_owned() }.into());
    }
    Ok(())
}

/// Lists the sessions of the person who asks.
#[utoipa::path(get, path = "/api/v1/sessions", operation_id = "sessions", tag = "people",
    responses((status = 200, description = "the sessions, the last used first", body = Sessions),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sessions(State(app): State<App>, caller: Caller) -> Result<Json<Sessions>, Problem> {
    app.blocking(move |shared| {
        let visitor = person(&caller)?;
        let all = shared.control.sessions(&visitor.person.id, Timestamp::now())?;
        let sessions = all.into_iter().map(|one| SessionListed {
            current: one.id == visitor.session,
            id: one.id,
            agent: one.agent,
            address: one.address,
            created_at: one.created_at.to_string(),
            used_at: one.used_at.to_string(),
            expires_at: one.expires_at.to_string(),
        });
        Ok(Json(Sessions { sessions: sessions.collect() }))
    })
    .await
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", operation_id = "endSession", tag = "people",
    params(("id" = String, Path, description = "the session's id")),
    responses((status = 204, description = "it ended"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.blocking(move |shared| {
        shared.control.end_session(&person(&caller)?.person.id, &id)?;
        note(shared, &caller, "session.ended", &id, json!({}))?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/api/v1/sessions", operation_id = "endOtherSessions", tag = "people",
    responses((status = 204, description = "they ended"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end_others(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    app.blocking(move |shared| {
        let visitor = person(&caller)?;
        let ended = shared.control.end_sessions(&visitor.person.id, Some(&visitor.session))?;
        note(shared, &caller, "sessions.ended", visitor.person.id.as_str(), json!({ "ended": ended }))?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Sets another password. Every other session ends, and this one gets a new token.
#[utoipa::path(put, path = "/api/v1/account/password", operation_id = "changePassword", tag = "people",
    request_body = PasswordChange,
    responses((status = 204, description = "it is set"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    Body(request): Body<PasswordChange>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    app.hashing(move |shared| {
        let visitor = person(&caller)?;
        prove(shared, visitor, &request.current, "current")?;
        let id = &visitor.person.id;
        shared.control.set_password(id, &Secret::new(request.password), Some(&visitor.session))?;
        note(shared, &caller, "password.changed", id.as_str(), json!({}))?;
        Ok((StatusCode::NO_CONTENT, renewed(shared, visitor, &origin)?))
    })
    .await
}

/// Another token for the session that asks.
fn renewed(shared: &Shared, visitor: &Visitor, origin: &Origin) -> Result<HeaderMap, Problem> {
    let token = shared.control.renew_session(&visitor.session, Timestamp::now())?;
    let mut headers = HeaderMap::new();
    cookies::keep(&mut headers, Kept::Session, token.expose(), origin.encrypted)?;
    Ok(headers)
}

/// Whether one's second factor is on.
#[utoipa::path(get, path = "/api/v1/account/second-factor", operation_id = "secondFactor", tag = "people",
    responses((status = 200, description = "whether it is on", body = SecondFactor),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn factor(State(app): State<App>, caller: Caller) -> Result<Json<SecondFactor>, Problem> {
    app.blocking(move |shared| {
        let visitor = person(&caller)?;
        let recovery_codes_left = shared.control.recovery_codes_left(&visitor.person.id)?;
        Ok(Json(SecondFactor { on: visitor.person.second_factor, recovery_codes_left }))
    })
    .await
}

/// Makes a secret for one's authenticator app. It counts when a code of it was sent.
#[utoipa::path(post, path = "/api/v1/account/second-factor", operation_id = "beginSecondFactor", tag = "people",
    request_body = PasswordProof,
    responses((status = 200, description = "what goes into the app", body = SecondFactorBegun),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin_factor(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<PasswordProof>,
) -> Result<Json<SecondFactorBegun>, Problem> {
    app.hashing(move |shared| {
        let visitor = person(&caller)?;
        prove(shared, visitor, &request.password, "password")?;
        let enrolment = shared.control.begin_factor(&visitor.person.id)?;
        let code =
            QrCode::new(enrolment.uri.expose().as_bytes()).map_err(|error| Problem::internal(&error))?;
        let qr_svg = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
        Ok(Json(SecondFactorBegun {
            secret: enrolment.secret.expose().to_owned(),
            uri: enrolment.uri.expose().to_owned(),
            qr_svg,
        }))
    })
    .await
}

/// Turns one's second factor on by its first code. Every other session ends, and this one gets a new token.
#[utoipa::path(post, path = "/api/v1/account/second-factor/confirm", operation_id = "confirmSecondFactor",
    tag = "people", request_body = SecondFactorProof,
    responses((status = 200, description = "it is on", body = SecondFactorOn),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn confirm_factor(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    Body(request): Body<SecondFactorProof>,
) -> Result<(HeaderMap, Json<SecondFactorOn>), Problem> {
    app.blocking(move |shared| {
        let visitor = person(&caller)?;
        let (id, keep) = (&visitor.person.id, Some(visitor.session.as_str()));
        let codes = shared.control.confirm_factor(id, &request.code, keep, Timestamp::now())?;
        note(shared, &caller, "second_factor.on", id.as_str(), json!({}))?;
        let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Ok((renewed(shared, visitor, &origin)?, Json(SecondFactorOn { recovery_codes })))
    })
    .await
}

/// Turns one's second factor off.
#[utoipa::path(post, path = "/api/v1/account/second-factor/remove", operation_id = "removeSecondFactor",
    tag = "people", request_body = PasswordProof,
    responses((status = 204, description = "it is off"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_factor(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    Body(request): Body<PasswordProof>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    app.hashing(move |shared| {
        let visitor = person(&caller)?;
        prove(shared, visitor, &request.password, "password")?;
        shared.control.remove_factor(&visitor.person.id)?;
        note(shared, &caller, "second_factor.off", visitor.person.id.as_str(), json!({}))?;
        Ok((StatusCode::NO_CONTENT, renewed(shared, visitor, &origin)?))
    })
    .await
}
