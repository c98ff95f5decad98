//! Which workspace, platform and connection a request means, where its path does not say all of it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use netgain_control::{Connection, Workspace};
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::access::{Caller, Permission};
use crate::app::{Shared, no_workspace};
use crate::integrations::Integration;
use crate::problem::{Code, Problem};

/// The header that names the workspace.
const HEADER: &str = "x-netgain-workspace";

/// The workspace that the header names.
pub(super) struct Named(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let wrong = || {
            let cure = "send one of GET /api/v1/workspaces, or leave the header out";
            Problem::parameter("X-Netgain-Workspace", "the header X-Netgain-Workspace is no text", cure)
        };
        value.to_str().map(|text| Self(Some(text.to_owned()))).map_err(|_| wrong())
    }
}

impl Named {
    /// The workspace that header and parameter name.
    pub(super) fn or(self, parameter: Option<String>) -> Result<Option<String>, Problem> {
        match (self.0, parameter) {
            (Some(header), Some(parameter)) if header != parameter => Err(Problem::parameter(
                "workspace",
                "the header X-Netgain-Workspace and the parameter workspace name two workspaces",
                "send one of them",
            )),
            (header, parameter) => Ok(header.or(parameter)),
        }
    }
}

/// The workspace that is meant: the named one, or the only one that the caller may know of. The caller has to be allowed
/// there what the request needs.
pub(super) fn workspace(
    shared: &Shared,
    caller: &Caller,
    needed: Permission,
    named: Option<&str>,
) -> Result<Workspace, Problem> {
    if let Some(id) = named {
        caller.require(shared, needed, id)?;
        return shared.workspace(id);
    }
    let mut seen = Vec::new();
    for workspace in shared.control.workspaces()? {
        if caller.sees(shared, &workspace.id)? {
            seen.push(workspace);
        }
    }
    let words = match seen.len() {
        0 => "there is no workspace yet",
        1 => {
            let only = seen.remove(0);
            caller.require(shared, needed, only.id.as_str())?;
            return Ok(only);
        }
        _ => "the request names no workspace, and there are several",
    };
    Err(Problem::field(
        Code::WorkspaceRequired,
        "workspace",
        words,
        "send the header X-Netgain-Workspace, or the parameter workspace, with one of GET /api/v1/workspaces",
    ))
}

/// The workspace that is meant where an account is connected: one that does not exist is made, for the organisation in
/// which the caller may do so.
pub(super) fn workspace_to_make(
    shared: &Shared,
    caller: &Caller,
    named: Option<&str>,
) -> Result<WorkspaceId, Problem> {
    let Some(named) = named else { return Ok(workspace(shared, caller, Permission::Manage, None)?.id) };
    let id: WorkspaceId = named.parse().map_err(|_| no_workspace(named))?;
    if !matches!(caller, Caller::Open) && shared.control.organisation_of(&id)?.is_none() {
        let home = caller.home(Permission::Manage).ok_or_else(|| no_workspace(named))?;
        return if shared.control.claim_workspace(&id, &home)? { Ok(id) } else { Err(no_workspace(named)) };
    }
    caller.require(shared, Permission::Manage, named)?;
    Ok(id)
}

/// A platform by its id or another spelling of it.
pub(super) fn platform(shared: &Shared, word: &str) -> Result<Integration, Problem> {
    let all = shared.runner.integrations();
    let found = all.into_iter().find(|one| one.id == word || one.aliases.iter().any(|alias| alias == word));
    found.ok_or_else(|| {
        let shown: String = word.chars().take(64).collect();
        Problem::new(Code::PlatformNotFound, format!("platform `{shown}` is not known"))
    })
}

/// The connections of a workspace to a platform, by id.
pub(super) fn connections(
    shared: &Shared,
    workspace: &Workspace,
    platform: &Integration,
) -> Result<Vec<Connection>, Problem> {
    let all = shared.control.connections(&workspace.id)?;
    Ok(all.into_iter().filter(|one| one.provider == platform.id).collect())
}

/// The connection that is meant: the named one, or the only one to the platform.
pub(super) fn connection(
    shared: &Shared,
    workspace: &Workspace,
    platform: &Integration,
    named: Option<&str>,
) -> Result<Connection, Problem> {
    let mut all = connections(shared, workspace, platform)?;
    if let Some(named) = named {
        let found = all.into_iter().find(|one| one.id.as_str() == named);
        return found.ok_or_else(|| {
            let shown: String = named.chars().take(64).collect();
            let words =
                format!("workspace `{}` has no connection `{shown}` to {}", workspace.id, platform.name);
            Problem { field: Some("connection".into()), ..Problem::new(Code::NotConnected, words) }
        });
    }
    match all.len() {
        0 => {
            let words = format!("workspace `{}` has no connection to {}", workspace.id, platform.name);
            Err(Problem::new(Code::NotConnected, words))
        }
        1 => Ok(all.remove(0)),
        _ => Err(several(&all)),
    }
}

/// Several connections could be meant.
pub(super) fn several(all: &[Connection]) -> Problem {
    let ids: Vec<String> = all.iter().map(|one| format!("`{}`", one.id)).collect();
    Problem::field(
        Code::ConnectionRequired,
        "connection",
        format!("the request could mean {}", ids.join(" or ")),
        "say which one with connection",
    )
}

/// A connection's id as a request gives it.
pub(super) fn connection_id(text: &str) -> Result<ConnectionId, Problem> {
    text.parse().map_err(|error| {
        let cure = "write small letters, digits and hyphens, or leave it out";
        Problem::field(Code::ConnectionInvalid, "connection", format!("connection: {error}"), cure)
    })
}
