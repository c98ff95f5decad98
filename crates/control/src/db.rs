//! The database behind the control store: SQLite in one file, or PostgreSQL.
//!
//! SQL is written once, in what both understand, with `?` or `?1` for values; what differs is in `dialect`. Every call is
//! made for one workspace or, by name, for all of them ([`Scope`]). On PostgreSQL that is what row-level security goes by:
//! a query that forgets its `workspace_id` shows nothing of another workspace.

mod dialect;
mod error;
mod postgres;
mod sqlite;
mod value;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netgain_domain::WorkspaceId;
use netgain_postgres::{Client, Pool};

pub(crate) use dialect::Dialect;
pub use error::EngineError;
pub(crate) use error::{OptionalExtension, Result};
pub(crate) use postgres::prepare_postgres;
pub(crate) use sqlite::{empty_log, open_sqlite, prepare_sqlite, vacuum};
pub(crate) use value::{Params, Row, ToValue, Value, params};

/// The engine of one store.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Arc<Mutex<rusqlite::Connection>>),
    Postgres(Arc<Pool>),
}

/// For whom a call is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// For one workspace: rows of others do not exist.
    Workspace(WorkspaceId),
    /// For the installation: lists of workspaces, work that is due, and what is found by a secret word of its own.
    All,
}

impl Engine {
    pub(crate) fn scoped(&self, scope: Scope) -> Db<'_> {
        let link = match self {
            // a panic elsewhere leaves no half-done work: the engine rolls it back
            Self::Sqlite(db) => Link::Sqlite(db.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Postgres(pool) => Link::Postgres { pool, held: RefCell::new(None) },
        };
        Db { link, scope }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

enum Link<'d> {
    Sqlite(MutexGuard<'d, rusqlite::Connection>),
    /// The connection is held while a transaction is on its way.
    Postgres {
        pool: &'d Pool,
        held: RefCell<Option<Client>>,
    },
}

/// The store as one caller sees it. On SQLite, others wait until it is dropped.
pub(crate) struct Db<'d> {
    link: Link<'d>,
    scope: Scope,
}

/// Rows as cells, and how many rows the statement gave or changed.
pub(crate) type Answer = (Vec<Vec<Value>>, usize);

impl Db<'_> {
    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.run(sql, params.values()).map(|(_, changed)| changed)
    }

    /// The first row of a query.
    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let (rows, _) = self.run(sql, params.values())?;
        let cells = rows.first().ok_or_else(EngineError::no_row)?;
        read(&Row::new(cells))
    }

    /// A statement to be run several times.
    #[allow(
        clippy::unnecessary_wraps,
        reason = "what is wrong with it shows when it runs; callers need not know"
    )]
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(Statement { db: self, sql: sql.to_owned() })
    }

    /// Begins a transaction; it is rolled back unless it is committed.
    pub(crate) fn transaction_with_behavior(
        &mut self,
        behavior: TransactionBehavior,
    ) -> Result<Transaction<'_>> {
        match &self.link {
            Link::Sqlite(db) => sqlite::begin(db)?,
            Link::Postgres { pool, held } => {
                let client = postgres::begin(pool, &self.scope, behavior)?;
                *held.borrow_mut() = Some(client);
            }
        }
        Ok(Transaction { db: self, ended: false })
    }

    /// Begins a transaction of [`TransactionBehavior::Writes`].
    pub(crate) fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.transaction_with_behavior(TransactionBehavior::Writes)
    }

    /// The time of the store's own clock, by which all who share it go, in microseconds since 1970 (UTC).
    pub(crate) fn clock(&self) -> Result<i64> {
        match &self.link {
            Link::Sqlite(_) => Ok(netgain_domain::jiff::Timestamp::now().as_microsecond()),
            Link::Postgres { .. } => self.query_row(postgres::CLOCK, [], |row| row.get(0)),
        }
    }

    fn run(&self, sql: &str, values: Vec<Value>) -> Result<Answer> {
        match &self.link {
            Link::Sqlite(db) => sqlite::run(db, sql, values),
            Link::Postgres { pool, held } => match held.borrow_mut().as_mut() {
                Some(client) => postgres::run(client, sql, values),
                None => postgres::alone(pool, &self.scope, sql, values),
            },
        }
    }

    fn end(&self, how: &str) -> Result<()> {
        match &self.link {
            Link::Sqlite(db) => sqlite::end(db, how),
            Link::Postgres { pool, held } => match held.borrow_mut().take() {
                Some(client) => postgres::end(pool, client, how),
                None => Ok(()),
            },
        }
    }
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionBehavior {
    /// One after the other with every other of the same scope: what it reads still holds when it writes.
    Immediate,
    /// Together with others: for writes that do not depend on what was read before.
    Writes,
}

/// A transaction. It can do what a [`Db`] can.
pub(crate) struct Transaction<'d> {
    db: &'d Db<'d>,
    ended: bool,
}

impl<'d> std::ops::Deref for Transaction<'d> {
    type Target = Db<'d>;

    fn deref(&self) -> &Db<'d> {
        self.db
    }
}

impl Transaction<'_> {
    /// Makes what was done hold.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.ended = true;
        self.db.end("COMMIT")
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.ended
            && let Err(error) = self.db.end("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction was not rolled back by us; the engine does it");
        }
    }
}

/// A statement to be run several times.
pub(crate) struct Statement<'d> {
    db: &'d Db<'d>,
    sql: String,
}

impl Statement<'_> {
    /// Runs it and says how many rows it changed.
    pub(crate) fn execute(&mut self, params: impl Params) -> Result<usize> {
        self.db.execute(&self.sql, params)
    }

    /// Runs it and reads its rows.
    pub(crate) fn query_map<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<std::vec::IntoIter<Result<T>>> {
        let (rows, _) = self.db.run(&self.sql, params.values())?;
        let read: Vec<_> = rows.iter().map(|cells| read(&Row::new(cells))).collect();
        Ok(read.into_iter())
    }
}
