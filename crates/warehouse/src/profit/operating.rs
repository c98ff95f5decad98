//! Operating costs: what people and sheets state, and what it comes to day by day. The days are reckoned elsewhere and
//! kept here, so that the daily sums need no more than addition.

use std::collections::BTreeSet;

use netgain_domain::facts::{OperatingCost, OperatingDay};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Kind, Value};

use super::{MissingRates, mark_days, spec};
use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::reading::rows;
use crate::schema::Spec;
use crate::warehouse::Warehouse;

const DOING: &str = "keep the operating costs of days";

/// One row for each operating cost and day, in the reporting currency.
pub(crate) const OPERATING_DAYS: [Spec; 9] = [
    spec("day", Kind::Date),
    spec("cost_id", Kind::Text),
    spec("category", Kind::Text),
    spec("name", Kind::Text),
    spec("channel", Kind::Text),
    spec("campaign_id", Kind::Text),
    spec("marketing", Kind::Bool),
    spec("amount", Kind::Decimal),
    // the cost's own currency where no rate of the day is known: then the amount is 0
    spec("lacks_rate", Kind::Text),
];

/// The operating costs of days as `d`, with the platform `a` of the campaign that one is tied to.
pub(super) const DAYS: &str = "operating_days AS d LEFT JOIN (SELECT campaign_id, min(source) AS source FROM ad_days \
    WHERE campaign_id IS NOT NULL GROUP BY campaign_id) AS a ON a.campaign_id = d.campaign_id";

/// The channel that an operating cost stands under.
pub(super) const CHANNEL: &str =
    "coalesce(d.channel, 'advertising:' || a.source, 'operating:' || d.category)";

/// Which costs some source tells at all: what none does is not known, though it counts as 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostSources {
    /// Fees that a shop's platform tells.
    pub payment_fees: bool,
    /// Fees and money called back that a payment provider booked.
    pub bookings: bool,
    /// Fees that a marketplace booked.
    pub marketplace_fees: bool,
    /// Ad spend.
    pub ad_spend: bool,
    /// What messages cost.
    pub messages: bool,
    /// Further costs of marketing, by day.
    pub marketing_costs: bool,
    /// Other costs of days.
    pub operating_costs: bool,
}

