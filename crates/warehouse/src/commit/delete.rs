//! Records that are gone at the platform.

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Table};

use super::{Batch, DOING, put_keys, remove};
use crate::error::{Context, Result};
use crate::root_key::near;
use crate::warehouse::Warehouse;

impl Warehouse {
    /// Deletes records of a table with every row that they own, and says how many there were. The profit of a deleted
    /// order goes at the next update of the profit tables.
    ///
    /// # Errors
    /// Nothing is deleted when the engine fails.
    pub fn delete(&self, connection: &ConnectionId, table: Table, ids: &[&str]) -> Result<u64> {
        let batch = Batch {
            connection: connection.clone(),
            source: String::new(),
            stream: String::new(),
            observed_at: Timestamp::UNIX_EPOCH,
            records: Vec::new(),
            cursor: None,
        };
        self.write("delete rows", |writer| {
            put_keys(writer, ids.iter().copied())?;
            let near = near("root_key", ids.iter().copied());
            let sql = format!(
                "SELECT count(*) FROM {} WHERE connection_id = ? AND {near} \
                 AND source_id IN (SELECT source_id FROM batch_keys)",
                table.name()
            );
            let found: i64 = writer.query_row(&sql, [connection.as_str()], |row| row.get(0)).doing(DOING)?;
            if found > 0 {
                remove(writer, &batch, table, ids)?;
            }
            Ok(found.unsigned_abs())
        })
    }
}
