//! Connecting: fields are checked against the manifest, one cheap call proves them, and only then anything is kept.

mod fields;
mod forms;
mod given;
mod manage;
mod proposal;
mod sign_in;
mod twins;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use netgain_connector::{Account, BoxError, Grant, Page, Sink};
use netgain_control::{
    Connection, ConnectionTest, Control, CredentialMode, NewConnection, NewWorkspace, Secret, Workspace,
};
use netgain_domain::{ConnectionId, Currency, WorkspaceId};
use netgain_manifest::Manifest;
use netgain_profit::{Settings, Zone};

pub use self::forms::{Form, FormField, FormWay, forms};
pub use self::manage::{
    Ended, GrantEnd, GrantState, WebhooksEnd, disconnect, grant_state, limits_used, renew_grant,
    test_connection,
};
pub use self::sign_in::{
    SignInBegun, SignInError, SignInRequest, SignInReturn, begin_sign_in, finish_sign_in, open_sign_in,
};

use self::given::Given;
use self::proposal::{Proposal, Way, propose};
use crate::operator::Operator;
use crate::secrets::closed;
use crate::{Error, inbox, job};

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
    /// Whose credentials it uses; none for the user's own, or as it was.
    pub mode: Option<CredentialMode>,
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
    /// Whether the connection is new.
    pub created: bool,
    /// The ids of the accounts that it reaches, where the platform lists them.
    pub accounts: Vec<String>,
}

