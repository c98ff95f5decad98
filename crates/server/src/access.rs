//! Who is asking, and what they may. One middleware ([`admit::admit`]) finds the caller of every request, holds it against
//! the table of routes ([`routes`]) and refuses what is not allowed, before any handler. What a route needs is data; a test
//! fails on a route without an entry, and a request of one is refused.

pub(crate) mod address;
pub(crate) mod admit;
pub(crate) mod cookies;
pub(crate) mod oidc;
pub(crate) mod rate;
pub(crate) mod routes;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use netgain_control::{Actor, ActorKind, ApiKey, DEFAULT_ORGANISATION, Membership, Role, Scope, Visitor};
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use crate::app::Shared;
use crate::problem::{Code, Problem};

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: what is reached before anybody can be known.
    Public,
    /// Any caller.
    Known,
    /// A person with a session; no key stands for one.
    Person,
    /// To read figures.
    Read,
    /// To ask in SQL.
    Query,
    /// To start syncs and checks.
    Sync,
    /// To change costs and key figures.
    Write,
    /// To change connections, rules, people and keys.
    Manage,
    /// To see what concerns all organisations of the installation: owners of the first one.
    Operate,
}

impl Permission {
    /// Whether a role gives it in its organisation.
    #[must_use]
    pub fn is_of_role(self, role: Role) -> bool {
        let least = match self {
            Self::Public | Self::Known | Self::Person | Self::Read => Role::Viewer,
            Self::Query | Self::Sync | Self::Write => Role::Analyst,
            Self::Manage => Role::Admin,
            Self::Operate => Role::Owner,
        };
        role.covers(least)
    }

    /// Whether a key's scopes give it.
    #[must_use]
    pub fn is_of_scopes(self, scopes: &[Scope]) -> bool {
        let needed = match self {
            Self::Public | Self::Known => return true,
            Self::Person | Self::Operate => return false,
            Self::Read | Self::Query => Scope::Read,
            Self::Sync => Scope::Sync,
            Self::Write => Scope::Write,
            Self::Manage => Scope::Admin,
        };
        scopes.contains(&needed) || scopes.contains(&Scope::Admin)
    }

    /// What it is for, as a sentence goes on.
    fn words(self) -> &'static str {
        match self {
            Self::Public | Self::Known => "to be signed in",
            Self::Person => "a person's own session",
            Self::Read => "to read figures",
            Self::Query => "to ask in SQL",
            Self::Sync => "to start syncs and checks",
            Self::Write => "to change costs and key figures",
            Self::Manage => "to change connections, rules, people and keys",
            Self::Operate => "to see what concerns the whole installation",
        }
    }
}

/// Who is asking. Handlers take it as an argument.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Everybody may everything here: the demo and tests, which say so.
    Open,
    /// A person who signed in.
    Person(Arc<Visitor>),
    /// A program with an API key.
    Key(Arc<ApiKey>),
    /// Nobody who is known.
    Nobody,
}

impl Caller {
    /// Whether the caller may this in a workspace of that organisation; none where the caller may not even know of it.
    #[must_use]
    pub(crate) fn in_workspace(
        &self,
        needed: Permission,
        organisation: &OrganisationId,
        workspace: &WorkspaceId,
    ) -> Option<bool> {
        match self {
            Self::Open => Some(true),
            Self::Nobody => None,
            Self::Person(visitor) => visitor
                .memberships
                .iter()
                .find(|member| member.organisation == *organisation && reaches(&member.workspaces, workspace))
                .map(|member| needed.is_of_role(member.role)),
            Self::Key(key) if key.organisation == *organisation && reaches(&key.workspaces, workspace) => {
                Some(needed.is_of_scopes(&key.scopes))
            }
            Self::Key(_) => None,
        }
    }

    /// Whether the caller may this somewhere.
    pub(crate) fn anywhere(&self, needed: Permission) -> bool {
        match self {
            Self::Open => true,
            Self::Nobody => needed == Permission::Public,
            Self::Person(_) if matches!(needed, Permission::Known | Permission::Person) => true,
            Self::Person(visitor) => visitor.memberships.iter().any(|member| {
                let operates =
                    needed != Permission::Operate || member.organisation.as_str() == DEFAULT_ORGANISATION;
                operates && needed.is_of_role(member.role)
            }),
            Self::Key(key) => needed.is_of_scopes(&key.scopes),
        }
    }

