//! Which reads of the raw archive were committed, and in which order: what a replay goes through.

use std::collections::BTreeMap;

use crate::engine::{Connection, params};
use netgain_domain::{ConnectionId, Kind, Table};

use crate::dialect::literal;
use crate::error::{Context, Result};
use crate::reading::each_row;
use crate::schema::{Spec, spec};
use crate::warehouse::Warehouse;

pub(crate) const READS: [Spec; 4] = [
    spec("connection_id", Kind::Text),
    spec("stream", Kind::Text),
    spec("number", Kind::Int),
    spec("name", Kind::Text),
];

const DOING: &str = "note what was read";

/// A read that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedRead {
    /// The stream.
    pub stream: String,
    /// Its name in the raw archive.
    pub name: String,
}

impl Warehouse {
    /// The committed reads of a connection in the order of their commits.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn committed_reads(&self, connection: &ConnectionId) -> Result<Vec<CommittedRead>> {
        let sql = "SELECT stream, name FROM archive_reads WHERE connection_id = ? ORDER BY number";
        let mut reads = Vec::new();
        each_row(&*self.reader()?, "read what was read", sql, [connection.as_str()], |cells| {
            reads.push(CommittedRead { stream: cells.string(0)?, name: cells.string(1)? });
            Ok(())
        })?;
        Ok(reads)
    }

    /// The segments of the raw archive that rows of a connection point to, with the number of those rows.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn segments_in_use(&self, connection: &ConnectionId) -> Result<BTreeMap<String, u64>> {
        let id = literal(connection.as_str());
        let of_table = |table: Table| {
            format!(
                "SELECT split_part(raw_ref, '#', 1) AS segment FROM {} WHERE connection_id = {id}",
                table.name()
            )
        };
        let all: Vec<String> = Table::ALL.into_iter().map(of_table).collect();
        let sql =
            format!("SELECT segment, count(*) FROM ({}) AS one GROUP BY segment", all.join(" UNION ALL "));
        let mut segments = BTreeMap::new();
        each_row(&*self.reader()?, "read what was read", &sql, [], |cells| {
            segments.insert(cells.string(0)?, cells.int(1)?.unsigned_abs());
            Ok(())
        })?;
        Ok(segments)
    }

    /// The number of the next read of a connection.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn next_read(&self, connection: &ConnectionId) -> Result<u64> {
        next(&*self.reader()?, connection).map(i64::unsigned_abs)
    }
}

fn next(connection: &Connection, of: &ConnectionId) -> Result<i64> {
    let sql = "SELECT coalesce(max(number), 0) + 1 FROM archive_reads WHERE connection_id = ?";
    connection.query_row(sql, [of.as_str()], |row| row.get(0)).doing(DOING)
}

/// Notes a read inside the commit's transaction.
pub(crate) fn put(writer: &Connection, connection: &ConnectionId, stream: &str, name: &str) -> Result<()> {
    let number = next(writer, connection)?;
    let sql = "INSERT INTO archive_reads (connection_id, stream, number, name) VALUES (?, ?, ?, ?)";
    writer.execute(sql, params![connection.as_str(), stream, number, name]).doing(DOING).map(drop)
}
