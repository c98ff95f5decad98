//! Everything that can go wrong in the control store, with the cure in the message.

use crate::db::EngineError;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the control store. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such workspace.
    #[error("workspace `{0}` does not exist: create it first, or check its name")]
    WorkspaceNotFound(String),
    /// The workspace is there already.
    #[error("workspace `{0}` exists already: use it, or choose another id")]
    WorkspaceExists(String),
    /// A time of retention that cannot be.
    #[error(
        "{class} cannot be kept for {days} days: write a whole number from 1 to {longest}, or none to keep it for ever",
        longest = crate::RETENTION_LONGEST
    )]
    Retention {
        /// The class of data.
        class: &'static str,
        /// The days that were asked for.
        days: u32,
    },
    /// No such connection in the workspace.
    #[error("connection `{connection}` does not exist in workspace `{workspace}`: connect it first")]
    ConnectionNotFound {
        /// The workspace.
        workspace: String,
        /// The connection.
        connection: String,
    },
    /// A connection changes its platform.
    #[error(
        "connection `{connection}` belongs to provider `{provider}`: use another connection id for another provider"
    )]
    ProviderChanged {
        /// The connection.
        connection: String,
        /// The provider that it was made for.
        provider: String,
    },
    /// The connection has no such secret.
    #[error("connection `{connection}` has no secret `{name}`: connect it again with --secret {name}=...")]
    SecretNotFound {
        /// The connection.
        connection: String,
        /// The secret's name.
        name: String,
    },
    /// A secret that was sealed for another place, or damaged.
    #[error(
        "secret `{name}` of connection `{connection}` cannot be opened: restore the store and its `secret.key` from one backup, or connect again"
    )]
    Sealed {
        /// The connection.
        connection: String,
        /// The secret's name.
        name: String,
    },
    /// The master key that a data key is sealed with is not at hand.
    #[error(
        "the secrets of this store are sealed with master key {id}, but only {known} is at hand: restore the `secret.key` that belongs to the store, or give the key in NETGAIN_MASTER_KEY, the same on every machine that shares the store"
    )]
    MasterKeyMissing {
        /// The key's id.
        id: String,
        /// The ids of those that are at hand.
        known: String,
    },
    /// A data key does not open although its master key is at hand.
    #[error(
        "a data key that names master key {id} does not open with it: the store was changed or damaged, restore it from a backup"
    )]
    MasterKeyWrong {
        /// The key's id.
        id: String,
    },
    /// A key of the environment is none.
    #[error(
        "key {at} of NETGAIN_MASTER_KEY is not the base64 of 32 bytes: make one with `openssl rand -base64 32`, and part several by commas"
    )]
    MasterKey {
        /// Which one, from 1.
        at: usize,
    },
    /// A store in a database server is copied by the server's own tools.
    #[error(
        "the control store is in PostgreSQL: copy it with pg_dump, a backup by this program is for embedded stores"
    )]
    NotEmbedded,
    /// A key service did not do its part.
    #[error("the key service failed: {0}; check that it can be reached and that its key may be used")]
    KeyService(String),
    /// The key file is not one of ours.
    #[error("`{0}` does not hold a key of 32 bytes: restore it from a backup")]
    KeyFile(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}; check that its random source works")]
    Random(String),
    /// No such run in the workspace.
    #[error("run `{0}` does not exist: start a sync to get one")]
    RunNotFound(String),
    /// A sync of the connection is on its way.
    #[error("connection `{connection}` is being synced by run `{run}`: wait for its end")]
    AlreadyRunning {
        /// The connection.
        connection: String,
        /// The run that holds it.
        run: String,
    },
    /// The file was written by a later version of this program.
    #[error(
        "the control store's schema version is {found}, this program knows up to {known}: use a newer netgain"
    )]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Highest version known here.
        known: i64,
    },
    /// Row-level security would not hold for the database's role.
    #[error(
        "the database's role `{0}` is a superuser or may bypass row-level security: connect as a role that may not (see docs/postgres.md)"
    )]
    RoleSeesEverything(String),
    /// Somebody works with a store that is to be copied.
    #[error(
        "{who} uses the store in {place}: stop it, then run the command again (one that was killed counts for 15 seconds more)"
    )]
    InUse {
        /// Where the store is.
        place: String,
        /// A node or a process.
        who: String,
    },
    /// The store that is copied to went on by itself.
    #[error(
        "the store in {place} has entries in its audit that the other one does not have, and they cannot be taken away: copy to an empty store, or move this one aside"
    )]
    OtherAudit {
        /// Where the store is.
        place: String,
    },
    /// A copy is not what was copied.
    #[error(
        "`{table}` has {to} rows where {from} were copied, or others: nothing was kept, run the command again"
    )]
    NotTheSame {
        /// The table.
        table: String,
        /// Rows that were copied.
        from: u64,
        /// Rows that were found then.
        to: u64,
    },
    /// Another holds what was claimed, or held it since.
    #[error(
        "the lease on {kind} `{key}` is held by another node since: what was done under it does not count"
    )]
    LeaseLost {
        /// The kind of work.
        kind: String,
        /// Which of its kind.
        key: String,
    },
    /// A stored value that this program cannot read back.
    #[error("the stored `{column}` cannot be read: {reason}; restore the control store from a backup")]
    Stored {
        /// The column.
        column: &'static str,
        /// What was found.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {what} `{path}`: {source}; check the folder's owner, rights and free space")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// What a person asked is refused.
    #[error(transparent)]
    Refused(#[from] crate::people::Refused),
    /// What was deleted is still in the store's files.
    #[error(
        "the control store's files still hold what was deleted, because others read or write them without a pause: nothing is lost, ask for the erasure again when a backup or a long report has ended"
    )]
    StillWritten,
    /// The inbox takes nothing more.
    #[error("the inbox is closed: the program is ending, send the delivery again")]
    InboxClosed,
    /// The database engine refused.
    #[error("the control store failed to {what}: {source}; try again, and check the disk if it stays")]
    Engine {
        /// What was tried.
        what: &'static str,
        /// The engine's error.
        source: EngineError,
    },
}

/// Adds to an engine's error what was being tried.
pub(crate) trait Context<T> {
    fn doing(self, what: &'static str) -> Result<T>;
}

impl<T, E: Into<EngineError>> Context<T> for std::result::Result<T, E> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|source| Error::Engine { what, source: source.into() })
    }
}
