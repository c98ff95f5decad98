//! Organisations and their people.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_control::{DEFAULT_ORGANISATION, Member, Membership, Refused, Role};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::api::session::note;
use crate::app::{App, Shared};
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganisationShown {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What the person is there who asks; null for a key and an open server.
    role: Option<&'static str>,
    /// Whether the caller may manage its people and keys.
    manages: bool,
}

/// Organisations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organisations {
    /// By id.
    organisations: Vec<OrganisationShown>,
}

/// A person of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonShown {
    /// Their id.
    id: String,
    /// Their e-mail address.
    email: String,
    /// Their name.
    name: String,
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: &'static str,
    /// The workspaces that they may see; null for all of the organisation.
    workspaces: Option<Vec<String>>,
    /// Whether their second factor is on.
    second_factor: bool,
}

/// The people of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct People {
    /// The organisation.
    organisation: String,
    /// By e-mail address.
    people: Vec<PersonShown>,
}

/// What a person is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// `owner`, `admin`, `analyst` or `viewer`.
    role: String,
    /// The workspaces that they may see; left out or null for all of the organisation.
    workspaces: Option<Vec<String>>,
}

/// Parameters that name an organisation.
pub(crate) type Asked = Params<BTreeMap<String, String>>;

/// The organisation that a request is about: the one it names, else the first that the caller manages.
///
/// # Errors
/// `entry_not_found` for one that the caller may not know of, `not_allowed` for one that the caller does not manage.
pub(crate) fn organisation(
    caller: &Caller,
    asked: &BTreeMap<String, String>,
) -> Result<OrganisationId, Problem> {
    if let Some(other) = asked.keys().find(|name| *name != "organisation") {
        let shown: String = other.chars().take(64).collect();
        let detail = format!("the parameter `{shown}` is not known");
        return Err(Problem::new(Code::InvalidParameter, detail));
    }
    let Some(asked) = asked.get("organisation") else {
        let first = match caller {
            Caller::Open => DEFAULT_ORGANISATION.parse().ok(),
            _ => caller.home(Permission::Manage),
        };
        return first.ok_or_else(|| caller.not_allowed(Permission::Manage));
    };
    let missing = || Refused::Missing { what: "organisation", id: asked.chars().take(64).collect() };
    let id: OrganisationId = asked.parse().map_err(|_| missing())?;
    match caller.in_organisation(Permission::Manage, &id) {
        Some(true) => Ok(id),
        Some(false) => Err(caller.not_allowed(Permission::Manage)),
        None => Err(missing().into()),
    }
}

/// A role by its word.
pub(crate) fn role(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        let message = format!("is not known: write one of {}", known.join(", "));
        Refused::Field { field: "role", message }.into()
    })
}

/// Workspaces by their ids.
pub(crate) fn workspaces(given: Option<Vec<String>>) -> Result<Option<Vec<WorkspaceId>>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let parsed = given.iter().map(|id| {
        id.parse().map_err(|_| {
            let shown: String = id.chars().take(64).collect();
            let message =
                format!("names `{shown}`, which the organisation does not have: list its workspaces");
            Refused::Field { field: "workspaces", message }.into()
        })
    });
    parsed.collect::<Result<Vec<_>, Problem>>().map(Some)
}

/// Only owners make owners, and only they change one.
pub(crate) fn may_grant(caller: &Caller, organisation: &OrganisationId, role: Role) -> Result<(), Problem> {
    let owner = match caller {
        Caller::Open => true,
        _ => caller.membership(organisation).is_some_and(|member| member.role == Role::Owner),
    };
    if owner || role != Role::Owner {
        return Ok(());
    }
    Err(Problem::new(Code::NotAllowed, "only an owner makes, changes or removes an owner"))
}

/// Workspace ids as they are shown.
pub(crate) fn shown_workspaces(list: Option<&Vec<WorkspaceId>>) -> Option<Vec<String>> {
    list.map(|list| list.iter().map(ToString::to_string).collect())
}

