//! What this process is called at the server.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

/// The `application_name` of every connection of this process, and of no other process: `netgain`, the process's number
/// and a random word. By it the connections of a process that is gone are found and ended.
#[must_use]
pub fn session_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        // the keys of a new hasher are random; numbers of processes are the same on many machines
        let word = RandomState::new().build_hasher().finish();
        format!("netgain {} {word:016x}", std::process::id())
    })
}
