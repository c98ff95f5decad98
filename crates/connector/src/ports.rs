//! What the engine needs from outside: secrets, a clock and a place for what it read. Together with
//! [`Transport`](crate::Transport) these are all its ports.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use netgain_mapping::Context;

use crate::Grants;

/// Any failure of a port's other side.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where secrets come from. They are asked for at each call and never kept.
pub trait SecretSource: Send + Sync {
    /// The secret of that connection field, if there is one.
    ///
    /// # Errors
    /// When the store fails; the text must not hold a secret.
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError>;

    /// Where the connection's OAuth 2 grant is kept; none for a source that keeps none, then it lives as long as the
    /// engine.
    fn grants(&self) -> Option<&dyn Grants> {
        None
    }
}

/// Time. Tests replace it, so that no test waits.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// Now (UTC).
    fn now(&self) -> Timestamp;
    /// Waits.
    async fn sleep(&self, time: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Records of one stream in the order in which they were read, with the position behind them.
#[derive(Debug, Clone)]
pub struct Page {
    /// The stream, or `accounts`.
    pub stream: String,
    /// One compact JSON text for each record, as the platform wrote its values.
    pub lines: Vec<Bytes>,
    /// What the mapping may read beside the record: `account.currency`, `slice.account` …
    pub context: Context,
    /// When the platform answered, by its own clock where it says one (UTC).
    pub observed_at: Timestamp,
    /// The stream's position once these records are kept, as JSON; none leaves the stored one as it is.
    pub cursor: Option<String>,
    /// Ids (as the mapping makes them) of root rows that are gone; they go behind the records, with what they own.
    pub deleted: Vec<String>,
    /// What a complete listing says of rows that it did not hold.
    pub sweep: Option<Sweep>,
    /// Part of the stream that is read with this page, in ten-thousandths, where the end is known.
    pub fraction: Option<u16>,
}

impl Page {
    /// A page that says nothing yet.
    #[must_use]
    pub fn empty(stream: &str, observed_at: Timestamp) -> Self {
        Self {
            stream: stream.to_owned(),
            lines: Vec::new(),
            context: Context::new(),
            observed_at,
            cursor: None,
            deleted: Vec::new(),
            sweep: None,
            fraction: None,
        }
    }
}

/// A complete listing: root rows of the stream that it covers and did not hold are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// When it began (the platform's clock): rows that were read later are no part of it.
    pub began: Timestamp,
    /// Ids (as the mapping makes them) of the rows that it held.
    pub kept: Vec<String>,
    /// It covers only rows whose column of that name lies in these days, both included; all of the stream's otherwise.
    pub days: Option<(String, Date, Date)>,
    /// It covers only rows whose columns of these names have these texts.
    pub only: Vec<(String, String)>,
}

/// What the engine is doing meanwhile, for people who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It waits before the next call.
    Waiting {
        /// How long.
        time: Duration,
        /// Why, such as `rate_limited`.
        why: &'static str,
    },
    /// A job of the platform is on its way.
    Job {
        /// The stream.
        stream: String,
        /// The platform's word for its state.
        state: String,
        /// Records prepared so far, where the platform says so.
        objects: Option<u64>,
    },
    /// Something was not complete and was read again or in another way; nothing is lost.
    Recovered {
        /// The stream.
        stream: String,
        /// What happened.
        what: String,
    },
}

/// Where records go. Pages of one stream come in order; a page's cursor may be kept only together with its records
/// and those of every page before it.
#[async_trait::async_trait]
pub trait Sink: Send + Sync {
    /// Takes a page. It may still be in memory when this returns; then a later call reports the failure.
    ///
    /// # Errors
    /// When the records cannot be kept; the run ends.
    async fn page(&self, page: Page) -> Result<(), BoxError>;

    /// Hears what the engine is doing.
    fn note(&self, note: Note) {
        let _ = note;
    }
}
