//! Cookies of sessions: read by no script, sent by no page of another site, and over an encrypted connection bound to this
//! very host (`__Host-`).

use axum::http::header::{COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::app::Shared;
use crate::problem::Problem;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The session's token.
    Session,
    /// The word of a device that was signed in with before.
    Device,
    /// What binds a sign-in elsewhere to this browser.
    Outside,
}

impl Kept {
    fn name(self, encrypted: bool) -> &'static str {
        match (self, encrypted) {
            (Self::Session, true) => "__Host-netgain-session",
            (Self::Session, false) => "netgain-session",
            (Self::Device, true) => "__Host-netgain-device",
            (Self::Device, false) => "netgain-device",
            (Self::Outside, true) => "__Host-netgain-oidc",
            (Self::Outside, false) => "netgain-oidc",
        }
    }

    /// Seconds that a browser keeps it.
    fn age(self) -> u32 {
        match self {
            Self::Session => 14 * 24 * 3600,
            Self::Device => 365 * 24 * 3600,
            Self::Outside => 600,
        }
    }
}

/// Whether people reach this host encrypted: then cookies go nowhere unencrypted. A name of this machine itself may be
/// reached beside it.
pub(crate) fn encrypted(shared: &Shared, headers: &HeaderMap) -> bool {
    let Some(address) = shared.public_url.as_deref().and_then(|url| url.strip_prefix("https://")) else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let public = address.split('/').next().unwrap_or_default();
    host.eq_ignore_ascii_case(public) || host.eq_ignore_ascii_case(public.trim_end_matches(":443"))
}

/// The value of a cookie.
pub(crate) fn read(headers: &HeaderMap, kept: Kept, encrypted: bool) -> Option<String> {
    let name = kept.name(encrypted);
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// Has the browser keep a value.
pub(crate) fn keep(headers: &mut HeaderMap, kept: Kept, value: &str, encrypted: bool) -> Result<(), Problem> {
    set(headers, kept, value, kept.age(), encrypted)
}

/// Has the browser forget a value.
pub(crate) fn forget(headers: &mut HeaderMap, kept: Kept, encrypted: bool) -> Result<(), Problem> {
    set(headers, kept, "", 0, encrypted)
}

fn set(headers: &mut HeaderMap, kept: Kept, value: &str, age: u32, encrypted: bool) -> Result<(), Problem> {
    let secure = if encrypted { "; Secure" } else { "" };
    let name = kept.name(encrypted);
    let cookie = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Problem::internal(&error))?;
    headers.append(SET_COOKIE, cookie);
    Ok(())
}
