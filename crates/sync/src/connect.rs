//! Connecting: fields are checked against the manifest, one cheap call proves them, and only then anything is kept.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_connector::{BoxError, Page, SecretSource, Sink, is_public};
use netgain_control::{Connection, ConnectionState, Control, NewConnection, NewWorkspace, Secret, Workspace};
use netgain_domain::{ConnectionId, Currency, WorkspaceId};
use netgain_manifest::{Auth, ConnectionField, Manifest};
use netgain_profit::{Settings, Zone};
use regex::Regex;
use url::{Host, Url};

use crate::runner::manifest_of;
use crate::{Error, job};

/// What a person gives to connect.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    /// The workspace; it is created when it does not exist.
    pub workspace: WorkspaceId,
    /// The provider's id.
    pub provider: String,
    /// The connection's id; none for the provider's.
    pub connection: Option<ConnectionId>,
    /// Its name for people; none for the provider's, or the one that it has.
    pub name: Option<String>,
    /// The manifest's fields that are no secrets. Those of a connection that exists stay where none is given.
    pub fields: BTreeMap<String, String>,
    /// Secrets by name. Stored ones stay where none is given.
    pub secrets: BTreeMap<String, Secret>,
    /// Another address than the platform's own.
    pub base_url: Option<String>,
    /// Reporting currency of a workspace that is created; none for the account's.
    pub currency: Option<Currency>,
    /// Time zone of a workspace that is created (IANA name); none for the account's.
    pub time_zone: Option<String>,
}

/// What was connected.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The connection as it is stored.
    pub connection: Connection,
    /// Its workspace.
    pub workspace: Workspace,
    /// Whether the workspace is new.
    pub workspace_created: bool,
    /// The ids of the accounts that it reaches, where the platform lists them.
    pub accounts: Vec<String>,
}