impl Warehouse {
    /// The operating costs that people and sheets state (`manual_costs`), and what sending messages cost (`message_days`).
    /// What names no currency is in the reporting one.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_stated_costs(&self, reporting: Currency) -> Result<Vec<OperatingCost>> {
        let sql = "SELECT connection_id || '/' || source_id AS id, category, name, amount, currency, since, \
               greatest(since, coalesce(until, since)), lower(category) IN ('affiliate', 'affiliates', 'influencer', \
               'influencers', 'agency', 'agencies', 'marketing', 'messaging') FROM manual_costs UNION ALL \
             SELECT 'message_days:' || connection_id || '/' || source_id, 'messaging', campaign_name, cost, \
               coalesce(currency, ?), day, greatest(day, coalesce(until, day)), true FROM message_days \
             WHERE cost <> 0 AND day IS NOT NULL ORDER BY id";
        rows(&*self.reader()?, "load operating costs", sql, [reporting.code()], |cells| {
            Ok(OperatingCost {
                id: cells.string(0)?,
                category: cells.string(1)?,
                name: cells.maybe_string(2)?,
                amount: cells.decimal(3)?,
                currency: cells.currency(4)?,
                since: cells.date(5)?,
                until: cells.date(6)?,
                marketing: cells.maybe_bool(7)?.unwrap_or(false),
            })
        })
    }

    /// Which costs some source tells at all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn cost_sources(&self) -> Result<CostSources> {
        let sql = "SELECT EXISTS (SELECT 1 FROM payment_fees), \
             EXISTS (SELECT 1 FROM balance_transactions WHERE order_ref IS NOT NULL), \
             EXISTS (SELECT 1 FROM balance_transactions AS b JOIN (SELECT DISTINCT connection_id FROM orders) AS o \
               ON o.connection_id = b.connection_id), \
             EXISTS (SELECT 1 FROM ad_days), EXISTS (SELECT 1 FROM message_days WHERE cost IS NOT NULL), \
             coalesce(bool_or(marketing), false), coalesce(bool_or(NOT marketing), false) FROM operating_days";
        let found = rows(&*self.reader()?, DOING, sql, [], |cells| {
            let told = |at| Ok::<bool, crate::Error>(cells.maybe_bool(at)?.unwrap_or(false));
            Ok(CostSources {
                payment_fees: told(0)?,
                bookings: told(1)?,
                marketplace_fees: told(2)?,
                ad_spend: told(3)?,
                messages: told(4)?,
                marketing_costs: told(5)?,
                operating_costs: told(6)?,
            })
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The first and the last day on which an order or an ad counts; none before there are any.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn days_of_activity(&self) -> Result<Option<(Date, Date)>> {
        let sql = "SELECT min(day), max(day) FROM (SELECT day FROM order_profit_days UNION ALL SELECT day FROM ad_days) AS days";
        let found = rows(&*self.reader()?, DOING, sql, [], |cells| {
            Ok(cells.maybe_date(0)?.zip(cells.maybe_date(1)?))
        })?;
        Ok(found.into_iter().flatten().next())
    }

    /// The operating costs of days as they were kept last, by day and cost.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn operating_days(&self) -> Result<Vec<OperatingDay>> {
        let sql = "SELECT day, cost_id, category, name, channel, campaign_id, marketing, amount, lacks_rate FROM operating_days \
             ORDER BY day, cost_id";
        rows(&*self.reader()?, DOING, sql, [], |cells| {
            Ok(OperatingDay {
                day: cells.date(0)?,
                cost_id: cells.string(1)?,
                category: cells.string(2)?,
                name: cells.maybe_string(3)?,
                channel: cells.maybe_string(4)?,
                campaign_id: cells.maybe_string(5)?,
                marketing: cells.maybe_bool(6)?.unwrap_or(false),
                amount: cells.decimal(7)?,
                lacks_rate: cells.text(8)?.and_then(|code| code.parse().ok()),
            })
        })
    }

    /// The currencies of operating costs for which rates are missing on days of a period, both days included.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn missing_operating_rates(&self, from: Date, to: Date) -> Result<Vec<MissingRates>> {
        let sql = "SELECT lacks_rate, min(day), max(day), count(DISTINCT cost_id) FROM operating_days \
             WHERE lacks_rate IS NOT NULL AND day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) \
             GROUP BY lacks_rate ORDER BY lacks_rate";
        self.missing_rates(sql, from, to)
    }

    /// Keeps the operating costs of all days and notes those that differ from before for the next rebuild of the daily
    /// sums. Returns how many days these are.
    ///
    /// # Errors
    /// Nothing is changed when an amount cannot be kept exactly or the engine fails.
    pub fn keep_operating_days(&self, mut days: Vec<OperatingDay>) -> Result<u64> {
        days.sort_by(|a, b| (a.day, &a.cost_id).cmp(&(b.day, &b.cost_id)));
        let kept = self.operating_days()?;
        if kept == days {
            return Ok(0);
        }
        let mut changed = BTreeSet::new();
        let (mut old, mut new) = (kept.chunk_by(same_day).peekable(), days.chunk_by(same_day).peekable());
        loop {
            let day_of = |rows: &&[OperatingDay]| rows.first().map(|row| row.day);
            let (before, after) = (old.peek().and_then(day_of), new.peek().and_then(day_of));
            let Some(day) = [before, after].into_iter().flatten().min() else { break };
            let before = old.next_if(|rows| day_of(rows) == Some(day));
            let after = new.next_if(|rows| day_of(rows) == Some(day));
            if before != after {
                changed.insert(day);
            }
        }
        self.write(DOING, |writer| {
            writer.execute("DELETE FROM operating_days", []).doing(DOING)?;
            let mut out = TableWriter::new(writer, "operating_days", OPERATING_DAYS.to_vec())?;
            for row in &days {
                out.cell(&Value::Date(row.day))?;
                out.text(&row.cost_id)?;
                out.text(&row.category)?;
                out.text_or_null(row.name.as_deref())?;
                out.text_or_null(row.channel.as_deref())?;
                out.text_or_null(row.campaign_id.as_deref())?;
                out.cell(&Value::Bool(row.marketing))?;
                out.decimal(row.amount)?;
                out.text_or_null(row.lacks_rate.as_ref().map(Currency::code))?;
                out.end_row()?;
            }
            out.finish()?;
            mark_days(writer, changed.iter().copied())
        })?;
        Ok(changed.len() as u64)
    }
}

fn same_day(a: &OperatingDay, b: &OperatingDay) -> bool {
    a.day == b.day
}
