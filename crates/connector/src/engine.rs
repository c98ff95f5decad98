//! Runs the streams of one connection, as its manifest says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use netgain_manifest::{Cursor, Fetch, Manifest, Slice, Stream};
use url::Url;

use crate::address::is_allowed;
use crate::caller::Caller;
use crate::template::Vars;
use crate::{
    Budget, Clock, Error, Priority, SecretSource, Sink, Tokens, Transport, accounts, bulk, events, jobs,
    pages, served,
};

/// What begins the placeholder of a value that came with the grant.
const FROM_GRANT: &str = "{auth.";

/// What a connection is made of.
pub struct Setup {
    /// The provider's manifest.
    pub manifest: Arc<Manifest>,
    /// The connection's fields that are no secrets.
    pub fields: BTreeMap<String, String>,
    /// Another address than the platform's own, such as a sandbox.
    pub base_url: Option<String>,
    /// Where calls go out.
    pub transport: Arc<dyn Transport>,
    /// Where secrets come from.
    pub secrets: Arc<dyn SecretSource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Folder for downloads that are too large for memory; its files may be thrown away at any time.
    pub spool: PathBuf,
}

/// What a run of a stream did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamReport {
    /// Records handed to the sink.
    pub records: u64,
    /// Calls made, repeated ones included.
    pub calls: u64,
}

/// An account of the connection: a shop or an ad account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The platform's id of it.
    pub id: String,
    /// Its columns as `account.x`, such as `account.currency` and `account.time_zone`.
    pub context: netgain_mapping::Context,
}

/// Runs the streams of one connection.
pub struct Engine {
    pub(crate) caller: Caller,
    pub(crate) spool: PathBuf,
}

impl Engine {
    /// Prepares a connection; makes no call.
    ///
    /// # Errors
    /// [`Error::Setup`] when the address does not fit.
    pub fn new(setup: Setup) -> Result<Self, Error> {
        Self::over(Tokens::new(&setup)?, setup)
    }

    /// Prepares a connection whose address comes with its grant (`{auth.x}` in `http.base_url`), getting one where there
    /// is none yet.
    ///
    /// # Errors
    /// As [`Engine::new`]; when there is no grant to be had.
    pub async fn open(setup: Setup) -> Result<Self, Error> {
        let tokens = Tokens::new(&setup)?;
        if setup.base_url.is_none() && setup.manifest.http.base_url.contains(FROM_GRANT) {
            tokens.held(None).await?;
        }
        Self::over(tokens, setup)
    }

    pub(crate) fn over(tokens: Tokens, setup: Setup) -> Result<Self, Error> {
        let from_grant = setup.manifest.http.base_url.contains(FROM_GRANT);
        let base = match &setup.base_url {
            Some(own) => own.clone(),
            None => {
                let mut vars: Vars =
                    setup.fields.iter().map(|(k, v)| (format!("connection.{k}"), v.clone())).collect();
                if from_grant {
                    vars.extend(tokens.values()?);
                }
                crate::template::fill(&setup.manifest.http.base_url, &vars)?.unwrap_or_default()
            }
        };
        let base_url = Url::parse(&base)
            .map_err(|error| Error::Setup(format!("base_url is not an address ({error})")))?;
        let allowed = &setup.manifest.http.allowed_hosts;
        if setup.base_url.is_none() && from_grant && !is_allowed(&base_url, allowed) {
            let host = base_url.host_str().unwrap_or_default();
            return Err(Error::Setup(format!(
                "the grant leads to `{host}`: add it to http.allowed_hosts if it is the platform's"
            )));
        }
        Ok(Self { caller: Caller::new(tokens, base_url), spool: setup.spool })
    }

    /// Takes calls from a budget that others share, such as further connections of the same app.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.caller.share(budget);
        self
    }

    /// Proves with one cheap call that the connection works.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self, sink: &dyn Sink) -> Result<(), Error> {
        let check = &self.caller.manifest.check;
        let answer = self.caller.call("check", &check.request, &BTreeMap::new(), sink).await?;
        let path = netgain_mapping::Path::compile(&check.expect);
        match path.map(|path| path.first(&[&answer.body]).is_some()) {
            Ok(true) => Ok(()),
            _ => {
                let problem = format!("the answer has no `{}`", check.expect);
                Err(Error::Answer { stream: "check".to_owned(), problem })
            }
        }
    }

    /// Lists the connection's accounts, handing each to the sink as a record of the stream `accounts`. Without an
    /// `accounts` section there are none.
    ///
    /// # Errors
    /// When a call fails or the sink refuses.
    pub async fn accounts(&self, sink: &dyn Sink) -> Result<Vec<Account>, Error> {
        match &self.caller.manifest.accounts {
            Some(section) => accounts::list(&self.caller, section, sink).await,
            None => Ok(Vec::new()),
        }
    }

    /// Reads a stream from where `cursor` (a [`Page::cursor`](crate::Page::cursor) that was kept) left it to its end.
    ///
    /// # Errors
    /// When a call fails for good, an answer cannot be understood or the sink refuses. What the sink kept stays good:
    /// the next run goes on from there.
    pub async fn run(
        &self,
        stream: &Stream,
        accounts: &[Account],
        cursor: Option<&str>,
        sink: &dyn Sink,
    ) -> Result<StreamReport, Error> {
        served::check(stream)?;
        // a first load that was begun is finished in its own way
        let first = cursor.is_none() || bulk::is_under_way(&stream.name, cursor)?;
        let fetch = stream.first_load.as_ref().filter(|_| first).unwrap_or(&stream.fetch);
        // a count of its own, since streams may run side by side
        let caller = self.caller.fork(if first { Priority::Backfill } else { Priority::Increment });
        let report = match fetch {
            Fetch::Pages { .. } if is_by_windows(stream) => {
                jobs::run(&caller, stream, accounts, cursor, sink).await
            }
            Fetch::Pages { .. } => match &stream.cursor {
                Cursor::Events(events) => events::run(&caller, stream, events, accounts, cursor, sink).await,
                _ => pages::run(&caller, stream, accounts, cursor, sink).await,
            },
            Fetch::AsyncJob { .. } => jobs::run(&caller, stream, accounts, cursor, sink).await,
            bulk @ Fetch::Bulk { .. } => {
                let files = bulk::Files { caller: &caller, folder: &self.spool };
                bulk::run(files, stream, bulk, accounts, cursor, sink).await
            }
        }?;
        Ok(StreamReport { calls: caller.calls(), ..report })
    }
}

/// Whether a stream is read window by window of its days.
fn is_by_windows(stream: &Stream) -> bool {
    stream.slices.iter().any(|slice| matches!(slice, Slice::Window { .. }))
}