/// Why nothing was connected. Each names the field and the cure; none holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// What was given does not fit.
    #[error("{0}")]
    Input(String),
    /// The platform does not let us in.
    #[error("{error}; {}", .error.cure())]
    Refused {
        /// Why.
        error: Error,
    },
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<netgain_control::Error> for ConnectError {
    fn from(error: netgain_control::Error) -> Self {
        match error {
            netgain_control::Error::ProviderChanged { .. } => Self::Input(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

fn input(message: impl Into<String>) -> ConnectError {
    ConnectError::Input(message.into())
}

/// The secrets that were given, before they are stored.
struct Given(BTreeMap<String, Secret>);

impl SecretSource for Given {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.get(field).map(|secret| secret.expose().to_owned()))
    }
}

/// Takes what a check reads and keeps none of it.
struct Nowhere;

#[async_trait::async_trait]
impl Sink for Nowhere {
    async fn page(&self, _: Page) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Connects an account of a platform, or changes a connection of that id. Nothing is kept unless the platform lets
/// us in. `home` is the installation's folder.
///
/// # Errors
/// [`ConnectError`] with what is wrong and what helps.
pub async fn connect(
    control: &Control,
    home: &Path,
    request: ConnectRequest,
) -> Result<Connected, ConnectError> {
    let manifest = manifest_of(&request.provider).map_err(|error| match error {
        Error::UnknownProvider { .. } => input(error.to_string()),
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
    let before = existing.as_ref().map(|connection| connection.fields.clone()).unwrap_or_default();
    let fields = fields(&manifest, before, request.fields)?;
    let secrets = secrets(&manifest, control, existing.as_ref(), request.secrets)?;
    let base_url = request.base_url.or(existing.as_ref().and_then(|connection| connection.base_url.clone()));
    let local = base_url.as_deref().map_or(Ok(false), leads_inside)?;
    let kept_name = existing.as_ref().map(|connection| connection.name.clone());
    let name = request.name.or(kept_name).unwrap_or_else(|| manifest.name.clone());
    let proposed = Connection {
        workspace_id: request.workspace.clone(),
        id: id.clone(),
        provider: manifest.id.clone(),
        name: name.clone(),
        base_url: base_url.clone(),
        local,
        fields: fields.clone(),
        state: ConnectionState::NeverSynced,
        error: None,
        last_sync_at: None,
        created_at: Timestamp::now(),
    };

    let manifest = Arc::new(manifest);
    let given = Arc::new(Given(secrets.clone()));
    let refused = |error: netgain_connector::Error| ConnectError::Refused { error: error.into() };
    let engine = job::engine(&manifest, &proposed, given, home.join("spool"))?;
    engine.check(&Nowhere).await.map_err(refused)?;
    let accounts = match manifest.accounts {
        Some(_) => engine.accounts(&Nowhere).await.map_err(refused)?,
        None => Vec::new(),
    };

    let said = |name: &str| accounts.iter().find_map(|account| account.context.get(name).cloned());
    let workspace = find_workspace(control, &request.workspace)?;
    let workspace_created = workspace.is_none();
    let workspace = match workspace {
        Some(workspace) => workspace,
        None => {
            let currency = said("account.currency");
            let zone = request.time_zone.or_else(|| said("account.time_zone"));
            create_workspace(control, &request.workspace, request.currency, currency, zone)?
        }
    };
    let new = NewConnection { id: id.clone(), provider: manifest.id.clone(), name, base_url, local, fields };
    control.create_connection(&request.workspace, &new)?;
    for (name, secret) in &secrets {
        control.put_secret(&request.workspace, &id, name, secret)?;
    }
    let failed_at_first = existing.as_ref().is_some_and(|old| {
        old.last_sync_at.is_none() && matches!(old.state, ConnectionState::Paused | ConnectionState::Error)
    });
    if failed_at_first {
        // what it waited for is done
        control.set_state(&request.workspace, &id, ConnectionState::NeverSynced, None)?;
    }
    let connection = control.connection(&request.workspace, &id)?;
    let accounts = accounts.into_iter().map(|account| account.id).collect();
    Ok(Connected { connection, workspace, workspace_created, accounts })
}

fn existing(
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

fn find_workspace(control: &Control, id: &WorkspaceId) -> Result<Option<Workspace>, ConnectError> {
    match control.workspace(id) {
        Ok(workspace) => Ok(Some(workspace)),
        Err(netgain_control::Error::WorkspaceNotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn create_workspace(
    control: &Control,
    id: &WorkspaceId,
    currency: Option<Currency>,
    account_currency: Option<String>,
    zone: Option<String>,
) -> Result<Workspace, ConnectError> {
    let account_currency = account_currency.and_then(|currency| currency.parse().ok());
    let currency = currency.or(account_currency).ok_or_else(|| {
        input(format!("workspace `{id}` is new and the account names no currency: say it with --currency"))
    })?;
    let zone = zone.ok_or_else(|| {
        input(format!("workspace `{id}` is new and the account names no time zone: say it with --time-zone"))
    })?;
    let zone: Zone = zone.parse().map_err(|error| input(format!("--time-zone: {error}")))?;
    let time_zone = zone.name().to_owned();
    let settings = Settings::new(currency, zone).to_json().map_err(Error::from)?;
    let new = NewWorkspace { id: id.clone(), name: id.to_string(), currency, time_zone, settings };
    Ok(control.create_workspace(&new)?)
}

/// The connection's fields: given ones over those that it had, completed and checked.
fn fields(
    manifest: &Manifest,
    before: BTreeMap<String, String>,
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConnectError> {
    let known = &manifest.connection.fields;
    for name in given.keys() {
        match known.get(name) {
            None => return Err(input(format!("field `{name}` is not known: use {}", names(known, false)))),
            Some(field) if field.secret => {
                return Err(input(format!("field `{name}` is a secret: give it with --secret {name}=...")));
            }
            Some(_) => {}
        }
    }
    let mut fields = before;
    fields.extend(given);
    let mut checked = BTreeMap::new();
    for (name, field) in known.iter().filter(|(_, field)| !field.secret) {
        match fields.remove(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
            Some(value) => {
                checked.insert(name.clone(), completed(name, field, &value)?);
            }
            None if field.optional => {}
            None => {
                let example = field.example.as_deref().unwrap_or("...");
                return Err(input(format!("field `{name}` is missing: add --field {name}={example}")));
            }
        }
    }
    Ok(checked)
}

/// A value with what the user left out, if it matches its pattern.
fn completed(name: &str, field: &ConnectionField, value: &str) -> Result<String, ConnectError> {
    let mut whole = value.to_owned();
    if let Some(prefix) = field.prefix.as_deref().filter(|prefix| !whole.starts_with(prefix)) {
        whole.insert_str(0, prefix);
    }
    if let Some(suffix) = field.suffix.as_deref().filter(|suffix| !whole.ends_with(suffix)) {
        whole.push_str(suffix);
    }
    let Some(pattern) = &field.pattern else { return Ok(whole) };
    let regex = Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| input(format!("the pattern of field `{name}` is not one: correct the manifest")))?;
    if regex.is_match(&whole) {
        return Ok(whole);
    }
    let example = field.example.as_ref().map(|example| format!(", such as {example}")).unwrap_or_default();
    // a field of a connection that is marked secret never comes here
    Err(input(format!("field `{name}` is `{whole}` but must match {pattern}{example}")))
}

/// The secrets: given ones over those that are stored.
fn secrets(
    manifest: &Manifest,
    control: &Control,
    existing: Option<&Connection>,
    given: BTreeMap<String, Secret>,
) -> Result<BTreeMap<String, Secret>, ConnectError> {
    let known = &manifest.connection.fields;
    let by_grant = |name: &str| matches!(manifest.auth, Auth::Oauth2Code { .. }) && name == "access_token";
    for name in given.keys() {
        if !known.get(name).is_some_and(|field| field.secret) && !by_grant(name) {
            return Err(input(format!("secret `{name}` is not known: use {}", names(known, true))));
        }
    }
    let mut secrets = given;
    if let Some(existing) = existing {
        for name in control.secret_names(&existing.workspace_id, &existing.id)? {
            if let Entry::Vacant(vacant) = secrets.entry(name) {
                let stored = control.secret(&existing.workspace_id, &existing.id, vacant.key())?;
                vacant.insert(stored);
            }
        }
    }
    for (name, field) in known.iter().filter(|(_, field)| field.secret) {
        let secret = secrets.get(name);
        let Some(secret) = secret.filter(|secret| !secret.expose().trim().is_empty()) else {
            if field.optional {
                secrets.remove(name);
                continue;
            }
            return Err(input(format!("secret `{name}` is missing: add --secret {name}=...")));
        };
        let pattern = field.pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
        if pattern.is_some_and(|pattern| !pattern.is_match(secret.expose())) {
            return Err(input(format!("secret `{name}` does not have the form that the platform gives out")));
        }
    }
    Ok(secrets)
}

fn names(fields: &BTreeMap<String, ConnectionField>, secret: bool) -> String {
    let names: Vec<&str> =
        fields.iter().filter(|(_, field)| field.secret == secret).map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Whether an address leads to this machine or a private network.
fn leads_inside(base_url: &str) -> Result<bool, ConnectError> {
    let url = Url::parse(base_url).map_err(|error| input(format!("base_url is not an address ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(input("base_url must begin with https:// (or http:// for an address on this machine)"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(input("base_url holds a user name or password: give it with --secret"));
    }
    let inside = match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let port = url.port_or_known_default().unwrap_or(443);
            let found: Vec<_> = (name, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            name == "localhost" || (!found.is_empty() && found.iter().all(|at| !is_public(at.ip())))
        }
        None => return Err(input("base_url names no host: write https://host/...")),
    };
    if !inside && url.scheme() == "http" {
        return Err(input("base_url is a public address without TLS: begin it with https://"));
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        manifest_of("shopify").unwrap()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn fields_are_refused_with_field_and_cure() {
        for (given, words) in [
            (map(&[]), vec!["`shop` is missing", "--field shop="]),
            (map(&[("shop", "Not A Shop")]), vec!["`shop`", "must match"]),
            (map(&[("shop", "a"), ("colour", "red")]), vec!["`colour` is not known", "shop"]),
            (map(&[("access_token", "hush-hush")]), vec!["is a secret", "--secret access_token=..."]),
        ] {
            let message = fields(&manifest(), BTreeMap::new(), given).unwrap_err().to_string();
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
            assert!(!message.contains("hush-hush"));
        }
        let kept = fields(&manifest(), map(&[("shop", "a-shop")]), BTreeMap::new()).unwrap();
        assert_eq!(kept, map(&[("shop", "a-shop")]));
    }

    #[test]
    fn prefix_and_suffix_are_put_where_they_are_missing() {
        let field = ConnectionField {
            title: "Account".into(),
            pattern: Some("act_[0-9]+".into()),
            example: None,
            secret: false,
            optional: false,
            prefix: Some("act_".into()),
            suffix: None,
        };
        assert_eq!(completed("a", &field, "12").unwrap(), "act_12");
        assert_eq!(completed("a", &field, "act_12").unwrap(), "act_12");
        assert!(completed("a", &field, "act_12x").is_err());
    }

    #[test]
    fn only_addresses_inside_are_local_and_public_ones_need_tls() {
        assert!(leads_inside("http://127.0.0.1:9400/shopify/demo").unwrap());
        assert!(leads_inside("http://localhost:9400").unwrap());
        assert!(leads_inside("https://10.0.0.1").unwrap());
        assert!(!leads_inside("https://93.184.216.34/x").unwrap());
        for refused in ["http://93.184.216.34", "ftp://127.0.0.1", "not an address", "http://u:p@127.0.0.1"] {
            let message = leads_inside(refused).unwrap_err().to_string();
            assert!(message.contains("base_url"), "{message}");
        }
    }
}
