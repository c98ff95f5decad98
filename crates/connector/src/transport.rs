//! The one HTTP client. It follows no redirect, refuses addresses that are not public unless the connection is
//! marked local, and reads no more of an answer than it was told to.

mod download;
mod watched;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::is_public;

pub use download::{Chunks, Download};
pub(crate) use watched::Watched;

/// Where a connection may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, over TLS only.
    Public,
    /// Any address, for a connection that a person marked local (the sandbox).
    Local,
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer is read to its end.
    pub total: Duration,
    /// Silence after which a download is given up.
    pub idle: Duration,
    /// Most bytes of an answer, counted after decompression; a download has no bound.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), total: seconds(120), idle: seconds(60), body_bytes: 64 << 20 }
    }
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Its name in HTTP.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request. It has no `Debug`, because headers and body hold secrets.
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Bytes,
}

/// An answer, whatever its status.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Bytes,
}

impl Response {
    /// The first header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. Addresses are shown without path and query, which may hold a token.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The address may not be reached.
    #[error(
        "`{host}` is not a public address reached over https: correct base_url, or mark the connection local if it is meant"
    )]
    Refused {
        /// The host.
        host: String,
    },
    /// The answer is longer than allowed.
    #[error("the answer of `{host}` is longer than {limit} bytes: ask for less at once")]
    TooLarge {
        /// The host.
        host: String,
        /// The bound in bytes.
        limit: usize,
    },
    /// No answer in time.
    #[error("`{host}` did not answer in time")]
    Timeout {
        /// The host.
        host: String,
    },
    /// The connection failed or broke off; for a write the outcome is unknown if `sent`.
    #[error("the connection to `{host}` failed: {reason}")]
    Broken {
        /// The host.
        host: String,
        /// What happened.
        reason: String,
        /// Whether the request may have reached the platform.
        sent: bool,
    },
    /// The request itself cannot be sent.
    #[error("the request to `{host}` cannot be made: {reason}")]
    Request {
        /// The host.
        host: String,
        /// What is wrong.
        reason: String,
    },
}

impl TransportError {
    /// Whether sending the request again can help (for a read).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Broken { .. })
    }
}

/// The port through which the engine sends requests.
#[async_trait::async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request once and reads its answer.
    ///
    /// # Errors
    /// When there is no answer; an HTTP error status is an answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Begins to read a file from this byte on; nothing but the address is sent.
    ///
    /// # Errors
    /// When there is no answer; an HTTP error status is an answer.
    async fn download(&self, url: Url, from: u64) -> Result<Download, TransportError> {
        let _ = from;
        let host = url.host_str().unwrap_or_default().to_owned();
        Err(TransportError::Request { host, reason: "this transport serves no downloads".to_owned() })
    }
}

/// [`Transport`] over the network.
pub struct HttpTransport {
    client: reqwest::Client,
    reach: Reach,
    limits: Limits,
}

/// Refuses names that lead to an address which is not public, at the moment of connecting: a name that was
/// checked before may lead elsewhere by then.
struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl HttpTransport {
    /// A client within these bounds.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach, limits: Limits) -> Result<Self, TransportError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .user_agent(concat!("netgain/", env!("CARGO_PKG_VERSION")));
        if reach == Reach::Public {
            builder = builder.https_only(true).dns_resolver(Arc::new(PublicOnly));
        }
        let client = builder
            .build()
            .map_err(|error| TransportError::Request { host: String::new(), reason: error.to_string() })?;
        Ok(Self { client, reach, limits })
    }

    fn admits(&self, url: &Url) -> bool {
        if self.reach == Reach::Local {
            return matches!(url.scheme(), "http" | "https");
        }
        let public = match url.host() {
            Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
            Some(Host::Domain(name)) => !name.is_empty(),
            None => false,
        };
        public && url.scheme() == "https"
    }

    fn failure(&self, host: &str, error: &reqwest::Error, sent: bool) -> TransportError {
        let host = host.to_owned();
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(this) = cause {
            if this.is::<NotPublic>() {
                return TransportError::Refused { host };
            }
            cause = this.source();
        }
        if error.is_timeout() {
            return TransportError::Timeout { host };
        }
        if error.is_builder() {
            return TransportError::Request { host, reason: "a header is not valid".to_owned() };
        }
        let connecting = error.is_connect();
        let reason = if connecting { "it cannot be reached" } else { "it broke off" };
        TransportError::Broken { host, reason: reason.to_owned(), sent: sent || !connecting }
    }
}

#[async_trait::async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        if !self.admits(&request.url) {
            return Err(TransportError::Refused { host });
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut building = self.client.request(method, request.url);
        for (name, value) in request.headers {
            building = building.header(name, value);
        }
        if !request.body.is_empty() {
            building = building.body(request.body);
        }
        let mut answer = building.send().await.map_err(|error| self.failure(&host, &error, false))?;
        let limit = self.limits.body_bytes;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure(&host, &error, true))? {
            if body.len() + chunk.len() > limit {
                return Err(TransportError::TooLarge { host, limit });
            }
            body.extend_from_slice(&chunk);
        }
        let headers = headers_of(&answer);
        Ok(Response { status: answer.status().as_u16(), headers, body: body.freeze() })
    }
    async fn download(&self, url: Url, from: u64) -> Result<Download, TransportError> {
        download::begin(self, url, from).await
    }
}

fn headers_of(answer: &reqwest::Response) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
