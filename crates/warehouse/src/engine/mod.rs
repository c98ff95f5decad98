//! The one way to a store's engine: a connection that speaks DuckDB or PostgreSQL. SQL is written once, in what both
//! understand; parameters are `?` everywhere.

mod cells;
mod copy;
pub(crate) mod duck;
mod numeric;
mod params;
pub(crate) mod postgres;
mod written;

use std::ops::Deref;

use crate::error::Failure;
use crate::reading::Cells;
use crate::schema::{Spec, quoted};

pub(crate) use cells::{CellRef, FromCell, of_postgres};
pub(crate) use copy::Copier;
pub(crate) use params::{Param, Params, params};

/// What the engine says, with its own words where it fails.
pub(crate) type Answer<T> = std::result::Result<T, Failure>;

/// Which engine a connection speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// One file for each workspace.
    Duck,
    /// One database for all.
    Postgres,
}

/// A connection to the store of one workspace.
pub(crate) enum Connection {
    /// To the workspace's own file.
    Duck(duckdb::Connection),
    /// To the shared database; it sees the rows of one workspace.
    Postgres(postgres::Client),
}

impl Connection {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Duck(_) => Dialect::Duck,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs one statement and says how many rows it changed.
    pub(crate) fn execute<P: Params>(&self, sql: &str, params: P) -> Answer<usize> {
        match self {
            Self::Duck(duck) => Ok(duck.execute(sql, duckdb::params_from_iter(params.list()))?),
            Self::Postgres(client) => client.execute(sql, &params.list()),
        }
    }

    /// Runs statements without parameters.
    pub(crate) fn execute_batch(&self, sql: &str) -> Answer<()> {
        match self {
            Self::Duck(duck) => Ok(duck.execute_batch(sql)?),
            Self::Postgres(client) => client.execute_batch(sql),
        }
    }

    /// Runs a query and hands its rows over one by one, until one of them is refused.
    pub(crate) fn each<P: Params>(
        &self,
        sql: &str,
        params: P,
        take: &mut dyn FnMut(&Cells<'_>) -> crate::error::Result<()>,
    ) -> Answer<crate::error::Result<()>> {
        match self {
            Self::Duck(duck) => crate::reading::each_of_duck(duck, sql, params.list(), take),
            Self::Postgres(client) => client.each(sql, &params.list(), take),
        }
    }

    /// As [`Connection::each`], for results of any length: rows are read while they are handed over.
    pub(crate) fn each_streamed(
        &self,
        sql: &str,
        take: &mut dyn FnMut(&Cells<'_>) -> crate::error::Result<()>,
    ) -> Answer<crate::error::Result<()>> {
        match self {
            Self::Duck(duck) => crate::reading::stream_of_duck(duck, sql, take),
            Self::Postgres(client) => client.each(sql, &[], take),
        }
    }

    /// The first row of a query.
    pub(crate) fn query_row<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Cells<'_>) -> Answer<T>,
    ) -> Answer<T> {
        let mut first = self.query_map(sql, params, read)?;
        first.next().unwrap_or_else(|| Err(Failure::of("the query gave no row")))
    }

    /// What `read` makes of each row of a query.
    pub(crate) fn query_map<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Cells<'_>) -> Answer<T>,
    ) -> Answer<std::vec::IntoIter<Answer<T>>> {
        let mut all = Vec::new();
        self.each(sql, params, &mut |cells| {
            all.push(read(cells));
            Ok(())
        })?
        .map_err(|error| Failure::of(&error.to_string()))?;
        Ok(all.into_iter())
    }

    /// A query to be run later.
    // the engines prepare on running: a statement is never run twice here
    pub(crate) fn prepare(&self, sql: &str) -> Answer<Query<'_>> {
        Ok(Query { connection: self, sql: sql.to_owned() })
    }

    /// Begins a transaction, which is rolled back unless it is committed.
    pub(crate) fn transaction(&self) -> Answer<Transaction<'_>> {
        self.execute_batch("BEGIN")?;
        Ok(Transaction { connection: self, open: true })
    }

    /// Makes an empty temporary table, which only this connection sees.
    pub(crate) fn temporary(&self, table: &str, columns: &[Spec]) -> Answer<()> {
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", quoted(column.name), self.column_type(column.kind)))
            .collect();
        let columns = columns.join(", ");
        self.execute_batch(&match self.dialect() {
            Dialect::Duck => format!("CREATE OR REPLACE TEMPORARY TABLE {table} ({columns})"),
            // emptying costs less than making it anew, and the names and columns of these tables never change
            Dialect::Postgres => {
                format!("CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}); TRUNCATE pg_temp.{table}")
            }
        })
    }

    /// As [`Connection::temporary`], of a table whose columns may be others than the last time.
    pub(crate) fn temporary_anew(&self, table: &str, columns: &[Spec]) -> Answer<()> {
        if self.dialect() == Dialect::Postgres {
            self.execute_batch(&format!("DROP TABLE IF EXISTS pg_temp.{table}"))?;
        }
        self.temporary(table, columns)
    }

    /// Makes a temporary table of the rows of a query.
    pub(crate) fn temporary_of(&self, table: &str, query: &str) -> Answer<()> {
        self.execute_batch(&match self.dialect() {
            Dialect::Duck => format!("CREATE OR REPLACE TEMPORARY TABLE {table} AS {query}"),
            Dialect::Postgres => {
                format!("DROP TABLE IF EXISTS pg_temp.{table}; CREATE TEMPORARY TABLE {table} AS {query}")
            }
        })
    }

    /// The column type of a kind.
    pub(crate) fn column_type(&self, kind: netgain_domain::Kind) -> String {
        match self {
            Self::Duck(_) => crate::dialect::column_type(kind),
            Self::Postgres(client) => client.column_type(kind),
        }
    }
}

/// A query of one connection.
pub(crate) struct Query<'c> {
    connection: &'c Connection,
    sql: String,
}

impl Query<'_> {
    /// What `read` makes of each row.
    pub(crate) fn query_map<T, P: Params>(
        &self,
        params: P,
        read: impl Fn(&Cells<'_>) -> Answer<T>,
    ) -> Answer<std::vec::IntoIter<Answer<T>>> {
        self.connection.query_map(&self.sql, params, read)
    }
}

/// Work that is kept whole or not at all.
pub(crate) struct Transaction<'c> {
    connection: &'c Connection,
    open: bool,
}

impl Transaction<'_> {
    pub(crate) fn commit(mut self) -> Answer<()> {
        self.open = false;
        self.connection.execute_batch("COMMIT").inspect_err(|_| {
            // a commit that was refused leaves nothing open on either engine
            self.connection.execute_batch("ROLLBACK").ok();
        })
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.open {
            // a connection that cannot roll back is gone, and its transaction with it
            self.connection.execute_batch("ROLLBACK").ok();
        }
    }
}
