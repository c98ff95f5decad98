//! The platforms in use: their names resolve, they take connections and speak TLS; and this machine's clock against theirs.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use netgain_connector::{HttpTransport, Limits, Method, Reach, Request, Transport};
use netgain_control::Connection;
use url::Url;

use super::Finding;

/// Of no consequence for any signature or token.
const FINE: SignedDuration = SignedDuration::from_secs(30);
/// Beyond this, platforms refuse what is signed here: most take five minutes.
const BAD: SignedDuration = SignedDuration::from_secs(300);
/// A place is given so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whose clock is asked where no platform is in use.
const CLOCK: &str = "ecb";

/// A place to reach.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    url: Url,
    local: bool,
}

/// Looks at the platforms of these connections.
pub fn check(connections: &[Connection]) -> anyhow::Result<Vec<Finding>> {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    for connection in connections {
        if let Some(place) = place_of(connection) {
            places.entry(connection.provider.clone()).or_insert(place);
        }
    }
    let in_use = !places.is_empty();
    if !in_use && let Some(manifest) = netgain_providers::manifest(CLOCK)? {
        places.insert(CLOCK.to_owned(), Place { url: Url::parse(&manifest.http.base_url)?, local: false });
    }
    crate::commands::runtime()?.block_on(async {
        let (mut found, mut skew) = (Vec::new(), None);
        for (provider, place) in &places {
            let name = format!("platform {provider}");
            match reach(place).await {
                Ok(date) => {
                    // what runs on this machine may be an emulation with a clock of its own
                    skew = skew.or(date.filter(|_| !place.local));
                    let host = place.url.host_str().unwrap_or_default();
                    found.push(Finding::ok(name, format!("`{host}` answers")));
                }
                // nobody has to be on the network who uses no platform
                Err((says, cure)) if in_use => found.push(Finding::fail(name, says, cure)),
                Err((says, cure)) => found.push(Finding::warn(name, says, cure)),
            }
        }
        found.push(if places.values().all(|place| place.local) {
            Finding::ok("clock", "not compared: only platforms on this machine are in use")
        } else {
            clock(skew)
        });
        Ok(found)
    })
}

/// Where a connection's calls go; none where that is known only with its grant.
fn place_of(connection: &Connection) -> Option<Place> {
    let url = match &connection.base_url {
        Some(own) => own.clone(),
        None => {
            let manifest = netgain_providers::manifest(&connection.provider).ok().flatten()?;
            let filled = |url: String, (name, value): (&String, &String)| {
                url.replace(&format!("{{connection.{name}}}"), value)
            };
            connection.fields.iter().fold(manifest.http.base_url, filled)
        }
    };
    Some(Place { url: Url::parse(&url).ok().filter(|url| url.has_host())?, local: connection.local })
}

/// Reaches a place step by step, so that what is wrong has one cure. How far its clock is ahead of ours, if it says so.
async fn reach(place: &Place) -> Result<Option<SignedDuration>, (String, String)> {
    let host = place.url.host_str().unwrap_or_default();
    let port = place.url.port_or_known_default().unwrap_or(443);
    let late = |_| ("no answer in time".to_owned(), ());
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let looked_up = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await;
    let addresses: Vec<_> = match looked_up.map_err(late) {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => {
            return Err((
                format!("the name `{host}` does not resolve"),
                "check the machine's DNS (/etc/resolv.conf), and the connection's fields".to_owned(),
            ));
        }
    };
    let connecting =
        tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(addresses.as_slice())).await;
    if !matches!(connecting, Ok(Ok(_))) {
        return Err((
            format!("`{host}` takes no connection on port {port}"),
            "let this machine connect to it through the firewall; if it is local, start it".to_owned(),
        ));
    }
    let reach = if place.local { Reach::Local } else { Reach::Public };
    let limits = Limits { connect: PATIENCE, total: PATIENCE, ..Limits::default() };
    let request =
        Request { method: Method::Get, url: place.url.clone(), headers: Vec::new(), body: Bytes::new() };
    let answer = match HttpTransport::new(reach, limits) {
        Ok(transport) => transport.send(request).await,
        Err(error) => Err(error),
    };
    let answer = answer.map_err(|error| {
        (
            error.to_string(),
            "it takes connections but does not answer: check the clock, a proxy that replaces certificates, and that the address is the platform's".to_owned(),
        )
    })?;
    let date = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    Ok(date.map(|date| date.timestamp().duration_since(Timestamp::now())))
}

fn clock(skew: Option<SignedDuration>) -> Finding {
    const NAME: &str = "clock";
    let cure = "have the clock set by the network: `timedatectl set-ntp true`";
    let Some(skew) = skew else {
        return Finding::warn(NAME, "no platform said what time it is", cure);
    };
    let off = skew.abs();
    let says = format!("{} s off the platforms' clock", off.as_secs());
    if off >= BAD {
        Finding::fail(NAME, says, cure)
    } else if off >= FINE {
        Finding::warn(NAME, says, cure)
    } else {
        Finding::ok(NAME, says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::State;

    #[test]
    fn a_clock_that_is_off_is_told() {
        let state = |seconds| clock(Some(SignedDuration::from_secs(seconds))).state;
        assert_eq!([state(3), state(-29)], [State::Ok, State::Ok]);
        assert_eq!([state(31), state(-299)], [State::Warn, State::Warn]);
        assert_eq!([state(-301), state(4000)], [State::Fail, State::Fail]);
        assert_eq!(clock(None).state, State::Warn);
    }
}
