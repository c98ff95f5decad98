//! Delivers an event: one POST over a connection of its own, tried again with growing pauses.
use super::{Event, Inner, Manner, Registration, sign};
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// How long a receiver may take, as with the strictest platforms.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before the first further try. The platforms wait minutes and hours; here all of it passes within a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How a platform goes on when a delivery is not taken.
struct Insistence {
    /// Tries after the first.
    retries: u32,
    /// Whether each pause is twice the one before.
    doubles: bool,
    /// Whether the registration is given up in the end.
    gives_up: bool,
}

/// What the platforms' documents say; where they say nothing, eight tries.
fn insistence(face: &str) -> Insistence {
    let (retries, doubles, gives_up) = match face {
        // 8 in 4 hours, then a subscription made through the interface is deleted
        "shopify" => (8, true, true),
        // up to 3 days, further and further apart
        "stripe" => (9, true, false),
        // up to 10 within 24 hours
        "hubspot" => (10, false, false),
        // every 5 minutes for an hour
        "postscript" => (12, false, false),
        // up to 36 hours, then the app is unsubscribed
        "meta" | "meta_ads" => (8, true, true),
        _ => (8, true, false),
    };
    Insistence { retries, doubles, gives_up }
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The registration.
    pub registration: u64,
    /// The event's id.
    pub event: String,
    /// The status of the answer; none when there was none.
    pub status: Option<u16>,
}

/// Delivers an event to one registration and returns what became of the first try; later tries go on behind it.
pub(super) async fn deliver(
    inner: Arc<Inner>,
    registration: Registration,
    event: Event,
    manner: Manner,
) -> Outcome {
    tokio::time::sleep(manner.delay).await;
    let status = attempt(&inner, &registration, &event, manner).await;
    let outcome = Outcome { registration: registration.id, event: event.id.clone(), status };
    if !accepted(status) && manner.insist {
        tokio::spawn(async move {
            let Insistence { retries, doubles, gives_up } = insistence(&registration.face);
            let mut pause = FIRST_PAUSE;
            for _ in 0..retries {
                tokio::time::sleep(pause).await;
                pause *= if doubles { 2 } else { 1 };
                if !inner.is_known(registration.id) {
                    return;
                }
                if accepted(attempt(&inner, &registration, &event, manner).await) {
                    return;
                }
            }
            if !gives_up {
                return;
            }
            tracing::warn!(
                face = registration.face,
                "a webhook registration is given up: nobody takes its deliveries"
            );
            inner.give_up(registration.id);
        });
    }
    outcome
}

fn accepted(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}

async fn attempt(inner: &Inner, registration: &Registration, event: &Event, manner: Manner) -> Option<u16> {
    let signed_at = Timestamp::now() - manner.age;
    let mut headers = sign::headers(&inner.identity, registration, event, signed_at);
    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    let body = if manner.forge { forged(&event.body) } else { event.body.clone() };
    let _turn = inner.gate.acquire().await.ok()?;
    let answered = tokio::time::timeout(PATIENCE, post(&registration.address, &headers, &body)).await;
    let status = answered.ok().and_then(Result::ok);
    inner.count(&registration.face, |counts| {
        counts.sent += 1;
        if accepted(status) {
            counts.acknowledged += 1;
        } else {
            counts.refused += 1;
        }
    });
    status
}

/// The body with its last digit or letter changed.
fn forged(body: &Bytes) -> Bytes {
    let mut changed = body.to_vec();
    if let Some(byte) = changed.iter_mut().rev().find(|byte| byte.is_ascii_alphanumeric()) {
        *byte = if *byte == b'7' { b'8' } else { b'7' };
    } else {
        changed.push(b'7');
    }
    changed.into()
}

/// Sends one POST and reads the status of the answer.
async fn post(address: &str, headers: &[(String, String)], body: &[u8]) -> std::io::Result<u16> {
    let refuse = |words: &str| std::io::Error::other(words.to_owned());
    let url = Url::parse(address).map_err(std::io::Error::other)?;
    let host = url.host_str().ok_or_else(|| refuse("the address has no host"))?;
    if url.scheme() != "http" || !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Err(refuse("only http addresses of this machine are reached"));
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    stream.set_nodelay(true)?;
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut head = format!("POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await?;
    let mut answer = Vec::new();
    while answer.len() < 12 {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    status.filter(|_| answer.starts_with(b"HTTP/1.")).ok_or_else(|| refuse("the answer has no status"))
}
