//! PostgreSQL: blocking calls over an asynchronous client, and the connections that workspaces share.
//!
//! All workspaces lie in the same tables. A connection is told whose it is before anybody uses it, and the tables show
//! and take rows of that workspace alone (`postgres_schema.rs`), so no statement names the workspace.

use std::future::Future;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::executor::block_on;
use futures::{SinkExt, TryStreamExt};
use netgain_domain::{Kind, WorkspaceId};
use netgain_postgres::Address;
use tokio_postgres::types::{ToSql, Type};

use super::duck::locked;
use super::written::Written;
use super::{Answer, Param};
use crate::decimal::{PRECISION, SCALE};
use crate::dialect::literal;
use crate::error::{Error, Failure, Result};
use crate::postgres_schema;
use crate::reading::Cells;

/// Settings that every connection has: the meaning of a statement depends on no server's defaults.
const SETTINGS: &str = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET standard_conforming_strings = on; \
    SET client_min_messages = 'warning'; SET jit = off; SET row_security = on; SET bytea_output = 'hex'";

/// One connection of one workspace.
pub(crate) struct Client {
    client: tokio_postgres::Client,
    collation: Arc<str>,
    /// The workspace whose rows it sees.
    workspace: Option<WorkspaceId>,
    written: Arc<Written>,
}

impl Client {
    fn wait<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Answer<T> {
        block_on(work).map_err(Failure::from)
    }

    pub(super) fn execute(&self, sql: &str, params: &[Param]) -> Answer<usize> {
        let (sql, values) = (numbered(sql), typed(params));
        let values: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|(value, kind)| (value.as_ref(), kind.clone())).collect();
        let changed = self.wait(self.client.execute_typed(&sql, &values))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(crate) fn execute_batch(&self, sql: &str) -> Answer<()> {
        self.wait(self.client.batch_execute(sql))
    }

    pub(super) fn each(
        &self,
        sql: &str,
        params: &[Param],
        take: &mut dyn FnMut(&Cells<'_>) -> Result<()>,
    ) -> Answer<Result<()>> {
        let (sql, values) = (numbered(sql), typed(params));
        let values = values.iter().map(|(value, kind)| (value.as_ref(), kind.clone()));
        let rows = self.wait(self.client.query_typed_raw::<&(dyn ToSql + Sync), _>(&sql, values))?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = self.wait(rows.try_next())? {
            if let Err(error) = take(&Cells::of_postgres(&row)) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    pub(super) fn copy(&self, statement: &str, rows: Bytes) -> Answer<()> {
        self.wait(async {
            let sink = self.client.copy_in::<_, Bytes>(statement).await?;
            let mut sink = std::pin::pin!(sink);
            sink.send(rows).await?;
            sink.finish().await.map(drop)
        })
    }

    pub(super) fn column_type(&self, kind: Kind) -> String {
        column_type(kind, &self.collation)
    }

    /// Prepares a query and tells the names and types of its columns.
    pub(crate) fn columns_of(&self, sql: &str) -> Answer<Vec<(String, Type)>> {
        let statement = self.wait(self.client.prepare_typed(sql, &[]))?;
        Ok(statement
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), column.type_().clone()))
            .collect())
    }

    /// Hands over the rows of a statement whose cells are texts, as the server writes them.
    pub(crate) fn each_text(
        &self,
        sql: &str,
        take: &mut dyn FnMut(&tokio_postgres::SimpleQueryRow),
    ) -> Answer<()> {
        let messages = self.wait(self.client.simple_query_raw(sql))?;
        let mut messages = std::pin::pin!(messages);
        while let Some(message) = self.wait(messages.try_next())? {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                take(&row);
            }
        }
        Ok(())
    }

    /// Counts rows that were written to a table.
    pub(super) fn wrote(&self, table: &str, rows: usize) {
        self.written.add(table, rows);
    }

    /// Has the server look at tables that have about doubled since it last did. To be called between transactions: nobody
    /// else sees what is on its way. A table that somebody else looks at meanwhile is left to them.
    pub(crate) fn look_at_what_grew(&self) -> Answer<()> {
        for (table, rows) in self.written.take_due() {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            let mut known = 0;
            let found =
                self.each(postgres_schema::LOOK, &[Param::from(&table), Param::from(rows)], &mut |cells| {
                    known = cells.int(0)?;
                    Ok(())
                })?;
            found.map_err(|error| Failure::of(&error.to_string()))?;
            self.written.knows(&table, u64::try_from(known).unwrap_or(0));
        }
        Ok(())
    }

    fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }
}

/// The column type of a kind; texts are in the order of their bytes, as everywhere in the program.
pub(crate) fn column_type(kind: Kind, collation: &str) -> String {
    match kind {
        Kind::Text | Kind::Json => format!("text COLLATE \"{collation}\""),
        Kind::Int => "bigint".to_owned(),
        Kind::Decimal => format!("numeric({PRECISION},{SCALE})"),
        Kind::Bool => "boolean".to_owned(),
        Kind::Time => "timestamp".to_owned(),
        Kind::Date => "date".to_owned(),
    }
}

