//! Connecting: fields are checked against the manifest, one cheap call proves them, and only then anything is kept.

mod fields;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_connector::{BoxError, Page, SecretSource, Sink};
use netgain_control::{Connection, ConnectionState, Control, NewConnection, NewWorkspace, Secret, Workspace};
use netgain_domain::{ConnectionId, Currency, WorkspaceId};
use netgain_profit::{Settings, Zone};

use self::fields::{fields, leads_inside, secrets};
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
    if existing.is_some() {
        // what it waited for is done
        control.clear_error(&request.workspace, &id)?;
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
