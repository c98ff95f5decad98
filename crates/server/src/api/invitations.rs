//! Invitations, and the other links that work once: to create the first owner, and to set a new password.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use netgain_control::{Attempt, Invitation, Membership, Secret, SignedInAs};
use netgain_domain::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::api::people::{self, Asked};
use crate::api::session::{Origin, SignInDone, SignInState, note, signed_in};
use crate::app::{App, Shared};
use crate::extract::{Body, Params};
use crate::problem::Problem;

/// An invitation that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationShown {
    /// Its id.
    id: String,
    /// Whom it is for.
    email: String,
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: &'static str,
    /// The workspaces that the person will see; null for all of the organisation.
    workspaces: Option<Vec<String>>,
    /// When it was made (RFC 3339, UTC).
    created_at: String,
    /// Until when it works (RFC 3339, UTC).
    expires_at: String,
}

/// The invitations of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitations {
    /// The organisation.
    organisation: String,
    /// By e-mail address.
    invitations: Vec<InvitationShown>,
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationRequest {
    /// The e-mail address.
    email: String,
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: String,
    /// The workspaces that the person will see; left out or null for all of the organisation.
    workspaces: Option<Vec<String>>,
}

/// An invitation with its link, which is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationMade {
    /// The invitation.
    invitation: InvitationShown,
    /// Path of the page where the person accepts it, with the word that proves them behind `#`.
    path: String,
}

/// The word of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkWord {
    /// What stands behind `#` in the link.
    token: String,
}

/// What an invitation offers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationOffer {
    /// Whom it is for.
    email: String,
    /// The organisation's name.
    organisation: String,
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: &'static str,
    /// Whether that e-mail address has an account: then its password accepts.
    has_account: bool,
}

/// Accepts an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationAcceptance {
    /// What stands behind `#` in the link.
    token: String,
    /// The person's name; left out by who has an account.
    #[serde(default)]
    name: String,
    /// The password: a new one of 12 characters or more, or that of the account.
    password: String,
}

/// Creates the first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerRequest {
    /// What stands behind `#` in the link that the program printed.
    token: String,
    /// The e-mail address.
    email: String,
    /// The name.
    name: String,
    /// The password: 12 characters or more.
    password: String,
}

/// Sets a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// What stands behind `#` in the link.
    token: String,
    /// The new password: 12 characters or more.
    password: String,
}

fn shown(invitation: Invitation) -> InvitationShown {
    InvitationShown {
        id: invitation.id,
        email: invitation.email,
        role: invitation.role.name(),
        workspaces: people::shown_workspaces(invitation.workspaces.as_ref()),
        created_at: invitation.created_at.to_string(),
        expires_at: invitation.expires_at.to_string(),
    }
}

/// Signs in whoever a link has just proved; where a second factor is on, its code comes next.
fn enter(
    shared: &Shared,
    email: &str,
    password: &Secret,
    origin: &Origin,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    let attempt = Attempt { email, password, from: origin.from(), device: origin.device() };
    let (headers, state) = match shared.control.sign_in(attempt, Timestamp::now())? {
        SignedInAs::Person(session, device) => {
            let details = json!({ "how": "link" });
            note(shared, &Caller::Nobody, "session.created", session.person.as_str(), details)?;
            (signed_in(&session, &device, origin.encrypted)?, SignInState::SignedIn)
        }
        // what was asked is done; the page to sign in says what is missing
        _ => (HeaderMap::new(), SignInState::SecondFactor),
    };
    Ok((headers, Json(SignInDone { state })))
}

