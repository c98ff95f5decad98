//! Sums by connection and day for key figures. Nothing is divided here, and instants are cut into quarters of an hour,
//! since no zone's midnight lies inside of one: which day it is, whoever knows the zone says.

use std::collections::BTreeMap;

use netgain_domain::facts::{KpiCondition, KpiDay, KpiQuery, KpiSums, KpiWhen, SubscriptionFacts};
use netgain_domain::jiff::Timestamp;

use crate::dialect::{literal, quarter_hours};
use crate::error::{Error, Result};
use crate::reading::rows;
use crate::schema::quoted;
use crate::warehouse::Warehouse;

const DOING: &str = "sum key figures";

impl Warehouse {
    /// The sums that a query asks for, by connection, day, currency and zone. Rows without a day are left out.
    ///
    /// # Errors
    /// When the engine fails, also over a name that does not exist.
    pub fn kpi_sums(&self, query: &KpiQuery) -> Result<Vec<KpiSums>> {
        let sql = sums_sql(query);
        rows(&*self.reader()?, DOING, &sql, [], |cells| {
            let when = match (cells.maybe_date(2)?, cells.maybe_int(3)?) {
                (Some(day), _) => KpiWhen::Day(day),
                (None, Some(start)) => {
                    KpiWhen::Quarter(Timestamp::from_microsecond(start).map_err(|error| Error::Stored {
                        column: "day".to_owned(),
                        reason: error.to_string(),
                    })?)
                }
                (None, None) => {
                    return Err(Error::Stored { column: "day".to_owned(), reason: "it is empty".to_owned() });
                }
            };
            Ok(KpiSums {
                connection_id: cells.string(0)?,
                source: cells.string(1)?,
                when,
                currency: if cells.text(4)?.is_some() { Some(cells.currency(4)?) } else { None },
                time_zone: cells.maybe_string(5)?,
                provisional: cells.maybe_bool(6)?.unwrap_or(false),
                rows: cells.int(7)?,
                sums: (0..query.sums.len()).map(|at| cells.maybe_decimal(8 + at)).collect::<Result<_>>()?,
            })
        })
    }

    /// When each connection with rows in a table was last heard of: its newest row, or its last position, whichever is
    /// later.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn kpi_last_seen(&self, table: &str) -> Result<BTreeMap<String, Timestamp>> {
        let sql = format!(
            "SELECT t.connection_id, greatest(max(t.observed_at), max(c.updated_at)) FROM {table} AS t \
             LEFT JOIN (SELECT connection_id, max(updated_at) AS updated_at FROM cursors GROUP BY connection_id) AS c \
             ON c.connection_id = t.connection_id GROUP BY t.connection_id",
            table = quoted(table)
        );
        let found =
            rows(&*self.reader()?, DOING, &sql, [], |cells| Ok((cells.string(0)?, cells.maybe_time(1)?)))?;
        Ok(found.into_iter().filter_map(|(connection, at)| Some((connection, at?))).collect())
    }

    /// The subscriptions of each connection as they stand, with its source; changes of them by their ids are those of
    /// [`Warehouse::load_subscription_changes`].
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn subscriptions_by_connection(&self) -> Result<BTreeMap<(String, String), Vec<SubscriptionFacts>>> {
        let owners = rows(
            &*self.reader()?,
            DOING,
            "SELECT connection_id, source, source_id FROM subscriptions ORDER BY source_id, connection_id",
            [],
            |cells| Ok((cells.string(0)?, cells.string(1)?, cells.string(2)?)),
        )?;
        let mut found: BTreeMap<(String, String), Vec<SubscriptionFacts>> = BTreeMap::new();
        // both are in the same order
        for ((connection, source, id), facts) in owners.into_iter().zip(self.load_subscriptions()?) {
            if id == facts.subscription_id {
                found.entry((connection, source)).or_default().push(facts);
            }
        }
        Ok(found)
    }
}

fn sums_sql(query: &KpiQuery) -> String {
    let own = |column: &str| format!("t.{}", quoted(column));
    let mut joins = String::new();
    let (day, at) = match &query.day {
        KpiDay::Date { column, otherwise: None } => (own(column), "CAST(NULL AS BIGINT)".to_owned()),
        KpiDay::Date { column, otherwise: Some(other) } => {
            joins.push_str(&format!(
                " LEFT JOIN {} AS o ON o.connection_id = t.connection_id AND o.source_id = {}",
                quoted(&other.table),
                own(&other.key)
            ));
            let instant = quarter_hours(&format!("o.{}", quoted(&other.column)));
            (own(column), format!("CASE WHEN {} IS NULL THEN {instant} END", own(column)))
        }
        KpiDay::Time { column } => ("CAST(NULL AS DATE)".to_owned(), quarter_hours(&own(column))),
    };
    // results name no platform: their orders do
    let source = if query.table == "order_profit_days" {
        joins.push_str(
            " LEFT JOIN (SELECT connection_id, min(source) AS source FROM orders GROUP BY connection_id) AS s \
             ON s.connection_id = t.connection_id",
        );
        "coalesce(s.source, t.connection_id)".to_owned()
    } else {
        "t.source".to_owned()
    };
    let currency = match &query.currency {
        None => "CAST(NULL AS VARCHAR)".to_owned(),
        Some(column) => {
            // an account with one currency says what its rows leave out
            joins.push_str(
                " LEFT JOIN (SELECT connection_id, min(currency) AS currency FROM accounts \
                 GROUP BY connection_id HAVING count(DISTINCT currency) = 1) AS a \
                 ON a.connection_id = t.connection_id",
            );
            format!("coalesce({}, a.currency)", own(column))
        }
    };
    let zone = query.time_zone.as_deref().map_or_else(|| "CAST(NULL AS VARCHAR)".to_owned(), own);
    let provisional = query
        .provisional
        .as_deref()
        .map_or_else(|| "false".to_owned(), |flag| format!("coalesce(bool_or({}), false)", own(flag)));
    let sums: String = query
        .sums
        .iter()
        .map(|column| match column {
            Some(column) => format!(", CAST(sum({}) AS DECIMAL(38, 10))", own(column)),
            None => ", CAST(count(*) AS DECIMAL(38, 10))".to_owned(),
        })
        .collect();
    let keep: String = query.keep.iter().map(|one| format!(" AND {}", condition(one, own))).collect();
    format!(
        "SELECT * FROM (SELECT t.connection_id AS connection_id, {source} AS source, {day} AS day, {at} AS quarter, \
         {currency} AS currency, {zone} AS zone, {provisional} AS provisional, count(*) AS n{sums} \
         FROM {table} AS t{joins} WHERE true{keep} GROUP BY 1, 2, 3, 4, 5, 6) AS found \
         WHERE day IS NOT NULL OR quarter IS NOT NULL ORDER BY 1, 2, 3, 4, 5, 6",
        table = quoted(&query.table),
    )
}

fn condition(condition: &KpiCondition, own: impl Fn(&str) -> String) -> String {
    let list = |words: &[String]| words.iter().map(|word| literal(word)).collect::<Vec<_>>().join(", ");
    match condition {
        KpiCondition::In { column, words } => format!("{} IN ({})", own(column), list(words)),
        KpiCondition::NotIn { column, words } => {
            let column = own(column);
            format!("({column} IS NULL OR {column} NOT IN ({}))", list(words))
        }
        KpiCondition::NotTrue { column } => format!("{} IS NOT true", own(column)),
        KpiCondition::Present { column } => format!("{} IS NOT NULL", own(column)),
    }
}
