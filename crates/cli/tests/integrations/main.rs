//! The integrations API through the program: every route of both families against the sandbox, for eight platforms, and
//! sign-ins that somebody else tries to end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod abuse;
#[path = "../connecting/browser.rs"]
mod browser;
mod page;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod quota;
mod routes;
#[path = "../connecting/serving.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod serving;
mod walk;
