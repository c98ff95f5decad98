//! What attribution is worked out from: visits before orders, campaigns by day, messages by day.

use netgain_domain::facts::{AdFact, CampaignDayFact, MessageDayFact, TouchFacts};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;

use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// Between the ids of rows that were summed: no id holds it.
const SEPARATOR: char = '\u{1f}';

impl Warehouse {
    /// The visits before the orders that were placed from `from` to before `to`, by order and time. A platform that
    /// keeps no orders tells of visits before those of the workspace's shops, which it names by their ids.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_touchpoints(&self, from: Timestamp, to: Timestamp) -> Result<Vec<TouchFacts>> {
        let sql = "WITH shops AS (SELECT DISTINCT connection_id FROM orders) \
             SELECT o.connection_id, t.source, t.connection_id = o.connection_id, t.source_id, t.order_id, \
             t.occurred_at, t.referrer_source, t.utm_source, t.utm_medium, t.utm_campaign, t.landing_page, \
             t.referrer, t.utm_content, t.campaign_id, t.ad_set_id, t.ad_id, t.position IS NOT NULL \
             FROM touchpoints AS t JOIN orders AS o ON o.source_id = t.order_id \
             AND (o.connection_id = t.connection_id OR t.connection_id NOT IN (SELECT connection_id FROM shops)) \
             WHERE o.placed_at >= make_timestamp(?) AND o.placed_at < make_timestamp(?) \
             ORDER BY o.connection_id, t.order_id, t.connection_id, t.occurred_at NULLS FIRST, t.source_id, t.position";
        let params = crate::engine::params![from.as_microsecond(), to.as_microsecond()];
        let mut visits = rows(&*self.reader()?, "load visits", sql, params, |cells| {
            let facts = TouchFacts {
                connection_id: cells.string(0)?,
                source: cells.string(1)?,
                is_own: cells.maybe_bool(2)?.unwrap_or(false),
                touch_id: cells.string(3)?,
                order_id: cells.string(4)?,
                occurred_at: cells.maybe_time(5)?,
                referrer_source: cells.maybe_string(6)?,
                utm_source: cells.maybe_string(7)?,
                utm_medium: cells.maybe_string(8)?,
                utm_campaign: cells.maybe_string(9)?,
                landing_page: cells.maybe_string(10)?,
                referrer: cells.maybe_string(11)?,
                utm_content: cells.maybe_string(12)?,
                campaign_id: cells.maybe_string(13)?,
                ad_set_id: cells.maybe_string(14)?,
                ad_id: cells.maybe_string(15)?,
            };
            Ok((facts, cells.maybe_bool(16)?.unwrap_or(false)))
        })?;
        // a source that tells the first and the last visit tells the only one twice
        visits.dedup_by(|(later, is_end), (first, _)| {
            let same = |a: &TouchFacts, b: &TouchFacts| {
                (&a.connection_id, &a.order_id, &a.source, a.occurred_at)
                    == (&b.connection_id, &b.order_id, &b.source, b.occurred_at)
                    && (&a.referrer_source, &a.campaign_id, &a.ad_id)
                        == (&b.referrer_source, &b.campaign_id, &b.ad_id)
            };
            *is_end && same(later, first)
        });
        Ok(visits.into_iter().map(|(visit, _)| visit).collect())
    }

    /// Connection and id of the orders placed from `from` to before `to` whose visits a platform has still to link to
    /// them.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_unlinked_orders(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(String, String)>> {
        let sql = "SELECT o.connection_id, o.source_id FROM journeys AS j \
             JOIN orders AS o ON o.connection_id = j.connection_id AND o.source_id = j.source_id \
             WHERE NOT j.is_known AND o.placed_at >= make_timestamp(?) AND o.placed_at < make_timestamp(?) \
             ORDER BY o.connection_id, o.source_id";
        let params = crate::engine::params![from.as_microsecond(), to.as_microsecond()];
        rows(&*self.reader()?, "load orders without their visits", sql, params, |cells| {
            Ok((cells.string(0)?, cells.string(1)?))
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
        let params = crate::engine::params![from.to_string(), to.to_string()];
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

    /// Platform, id and name of every campaign that ever had a day.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_campaign_names(&self) -> Result<Vec<(String, String, Option<String>)>> {
        let sql = "SELECT source, campaign_id, max(campaign_name) FROM ad_days \
             WHERE campaign_id IS NOT NULL GROUP BY source, campaign_id ORDER BY source, campaign_id";
        rows(&*self.reader()?, "load names of campaigns", sql, [], |cells| {
            Ok((cells.string(0)?, cells.string(1)?, cells.maybe_string(2)?))
        })
    }

    /// What each ad of one campaign cost and claims by day of its account's zone, both days included. Of a platform
    /// that tells campaigns alone, the days have no ad.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_campaign_ads(
        &self,
        from: Date,
        to: Date,
        source: &str,
        campaign_id: Option<&str>,
    ) -> Result<Vec<AdFact>> {
        let sql = "SELECT d.source_id, d.source, CASE WHEN d.level = 'ad' THEN d.entity_id END, a.name, d.day, \
             d.time_zone, d.currency, d.spend, d.conversions, d.conversion_value, d.provisional, d.ad_set_id, s.name \
             FROM ad_days AS d \
             LEFT JOIN ad_entities AS a ON a.connection_id = d.connection_id AND a.source_id = d.entity_id \
             AND d.level = 'ad' \
             LEFT JOIN ad_entities AS s ON s.connection_id = d.connection_id AND s.source_id = d.ad_set_id \
             WHERE d.level IN ('ad', 'campaign') AND d.source = ? AND coalesce(d.campaign_id, '') = ? \
             AND d.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) \
             ORDER BY d.entity_id, d.day, d.connection_id, d.source_id";
        let params =
            crate::engine::params![source, campaign_id.unwrap_or_default(), from.to_string(), to.to_string()];
        rows(&*self.reader()?, "load ad days", sql, params, |cells| {
            let figures = CampaignDayFact {
                rows: vec![cells.string(0)?],
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
            };
            Ok(AdFact { figures, ad_set_id: cells.maybe_string(11)?, ad_set_name: cells.maybe_string(12)? })
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