fn member_shown(member: Member) -> PersonShown {
    PersonShown {
        id: member.person.id.to_string(),
        email: member.person.email,
        name: member.person.name,
        role: member.membership.role.name(),
        workspaces: shown_workspaces(member.membership.workspaces.as_ref()),
        second_factor: member.person.second_factor,
    }
}

fn member(shared: &Shared, organisation: &OrganisationId, id: &str) -> Result<Member, Problem> {
    let all = shared.control.members(organisation)?;
    let found = all.into_iter().find(|member| member.person.id.as_str() == id);
    let shown = id.chars().take(64).collect();
    found.ok_or_else(|| Refused::Missing { what: "person", id: shown }.into())
}

/// Lists the organisations that the caller belongs to.
#[utoipa::path(get, path = "/api/v1/organisations", operation_id = "organisations", tag = "people",
    responses((status = 200, description = "the organisations, by id", body = Organisations),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn organisations(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Organisations>, Problem> {
    app.blocking(move |shared| {
        let all = shared.control.organisations()?.into_iter();
        let known = all.filter(|one| caller.in_organisation(Permission::Known, &one.id).is_some());
        let shown = known.map(|one| OrganisationShown {
            role: caller.membership(&one.id).map(|member| member.role.name()),
            manages: caller.in_organisation(Permission::Manage, &one.id) == Some(true),
            id: one.id.to_string(),
            name: one.name,
        });
        Ok(Json(Organisations { organisations: shown.collect() }))
    })
    .await
}

/// Lists the people of an organisation.
#[utoipa::path(get, path = "/api/v1/people", operation_id = "people", tag = "people",
    params(("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 200, description = "the people, by e-mail address", body = People),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Asked,
) -> Result<Json<People>, Problem> {
    app.blocking(move |shared| {
        let organisation = organisation(&caller, &asked)?;
        let people = shared.control.members(&organisation)?.into_iter().map(member_shown).collect();
        Ok(Json(People { organisation: organisation.to_string(), people }))
    })
    .await
}

/// Changes what a person is in an organisation.
#[utoipa::path(put, path = "/api/v1/people/{id}", operation_id = "changeRole", tag = "people",
    params(("id" = String, Path, description = "the person's id"),
        ("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    request_body = RoleChange,
    responses((status = 200, description = "what the person is now", body = PersonShown),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(asked): Asked,
    Body(request): Body<RoleChange>,
) -> Result<Json<PersonShown>, Problem> {
    app.blocking(move |shared| {
        let organisation = organisation(&caller, &asked)?;
        let before = member(shared, &organisation, &id)?;
        let role = role(&request.role)?;
        may_grant(&caller, &organisation, before.membership.role)?;
        may_grant(&caller, &organisation, role)?;
        let workspaces = workspaces(request.workspaces)?;
        let membership = Membership { organisation: organisation.clone(), role, workspaces };
        shared.control.put_member(&before.person.id, &membership, Timestamp::now())?;
        let details = json!({ "organisation": organisation.as_str(), "role": role.name(),
            "was": before.membership.role.name() });
        note(shared, &caller, "role.changed", &id, details)?;
        Ok(Json(member_shown(member(shared, &organisation, &id)?)))
    })
    .await
}

/// Ends a person's membership; the keys that they made are revoked.
#[utoipa::path(delete, path = "/api/v1/people/{id}", operation_id = "removePerson", tag = "people",
    params(("id" = String, Path, description = "the person's id"),
        ("organisation" = Option<String>, Query, description = "the organisation; the first that the caller manages where it is left out")),
    responses((status = 204, description = "the person does not belong to it any more"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(asked): Asked,
) -> Result<StatusCode, Problem> {
    app.blocking(move |shared| {
        let organisation = organisation(&caller, &asked)?;
        let found = member(shared, &organisation, &id)?;
        may_grant(&caller, &organisation, found.membership.role)?;
        let person: &PersonId = &found.person.id;
        shared.control.remove_member(&organisation, person, Timestamp::now())?;
        let details = json!({ "organisation": organisation.as_str() });
        note(shared, &caller, "person.removed", &id, details)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
