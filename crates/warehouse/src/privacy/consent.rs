//! What persons agreed to, as the platforms tell it.

use netgain_domain::jiff::Timestamp;

use crate::error::Result;
use crate::reading::each_row;
use crate::warehouse::Warehouse;

/// How many persons of a connection said the same about a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The connection that tells of them.
    pub connection_id: String,
    /// `email` or `sms`.
    pub channel: String,
    /// The consent, such as `subscribed` or `unsubscribed`; none where the platform does not say.
    pub state: Option<String>,
    /// Persons.
    pub persons: u64,
    /// When the last of them said so (UTC), where the platform tells it.
    pub last_at: Option<Timestamp>,
}

impl Warehouse {
    /// Consent to messages by connection, channel and state. A person whom two connections know is counted in both.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn consent(&self) -> Result<Vec<Consent>> {
        let of = |table: &str, channel: &str| {
            format!(
                "SELECT connection_id, '{channel}' AS channel, {channel}_consent AS state, count(*) AS persons, \
                 max({channel}_consent_at) AS last_at FROM {table} GROUP BY 1, 2, 3"
            )
        };
        let all =
            [of("customers", "email"), of("contacts", "email"), of("contacts", "sms")].join(" UNION ALL ");
        let sql = format!(
            "SELECT connection_id, channel, state, CAST(sum(persons) AS BIGINT), max(last_at) FROM ({all}) AS one \
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 NULLS LAST"
        );
        let mut found = Vec::new();
        each_row(&*self.reader()?, "count consent", &sql, [], |cells| {
            found.push(Consent {
                connection_id: cells.string(0)?,
                channel: cells.string(1)?,
                state: cells.maybe_string(2)?,
                persons: cells.int(3)?.unsigned_abs(),
                last_at: cells.maybe_time(4)?,
            });
            Ok(())
        })?;
        Ok(found)
    }
}
