//! Which days of a period are not final yet: what platforms may still restate, and fees that are estimated until they
//! are booked.

use netgain_domain::facts::Flag;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;

use super::OrderKey;
use super::day_parts::of_channel;
use super::parts::date;
use crate::dialect::literal;
use crate::error::Result;
use crate::reading::{Cells, rows};
use crate::warehouse::Warehouse;

const DOING: &str = "find days that are not final";

/// Days of a platform whose figures may still change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionalDays {
    /// The platform.
    pub source: String,
    /// How many days.
    pub days: u64,
    /// The first one.
    pub first: Date,
    /// The last one.
    pub last: Date,
}

impl Warehouse {
    /// The days of ads that platforms may still restate, of a channel only where one is named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn provisional_days(
        &self,
        from: Date,
        to: Date,
        channel: Option<&str>,
    ) -> Result<Vec<ProvisionalDays>> {
        self.open_days(&format!(
            "SELECT source, count(DISTINCT day), min(day), max(day) FROM ad_days \
             WHERE level IN ('ad', 'campaign') AND provisional AND day BETWEEN {} AND {} AND {} \
             GROUP BY source ORDER BY source",
            date(from),
            date(to),
            of_channel("'advertising:' || source", channel)
        ))
    }

    /// The days of messages that cost something and that platforms may still restate. A row of several days is final
    /// when its last day is.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn provisional_message_days(&self, from: Date, to: Date) -> Result<Vec<ProvisionalDays>> {
        self.open_days(&format!(
            "SELECT source, count(DISTINCT day), min(day), max(greatest(day, coalesce(until, day))) \
             FROM message_days WHERE cost <> 0 AND provisional AND day <= {} \
             AND greatest(day, coalesce(until, day)) >= {} GROUP BY source ORDER BY source",
            date(to),
            date(from)
        ))
    }

    /// When the last actual fee was charged or booked, whichever source told it; none where no source ever did, so that
    /// an estimate waits for nothing.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn last_actual_fee(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(told_at) FROM (SELECT max(charged_at) AS told_at FROM payment_fees UNION ALL \
             SELECT max(created_at) FROM balance_transactions WHERE order_ref IS NOT NULL AND fee <> 0) AS told";
        Ok(rows(&*self.reader()?, DOING, sql, [], |cells| cells.maybe_time(0))?.into_iter().flatten().next())
    }

    /// The days of orders that count and whose fees are estimated by a rule, by the orders' platform; of a channel or
    /// of some orders only where they are named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn estimated_fee_days(
        &self,
        from: Date,
        to: Date,
        channel: Option<&str>,
        orders: Option<&[OrderKey]>,
    ) -> Result<Vec<ProvisionalDays>> {
        let of_order = match orders {
            None => "true".to_owned(),
            Some([]) => return Ok(Vec::new()),
            Some(keys) => {
                let pair =
                    |key: &OrderKey| format!("({}, {})", literal(&key.connection_id), literal(&key.order_id));
                let pairs: Vec<String> = keys.iter().map(pair).collect();
                format!("(p.connection_id, p.order_id) IN ({})", pairs.join(", "))
            }
        };
        self.open_days(&format!(
            "SELECT o.source, count(DISTINCT p.day), min(p.day), max(p.day) FROM order_profit AS p \
             JOIN orders AS o ON o.connection_id = p.connection_id AND o.source_id = p.order_id \
             WHERE p.included AND position({} IN ',' || p.flags || ',') > 0 AND p.day BETWEEN {} AND {} \
             AND {} AND {of_order} GROUP BY o.source ORDER BY o.source",
            literal(&format!(",{},", Flag::EstimatedFees.name())),
            date(from),
            date(to),
            of_channel("p.channel", channel)
        ))
    }

    fn open_days(&self, sql: &str) -> Result<Vec<ProvisionalDays>> {
        rows(&*self.reader()?, DOING, sql, [], open)
    }
}

fn open(cells: &Cells<'_>) -> Result<ProvisionalDays> {
    Ok(ProvisionalDays {
        source: cells.string(0)?,
        days: cells.int(1)?.unsigned_abs(),
        first: cells.date(2)?,
        last: cells.date(3)?,
    })
}
