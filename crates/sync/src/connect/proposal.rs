//! What is to be connected, put together from what was given, what the connection had and what the operator provides.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_control::{Connection, ConnectionState, Control, CredentialMode, Secret};
use netgain_domain::{ConnectionId, Currency, WorkspaceId};
use netgain_manifest::{Auth, Manifest};

use super::fields::{fields, leads_inside, secrets};
use super::{ConnectError, ConnectRequest, input, wrong};
use crate::Error;
use crate::operator::{Operator, is_needed, variable};
use crate::runner::manifest_of;

/// How a person connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With what is given.
    Given,
    /// By a sign-in that begins: some fields come with the grant.
    SignInBegins,
    /// By a sign-in of which the grant is here.
    SignedIn,
}

/// A connection that is not proved yet.
pub(super) struct Proposal {
    pub manifest: Arc<Manifest>,
    pub connection: Connection,
    pub secrets: BTreeMap<String, Secret>,
    pub existing: bool,
    /// Whether the credentials are new, so that the grant that it has counts no more.
    pub anew: bool,
    pub currency: Option<Currency>,
    pub time_zone: Option<String>,
}

/// Checks what was given.
pub(super) fn propose(
    control: &Control,
    operator: &Operator,
    request: ConnectRequest,
    way: Way,
) -> Result<Proposal, ConnectError> {
    let manifest = manifest_of(&request.provider).map_err(|error| match error {
        Error::UnknownProvider { .. } => wrong("provider", error.to_string(), "see `netgain provider list`"),
        other => other.into(),
    })?;
    let id = match request.connection {
        Some(id) => id,
        // an id that is a folder's name is one of ours
        None => manifest.id.replace('_', "-").parse().map_err(|error| input(format!("{error}")))?,
    };
    let existing = existing(control, &request.workspace, &id)?;
    if let Some(other) = existing.as_ref().filter(|other| other.provider != manifest.id) {
        return Err(input(format!(
            "connection `{id}` belongs to provider `{}`: choose another id with --connection",
            other.provider
        )));
    }
    let had = existing.as_ref();
    let mode = request.mode.or(had.map(|had| had.mode)).unwrap_or(CredentialMode::Own);
    let changed = had.is_some_and(|had| had.mode != mode);
    let before = had.filter(|_| !changed).map(|had| had.fields.clone()).unwrap_or_default();
    let granted = !changed && had.is_some_and(|had| has_grant(control, had));
    let anew = changed
        || manifest.auth.fields().iter().any(|name| request.secrets.contains_key(*name))
        || ["access_token", "refresh_token", "client_id", "client_secret"]
            .iter()
            .any(|name| request.secrets.contains_key(*name));
    let asked = request.base_url.or(had.filter(|_| !changed).and_then(|had| had.base_url.clone()));
    let (base_url, fields, secrets) = match mode {
        CredentialMode::Central => {
            let base_url = central_address(operator, &manifest, asked)?;
            let fields = central(operator, &manifest, base_url.as_deref(), before, request.fields)?;
            if let Some(name) = request.secrets.keys().next() {
                let message = format!("secret `{name}` is the operator's in mode central");
                return Err(wrong(name, message, "leave it out, or connect with --mode own"));
            }
            (base_url, fields, BTreeMap::new())
        }
        CredentialMode::Own => {
            let key = manifest.auth.fields();
            let by_person = way != Way::Given || (granted && manifest.sign_in.is_some() && !anew);
            let needless = |name: &str| {
                let comes = way == Way::SignInBegins && comes_with_grant(&manifest, name);
                let keyed = by_person && manifest.sign_in.is_some() && key.contains(&name);
                comes || keyed || operator.app(&manifest.id, name, asked.as_deref()).is_some()
            };
            let fields = fields(&manifest, before, request.fields, &needless)?;
            let had = had.filter(|_| !changed);
            let mut secrets = secrets(&manifest, control, had, request.secrets, &needless)?;
            if way != Way::Given && manifest.sign_in.is_some() {
                let of_app = |name: &str| ["client_id", "client_secret"].contains(&name);
                secrets.retain(|name, _| !key.contains(&name.as_str()) || of_app(name));
            }
            (asked, fields, secrets)
        }
    };
    let local = base_url.as_deref().map_or(Ok(false), leads_inside)?;
    let kept_name = had.map(|had| had.name.clone());
    let name = request.name.or(kept_name).unwrap_or_else(|| manifest.name.clone());
    let connection = Connection {
        workspace_id: request.workspace,
        id,
        provider: manifest.id.clone(),
        name,
        base_url,
        local,
        mode,
        fields,
        state: ConnectionState::NeverSynced,
        error: None,
        last_sync_at: None,
        created_at: Timestamp::now(),
        accounts: Vec::new(),
    };
    Ok(Proposal {
        manifest: Arc::new(manifest),
        connection,
        secrets,
        existing: existing.is_some(),
        anew,
        currency: request.currency,
        time_zone: request.time_zone,
    })
}

