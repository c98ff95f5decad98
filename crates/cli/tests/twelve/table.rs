//! What the cases need to know of a platform.

use netgain_sandbox::{AppState, Brand};

use crate::harness::Connected;

/// Every case, by the name of its test.
pub const CASES: [&str; 14] = [
    "full_sync",
    "second_sync",
    "a_day_later",
    "restated_day",
    "throttled",
    "expired_token",
    "revoked_token",
    "server_errors",
    "reset_in_mid_body",
    "truncated_json",
    "wrong_type",
    "unknown_value",
    "empty_account",
    "page_cap",
];

/// One platform as the cases see it.
pub struct Platform {
    /// Its id.
    pub id: &'static str,
    /// First word of its fault points in the sandbox.
    pub face: &'static str,
    /// Holds the rows against the sandbox's world; called after a first sync and again a day later.
    pub truth: fn(&Connected),
    /// The table that the first sync fills, and the least number of its rows that proves that something came.
    pub filled: (&'static str, usize),
    /// The point whose answers are bent.
    pub bent: &'static str,
    /// The point whose pages are capped.
    pub paged: &'static str,
    /// Further words of `sync` under which the bent point is called.
    pub mode: &'static [&'static str],
    /// HTTP status with which it says "slow down".
    pub throttled_with: u16,
    /// What becomes of a token that has expired.
    pub expiry: Expiry,
    /// What a person reads when access was taken back.
    pub revoked: &'static str,
    /// A value of the wrong type.
    pub spoiled: Spoiled,
    /// A word that the platform's documents do not know.
    pub unknown: Unknown,
    /// How to see an account in which nothing has happened.
    pub empty: Empty,
    /// Tables with rows in an empty account all the same.
    pub never_empty: &'static [&'static str],
    /// The table whose days are restated; none where `without` says why.
    pub restated: Option<&'static str>,
    /// Cases that cannot exist here, and why.
    pub without: &'static [(&'static str, &'static str)],
}

/// What becomes of a token that has expired.
pub enum Expiry {
    /// A new one is got at this point, and the sync goes on.
    Refreshed(&'static str),
    /// Nothing can be got: the connection waits for a person, who reads these words.
    Cured(&'static str),
    /// Its keys have no end; `without` says so.
    Never,
}

/// A value of the wrong type.
pub struct Spoiled {
    /// The point in whose answers it lies.
    pub point: &'static str,
    /// Where in the answer, as fault rules write it.
    pub path: &'static str,
    /// Part of the path under which the record is set aside.
    pub field: &'static str,
    /// Tables whose records are set aside.
    pub tables: &'static [&'static str],
}

/// What becomes of a word that nobody knew.
pub enum Unknown {
    /// The row of that table has these values in its place.
    Row { point: &'static str, path: &'static str, table: &'static str, cells: &'static [&'static str] },
    /// The record is set aside under a path with this part.
    SetAside { point: &'static str, path: &'static str, field: &'static str },
    /// The platform sends no words of a fixed list; `without` says so.
    None,
}

/// How to see an account in which nothing has happened.
pub enum Empty {
    /// With another value of a field or secret.
    Other(&'static str, fn(&AppState) -> String),
    /// In the world of another brand.
    World(Brand),
}

/// The word that no platform knows.
pub const NEW_WORD: &str = "SOMETHING_NEW";
