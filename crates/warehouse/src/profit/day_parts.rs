//! What the costs of days are the sum of: campaigns and their rows, operating costs and their days.

use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};

use super::operating;
use super::parts::date;
use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

const DOING: &str = "read the parts of a cost";

/// What a campaign's ads cost, in the currency of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdPart {
    /// The platform.
    pub source: String,
    /// The campaign; none where the platform does not say.
    pub campaign_id: Option<String>,
    /// Its name.
    pub campaign_name: Option<String>,
    /// Money spent.
    pub amount: Decimal,
}

/// A stored row of ad spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdRow {
    /// The connection that it came over.
    pub connection_id: String,
    /// Its id.
    pub source_id: String,
    /// Day of the ad account's zone.
    pub day: Date,
    /// The ad or the campaign that it is about.
    pub entity_id: String,
    /// Money spent, in the account's currency.
    pub spend: Decimal,
    /// Whether the platform may still restate it.
    pub provisional: bool,
    /// The payload that it was read from.
    pub raw_ref: Option<String>,
}

/// Which rows of ad spend; every condition that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdFilter {
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// The platform.
    pub source: String,
    /// The campaign; none: what belongs to no campaign. Not looked at unless `by_campaign`.
    pub campaign_id: Option<String>,
    /// Whether `campaign_id` is a condition.
    pub by_campaign: bool,
    /// Currency of the account.
    pub currency: Currency,
}

/// What an operating cost comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatingPart {
    /// The rule, or the row of `manual_costs`.
    pub cost_id: String,
    /// What it is for.
    pub category: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Whether it is spent on marketing.
    pub marketing: bool,
    /// In the reporting currency.
    pub amount: Decimal,
}

impl Warehouse {
    /// What ads in the reporting currency cost, by platform and campaign.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn ad_parts(&self, from: Date, to: Date, currency: Currency) -> Result<Vec<AdPart>> {
        let sql = "SELECT source, campaign_id, max(campaign_name), sum(spend) FROM ad_days \
             WHERE level IN ('ad', 'campaign') AND currency = ? \
             AND day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) GROUP BY source, campaign_id \
             HAVING sum(spend) <> 0 ORDER BY source, campaign_id NULLS FIRST";
        let params = crate::engine::params![currency.code(), from.to_string(), to.to_string()];
        rows(&*self.reader()?, DOING, sql, params, |cells| {
            Ok(AdPart {
                source: cells.string(0)?,
                campaign_id: cells.maybe_string(1)?,
                campaign_name: cells.maybe_string(2)?,
                amount: cells.decimal(3)?,
            })
        })
    }

    /// The rows of ad spend, by day and id, from the `skip`th on; and how many there are with what all of them spent.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn ad_rows(&self, filter: &AdFilter, skip: u64, limit: usize) -> Result<(Vec<AdRow>, u64, Decimal)> {
        let campaign = match (&filter.campaign_id, filter.by_campaign) {
            (_, false) => "true".to_owned(),
            (None, true) => "campaign_id IS NULL".to_owned(),
            (Some(id), true) => format!("campaign_id = {}", literal(id)),
        };
        let of = format!(
            "FROM ad_days WHERE level IN ('ad', 'campaign') AND source = {} AND currency = {} AND {campaign} \
             AND day BETWEEN {} AND {}",
            literal(&filter.source),
            literal(filter.currency.code()),
            date(filter.from),
            date(filter.to)
        );
        let reader = self.reader()?;
        let sql = format!(
            "SELECT connection_id, source_id, day, entity_id, spend, coalesce(provisional, false), raw_ref {of} \
             ORDER BY day, connection_id, source_id LIMIT {limit} OFFSET {skip}"
        );
        let page = rows(&reader, DOING, &sql, [], |cells| {
            Ok(AdRow {
                connection_id: cells.string(0)?,
                source_id: cells.string(1)?,
                day: cells.date(2)?,
                entity_id: cells.string(3)?,
                spend: cells.decimal(4)?,
                provisional: cells.maybe_bool(5)?.unwrap_or(false),
                raw_ref: cells.maybe_string(6)?,
            })
        })?;
        let sql = format!("SELECT count(*), CAST(coalesce(sum(spend), 0) AS DECIMAL(38,10)) {of}");
        let whole = rows(&reader, DOING, &sql, [], |cells| Ok((cells.int(0)?, cells.decimal(1)?)))?;
        let (count, amount) = whole.into_iter().next().unwrap_or_default();
        Ok((page, count.unsigned_abs(), amount))
    }

    /// What operating costs come to, by cost; of a channel only where one is named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn operating_parts(&self, from: Date, to: Date, channel: Option<&str>) -> Result<Vec<OperatingPart>> {
        let sql = format!(
            "SELECT d.cost_id, min(d.category), min(d.name), coalesce(d.marketing, false), sum(d.amount) \
             FROM {} WHERE d.day BETWEEN {} AND {} AND {} GROUP BY d.cost_id, coalesce(d.marketing, false) \
             HAVING sum(d.amount) <> 0 ORDER BY d.cost_id, 4",
            operating::DAYS,
            date(from),
            date(to),
            of_channel(operating::CHANNEL, channel)
        );
        rows(&*self.reader()?, DOING, &sql, [], |cells| {
            Ok(OperatingPart {
                cost_id: cells.string(0)?,
                category: cells.string(1)?,
                name: cells.maybe_string(2)?,
                marketing: cells.maybe_bool(3)?.unwrap_or(false),
                amount: cells.decimal(4)?,
            })
        })
    }

    /// What one operating cost comes to, day by day; of a channel only where one is named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn operating_cost_days(
        &self,
        cost_id: &str,
        from: Date,
        to: Date,
        channel: Option<&str>,
    ) -> Result<Vec<(Date, Decimal)>> {
        let sql = format!(
            "SELECT d.day, sum(d.amount) FROM {} WHERE d.cost_id = {} AND d.day BETWEEN {} AND {} AND {} \
             GROUP BY d.day ORDER BY d.day",
            operating::DAYS,
            literal(cost_id),
            date(from),
            date(to),
            of_channel(operating::CHANNEL, channel)
        );
        rows(&*self.reader()?, DOING, &sql, [], |cells| Ok((cells.date(0)?, cells.decimal(1)?)))
    }
}

pub(super) fn of_channel(column: &str, channel: Option<&str>) -> String {
    channel.map_or_else(|| "true".to_owned(), |channel| format!("{column} = {}", literal(channel)))
}