/// A statement with `$1`, `$2`, … in the place of `?`; texts and names in quotes stay as they are.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let (mut quote, mut count) = (None, 0);
    for c in sql.chars() {
        match (quote, c) {
            (None, '?') => {
                count += 1;
                out.push_str(&format!("${count}"));
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn typed(params: &[Param]) -> Vec<(Box<dyn ToSql + Sync + '_>, Type)> {
    params
        .iter()
        .map(|param| -> (Box<dyn ToSql + Sync + '_>, Type) {
            match param {
                // see `copy.rs` on the character that no text can hold
                Param::Text(Some(text)) if text.contains('\0') => {
                    (Box::new(text.replace('\0', "\u{fffd}")), Type::TEXT)
                }
                Param::Text(text) => (Box::new(text.as_deref()), Type::TEXT),
                Param::Int(number) => (Box::new(*number), Type::INT8),
            }
        })
        .collect()
}

/// The connections of one database, lent to one workspace at a time.
pub(crate) struct Pool {
    address: Address,
    /// Whose the tables are.
    owner: Address,
    idle: Mutex<Vec<Client>>,
    prepared: postgres_schema::Prepared,
    written: Arc<Written>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // never the address: it holds a password
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

const CONNECTING: &str = "reach the database";

impl Pool {
    /// Reaches the database and brings its tables up to date, as their owner where one is named.
    pub(crate) fn open(url: &str, owner_url: Option<&str>) -> Result<Self> {
        let (address, owner) = (address(url)?, owner_url.map(address).transpose()?);
        let written = Arc::<Written>::default();
        let anew = |address| connect(address, "C".into(), Arc::clone(&written));
        let client = anew(owner.as_ref().unwrap_or(&address))?;
        let connection = super::Connection::Postgres(client);
        let mut prepared = postgres_schema::prepare(&connection, owner.is_some().then(|| address.user()))?;
        if owner.is_some() {
            // the role that works is another one than the role that owns
            prepared.role = postgres_schema::role(&super::Connection::Postgres(anew(&address)?))?;
        }
        let owner = owner.unwrap_or_else(|| address.clone());
        Ok(Self { address, owner, idle: Mutex::default(), prepared, written })
    }

    /// Has the server look at the tables anew, so that it knows how many rows they have when it plans a query. What it
    /// does not know yet it takes for almost empty, and joins row by row.
    pub(crate) fn analyze(&self) -> Result<()> {
        const DOING: &str = "have the database count its rows";
        let client = self.connect(&self.owner)?;
        for table in postgres_schema::table_names() {
            let sql = format!("ANALYZE {}.{table}", postgres_schema::SCHEMA);
            client.execute_batch(&sql).map_err(|failure| failure.while_doing(DOING))?;
        }
        Ok(())
    }

    fn connect(&self, address: &Address) -> Result<Client> {
        connect(address, Arc::clone(&self.prepared.collation), Arc::clone(&self.written))
    }

    /// A connection that sees the rows of this workspace and no others.
    pub(crate) fn lend(&self, workspace: &WorkspaceId) -> Result<super::Connection> {
        loop {
            let Some(mut client) = locked(&self.idle).pop() else { break };
            if !client.is_usable() {
                continue;
            }
            if client.workspace.as_ref() == Some(workspace) || assign(&mut client, workspace).is_ok() {
                return Ok(super::Connection::Postgres(client));
            }
        }
        let mut client = self.connect(&self.address)?;
        let role = self.prepared.role.as_ref().map(|role| format!("SET ROLE {role}; ")).unwrap_or_default();
        client
            .execute_batch(&format!("{role}SET search_path = {}", postgres_schema::SCHEMA))
            .map_err(|failure| failure.while_doing(CONNECTING))?;
        assign(&mut client, workspace).map_err(|failure| failure.while_doing(CONNECTING))?;
        Ok(super::Connection::Postgres(client))
    }

    /// Takes a connection back.
    pub(crate) fn give_back(&self, connection: super::Connection) {
        /// More are closed: a server's connections are few.
        const KEPT: usize = 8;
        if let super::Connection::Postgres(client) = connection
            && client.is_usable()
        {
            let mut idle = locked(&self.idle);
            if idle.len() < KEPT {
                idle.push(client);
            }
        }
    }
}

/// Gives a connection to a workspace. What another one left in temporary tables goes with it.
fn assign(client: &mut Client, workspace: &WorkspaceId) -> Answer<()> {
    let left = if client.workspace.take().is_some() { "DISCARD TEMP; " } else { "" };
    client.execute_batch(&format!(
        "{left}SET {} = {}",
        postgres_schema::WORKSPACE_SETTING,
        literal(workspace.as_str())
    ))?;
    client.workspace = Some(workspace.clone());
    Ok(())
}

fn connect(address: &Address, collation: Arc<str>, written: Arc<Written>) -> Result<Client> {
    // its message names the server and never the password
    let client = netgain_postgres::connect(address)
        .map_err(|error| Error::Engine { what: CONNECTING, reason: error.to_string() })?;
    let client = Client { client, collation, workspace: None, written };
    client.execute_batch(SETTINGS).map_err(|failure| failure.while_doing(CONNECTING))?;
    Ok(client)
}

fn address(url: &str) -> Result<Address> {
    Address::parse(url).map_err(|error| Error::Engine { what: CONNECTING, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_numbers_outside_of_quotes() {
        assert_eq!(numbered("a = ? AND b = '?' AND \"c?\" = ?"), "a = $1 AND b = '?' AND \"c?\" = $2");
        assert_eq!(numbered("a = 'it''s ?' AND b = ?"), "a = 'it''s ?' AND b = $1");
    }
}
