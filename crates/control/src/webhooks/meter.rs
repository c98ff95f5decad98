//! The loss meter: what polling found new or changed that no event had announced.

use crate::db::{TransactionBehavior, params};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::store::Control;

/// How long before polling found it an event may have announced a record.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// What one stream's events announced and missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamLoss {
    /// The stream.
    pub stream: String,
    /// Objects that events announced.
    pub announced: u64,
    /// Records that polling found new or changed and no event announced.
    pub lost: u64,
}

impl Control {
    /// Notes records that polling found new or changed, by their keys. Does nothing for a connection whose platform is
    /// not known to send since `since`, before which nothing could have announced them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_polled(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        stream: &str,
        objects: &[&str],
        since: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "note what polling found";
        let active = self.known_endpoint(workspace, connection)?.and_then(|endpoint| endpoint.active_since);
        if active.is_none_or(|active| active > since) {
            return Ok(());
        }
        let now = Timestamp::now().as_microsecond();
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Writes).doing(DOING)?;
        {
            let mut put = step
                .prepare_cached(
                    "INSERT INTO webhook_polled (workspace_id, connection_id, stream, object, found_at) \
                     VALUES (?, ?, ?, ?, ?) ON CONFLICT (workspace_id, connection_id, stream, object) \
                     DO UPDATE SET found_at = excluded.found_at",
                )
                .doing(DOING)?;
            for object in objects {
                put.execute(params![workspace.as_str(), connection.as_str(), stream, object, now])
                    .doing(DOING)?;
            }
        }
        step.commit().doing(DOING)
    }

    /// What events announced and missed since `since`, by stream. A record that polling found after `until` does not
    /// count yet: its event may be on its way.
    ///
    /// # Errors
    /// When the store fails.
    pub fn losses(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<StreamLoss>> {
        const DOING: &str = "count lost events";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT stream, CAST(sum(announced) AS BIGINT), CAST(sum(lost) AS BIGINT) FROM ( \
                     SELECT stream, count(DISTINCT object) AS announced, 0 AS lost FROM webhook_events \
                     WHERE workspace_id = ?1 AND connection_id = ?2 AND received_at >= ?3 \
                     AND stream IS NOT NULL GROUP BY stream \
                   UNION ALL \
                     SELECT stream, 0, count(*) FROM webhook_polled AS polled \
                     WHERE workspace_id = ?1 AND connection_id = ?2 AND found_at BETWEEN ?3 AND ?4 \
                     AND NOT EXISTS (SELECT 1 FROM webhook_events AS event \
                         WHERE event.workspace_id = ?1 AND event.connection_id = ?2 AND event.stream = polled.stream \
                         AND event.object = polled.object AND event.received_at >= polled.found_at - ?5) \
                     GROUP BY stream) AS counted GROUP BY stream ORDER BY stream",
            )
            .doing(DOING)?;
        let before = i64::try_from(BEFORE.as_micros()).unwrap_or(i64::MAX);
        let key = params![
            workspace.as_str(),
            connection.as_str(),
            since.as_microsecond(),
            until.as_microsecond(),
            before
        ];
        let rows = statement
            .query_map(key, |row| {
                Ok(StreamLoss {
                    stream: row.get(0)?,
                    announced: row.get::<_, i64>(1)?.unsigned_abs(),
                    lost: row.get::<_, i64>(2)?.unsigned_abs(),
                })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}
