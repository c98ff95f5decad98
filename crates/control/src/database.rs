//! Which database server holds the control store, if one does.

use crate::secret::Secret;

/// A database server's address, as the environment names it.
#[derive(Debug, Clone)]
pub struct Database {
    /// `postgres://…` with the role of the application.
    pub url: Secret,
    /// The same database with the role that owns the tables and brings them up to date; without it the application's role
    /// has to own them.
    pub owner_url: Option<Secret>,
}

impl Database {
    /// The address in `NETGAIN_DATABASE_URL`, with that of the tables' owner in `NETGAIN_DATABASE_OWNER_URL`; none where
    /// the stores are files.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        let word = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty()).map(Secret::new);
        Some(Self { url: word("NETGAIN_DATABASE_URL")?, owner_url: word("NETGAIN_DATABASE_OWNER_URL") })
    }
}
