//! Fences: what keeps a machine that slept through its work from writing when it wakes.
//!
//! Work that another machine may take over has a number that only grows (a run's, or that of a lease). The database keeps
//! the highest number that it has seen of each kind of work on a connection, and each writing transaction of a fenced
//! handle looks at it while nobody else may write. A file is open in one process at a time and needs none of this.

use std::sync::Arc;

use netgain_domain::{ConnectionId, Kind};

use crate::engine::{Connection, params};
use crate::error::{Context, Error, Result};
use crate::schema::{Spec, spec};
use crate::warehouse::Warehouse;

pub(crate) const FENCES: [Spec; 3] =
    [spec("connection_id", Kind::Text), spec("work", Kind::Text), spec("fence", Kind::Int)];

const DOING: &str = "check that nobody else does this work";

/// Work that another machine may take over.
#[derive(Debug)]
pub(crate) struct Fence {
    connection: ConnectionId,
    work: &'static str,
    number: i64,
}

impl Warehouse {
    /// The same facts for one piece of work on a connection, such as its sync. From now on whoever comes with a lower
    /// number for this work is refused, and this handle writes nothing once somebody came with a higher one. Without
    /// effect where the facts lie in a file, which one process has open.
    ///
    /// # Errors
    /// [`Error::Overtaken`]; when the engine fails.
    pub fn fenced(&self, connection: &ConnectionId, work: &'static str, number: i64) -> Result<Self> {
        let fence = Fence { connection: connection.clone(), work, number };
        let fenced = Self { fence: Some(Arc::new(fence)), ..self.clone() };
        if fenced.is_shared() {
            // waits for a commit that is on its way; what is read after this holds
            fenced.write(DOING, |_| Ok(()))?;
        }
        Ok(fenced)
    }
}

/// Refuses one who was overtaken, in a transaction that holds the workspace's lock.
pub(crate) fn check(writer: &Connection, fence: &Fence) -> Result<()> {
    let Fence { connection, work, number } = fence;
    let sql = "SELECT fence FROM fences WHERE connection_id = ? AND work = ?";
    let seen: Vec<i64> = {
        let statement = writer.prepare(sql).doing(DOING)?;
        let rows = statement.query_map([connection.as_str(), *work], |row| row.get(0)).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)?
    };
    match seen.first() {
        Some(seen) if seen == number => Ok(()),
        Some(seen) if seen > number => {
            Err(Error::Overtaken { connection: connection.to_string(), work: (*work).to_owned() })
        }
        _ => writer
            .execute(
                "INSERT INTO fences (connection_id, work, fence) VALUES (?, ?, ?) \
                 ON CONFLICT (workspace_id, connection_id, work) DO UPDATE SET fence = excluded.fence",
                params![connection.as_str(), *work, *number],
            )
            .doing(DOING)
            .map(drop),
    }
}