/// Lists the invitations of an organisation that wait.
#[utoipa::path(get, path = "/api/v1/invitations", operation_id = "invitations", tag = "people",
    params(("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 200, description = "the invitations, by e-mail address", body = Invitations),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Asked,
) -> Result<Json<Invitations>, Problem> {
    app.blocking(move |shared| {
        let organisation = people::organisation(&caller, &asked)?;
        let all = shared.control.invitations(&organisation, Timestamp::now())?;
        let invitations = all.into_iter().map(shown).collect();
        Ok(Json(Invitations { organisation: organisation.to_string(), invitations }))
    })
    .await
}

/// Invites an e-mail address. Nothing is sent: the link is given to the person by whoever invites.
#[utoipa::path(post, path = "/api/v1/invitations", operation_id = "invite", tag = "people",
    params(("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    request_body = InvitationRequest,
    responses((status = 201, description = "the invitation and its link", body = InvitationMade),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Asked,
    Body(request): Body<InvitationRequest>,
) -> Result<(StatusCode, Json<InvitationMade>), Problem> {
    app.blocking(move |shared| {
        let organisation = people::organisation(&caller, &asked)?;
        let role = people::role(&request.role)?;
        people::may_grant(&caller, &organisation, role)?;
        let workspaces = people::workspaces(request.workspaces)?;
        let membership = Membership { organisation: organisation.clone(), role, workspaces };
        let (invitation, word) = shared.control.invite(&request.email, &membership, Timestamp::now())?;
        let details = json!({ "organisation": organisation.as_str(), "role": role.name() });
        note(shared, &caller, "invitation.created", &invitation.id, details)?;
        let path = format!("/invitation#{}", word.expose());
        Ok((StatusCode::CREATED, Json(InvitationMade { invitation: shown(invitation), path })))
    })
    .await
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", operation_id = "withdrawInvitation", tag = "people",
    params(("id" = String, Path, description = "the invitation's id"),
        ("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 204, description = "its link does not work any more"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(asked): Asked,
) -> Result<StatusCode, Problem> {
    app.blocking(move |shared| {
        let organisation = people::organisation(&caller, &asked)?;
        shared.control.withdraw_invitation(&organisation, &id)?;
        note(shared, &caller, "invitation.withdrawn", &id, json!({ "organisation": organisation.as_str() }))?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Says what an invitation offers, to who has its link.
#[utoipa::path(post, path = "/api/v1/invitations/open", operation_id = "openInvitation", tag = "people",
    request_body = LinkWord,
    responses((status = 200, description = "what it offers", body = InvitationOffer),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn open(
    State(app): State<App>,
    Body(request): Body<LinkWord>,
) -> Result<Json<InvitationOffer>, Problem> {
    app.blocking(move |shared| {
        let invitation = shared.control.invitation_of(&request.token, Timestamp::now())?;
        Ok(Json(InvitationOffer {
            has_account: shared.control.person_by_email(&invitation.email)?.is_some(),
            organisation: shared.control.organisation(&invitation.organisation)?.name,
            role: invitation.role.name(),
            email: invitation.email,
        }))
    })
    .await
}

/// Accepts an invitation and signs in.
#[utoipa::path(post, path = "/api/v1/invitations/accept", operation_id = "acceptInvitation", tag = "people",
    request_body = InvitationAcceptance,
    responses((status = 200, description = "a member, and how far the sign-in came", body = SignInDone),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn accept(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<InvitationAcceptance>,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    app.hashing(move |shared| {
        let password = Secret::new(request.password);
        let now = Timestamp::now();
        let person = shared.control.accept_invitation(&request.token, &request.name, &password, now)?;
        note(shared, &Caller::Nobody, "invitation.accepted", person.id.as_str(), json!({}))?;
        enter(shared, &person.email, &password, &origin)
    })
    .await
}

/// Creates the first owner by the link that the program printed when it started, and signs in.
#[utoipa::path(post, path = "/api/v1/owner", operation_id = "createOwner", tag = "people",
    request_body = OwnerRequest,
    responses((status = 200, description = "the owner is signed in", body = SignInDone),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn owner(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<OwnerRequest>,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    app.hashing(move |shared| {
        let password = Secret::new(request.password);
        let now = Timestamp::now();
        let made =
            shared.control.create_owner(&request.token, &request.email, &request.name, &password, now)?;
        note(shared, &Caller::Nobody, "owner.created", made.id.as_str(), json!({}))?;
        enter(shared, &made.email, &password, &origin)
    })
    .await
}

/// Sets a new password by a link that the operator made, and signs in. Every session until now ends.
#[utoipa::path(post, path = "/api/v1/password", operation_id = "resetPassword", tag = "people",
    request_body = PasswordReset,
    responses((status = 200, description = "it is set, and how far the sign-in came", body = SignInDone),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reset_password(
    State(app): State<App>,
    origin: Origin,
    Body(request): Body<PasswordReset>,
) -> Result<(HeaderMap, Json<SignInDone>), Problem> {
    app.hashing(move |shared| {
        let password = Secret::new(request.password);
        let person = shared.control.reset_password(&request.token, &password, Timestamp::now())?;
        note(shared, &Caller::Nobody, "password.changed", person.id.as_str(), json!({ "how": "link" }))?;
        enter(shared, &person.email, &password, &origin)
    })
    .await
}
