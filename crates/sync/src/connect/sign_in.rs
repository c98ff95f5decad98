//! Connecting by sign-in: a person grants access at the platform and comes back with a code.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use netgain_connector::{Tokens, random_word};
use netgain_control::{Control, Secret, SignIn, Taken};
use netgain_domain::{ConnectionId, PersonId};
use netgain_manifest::Auth;
use serde::{Deserialize, Serialize};

use super::given::Given;
use super::proposal::{Proposal, Way, existing, propose};
use super::{ConnectError, ConnectRequest, Connected, check, failed, keep, missing, twins};
use crate::operator::{Operator, variable};
use crate::{Error, job};

/// How long the way back is open.
const OPEN: SignedDuration = SignedDuration::from_mins(15);

/// What begins a sign-in.
#[derive(Debug, Clone)]
pub struct SignInRequest {
    /// The connection to be made or changed. An empty provider means that of the connection that there is.
    pub connect: ConnectRequest,
    /// Where the platform sends the person back to: `/oauth/callback` of this server.
    pub redirect_uri: String,
    /// Whether the browser of the person is the one that asks; else the first that opens the sign-in has it.
    pub by_browser: bool,
    /// The person who begins it; none for the terminal and for programs.
    pub begun_by: Option<PersonId>,
}

/// A sign-in that waits for the person.
#[derive(Debug)]
pub struct SignInBegun {
    /// Comes back with the code.
    pub state: String,
    /// Where the person grants access.
    pub authorize_url: String,
    /// What the person's browser has to hold on the way back, where it is known which that is; a secret.
    pub browser: Option<Secret>,
}

/// What came back from the platform.
#[derive(Debug, Clone)]
pub struct SignInReturn {
    /// The parameters of the address.
    pub params: BTreeMap<String, String>,
    /// What the browser holds for this sign-in.
    pub browser: Option<String>,
    /// The address without its parameters, as the browser asked for it.
    pub arrived_at: String,
    /// The provider for which it is said to have come back; none where the address is that of all providers.
    pub provider: Option<String>,
}

/// Why a sign-in did not work. Each names the cure; none holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// What was given does not fit, or the connection does not work.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The provider is connected in another way.
    #[error("{0}")]
    NotOffered(String),
    /// The state is not one of ours, or was used.
    #[error("this sign-in is not known: it was used already or never begun here; begin it again")]
    Unknown,
    /// It came back in another browser, or at another address.
    #[error("{0}")]
    Elsewhere(String),
    /// What came back is not what the platform sends.
    #[error("{0}")]
    Forged(String),
    /// It took too long.
    #[error("this sign-in was begun more than 15 minutes ago: begin it again")]
    Expired,
    /// The person or the platform refused.
    #[error("{0}")]
    Refused(String),
}

impl From<netgain_control::Error> for SignInError {
    fn from(error: netgain_control::Error) -> Self {
        Self::Connect(error.into())
    }
}

/// What is remembered until the person comes back.
#[derive(Serialize, Deserialize)]
struct Remembered {
    provider: String,
    name: Option<String>,
    fields: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    base_url: Option<String>,
    currency: Option<String>,
    time_zone: Option<String>,
    redirect_uri: String,
    verifier: Option<String>,
    authorize_url: String,
}

/// Begins a sign-in: the address at which the person grants access. Nothing is connected yet.
///
/// # Errors
/// [`SignInError`] when the provider offers no sign-in or something is missing for it.
pub fn begin_sign_in(
    control: &Arc<Control>,
    home: &Path,
    request: SignInRequest,
) -> Result<SignInBegun, SignInError> {
    let SignInRequest { mut connect, redirect_uri, by_browser, begun_by } = request;
    if connect.provider.is_empty() {
        let id = connect.connection.clone();
        let id = id.ok_or_else(|| missing("provider", "`provider` is missing", "name one"))?;
        let message = format!("connection `{id}` does not exist");
        let had = existing(control, &connect.workspace, &id)?;
        connect.provider =
            had.ok_or_else(|| missing("provider", message, "name its provider to make it"))?.provider;
    }
    let operator = Operator::default();
    let proposal = propose(control, &operator, connect.clone(), Way::SignInBegins)?;
    let manifest = &proposal.manifest;
    let offered = [manifest.sign_in.as_ref(), Some(&manifest.auth)];
    if !offered.into_iter().flatten().any(|auth| matches!(auth, Auth::Oauth2Code(_))) {
        let message = format!("{} is connected with a key: use `netgain connect`", manifest.name);
        return Err(SignInError::NotOffered(message));
    }
    has_app(&operator, &proposal)?;
    let tokens = tokens(home, &operator, &proposal)?;
    let state = random_word();
    let authorize =
        tokens.authorize(&redirect_uri, &state).map_err(|error| super::input(error.to_string()))?;
    let browser = by_browser.then(random_word);
    let open = |secret: &Secret| secret.expose().to_owned();
    let remembered = Remembered {
        provider: manifest.id.clone(),
        name: connect.name,
        fields: connect.fields,
        secrets: connect.secrets.iter().map(|(name, secret)| (name.clone(), open(secret))).collect(),
        base_url: connect.base_url,
        currency: connect.currency.map(|currency| currency.to_string()),
        time_zone: connect.time_zone,
        redirect_uri,
        verifier: authorize.verifier,
        authorize_url: authorize.url.into(),
    };
    let text = serde_json::to_string(&remembered).map_err(|error| failed(error.into()))?;
    let now = Timestamp::now();
    let sign_in = SignIn {
        workspace: proposal.connection.workspace_id,
        connection: proposal.connection.id,
        remembered: Secret::new(text),
        expires_at: now.saturating_add(OPEN).unwrap_or(now),
        begun_by,
    };
    control.put_sign_in(&state, &sign_in, browser.as_deref(), now)?;
    let authorize_url = remembered.authorize_url;
    Ok(SignInBegun { state, authorize_url, browser: browser.map(Secret::new) })
}