    /// Whether the caller may this in all of an organisation; none where the caller may not even know of it.
    #[must_use]
    pub(crate) fn in_organisation(&self, needed: Permission, organisation: &OrganisationId) -> Option<bool> {
        match self {
            Self::Open => Some(true),
            Self::Nobody => None,
            Self::Person(visitor) => {
                let member =
                    visitor.memberships.iter().find(|member| member.organisation == *organisation)?;
                // who sees a part of it manages none of it
                let whole = needed != Permission::Manage || member.workspaces.is_none();
                Some(needed.is_of_role(member.role) && whole)
            }
            Self::Key(key) if key.organisation == *organisation => {
                let whole = needed != Permission::Manage || key.workspaces.is_none();
                Some(needed.is_of_scopes(&key.scopes) && whole)
            }
            Self::Key(_) => None,
        }
    }

    /// The organisation in which the caller may do this in all of it; the first of several.
    pub(crate) fn home(&self, needed: Permission) -> Option<OrganisationId> {
        let of: Vec<&OrganisationId> = match self {
            Self::Person(visitor) => visitor.memberships.iter().map(|member| &member.organisation).collect(),
            Self::Key(key) => vec![&key.organisation],
            Self::Open | Self::Nobody => Vec::new(),
        };
        of.into_iter().find(|one| self.in_organisation(needed, one) == Some(true)).cloned()
    }

    /// The membership of the caller in an organisation.
    pub(crate) fn membership(&self, organisation: &OrganisationId) -> Option<&Membership> {
        match self {
            Self::Person(visitor) => {
                visitor.memberships.iter().find(|member| member.organisation == *organisation)
            }
            _ => None,
        }
    }

    /// Whether the caller may know of a workspace.
    ///
    /// # Errors
    /// When the control store fails.
    pub(crate) fn sees(&self, shared: &Shared, workspace: &WorkspaceId) -> Result<bool, Problem> {
        if matches!(self, Self::Open) {
            return Ok(true);
        }
        let organisation = shared.control.organisation_of(workspace)?;
        Ok(organisation
            .is_some_and(|whose| self.in_workspace(Permission::Known, &whose, workspace).is_some()))
    }

    /// Holds a caller against what a workspace's route needs. For routes that name their workspace elsewhere than in the
    /// path; those that do are held against it by the middleware.
    ///
    /// # Errors
    /// `workspace_not_found` for one that the caller may not know of, `not_allowed` for what the caller may not do there.
    pub(crate) fn require(
        &self,
        shared: &Shared,
        needed: Permission,
        workspace: &str,
    ) -> Result<(), Problem> {
        if matches!(self, Self::Open) {
            return Ok(());
        }
        let Ok(id) = workspace.parse::<WorkspaceId>() else {
            return Err(crate::app::no_workspace(workspace));
        };
        let organisation = shared.control.organisation_of(&id)?;
        match organisation.and_then(|whose| self.in_workspace(needed, &whose, &id)) {
            Some(true) => Ok(()),
            Some(false) => Err(self.not_allowed(needed)),
            None => Err(crate::app::no_workspace(workspace)),
        }
    }

    /// The person who asks; none for programs, an open server and nobody.
    pub(crate) fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person(visitor) => Some(visitor.person.id.clone()),
            _ => None,
        }
    }

    /// Why a caller is refused what it may not do.
    pub(crate) fn not_allowed(&self, needed: Permission) -> Problem {
        let who = match self {
            Self::Key(_) => "this key is not allowed",
            _ => "you are not allowed",
        };
        Problem::new(Code::NotAllowed, format!("{who} {}", needed.words()))
    }

    /// The caller as the audit names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Open => Actor::new(ActorKind::Open, "anybody"),
            Self::Person(visitor) => Actor::new(ActorKind::Person, visitor.person.id.as_str()),
            Self::Key(key) => Actor::new(ActorKind::Key, key.id.as_str()),
            Self::Nobody => Actor::system("sign-in"),
        }
    }
}

fn reaches(restricted: &Option<Vec<WorkspaceId>>, workspace: &WorkspaceId) -> bool {
    restricted.as_ref().is_none_or(|list| list.contains(workspace))
}

/// The caller that the middleware found; a request that did not pass it has none.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self::Nobody))
    }
}
