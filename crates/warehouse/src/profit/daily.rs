//! The daily sums, made from the orders' days and the ad days. Sums of exact decimals are exact; nothing is
//! divided here.

use crate::engine::Connection;
use netgain_domain::Currency;
use netgain_domain::facts::Ladder;

use super::parts::date;
use super::{ladder_sql, operating, posted_sql};
use crate::columnar::day_of_number;
use crate::dialect::day_number;
use crate::error::{Context, Result};
use crate::warehouse::Warehouse;

const DOING: &str = "rebuild the daily sums";

/// Ad spend in the reporting currency (the parameter): what is in it, and what was converted to it.
pub(super) const ADS: &str = "SELECT day, source, spend, provisional FROM ad_days \
    WHERE level IN ('ad', 'campaign') AND currency = ? UNION ALL \
    SELECT day, platform, converted, provisional FROM ad_conversions WHERE converted IS NOT NULL";

/// Which days to sum again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// Those whose orders or ads changed since the last rebuild.
    Changed,
    /// All of them; needed when the reporting currency changed.
    All,
}

impl Warehouse {
    /// Brings `daily_pnl` and `daily_channel_pnl` up to date in one transaction. There is a row for every day from
    /// the first to the last activity. Operating costs stand under the channel that they are tied to, else under
    /// `operating:<category>`. Ad spend in another currency than `currency` counts as
    /// [`Warehouse::write_ad_conversions`] keeps it.
    ///
    /// # Errors
    /// When the engine fails; the old sums stay.
    pub fn rebuild_daily(&self, days: Rebuild, currency: Currency) -> Result<()> {
        self.write(DOING, |writer| {
            if days == Rebuild::All {
                writer
                    .execute_batch(
                        "DELETE FROM dirty_days; \
                         INSERT INTO dirty_days (day) SELECT day FROM order_profit_days UNION \
                         SELECT day FROM ad_days UNION SELECT day FROM daily_pnl UNION \
                         SELECT day FROM daily_channel_pnl UNION SELECT day FROM order_postings UNION \
                         SELECT day FROM operating_days UNION \
                         SELECT day FROM daily_lines",
                    )
                    .doing(DOING)?;
            }
            match changed_days(writer)? {
                Some(dirty) => rebuild(writer, currency, &dirty),
                None => Ok(()),
            }
        })
    }
}

/// The condition that a row's day is to be summed again; none when no day is. Days without a gap are told by their ends:
/// then no row has to be looked up among them.
fn changed_days(writer: &Connection) -> Result<Option<String>> {
    let sql = format!(
        "SELECT count(DISTINCT day), {}, {} FROM dirty_days",
        day_number("min(day)"),
        day_number("max(day)")
    );
    let (days, first, last): (i64, Option<i32>, Option<i32>) =
        writer.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).doing(DOING)?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    let all = i64::from(last) - i64::from(first) + 1 == days;
    Ok(Some(match (day_of_number(first), day_of_number(last)) {
        (Some(first), Some(last)) if all => format!("day BETWEEN {} AND {}", date(first), date(last)),
        _ => "day IN (SELECT day FROM dirty_days)".to_owned(),
    }))
}

fn rebuild(writer: &Connection, currency: Currency, dirty: &str) -> Result<()> {
    super::lines::rebuild(writer, currency, dirty, DOING)?;
    let fields = ladder_sql(str::to_owned);
    // steps that follow from others are not read for each order, but made of the sums
    let sums = posted_sql(|field| format!("sum({field}) AS {field}"));
    let only = |own: &'static str, amount: &'static str| {
        posted_sql(move |field| match field {
            field if field == own => format!("sum({amount}) AS {field}"),
            other => format!("CAST(0 AS DECIMAL(38,10)) AS {other}"),
        })
    };
    let (of_ads, of_costs) = (only("ad_spend", "spend"), only("operating_costs", "d.amount"));
    // a channel's own costs and orders are one row
    let by_channel = ladder_sql(|field| step_sql(field, &|posted| format!("sum({posted})")));
    let by_day = ladder_sql(|field| format!("sum({field}) AS {field}"));
    let zeros = ladder_sql(|_| "0".to_owned());
    writer
        .execute_batch(&format!(
            "DELETE FROM daily_channel_pnl WHERE {dirty}; DELETE FROM daily_pnl WHERE {dirty};"
        ))
        .doing(DOING)?;
    writer
        .execute(
            &format!(
                "INSERT INTO daily_channel_pnl (day, channel, orders, {fields}, provisional) \
                 SELECT day, channel, sum(orders), {by_channel}, bool_or(provisional) FROM ( \
                 SELECT day, channel, sum(orders) AS orders, {sums}, false AS provisional FROM order_profit_days \
                 WHERE {dirty} GROUP BY day, channel UNION ALL \
                 SELECT day, 'advertising:' || source, 0, {of_ads}, coalesce(bool_or(provisional), false) \
                 FROM ({ADS}) AS ads WHERE {dirty} GROUP BY day, source UNION ALL \
                 SELECT d.day, {channel}, 0, {of_costs}, false FROM {days} WHERE d.{dirty} GROUP BY 1, 2 \
                 ) AS parts GROUP BY day, channel",
                channel = operating::CHANNEL,
                days = operating::DAYS,
            ),
            [currency.code()],
        )
        .doing(DOING)?;
    writer
        .execute_batch(&format!(
            "INSERT INTO daily_pnl (day, orders, {fields}, provisional) \
             SELECT day, sum(orders), {by_day}, bool_or(provisional) FROM daily_channel_pnl \
             WHERE {dirty} GROUP BY day; \
             DELETE FROM dirty_days;"
        ))
        .doing(DOING)?;
    // the first or last day may have moved
    writer
        .execute_batch(&format!(
            "DELETE FROM daily_pnl WHERE day NOT IN (SELECT day FROM daily_channel_pnl) \
             AND (day < (SELECT min(day) FROM daily_channel_pnl) \
               OR day > (SELECT max(day) FROM daily_channel_pnl) \
               OR NOT EXISTS (SELECT 1 FROM daily_channel_pnl)); \
             INSERT INTO daily_pnl (day, orders, {fields}, provisional) \
             SELECT CAST(d.day AS DATE), 0, {zeros}, false FROM ({all_days}) AS d \
             WHERE CAST(d.day AS DATE) NOT IN (SELECT day FROM daily_pnl);",
            all_days = crate::dialect::days_between(
                writer.dialect(),
                "(SELECT min(day) FROM daily_channel_pnl)",
                "(SELECT max(day) FROM daily_channel_pnl)"
            )
        ))
        .doing(DOING)
}

/// A step of the ladder in SQL, of what is posted to it.
fn step_sql(field: &str, posted: &impl Fn(&str) -> String) -> String {
    let Some(step) = Ladder::DERIVED.into_iter().find(|step| step.field == field) else {
        return posted(field);
    };
    let of = |fields: &[&str], sign: &str| -> String {
        fields.iter().map(|field| format!(" {sign} {}", step_sql(field, posted))).collect()
    };
    format!("(0{}{})", of(step.raised_by, "+"), of(step.lowered_by, "-"))
}
