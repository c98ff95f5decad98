//! What attribution is worked out from: visits before orders, campaigns by day, messages by day.

use netgain_domain::facts::{CampaignDayFact, MessageDayFact, TouchFacts};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;

use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// Between the ids of rows that were summed: no id holds it.
const SEPARATOR: char = '\u{1f}';

impl Warehouse {
    /// The visits before the orders that were placed from `from` to before `to`, by order and time.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_touchpoints(&self, from: Timestamp, to: Timestamp) -> Result<Vec<TouchFacts>> {
        let sql = "SELECT t.connection_id, t.source_id, t.order_id, t.occurred_at, t.referrer_source, t.utm_source, \
             t.utm_medium, t.utm_campaign, t.landing_page, t.referrer FROM touchpoints AS t \
             JOIN orders AS o ON o.connection_id = t.connection_id AND o.source_id = t.order_id \
             WHERE o.placed_at >= make_timestamp(?) AND o.placed_at < make_timestamp(?) \
             ORDER BY t.connection_id, t.order_id, t.occurred_at NULLS FIRST, t.source_id";
        let params = duckdb::params![from.as_microsecond(), to.as_microsecond()];
        rows(&*self.reader()?, "load visits", sql, params, |cells| {
            Ok(TouchFacts {
                connection_id: cells.string(0)?,
                touch_id: cells.string(1)?,
                order_id: cells.string(2)?,
                occurred_at: cells.maybe_time(3)?,
                referrer_source: cells.maybe_string(4)?,
                utm_source: cells.maybe_string(5)?,
                utm_medium: cells.maybe_string(6)?,
                utm_campaign: cells.maybe_string(7)?,
                landing_page: cells.maybe_string(8)?,
                referrer: cells.maybe_string(9)?,
            })
        })
    }

    /// What each campaign cost and claims by day of its account's zone, both days included.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_campaign_days(&self, from: Date, to: Date) -> Result<Vec<CampaignDayFact>> {
        let sql = "SELECT string_agg(source_id, chr(31) ORDER BY source_id), source, campaign_id, \
             max(campaign_name), day, time_zone, currency, sum(spend), sum(conversions), sum(conversion_value), \
             coalesce(bool_or(provisional), false) FROM ad_days \
             WHERE level IN ('ad', 'campaign') AND day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) \
             GROUP BY connection_id, source, campaign_id, day, time_zone, currency \
             ORDER BY source, campaign_id NULLS FIRST, day, currency, connection_id, time_zone NULLS FIRST";
        let params = duckdb::params![from.to_string(), to.to_string()];
        rows(&*self.reader()?, "load campaign days", sql, params, |cells| {
            Ok(CampaignDayFact {
                rows: cells.string(0)?.split(SEPARATOR).map(str::to_owned).collect(),
                source: cells.string(1)?,
                campaign_id: cells.maybe_string(2)?,
                campaign_name: cells.maybe_string(3)?,
                day: cells.date(4)?,
                time_zone: cells.maybe_string(5)?,
                currency: cells.currency(6)?,
                spend: cells.decimal(7)?,
                conversions: cells.maybe_decimal(8)?.unwrap_or_default(),
                conversion_value: cells.maybe_decimal(9)?.unwrap_or_default(),
                provisional: cells.maybe_bool(10)?.unwrap_or(false),
            })
        })
    }

    /// What messages cost and what is claimed for them, by row.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_message_days(&self) -> Result<Vec<MessageDayFact>> {
        let sql = "SELECT source_id, source, campaign_id, campaign_name, channel, day, sent, conversions, \
             conversion_value, cost, currency FROM message_days \
             ORDER BY source, campaign_id, day NULLS FIRST, connection_id, source_id";
        rows(&*self.reader()?, "load messages", sql, [], |cells| {
            Ok(MessageDayFact {
                row: cells.string(0)?,
                source: cells.string(1)?,
                campaign_id: cells.string(2)?,
                campaign_name: cells.maybe_string(3)?,
                channel: cells.maybe_string(4)?.unwrap_or_default(),
                day: cells.maybe_date(5)?,
                sent: cells.maybe_int(6)?.unwrap_or(0),
                conversions: cells.maybe_decimal(7)?.unwrap_or_default(),
                conversion_value: cells.maybe_decimal(8)?.unwrap_or_default(),
                cost: cells.maybe_decimal(9)?,
                currency: if cells.text(10)?.is_some() { Some(cells.currency(10)?) } else { None },
            })
        })
    }
}
