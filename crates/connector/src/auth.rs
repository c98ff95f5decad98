//! Grants of OAuth 2: getting one, keeping it fresh so that many callers cause one refresh, and never losing a good one.

mod answer;
mod grant;
mod proof;
mod refresh;
mod revoke;
mod sign_in;
mod token;

pub use grant::{Grant, Grants, MemoryGrants, Replaced};
pub use revoke::{Revoked, give_back};
pub use sign_in::{Authorize, random_word};

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use netgain_manifest::{Auth, Manifest, Oauth2};
use url::Url;

use crate::rules::Rules;
use crate::template::{Vars, fill};
use crate::transport::Watched;
use crate::{Clock, Error, SecretSource, Setup, Transport};

/// The credentials of one connection, shared by all that make its calls.
pub struct Tokens {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) secrets: Arc<dyn SecretSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fields: Vars,
    /// The connection's own address, below which every address of the manifest then lies.
    own: Option<Url>,
    rules: Rules,
    /// Held while a grant is renewed: of many callers one does it. Inside stands how the last renewal failed.
    flight: tokio::sync::Mutex<Option<refresh::Failure>>,
    /// Renewals that ended so far.
    rounds: AtomicU64,
    /// A renewed grant that the store did not take, with the version that it replaces: it is not lost while we run.
    unsaved: Mutex<Option<(u64, Grant)>>,
    /// For sources that keep no grants.
    memory: MemoryGrants,
}

impl Tokens {
    /// The credentials of a connection; makes no call.
    ///
    /// # Errors
    /// [`Error::Setup`] when its own address is not one.
    pub fn new(setup: &Setup) -> Result<Self, Error> {
        let own = setup.base_url.as_deref().map(Url::parse).transpose();
        let own = own.map_err(|error| Error::Setup(format!("base_url is not an address ({error})")))?;
        Ok(Self {
            manifest: Arc::clone(&setup.manifest),
            transport: Arc::new(Watched::new(&setup.manifest.id, Arc::clone(&setup.transport))),
            secrets: Arc::clone(&setup.secrets),
            clock: Arc::clone(&setup.clock),
            fields: setup.fields.clone(),
            own,
            rules: Rules::new(&setup.manifest.errors),
            flight: tokio::sync::Mutex::default(),
            rounds: AtomicU64::default(),
            unsaved: Mutex::default(),
            memory: MemoryGrants::default(),
        })
    }

    /// How calls are signed: by the grant of a sign-in where there is one, else as `auth` says.
    pub(crate) fn auth(&self, held: Option<&Grant>) -> &Auth {
        match (&self.manifest.sign_in, held) {
            (Some(sign_in), Some(_)) => sign_in,
            _ => &self.manifest.auth,
        }
    }

    /// The values of a stored grant, as `auth.x`.
    pub(crate) fn values(&self) -> Result<Vars, Error> {
        Ok(self.grants().grant().map_err(Error::Secrets)?.map(|grant| grant.vars()).unwrap_or_default())
    }

    fn grants(&self) -> &dyn Grants {
        self.secrets.grants().unwrap_or(&self.memory)
    }

    /// A field of the connection, secret or not, that is not empty.
    fn field(&self, name: &str) -> Result<Option<String>, Error> {
        let open = self.fields.get(name).filter(|value| !value.is_empty());
        match open {
            Some(value) => Ok(Some(value.clone())),
            None => {
                let secret = self.secrets.secret(name).map_err(Error::Secrets)?;
                Ok(secret.filter(|value| !value.is_empty()))
            }
        }
    }

    fn client_id(&self) -> Result<String, Error> {
        self.field("client_id")?.ok_or_else(|| {
            Error::Setup("`client_id` of the app is missing: give it, or have the operator set it".to_owned())
        })
    }

    /// The secret of the app. A public app has none: it is proved by PKCE.
    fn client_secret(&self, grant: &Oauth2) -> Result<Option<String>, Error> {
        match self.field("client_secret")? {
            None if !grant.pkce => Err(Error::Setup(
                "`client_secret` of the app is missing: give it, or have the operator set it".to_owned(),
            )),
            secret => Ok(secret),
        }
    }

    fn vars(&self) -> Vars {
        self.fields.iter().map(|(name, value)| (format!("connection.{name}"), value.clone())).collect()
    }

    /// An address of the manifest with its placeholders filled, where this connection reaches it.
    fn address(&self, address: &str, vars: &Vars) -> Result<Url, Error> {
        let filled = fill(address, vars)?.unwrap_or_default();
        crate::address::own_address(self.own.as_ref(), &filled)
    }

    /// The connection's own address, where it has one.
    pub(crate) fn own(&self) -> Option<&Url> {
        self.own.as_ref()
    }

    fn unsaved(&self) -> std::sync::MutexGuard<'_, Option<(u64, Grant)>> {
        // what it guards is whole at any instant
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
