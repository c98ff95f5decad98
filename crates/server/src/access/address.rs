//! The network address that a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The header in which a proxy on this machine says whom it speaks for.
const FORWARDED: &str = "x-forwarded-for";

/// The address of whoever asks. The server listens on this machine alone, so a caller on it is a proxy or somebody who
/// may read its files anyway: of those the last word of `X-Forwarded-For` is believed, which the proxy wrote itself.
pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let near = peer.is_none_or(|peer| peer.is_loopback());
    let told = headers.get_all(FORWARDED).iter().next_back().and_then(|value| value.to_str().ok());
    let told = told.and_then(|value| value.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
    let address = match told {
        Some(told) if near => Some(told),
        _ => peer,
    };
    address.map_or_else(|| "unknown".to_owned(), |address| network(address).to_string())
}

/// The address as one customer of a network has it: of IPv6 everybody has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of_peer(peer: &str, forwarded: Option<&'static str>) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
        let mut headers = HeaderMap::new();
        headers.extend(
            forwarded.map(|value| {
                (axum::http::HeaderName::from_static(FORWARDED), HeaderValue::from_static(value))
            }),
        );
        of(&extensions, &headers)
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        assert_eq!(of_peer("127.0.0.1", None), "127.0.0.1");
        assert_eq!(of_peer("127.0.0.1", Some("198.51.100.9, 192.0.2.7")), "192.0.2.7");
        assert_eq!(of_peer("192.0.2.1", Some("198.51.100.9")), "192.0.2.1");
        assert_eq!(of_peer("127.0.0.1", Some("somebody")), "127.0.0.1");
        assert_eq!(of_peer("::1", Some("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::");
        assert_eq!(of_peer("::ffff:192.0.2.5", None), "192.0.2.5");
    }
}
