//! One connection, with blocking calls.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_postgres::{NoTls, Statement};

use crate::address::Address;
use crate::error::{Error, Result};
use crate::runtime::{keep, wait};
use crate::tls;
use crate::value::Value;

/// Statements that a connection keeps prepared; beyond that it begins anew.
const PREPARED: usize = 500;

/// One connection to a database.
pub struct Client {
    client: Arc<tokio_postgres::Client>,
    prepared: HashMap<String, Statement>,
    /// A statement was refused since the transaction began, so the server will do nothing more in it.
    refused: bool,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// Rows as cells, and how many rows the statement gave or changed.
type Answer = (Vec<Vec<Value>>, u64);

/// Connects, over TLS where the address asks for it, and gives the driver's own client, for callers that need more of it
/// than [`Client`] has. The connection is kept going on this crate's threads until the client is dropped.
///
/// # Errors
/// [`Error::Connect`]; [`Error::Certificates`].
pub fn connect(address: &Address) -> Result<tokio_postgres::Client> {
    let config = address.config().clone();
    let failed = |error: tokio_postgres::Error| Error::connect(&address.to_string(), &error);
    if address.is_encrypted() {
        let tls = tls::connector(address)?;
        let (client, connection) = wait(async move { config.connect(tls).await })?.map_err(failed)?;
        keep(drive(connection))?;
        Ok(client)
    } else {
        let (client, connection) = wait(async move { config.connect(NoTls).await })?.map_err(failed)?;
        keep(drive(connection))?;
        Ok(client)
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// As [`connect`].
    pub fn connect(address: &Address) -> Result<Self> {
        let client = connect(address)?;
        Ok(Self { client: Arc::new(client), prepared: HashMap::new(), refused: false })
    }

    /// Whether the connection is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values, parted by semicolons.
    ///
    /// # Errors
    /// When the server refuses one; those before it hold unless they stood in a transaction.
    pub fn batch(&mut self, sql: &str) -> Result<()> {
        if sql.starts_with("BEGIN") {
            self.refused = false;
        }
        let (client, sql) = (Arc::clone(&self.client), sql.to_owned());
        wait(async move { client.batch_execute(&sql).await })?.map_err(Error::from)
    }

    /// Ends a transaction that [`Client::batch`] began, by `COMMIT` or `ROLLBACK`.
    ///
    /// # Errors
    /// [`Error::Aborted`] for a commit after a refused statement, which is rolled back instead; when the server refuses.
    pub fn end(&mut self, how: &str) -> Result<()> {
        if std::mem::take(&mut self.refused) && how == "COMMIT" {
            self.batch("ROLLBACK")?;
            return Err(Error::Aborted);
        }
        self.batch(how)
    }

    /// Runs one statement, with `$1` for its values, and gives its rows.
    ///
    /// # Errors
    /// When the server refuses it or a value does not fit.
    pub fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        self.run(sql, values).map(|(rows, _)| rows)
    }

    /// Runs one statement and says how many rows it changed.
    ///
    /// # Errors
    /// As [`Client::query`].
    pub fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        self.run(sql, values).map(|(_, changed)| changed)
    }

    /// Runs one statement and gives its rows, and how many it gave or changed.
    ///
    /// # Errors
    /// As [`Client::query`].
    pub fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<(Vec<Vec<Value>>, u64)> {
        let answer = self.prepare(sql).and_then(|statement| {
            let client = Arc::clone(&self.client);
            wait(async move { run(&client, &statement, &values).await })?
        });
        self.refused |= answer.is_err();
        answer
    }

    /// Runs one statement in a transaction of its own, which begins with the statements in `opening`; all is sent at once,
    /// so that it costs one way to the server and back. Gives its rows and how many it gave or changed.
    ///
    /// # Errors
    /// As [`Client::query`]; then nothing holds.
    pub fn alone(&mut self, opening: &str, sql: &str, values: Vec<Value>) -> Result<(Vec<Vec<Value>>, u64)> {
        let statement = self.prepare(sql)?;
        let (client, opening) = (Arc::clone(&self.client), opening.to_owned());
        self.refused = false;
        wait(async move {
            // polled in this order, hence sent in this order; a commit after a refusal rolls back. The transaction begins
            // by itself: an opening that the server cannot read must not take the beginning with it
            let (begun, opened, answer, ended) = tokio::join!(
                biased;
                client.batch_execute("BEGIN"),
                client.batch_execute(&opening),
                run(&client, &statement, &values),
                client.batch_execute("COMMIT")
            );
            if begun.is_err() || opened.is_err() || answer.is_err() || ended.is_err() {
                // the transaction may be open when the beginning of it was all that worked
                let _ = client.batch_execute("ROLLBACK").await;
            }
            begun?;
            opened?;
            let answer = answer?;
            ended?;
            Ok(answer)
        })?
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        let (client, text) = (Arc::clone(&self.client), sql.to_owned());
        let statement = wait(async move { client.prepare(&text).await })??;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

async fn run(client: &tokio_postgres::Client, statement: &Statement, values: &[Value]) -> Result<Answer> {
    let expected = statement.params().len();
    if expected != values.len() {
        return Err(Error::Value(format!("it takes {expected} values, {} were given", values.len())));
    }
    if statement.columns().is_empty() {
        return Ok((Vec::new(), client.execute_raw(statement, values).await?));
    }
    let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        values.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    let rows = client.query(statement, &values).await?;
    let cells = |row: &tokio_postgres::Row| {
        (0..row.len()).map(|at| row.try_get::<_, Value>(at)).collect::<std::result::Result<Vec<_>, _>>()
    };
    let rows = rows.iter().map(cells).collect::<std::result::Result<Vec<_>, _>>()?;
    let count = rows.len() as u64;
    Ok((rows, count))
}

/// Keeps a connection going until its client is dropped.
async fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    if let Err(error) = connection.await {
        tracing::warn!(error = %Error::from(error), "a connection to the database ended");
    }
}
