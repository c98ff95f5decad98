//! Which addresses a connection may reach. A platform's API is on the public internet; an address inside the
//! merchant's network in its place would let a manifest or a redirected name read what it must not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

use crate::Error;

/// Where an absolute address of a manifest lies for a connection. One with an address of its own (a sandbox, a proxy)
/// keeps path and query of the address and moves it below that base, so that nothing goes anywhere else:
/// `https://oauth2.example.com/token` becomes `{base_url}/token`.
///
/// # Errors
/// [`Error::Setup`] when it is no address.
pub(crate) fn own_address(own: Option<&Url>, address: &str) -> Result<Url, Error> {
    let url = Url::parse(address)
        .map_err(|error| Error::Setup(format!("the manifest holds an address that is none ({error})")))?;
    let Some(own) = own else { return Ok(url) };
    let mut moved = own.clone();
    moved.set_path(&format!("{}{}", own.path().trim_end_matches('/'), url.path()));
    moved.set_query(url.query());
    moved.set_fragment(None);
    Ok(moved)
}

/// Whether the manifest names the host of an https address.
pub(crate) fn is_allowed(url: &Url, allowed: &[String]) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_named = |allowed: &String| match allowed.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
        None => host == allowed,
    };
    url.scheme() == "https" && allowed.iter().any(is_named)
}

/// Whether an address is on the public internet (IANA special-purpose address registries, RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b); // carrier-grade NAT, RFC 6598
    let benchmarking = a == 198 && (b == 18 || b == 19);
    let protocol = a == 192 && b == 0 && c == 0;
    !(a == 0
        || a >= 240
        || shared
        || benchmarking
        || protocol
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = address.segments();
    match segments[0] {
        // 6to4 and NAT64 carry an IPv4 address, which may be a private one
        0x2002 => is_public_v4(embedded(segments[1], segments[2])),
        0x64 if segments[1] == 0xff9b => is_public_v4(embedded(segments[6], segments[7])),
        0x2001 if segments[1] < 0x200 || segments[1] == 0xdb8 => false,
        // only 2000::/3 is given out for global use
        first => first & 0xe000 == 0x2000,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_address_takes_every_other_below_it() {
        let own: Url = "http://127.0.0.1:7000/face/".parse().unwrap();
        for (address, moved) in [
            ("https://oauth2.example.com/token", "http://127.0.0.1:7000/face/token"),
            ("https://a.example/o/v2/auth?x=1", "http://127.0.0.1:7000/face/o/v2/auth?x=1"),
            ("https://a.example", "http://127.0.0.1:7000/face/"),
        ] {
            assert_eq!(own_address(Some(&own), address).unwrap().as_str(), moved);
            assert_eq!(own_address(None, address).unwrap(), address.parse().unwrap());
        }
        assert!(own_address(None, "token").is_err());
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
