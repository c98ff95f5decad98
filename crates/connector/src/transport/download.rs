//! Reads a file piece by piece, from any byte on: it may be larger than memory and take longer than a call may.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::{HttpTransport, TransportError, headers_of};

/// Upper bound of one download; what really ends it is silence for [`Limits::idle`](super::Limits::idle).
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A file whose answer has begun.
pub struct Download {
    /// HTTP status; 206 when the file is sent from the byte that was asked for, 200 when from its beginning.
    pub status: u16,
    /// Headers with lower-case names, in their order.
    pub headers: Vec<(String, String)>,
    /// The bytes that follow.
    pub body: Box<dyn Chunks>,
}

impl Download {
    /// The first header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The bytes of a download in their order.
#[async_trait::async_trait]
pub trait Chunks: Send {
    /// The next bytes, none at the end. The end comes only after as many bytes as the answer announced.
    ///
    /// # Errors
    /// [`TransportError::Broken`] or [`TransportError::Timeout`]; what was read before stays good.
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// Asks for a file without any header that identifies the connection: its address is the key to it.
pub(super) async fn begin(
    transport: &HttpTransport,
    url: Url,
    from: u64,
) -> Result<Download, TransportError> {
    let host = url.host_str().unwrap_or_default().to_owned();
    if !transport.admits(&url) {
        return Err(TransportError::Refused { host });
    }
    // compressed on the way, a byte of the file could not be asked for
    let mut asking = transport.client.get(url).timeout(LONGEST).header("accept-encoding", "identity");
    if from > 0 {
        asking = asking.header("range", format!("bytes={from}-"));
    }
    let idle = transport.limits.idle;
    let answer = match tokio::time::timeout(idle, asking.send()).await {
        Err(_) => return Err(TransportError::Timeout { host }),
        Ok(answer) => answer.map_err(|error| transport.failure(&host, &error, false))?,
    };
    let (status, headers) = (answer.status().as_u16(), headers_of(&answer));
    Ok(Download { status, headers, body: Box::new(Body { answer, host, idle }) })
}

struct Body {
    answer: reqwest::Response,
    host: String,
    idle: Duration,
}

#[async_trait::async_trait]
impl Chunks for Body {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let host = || self.host.clone();
        match tokio::time::timeout(self.idle, self.answer.chunk()).await {
            Err(_) => Err(TransportError::Timeout { host: host() }),
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) if error.is_timeout() => Err(TransportError::Timeout { host: host() }),
            Ok(Err(_)) => {
                Err(TransportError::Broken { host: host(), reason: "it broke off".to_owned(), sent: true })
            }
        }
    }
}
