//! What a figure is the sum of, key by key: days, months, channels, orders. All sums come from the same rows as the
//! statements, so that parts and whole cannot differ.

use netgain_domain::Decimal;
use std::collections::{HashMap, HashSet};

use netgain_domain::facts::{LineWeight, OrderSelection, Weighing};
use netgain_domain::jiff::civil::Date;

use super::OrderKey;
use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::root_key::{near, root_key};
use crate::warehouse::Warehouse;

const DOING: &str = "read the parts of a figure";

/// Which days, channel and order a figure is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFilter {
    /// First local day.
    pub from: Date,
    /// Last local day, included.
    pub to: Date,
    /// Only this channel: a sales channel, `advertising:<platform>`, `operating:<category>`.
    pub channel: Option<String>,
    /// Only this order.
    pub order: Option<OrderKey>,
    /// Which orders count.
    pub orders: OrderSelection,
}

/// By what a figure is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartsBy {
    /// Not at all: one row.
    Total,
    /// By local day.
    Day,
    /// By month, keyed by its first day.
    Month,
    /// By channel.
    Channel,
}

/// A part by day, month or channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// The day, or the first day of the month.
    pub day: Option<Date>,
    /// The channel.
    pub channel: Option<String>,
    /// One sum for each of the figures that were asked for.
    pub amounts: Vec<Decimal>,
}

/// What an order gives to a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPart {
    /// The order.
    pub key: OrderKey,
    /// The name people know it by.
    pub name: String,
    /// What it gives.
    pub amount: Decimal,
}

/// The orders behind a figure, those that give most first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderParts {
    /// A page of them.
    pub rows: Vec<OrderPart>,
    /// How many there are on all pages.
    pub count: u64,
    /// What all of them give.
    pub amount: Decimal,
}

impl Warehouse {
    /// Sums figures by day, month, channel or not at all, in their order. Keys under which nothing lies have no row.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn weigh(&self, figures: &[Weighing], filter: &PartFilter, by: PartsBy) -> Result<Vec<PartRow>> {
        let (day, channel) = match by {
            PartsBy::Total => ("NULL", "NULL"),
            PartsBy::Day => ("day", "NULL"),
            PartsBy::Month => ("CAST(date_trunc('month', day) AS DATE)", "NULL"),
            PartsBy::Channel => ("NULL", "channel"),
        };
        // an order's own rows, or the sums of all orders with the costs of days
        let table = if filter.order.is_some() { "order_postings" } else { "daily_lines" };
        let sums: Vec<String> = figures.iter().map(sum_sql).collect();
        let sql = format!(
            "SELECT CAST({day} AS DATE) AS d, CAST({channel} AS VARCHAR) AS c, {} FROM {table} WHERE {} \
             GROUP BY d, c ORDER BY d, c",
            sums.join(", "),
            conditions(filter)
        );
        rows(&*self.reader()?, DOING, &sql, [], |cells| {
            Ok(PartRow {
                day: cells.maybe_date(0)?,
                channel: cells.maybe_string(1)?,
                amounts: (0..figures.len()).map(|at| cells.decimal(2 + at)).collect::<Result<_>>()?,
            })
        })
    }

    /// The orders behind a figure, those that give most first, without those that give nothing.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn weigh_orders(
        &self,
        figure: &Weighing,
        filter: &PartFilter,
        skip: u64,
        limit: usize,
    ) -> Result<OrderParts> {
        let parts = format!(
            "SELECT connection_id, order_id, min(root_key) AS root_key, {sum} AS amount FROM order_postings \
             WHERE {} GROUP BY connection_id, order_id HAVING {sum} <> 0",
            conditions(filter),
            sum = sum_sql(figure)
        );
        let sql = format!(
            "WITH parts AS ({parts}), page AS (SELECT * FROM parts \
             ORDER BY abs(amount) DESC, connection_id, order_id LIMIT {limit} OFFSET {skip}) \
             SELECT k.connection_id, k.order_id, coalesce(p.name, k.order_id), k.amount FROM page AS k \
             LEFT JOIN order_profit AS p ON p.root_key = k.root_key AND p.connection_id = k.connection_id \
             AND p.order_id = k.order_id ORDER BY abs(k.amount) DESC, k.connection_id, k.order_id"
        );
        let reader = self.reader()?;
        let page = rows(&reader, DOING, &sql, [], |cells| {
            Ok(OrderPart {
                key: OrderKey { connection_id: cells.string(0)?, order_id: cells.string(1)? },
                name: cells.string(2)?,
                amount: cells.decimal(3)?,
            })
        })?;
        let sql = format!(
            "SELECT count(*), CAST(coalesce(sum(amount), 0) AS DECIMAL(38,10)) FROM ({parts}) AS parts"
        );
        let whole = rows(&reader, DOING, &sql, [], |cells| Ok((cells.int(0)?, cells.decimal(1)?)))?;
        let (count, amount) = whole.into_iter().next().unwrap_or_default();
        Ok(OrderParts { rows: page, count: count.unsigned_abs(), amount })
    }

    /// The names that people know orders by; orders that were never computed are left out.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn order_names(&self, keys: &[OrderKey]) -> Result<HashMap<OrderKey, String>> {
        let near = near("root_key", keys.iter().map(|key| key.order_id.as_str()));
        let sql = format!("SELECT connection_id, order_id, name FROM order_profit WHERE {near}");
        let found = rows(&*self.reader()?, DOING, &sql, [], |cells| {
            let key = OrderKey { connection_id: cells.string(0)?, order_id: cells.string(1)? };
            Ok((key, cells.string(2)?))
        })?;
        let wanted: HashSet<&OrderKey> = keys.iter().collect();
        Ok(found.into_iter().filter(|(key, _)| wanted.contains(key)).collect())
    }
}

