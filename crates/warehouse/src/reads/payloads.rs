//! From stored rows back to the payloads that they were read from.

use std::collections::{BTreeSet, HashMap};

use netgain_domain::Table;
use netgain_domain::jiff::Timestamp;

use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// Where what the source sent of a row lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPayload {
    /// Its place in the archive.
    pub raw_ref: String,
    /// When it was read (UTC).
    pub observed_at: Timestamp,
}

impl Warehouse {
    /// The payloads of rows of a table, by the ids that were asked for: a row's own id, or that of its connection, a
    /// slash and its own. An id that several connections have stands for the row of the first of them by name.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn row_payloads(&self, table: Table, ids: &[&str]) -> Result<HashMap<String, RowPayload>> {
        let short = |id: &str| id.split_once('/').map(|(_, own)| literal(own));
        let wanted: BTreeSet<String> =
            ids.iter().flat_map(|id| [Some(literal(id)), short(id)]).flatten().collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = format!(
            "SELECT connection_id, source_id, raw_ref, observed_at FROM {} WHERE source_id IN ({}) \
             ORDER BY source_id, connection_id",
            table.name(),
            wanted.into_iter().collect::<Vec<_>>().join(", ")
        );
        let found = rows(&*self.reader()?, "find the payloads of rows", &sql, [], |cells| {
            let payload = RowPayload { raw_ref: cells.string(2)?, observed_at: cells.time(3)? };
            Ok((cells.string(0)?, cells.string(1)?, payload))
        })?;
        let mut by_id: HashMap<String, RowPayload> = HashMap::new();
        for (connection, id, payload) in found {
            by_id.entry(format!("{connection}/{id}")).or_insert_with(|| payload.clone());
            by_id.entry(id).or_insert(payload);
        }
        by_id.retain(|id, _| ids.contains(&id.as_str()));
        Ok(by_id)
    }
}