/// Opens a sign-in that was begun outside of a browser, in the first one that asks for it.
///
/// # Errors
/// [`SignInError::Unknown`] for every further one.
pub fn open_sign_in(control: &Control, state: &str) -> Result<SignInBegun, SignInError> {
    let browser = random_word();
    let sign_in = control.give_sign_in(state, &browser, Timestamp::now())?.ok_or(SignInError::Unknown)?;
    let authorize_url = remembered(&sign_in)?.authorize_url;
    Ok(SignInBegun { state: state.to_owned(), authorize_url, browser: Some(Secret::new(browser)) })
}

/// Ends a sign-in with the parameters that the person came back with: exchanges the code, proves the connection and
/// keeps it with its grant.
///
/// # Errors
/// [`SignInError`]; then nothing is kept, and the sign-in has to be begun again.
pub async fn finish_sign_in(
    control: &Arc<Control>,
    home: &Path,
    came: &SignInReturn,
) -> Result<Connected, SignInError> {
    let state = came.params.get("state").ok_or(SignInError::Unknown)?;
    let sign_in = match control.take_sign_in(state, came.browser.as_deref())? {
        Taken::SignIn(sign_in) => sign_in,
        Taken::Unknown => return Err(SignInError::Unknown),
        Taken::OtherBrowser => {
            let words = "this sign-in was begun in another browser: finish it there, or begin it again here";
            return Err(SignInError::Elsewhere(words.to_owned()));
        }
    };
    if sign_in.expires_at <= Timestamp::now() {
        return Err(SignInError::Expired);
    }
    let remembered = remembered(&sign_in)?;
    if remembered.redirect_uri != came.arrived_at {
        return Err(SignInError::Elsewhere(format!(
            "this sign-in was to come back at {} and came to {}: begin it again, and reach the server at the \
             address that the platform knows",
            remembered.redirect_uri,
            came.arrived_at.chars().take(200).collect::<String>()
        )));
    }
    if let Some(other) = came.provider.as_ref().filter(|provider| **provider != remembered.provider) {
        return Err(SignInError::Elsewhere(format!(
            "this sign-in was begun at {} and came back for {}: begin it again",
            remembered.provider,
            other.chars().take(64).collect::<String>()
        )));
    }
    let secrets = remembered.secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret)));
    let mut request = ConnectRequest {
        workspace: sign_in.workspace,
        provider: remembered.provider,
        connection: Some::<ConnectionId>(sign_in.connection),
        name: remembered.name,
        fields: remembered.fields,
        secrets: secrets.collect(),
        base_url: remembered.base_url,
        mode: Some(netgain_control::CredentialMode::Own),
        currency: remembered.currency.and_then(|currency| currency.parse().ok()),
        time_zone: remembered.time_zone,
    };
    let operator = Operator::default();
    let begun = propose(control, &operator, request.clone(), Way::SignInBegins)?;
    let tokens = tokens(home, &operator, &begun)?;
    let redeemed =
        tokens.redeem(&remembered.redirect_uri, remembered.verifier.as_deref(), &came.params).await;
    let grant = redeemed.map_err(|error| match error {
        netgain_connector::Error::Forged(words) => SignInError::Forged(words),
        error @ netgain_connector::Error::Refused { .. } => SignInError::Refused(error.to_string()),
        error => SignInError::Connect(Error::from(error).into()),
    })?;
    let known = &begun.manifest.connection.fields;
    for (name, value) in &grant.values {
        if known.get(name).is_some_and(|field| !field.secret) {
            request.fields.insert(name.clone(), value.clone());
        }
    }
    let proposal = propose(control, &operator, request.clone(), Way::SignedIn)?;
    let proved = check(control, home, &operator, proposal, Some(grant)).await?;
    let proved = twins::known(control, &operator, request, Way::SignedIn, proved)?;
    Ok(keep(control, proved)?)
}

fn remembered(sign_in: &SignIn) -> Result<Remembered, ConnectError> {
    serde_json::from_str(sign_in.remembered.expose())
        .map_err(|_| failed("what was remembered of the sign-in cannot be read".into()))
}

/// Whether there is an app to sign in under: the person's own, or the operator's.
fn has_app(operator: &Operator, proposal: &Proposal) -> Result<(), ConnectError> {
    let (provider, base_url) = (&proposal.manifest.id, proposal.connection.base_url.as_deref());
    let offered = [proposal.manifest.sign_in.as_ref(), Some(&proposal.manifest.auth)];
    // a public app has no secret: it is proved by PKCE
    let public = offered.into_iter().flatten().filter_map(Auth::oauth2).any(|grant| grant.pkce);
    let names = ["client_id", "client_secret"].into_iter().filter(|name| !public || *name == "client_id");
    for name in names {
        let given = proposal.secrets.contains_key(name) || proposal.connection.fields.contains_key(name);
        if !given && operator.app(provider, name, base_url).is_none() {
            let message = format!("`{name}` of the app is missing");
            let variable = variable("APP", provider, name);
            let cure = format!("add --secret {name}=..., or set {variable} where the program runs");
            return Err(missing(name, message, cure));
        }
    }
    Ok(())
}

fn tokens(home: &Path, operator: &Operator, proposal: &Proposal) -> Result<Tokens, ConnectError> {
    let given = Given::new(operator, &proposal.connection, proposal.secrets.clone(), None);
    let setup = job::setup(&proposal.manifest, &proposal.connection, Arc::new(given), home.join("spool"))?;
    Ok(Tokens::new(&setup).map_err(Error::from)?)
}