pub(super) fn date(day: Date) -> String {
    format!("CAST({} AS DATE)", literal(&day.to_string()))
}

fn conditions(filter: &PartFilter) -> String {
    let mut all = vec![format!("day BETWEEN {} AND {}", date(filter.from), date(filter.to))];
    all.push(match &filter.orders {
        OrderSelection::Counted => "(counted OR class = 'none')".to_owned(),
        OrderSelection::Classes(classes) => {
            let names = classes.iter().map(|class| literal(class.name()));
            let names: Vec<String> = names.chain(["'none'".to_owned()]).collect();
            format!("class IN ({})", names.join(", "))
        }
    });
    all.extend(filter.channel.iter().map(|channel| format!("channel = {}", literal(channel))));
    all.extend(filter.order.iter().map(|key| {
        format!(
            "root_key = {} AND connection_id = {} AND order_id = {}",
            root_key(&key.order_id),
            literal(&key.connection_id),
            literal(&key.order_id)
        )
    }));
    all.join(" AND ")
}

/// A figure as an exact sum over rows of base lines.
fn sum_sql(figure: &Weighing) -> String {
    let inner = match figure {
        Weighing::Orders => "orders".to_owned(),
        Weighing::Lines(weights) => by_basis(weights),
    };
    format!("CAST(coalesce(sum({inner}), 0) AS DECIMAL(38,10))")
}

/// The weighed lines of a row, which belongs to one basis.
fn by_basis(weights: &[LineWeight]) -> String {
    let mut cases = String::new();
    for basis in netgain_domain::facts::Basis::ALL {
        let own: Vec<String> = weights
            .iter()
            .filter(|one| one.basis == *basis)
            .map(|one| {
                // added as often as it counts: a product would be wider than the engine's decimals
                let sign = if one.weight < 0 { "-" } else { "+" };
                let times = usize::try_from(one.weight.unsigned_abs()).unwrap_or(0);
                // an order's lines that are nothing are empty
                vec![format!("{sign} coalesce({}, 0)", one.line.name()); times].join(" ")
            })
            .collect();
        if !own.is_empty() {
            cases.push_str(&format!(" WHEN {} THEN 0 {}", literal(basis.name()), own.join(" ")));
        }
    }
    if cases.is_empty() { "0".to_owned() } else { format!("CASE basis{cases} ELSE 0 END") }
}
