//! What the server shows of the process that it runs in: whether it is ready, and its metrics.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName};
use netgain_control::Secret;
use sha2::{Digest, Sha256};

use crate::problem::{Code, Problem};

/// Names by which a proxy says that a request came from elsewhere.
const FORWARDED: [HeaderName; 4] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("via"),
];

/// What the server needs of whoever knows the process and its machine.
pub trait Observed: Send + Sync {
    /// Why requests cannot be answered now, one reason each; empty when they can. It may block. The texts go to whoever
    /// asks: they name what is wrong and the cure, and hold no path, workspace or secret.
    fn not_ready(&self) -> Vec<String>;

    /// The metrics in the text format of Prometheus.
    fn metrics(&self) -> String;
}

/// Who may read the metrics.
#[derive(Debug, Clone, Default)]
pub struct MetricsAccess {
    /// Whoever brings this as a bearer token; without one, programs on this machine.
    pub token: Option<Secret>,
    /// Whether the server is reached through a proxy: then a request from this machine may be anybody's.
    pub behind_proxy: bool,
}

impl MetricsAccess {
    /// Lets a reader in or says why not.
    pub(crate) fn check(&self, from: Option<IpAddr>, headers: &HeaderMap) -> Result<(), Problem> {
        let refused = |detail: &str| Err(Problem::new(Code::MetricsClosed, detail));
        match &self.token {
            Some(token) => {
                let brought = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
                let brought = brought.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
                // hashes are compared, so that the time says nothing of how much of a token is right
                if Sha256::digest(brought) == Sha256::digest(token.expose()) && !brought.is_empty() {
                    Ok(())
                } else {
                    refused("the metrics are for the bearer of the server's metrics token")
                }
            }
            None if self.behind_proxy => refused("behind a proxy the metrics need a token"),
            None if FORWARDED.iter().any(|name| headers.contains_key(name)) => {
                refused("the request came through a proxy")
            }
            None if from.is_some_and(|from| from.to_canonical().is_loopback()) => Ok(()),
            None => refused("the metrics are for programs on this machine"),
        }
    }
}

/// The address that a request came from, where the server listens by itself.
pub(crate) fn came_from(extensions: &axum::http::Extensions) -> Option<IpAddr> {
    extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(access: &MetricsAccess, from: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        access.check(from.parse().ok(), &headers.collect()).is_ok()
    }

    #[test]
    fn without_a_token_only_this_machine_reads() {
        let open = MetricsAccess::default();
        assert!(check(&open, "127.0.0.1", &[]));
        assert!(check(&open, "::1", &[]));
        assert!(check(&open, "::ffff:127.0.0.1", &[]));
        assert!(!check(&open, "10.0.0.7", &[]));
        assert!(!check(&open, "unknown", &[]));
        assert!(!check(&open, "127.0.0.1", &[("x-forwarded-for", "203.0.113.9")]));
        let behind = MetricsAccess { behind_proxy: true, ..MetricsAccess::default() };
        assert!(!check(&behind, "127.0.0.1", &[]));
    }

    #[test]
    fn with_a_token_only_its_bearer_reads() {
        let token = Some(Secret::new("a long token".to_owned()));
        let closed = MetricsAccess { token, behind_proxy: true };
        assert!(check(&closed, "10.0.0.7", &[("authorization", "Bearer a long token")]));
        assert!(!check(&closed, "127.0.0.1", &[]));
        assert!(!check(&closed, "127.0.0.1", &[("authorization", "Bearer a long tokem")]));
        assert!(!check(&closed, "127.0.0.1", &[("authorization", "a long token")]));
        assert!(!format!("{closed:?}").contains("a long token"));
        let empty = MetricsAccess { token: Some(Secret::new(String::new())), behind_proxy: false };
        assert!(!check(&empty, "127.0.0.1", &[("authorization", "Bearer ")]));
    }
}
