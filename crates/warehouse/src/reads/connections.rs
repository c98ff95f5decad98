//! What came over each connection.

use std::collections::BTreeMap;

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Table};

use crate::error::Result;
use crate::reading::each_row;
use crate::warehouse::Warehouse;

/// The contents of one connection in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionStats {
    /// The connection.
    pub connection_id: String,
    /// Its platform.
    pub source: String,
    /// Rows by table; tables without rows are left out.
    pub rows: BTreeMap<Table, u64>,
    /// When the newest of its rows was read from the platform.
    pub last_observed_at: Option<Timestamp>,
}

impl Warehouse {
    /// Every connection with rows, by id; in a store that several machines write to up to two seconds old.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn connection_stats(&self) -> Result<Vec<ConnectionStats>> {
        let remembered = &self.inner.remembered;
        remembered.stats.get((), remembered.state(), self.is_shared(), || self.count_rows())
    }

    fn count_rows(&self) -> Result<Vec<ConnectionStats>> {
        let counts: Vec<String> = Table::ALL
            .into_iter()
            .map(|table| {
                let name = table.name();
                format!(
                    "SELECT connection_id, source, '{name}', count(*), max(observed_at) FROM {name} \
                     GROUP BY connection_id, source"
                )
            })
            .collect();
        let mut all: BTreeMap<(String, String), ConnectionStats> = BTreeMap::new();
        let sql = counts.join(" UNION ALL ");
        each_row(&*self.reader()?, "read connections", &sql, [], |cells| {
            let (connection_id, source) = (cells.string(0)?, cells.string(1)?);
            let stats = all.entry((connection_id.clone(), source.clone())).or_insert_with(|| {
                ConnectionStats { connection_id, source, rows: BTreeMap::new(), last_observed_at: None }
            });
            if let Some(table) = cells.text(2)?.and_then(Table::from_name) {
                stats.rows.insert(table, cells.int(3)?.unsigned_abs());
            }
            stats.last_observed_at = stats.last_observed_at.max(cells.maybe_time(4)?);
            Ok(())
        })?;
        Ok(all.into_values().collect())
    }

    /// Rows of a table that one stream of a connection read, for tables that several streams fill. The pointer into
    /// the raw archive says which one it was. As old as [`Warehouse::connection_stats`].
    ///
    /// # Errors
    /// When the engine fails.
    pub fn rows_of_stream(&self, connection: &ConnectionId, table: Table, stream: &str) -> Result<u64> {
        let remembered = &self.inner.remembered;
        let key = (connection.to_string(), table, stream.to_owned());
        remembered.of_streams.get(key, remembered.state(), self.is_shared(), || {
            self.count_rows_of_stream(connection, table, stream)
        })
    }

    fn count_rows_of_stream(&self, connection: &ConnectionId, table: Table, stream: &str) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE connection_id = ? AND starts_with(raw_ref, ?)",
            table.name()
        );
        let mut count = 0;
        let read_by = format!("{connection}/{stream}/");
        each_row(&*self.reader()?, "read connections", &sql, [connection.as_str(), &read_by], |cells| {
            count = cells.int(0)?.unsigned_abs();
            Ok(())
        })?;
        Ok(count)
    }
}