/// Why nothing was connected. Each names the field and the cure; none holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// What was given does not fit.
    #[error("{0}")]
    Input(String),
    /// One field does not fit.
    #[error("{message}: {cure}")]
    Field {
        /// The field.
        name: String,
        /// Whether it has to be given and is not.
        missing: bool,
        /// What is wrong with it; never holds a secret.
        message: String,
        /// What helps who connects in a terminal.
        cure: String,
    },
    /// The platform does not let us in.
    #[error("{error}; {}", .error.cure())]
    Refused {
        /// Why.
        error: Error,
        /// The fields that are at fault, where the platform's answer says so.
        fields: Vec<String>,
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

/// A field that does not fit.
fn wrong(name: &str, message: impl Into<String>, cure: impl Into<String>) -> ConnectError {
    ConnectError::Field { name: name.to_owned(), missing: false, message: message.into(), cure: cure.into() }
}

/// A field that is not there.
fn missing(name: &str, message: impl Into<String>, cure: impl Into<String>) -> ConnectError {
    ConnectError::Field { name: name.to_owned(), missing: true, message: message.into(), cure: cure.into() }
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
    control: &Arc<Control>,
    home: &Path,
    request: ConnectRequest,
) -> Result<Connected, ConnectError> {
    let operator = Operator::default();
    let proposal = propose(control, &operator, request, Way::Given)?;
    let proved = check(control, home, &operator, proposal, None).await?;
    keep(control, proved)
}

/// Connects as [`connect`] does, but finds out by the account which connection is meant where the request names none:
/// the one that reaches this account already is changed, else a new one is made.
///
/// # Errors
/// As [`connect`].
pub async fn connect_account(
    control: &Arc<Control>,
    home: &Path,
    request: ConnectRequest,
) -> Result<Connected, ConnectError> {
    if request.connection.is_some() {
        return connect(control, home, request).await;
    }
    let operator = Operator::default();
    // an id that nobody has, so that nothing of another account is taken over
    let id = twins::free_id(control, &request.workspace, &request.provider)?;
    let anew = ConnectRequest { connection: Some(id), ..request };
    let proposal = propose(control, &operator, anew.clone(), Way::Given)?;
    let proved = check(control, home, &operator, proposal, None).await?;
    let proved = twins::known(control, &operator, anew, Way::Given, proved)?;
    keep(control, proved)
}

/// A connection that works, not kept yet.
struct Proved {
    proposal: Proposal,
    given: Arc<Given>,
    accounts: Vec<Account>,
}

/// Proves a connection with one cheap call. `grant` is that of a sign-in.
async fn check(
    control: &Arc<Control>,
    home: &Path,
    operator: &Operator,
    proposal: Proposal,
    grant: Option<Grant>,
) -> Result<Proved, ConnectError> {
    let Proposal { manifest, connection: proposed, secrets, existing, anew, .. } = &proposal;
    let given = if *existing && !anew && grant.is_none() {
        Given::with_stored_grant(control, operator, proposed, secrets.clone())
    } else {
        Given::new(operator, proposed, secrets.clone(), grant)
    };
    let given = Arc::new(given);
    let refused = |error: Error| {
        let fields =
            if error.is_of_credentials() { credentials(manifest, proposed.mode) } else { Vec::new() };
        ConnectError::Refused { error, fields }
    };
    let engine = job::engine(manifest, proposed, Arc::clone(&given) as _, home.join("spool")).await;
    let engine = engine.map_err(refused)?;
    engine.check(&Nowhere).await.map_err(|error| refused(error.into()))?;
    let accounts = match manifest.accounts {
        Some(_) => engine.accounts(&Nowhere).await.map_err(|error| refused(error.into()))?,
        None => Vec::new(),
    };
    Ok(Proved { proposal, given, accounts })
}

/// The fields whose values the platform did not take.
fn credentials(manifest: &Manifest, mode: CredentialMode) -> Vec<String> {
    match mode {
        CredentialMode::Own => manifest.auth.fields().into_iter().map(str::to_owned).collect(),
        // the user gave nothing but the account
        CredentialMode::Central => {
            manifest.central.iter().map(|central| central.identifier.clone()).collect()
        }
    }
}

/// Keeps a connection that works.
fn keep(control: &Arc<Control>, proved: Proved) -> Result<Connected, ConnectError> {
    let Proved { proposal, given, accounts } = proved;
    let Proposal { manifest, connection: proposed, secrets, existing, currency, time_zone, .. } = proposal;
    let said = |name: &str| accounts.iter().find_map(|account| account.context.get(name).cloned());
    let (workspace_id, id) = (proposed.workspace_id.clone(), proposed.id.clone());
    let workspace = find_workspace(control, &workspace_id)?;
    let workspace_created = workspace.is_none();
    let workspace = match workspace {
        Some(workspace) => workspace,
        None => {
            let zone = time_zone.or_else(|| said("account.time_zone"));
            create_workspace(control, &workspace_id, currency, said("account.currency"), zone)?
        }
    };
    let Connection { provider, name, base_url, local, mode, fields, .. } = proposed;
    let new = NewConnection { id: id.clone(), provider, name, base_url, local, mode, fields };
    control.create_connection(&workspace_id, &new)?;
    let stored = control.connection(&workspace_id, &id)?;
    let proving = inbox::proving_keys(&manifest)?;
    for (name, secret) in &secrets {
        if proving.contains(name) {
            // deliveries on their way are signed with the one before
            inbox::replace_key(control, &stored, name, secret)?;
        } else {
            control.put_secret(&workspace_id, &id, name, secret)?;
        }
    }
    for name in control.secret_names(&workspace_id, &id)? {
        let is_over = !secrets.contains_key(&name) && !inbox::is_own_secret(&name);
        if is_over || inbox::is_left_over(&name) {
            control.forget_secret(&workspace_id, &id, &name)?;
        }
    }
    if let Some(proved) = given.new_grant().map_err(failed)? {
        keep_grant(control, &workspace_id, &id, proved.as_ref())?;
    }
    if existing {
        // what it waited for is done
        control.clear_error(&workspace_id, &id)?;
    }
    let accounts: Vec<String> = accounts.into_iter().map(|account| account.id).collect();
    control.set_accounts(&workspace_id, &id, &accounts)?;
    let test = ConnectionTest { at: jiff::Timestamp::now(), error: None };
    control.note_connection_test(&workspace_id, &id, &test)?;
    let connection = control.connection(&workspace_id, &id)?;
    Ok(Connected { connection, workspace, workspace_created, created: !existing, accounts })
}

fn failed(error: BoxError) -> ConnectError {
    Error::from(netgain_connector::Error::Secrets(error)).into()
}

/// Keeps the grant that a person just brought, in the place of any other.
fn keep_grant(
    control: &Control,
    workspace: &WorkspaceId,
    id: &ConnectionId,
    grant: Option<&Grant>,
) -> Result<(), ConnectError> {
    let Some(grant) = grant else { return Ok(control.forget_grant(workspace, id)?) };
    let text = closed(grant).map_err(failed)?;
    loop {
        // a sync that renews the one before may come in between
        let version = control.grant(workspace, id)?.map_or(0, |stored| stored.version);
        if control.replace_grant(workspace, id, version, &text)?.is_some() {
            return Ok(());
        }
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
        let message = format!("workspace `{id}` is new and the account names no currency");
        missing("currency", message, "say it with --currency")
    })?;
    let zone = zone.ok_or_else(|| {
        let message = format!("workspace `{id}` is new and the account names no time zone");
        missing("time_zone", message, "say it with --time-zone")
    })?;
    let zone: Zone = zone
        .parse()
        .map_err(|error| wrong("time_zone", format!("time_zone: {error}"), "write an IANA name"))?;
    let time_zone = zone.name().to_owned();
    let settings = Settings::new(currency, zone).to_json().map_err(Error::from)?;
    let new = NewWorkspace { id: id.clone(), name: id.to_string(), currency, time_zone, settings };
    Ok(control.create_workspace(&new)?)
}