/// Where connections in mode `central` go: the operator's credentials are sent nowhere that a user names.
fn central_address(
    operator: &Operator,
    manifest: &Manifest,
    asked: Option<String>,
) -> Result<Option<String>, ConnectError> {
    if manifest.central.is_none() {
        let message = format!("mode central is not offered for {}", manifest.id);
        return Err(wrong("mode", message, "connect with --mode own"));
    }
    let provided = operator.central_base_url(&manifest.id);
    match asked {
        Some(asked) if provided.as_ref() != Some(&asked) => {
            let variable = variable("CENTRAL", &manifest.id, "base_url");
            let cure = format!("leave it out, or set {variable} where the program runs");
            Err(wrong("base_url", "base_url is the operator's in mode central", cure))
        }
        _ => Ok(provided),
    }
}

/// The fields in mode `central`: the user names the account, all else is the operator's.
fn central(
    operator: &Operator,
    manifest: &Manifest,
    base_url: Option<&str>,
    before: BTreeMap<String, String>,
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConnectError> {
    // asked for where the address is
    let Some(central) = &manifest.central else { return Ok(BTreeMap::new()) };
    let identifier = &central.identifier;
    let describes = |name: &String| central.describes.contains(name);
    if let Some(name) = given.keys().find(|name| *name != identifier && !describes(name)) {
        let message = format!("field `{name}` is the operator's in mode central");
        let cure = format!("give only `{identifier}`, or connect with --mode own");
        return Err(wrong(name, message, cure));
    }
    let mut all: BTreeMap<String, String> =
        before.into_iter().chain(given).filter(|(name, _)| name == identifier || describes(name)).collect();
    for (name, field) in manifest.connection.fields.iter().filter(|(name, _)| *name != identifier) {
        match operator.central(&manifest.id, name, base_url) {
            Some(value) if !field.secret => {
                all.entry(name.clone()).or_insert(value);
            }
            Some(_) => {}
            None if describes(name) || !is_needed(manifest, name, field) => {}
            None => {
                let message = format!("`{name}` is not provided by the operator");
                let variable = variable("CENTRAL", &manifest.id, name);
                let cure = format!("set {variable} where the program runs, or connect with --mode own");
                return Err(wrong(name, message, cure));
            }
        }
    }
    fields(manifest, BTreeMap::new(), all, &|_| false)
}

/// Whether a sign-in fills a field in.
pub(super) fn comes_with_grant(manifest: &Manifest, name: &str) -> bool {
    let grants = [manifest.sign_in.as_ref(), Some(&manifest.auth)].into_iter().flatten();
    grants
        .filter_map(Auth::oauth2)
        .any(|grant| grant.from_response.contains_key(name) || grant.from_callback.contains_key(name))
}

fn has_grant(control: &Control, connection: &Connection) -> bool {
    matches!(control.grant(&connection.workspace_id, &connection.id), Ok(Some(_)))
}

/// The connection of that id, if there is one.
pub(super) fn existing(
    control: &Control,
    workspace: &WorkspaceId,
    id: &ConnectionId,
) -> Result<Option<Connection>, ConnectError> {
    match control.connection(workspace, id) {
        Ok(connection) => Ok(Some(connection)),
        Err(netgain_control::Error::ConnectionNotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
