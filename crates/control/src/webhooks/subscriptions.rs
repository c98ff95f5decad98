//! What a platform was told to send where.

use crate::db::params;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::store::{Control, time};

/// A subscription at the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The event, by the name in its deliveries; `*` where one subscription carries all.
    pub topic: String,
    /// The platform's id of it.
    pub id: String,
    /// The address that it sends to.
    pub address: String,
    /// When it was made or renewed.
    pub created_at: Timestamp,
}

impl Control {
    /// Keeps a subscription; an earlier one of the topic is replaced.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn put_subscription(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        subscription: &Subscription,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO webhook_subscriptions \
                 (workspace_id, connection_id, topic, id, address, created_at) VALUES (?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (workspace_id, connection_id, topic) DO UPDATE SET id = excluded.id, \
                 address = excluded.address, created_at = excluded.created_at",
                params![
                    workspace.as_str(),
                    connection.as_str(),
                    subscription.topic,
                    subscription.id,
                    subscription.address,
                    subscription.created_at.as_microsecond()
                ],
            )
            .doing("keep a subscription")
            .map(drop)
    }

    /// Forgets the subscription of a topic.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remove_subscription(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        topic: &str,
    ) -> Result<()> {
        let sql =
            "DELETE FROM webhook_subscriptions WHERE workspace_id = ? AND connection_id = ? AND topic = ?";
        let key = params![workspace.as_str(), connection.as_str(), topic];
        self.db_of(workspace).execute(sql, key).doing("forget a subscription").map(drop)
    }

    /// The subscriptions of a connection, by topic.
    ///
    /// # Errors
    /// When the store fails.
    pub fn subscriptions(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<Vec<Subscription>> {
        const DOING: &str = "list subscriptions";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT topic, id, address, created_at FROM webhook_subscriptions \
                 WHERE workspace_id = ? AND connection_id = ? ORDER BY topic",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map([workspace.as_str(), connection.as_str()], |row| {
                Ok(Subscription {
                    topic: row.get(0)?,
                    id: row.get(1)?,
                    address: row.get(2)?,
                    created_at: time(row, 3)?,
                })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}
