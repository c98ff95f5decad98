//! People over a real store: sign-ins, sessions, second factors, keys, invitations and links, by a clock that is moved.
#![allow(missing_docs, clippy::unwrap_used)]

mod api_keys;
#[path = "../both/mod.rs"]
mod both;
mod factors;
mod guessing;
mod membership;
mod rig;
mod sealed;
mod sessions;
mod stored;
mod totp;
