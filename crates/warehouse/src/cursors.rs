//! Where each stream stands. A cursor is written by the commit of the rows that it covers.

use crate::engine::{Connection, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Table};

use crate::dialect;
use crate::error::{Context, Error, Result};
use crate::warehouse::Warehouse;

/// The stored position of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The stream's name.
    pub stream: String,
    /// The position as JSON, as the connector wrote it.
    pub state: String,
    /// When the rows that it covers were read from the platform.
    pub updated_at: Timestamp,
}

impl Warehouse {
    /// The cursor of one stream, if it ever committed one.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn cursor(&self, connection: &ConnectionId, stream: &str) -> Result<Option<Cursor>> {
        Ok(self.cursors(connection)?.into_iter().find(|cursor| cursor.stream == stream))
    }

    /// The cursors of all streams of a connection, by name.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn cursors(&self, connection: &ConnectionId) -> Result<Vec<Cursor>> {
        const DOING: &str = "read cursors";
        let reader = self.reader()?;
        let statement = reader
            .prepare(&format!(
                "SELECT stream, state, {} FROM cursors WHERE connection_id = ? ORDER BY stream",
                dialect::micros("updated_at")
            ))
            .doing(DOING)?;
        let rows = statement
            .query_map([connection.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get::<i64>(2)?)))
            .doing(DOING)?;
        rows.map(|row| {
            let (stream, state, micros) = row.doing(DOING)?;
            let updated_at = Timestamp::from_microsecond(micros)
                .map_err(|error| Error::Stored { column: "updated_at".into(), reason: error.to_string() })?;
            Ok(Cursor { stream, state, updated_at })
        })
        .collect()
    }

    /// Forgets the cursor of one stream, or of all, so that the next sync reads everything again.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn clear_cursor(&self, connection: &ConnectionId, stream: Option<&str>) -> Result<()> {
        const DOING: &str = "clear a cursor";
        self.write(DOING, |writer| {
            match stream {
                Some(stream) => writer.execute(
                    "DELETE FROM cursors WHERE connection_id = ? AND stream = ?",
                    [connection.as_str(), stream],
                ),
                None => writer.execute("DELETE FROM cursors WHERE connection_id = ?", [connection.as_str()]),
            }
            .doing(DOING)
            .map(drop)
        })
    }

    /// Rows of every canonical table that came over a connection, in the tables' order.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn row_counts(&self, connection: &ConnectionId) -> Result<Vec<(Table, u64)>> {
        const DOING: &str = "count rows";
        let reader = self.reader()?;
        Table::ALL
            .into_iter()
            .map(|table| {
                let sql = format!("SELECT count(*) FROM {} WHERE connection_id = ?", table.name());
                let count: i64 =
                    reader.query_row(&sql, [connection.as_str()], |row| row.get(0)).doing(DOING)?;
                Ok((table, count.unsigned_abs()))
            })
            .collect()
    }
}

/// Writes the cursor inside the commit's transaction.
pub(crate) fn put(
    writer: &Connection,
    connection: &ConnectionId,
    stream: &str,
    state: &str,
    at: Timestamp,
) -> Result<()> {
    const DOING: &str = "write a cursor";
    serde_json::from_str::<serde::de::IgnoredAny>(state)
        .map_err(|error| Error::Cursor { stream: stream.to_owned(), reason: error.to_string() })?;
    writer
        .execute(
            "DELETE FROM cursors WHERE connection_id = ? AND stream = ?",
            params![connection.as_str(), stream],
        )
        .doing(DOING)?;
    writer
        .execute(
            &format!(
                "INSERT INTO cursors (connection_id, stream, state, updated_at) VALUES (?, ?, ?, {})",
                dialect::TIME_PARAMETER
            ),
            params![connection.as_str(), stream, state, at.as_microsecond()],
        )
        .doing(DOING)?;
    Ok(())
}
