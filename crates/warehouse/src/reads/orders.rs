//! Orders with what they earned, page by page, and every row behind one of them.

use netgain_domain::facts::{CogsSource, ExcludedReason, Flag, Flags, Ladder};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Table, Value};
use serde::{Deserialize, Serialize};

use crate::dialect::{contains, literal};
use crate::error::{Error, Result};
use crate::profit::{OrderKey, ladder_sql, read_ladder};
use crate::reading::rows;
use crate::root_key::root_key;
use crate::schema::{self, quoted};
use crate::warehouse::Warehouse;

const READING: &str = "read orders";

/// Which orders to list; every condition that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// First local day of the order.
    pub from: Option<Date>,
    /// Last local day of the order.
    pub to: Option<Date>,
    /// The sales channel, exactly.
    pub channel: Option<String>,
    /// A remark on the order.
    pub flag: Option<Flag>,
    /// How its cost of goods was found.
    pub cogs_source: Option<CogsSource>,
    /// Part of the order's or the customer's name, in any case.
    pub search: Option<String>,
}

/// By what orders are listed; ties go the same way by connection and id, which platforms count upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSort {
    /// The order's local day.
    Day,
    /// Net sales.
    NetSales,
    /// Net revenue.
    NetRevenue,
    /// Cost of goods.
    Cogs,
    /// Net profit.
    NetProfit,
}

impl OrderSort {
    fn column(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::NetSales => "net_sales",
            Self::NetRevenue => "net_revenue",
            Self::Cogs => "cogs",
            Self::NetProfit => "net_profit",
        }
    }

    /// The cursor's value as SQL, or nothing if it is not of the column's type.
    fn value_sql(self, value: &str) -> Option<String> {
        match self {
            Self::Day => {
                value.parse::<Date>().ok().map(|day| format!("CAST({} AS DATE)", literal(&day.to_string())))
            }
            _ => value
                .parse::<Decimal>()
                .ok()
                .map(|amount| format!("CAST({} AS DECIMAL(38,10))", literal(&amount.to_string()))),
        }
    }
}

/// Where a page ended. It holds for the filter and sort that it was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCursor {
    /// The last order's value of the column that is sorted by.
    pub value: String,
    /// The last order's connection.
    pub connection_id: String,
    /// The last order.
    pub order_id: String,
}

/// An order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The connection that it came over.
    pub connection_id: String,
    /// Its id at the platform.
    pub order_id: String,
    /// The name people know it by.
    pub name: String,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
    /// The order's local day.
    pub day: Date,
    /// The customer's name, where known.
    pub customer_name: Option<String>,
    /// The sales channel.
    pub channel: String,
    /// The platform's word, such as `paid`.
    pub financial_status: Option<String>,
    /// Currency of the order; the ladder is in the reporting currency.
    pub currency: Option<Currency>,
    /// Whether it is counted.
    pub included: bool,
    /// 1 if it counts as an order placed, else 0.
    pub orders: i64,
    /// Why not, if it is not.
    pub excluded_reason: Option<ExcludedReason>,
    /// How its cost of goods was found.
    pub cogs_source: Option<CogsSource>,
    /// Remarks.
    pub flags: Flags,
    /// What it earned.
    pub ladder: Ladder,
    /// Whether the order changed since and will be computed again.
    pub outdated: bool,
}

/// A page of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersPage {
    /// The orders.
    pub orders: Vec<OrderRow>,
    /// Where to go on, if there are more.
    pub next: Option<OrderCursor>,
}

/// A stored row of any canonical table.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// Its table.
    pub table: Table,
    /// Its columns with their values, the common ones first.
    pub cells: Vec<(&'static str, Value)>,
}

impl StoredRow {
    /// A cell by column name.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, value)| value)
    }
}

impl Warehouse {
    /// A page of computed orders.
    ///
    /// # Errors
    /// [`Error::Query`] for a cursor of another sort; when the engine fails.
    pub fn orders_page(
        &self,
        filter: &OrderFilter,
        sort: OrderSort,
        descending: bool,
        after: Option<&OrderCursor>,
        limit: usize,
    ) -> Result<OrdersPage> {
        let mut conditions = conditions(filter);
        conditions.extend(after.map(|after| keyset(sort, descending, after)).transpose()?);
        let by = sort.column();
        let way = if descending { "DESC" } else { "ASC" };
        // the page is chosen in one table and dressed afterwards, so that a million orders are not joined for fifty
        let sql = format!(
            "WITH page AS (SELECT connection_id, order_id, root_key, {by} FROM order_profit WHERE {} \
             ORDER BY {by} {way}, connection_id {way}, order_id {way} LIMIT {}) \
             SELECT p.connection_id, p.order_id, p.name, o.placed_at, p.day, o.customer_name, p.channel, \
             o.financial_status, o.currency, p.included, p.excluded_reason, p.cogs_source, p.flags, \
             p.computed_version IS DISTINCT FROM o.version, p.orders, {} \
             FROM page AS k JOIN order_profit AS p \
             ON p.root_key = k.root_key AND p.connection_id = k.connection_id AND p.order_id = k.order_id \
             LEFT JOIN orders AS o ON o.root_key = p.root_key AND o.connection_id = p.connection_id \
             AND o.source_id = p.order_id \
             ORDER BY p.{by} {way}, p.connection_id {way}, p.order_id {way}",
            conditions.join(" AND "),
            limit.saturating_add(1),
            ladder_sql(|field| format!("p.{field}"))
        );
        let mut orders = rows(&*self.reader()?, READING, &sql, [], |cells| {
            Ok(OrderRow {
                connection_id: cells.string(0)?,
                order_id: cells.string(1)?,
                name: cells.string(2)?,
                placed_at: cells.maybe_time(3)?,
                day: cells.date(4)?,
                customer_name: cells.maybe_string(5)?,
                channel: cells.maybe_string(6)?.unwrap_or_default(),
                financial_status: cells.maybe_string(7)?,
                currency: cells.text(8)?.and_then(|code| code.parse().ok()),
                included: cells.maybe_bool(9)?.unwrap_or(false),
                excluded_reason: cells.text(10)?.and_then(ExcludedReason::from_name),
                cogs_source: cells.text(11)?.and_then(CogsSource::from_name),
                flags: Flags::from_text(cells.text(12)?.unwrap_or_default()),
                outdated: cells.maybe_bool(13)?.unwrap_or(true),
                orders: cells.maybe_int(14)?.unwrap_or(0),
                ladder: read_ladder(cells, 15)?,
            })
        })?;
        let more = orders.len() > limit;
        orders.truncate(limit);
        let next = orders.last().filter(|_| more).map(|last| OrderCursor {
            value: match sort {
                OrderSort::Day => last.day.to_string(),
                OrderSort::NetSales => last.ladder.net_sales.to_string(),
                OrderSort::NetRevenue => last.ladder.net_revenue.to_string(),
                OrderSort::Cogs => last.ladder.cogs.to_string(),
                OrderSort::NetProfit => last.ladder.net_profit.to_string(),
            },
            connection_id: last.connection_id.clone(),
            order_id: last.order_id.clone(),
        });
        Ok(OrdersPage { orders, next })
    }

    /// How many computed orders fulfil the conditions.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn count_orders(&self, filter: &OrderFilter) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM order_profit WHERE {}", conditions(filter).join(" AND "));
        let found = rows(&*self.reader()?, READING, &sql, [], |cells| cells.int(0))?;
        Ok(found.first().map_or(0, |count| count.unsigned_abs()))
    }

    /// The sum of the computed orders that fulfil the conditions: those that count as orders placed, and all of
    /// their ladders over all of their days.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn sum_orders(&self, filter: &OrderFilter) -> Result<(i64, Ladder)> {
        let sql = format!(
            "SELECT CAST(coalesce(sum(orders), 0) AS BIGINT), {} FROM order_profit WHERE {}",
            ladder_sql(|field| format!("sum({field})")),
            conditions(filter).join(" AND ")
        );
        let found =
            rows(&*self.reader()?, READING, &sql, [], |cells| Ok((cells.int(0)?, read_ladder(cells, 1)?)))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The orders that have this id at their platform, or this name.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn find_orders(&self, id_or_name: &str) -> Result<Vec<OrderKey>> {
        let sql = "SELECT connection_id, source_id FROM orders WHERE source_id = ? OR name = ? ORDER BY 1, 2";
        rows(&*self.reader()?, READING, sql, [id_or_name, id_or_name], |cells| {
            Ok(OrderKey { connection_id: cells.string(0)?, order_id: cells.string(1)? })
        })
    }

    /// Every row that one order's figures can come from: the order, the rows it owns, the visits before it and the
    /// costs of its goods.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn order_rows(&self, key: &OrderKey) -> Result<Vec<StoredRow>> {
        let (connection, order) = (literal(&key.connection_id), literal(&key.order_id));
        let near = root_key(&key.order_id);
        let of_order = |column: &str| {
            format!("connection_id = {connection} AND root_key = {near} AND {column} = {order}")
        };
        let mut all = self.stored_rows(Table::Orders, &of_order("source_id"))?;
        for table in Table::Orders.owned() {
            if let Some((_, column)) = table.owner() {
                all.extend(self.stored_rows(table, &of_order(column))?);
            }
        }
        for (booked_by, id) in self.bookings_of(key)? {
            let condition =
                format!("connection_id = {} AND source_id = {}", literal(&booked_by), literal(&id));
            all.extend(self.stored_rows(Table::BalanceTransactions, &condition)?);
        }
        // visits before it may be told by a platform that keeps no orders
        all.extend(self.stored_rows(
            Table::Touchpoints,
            &format!(
                "root_key = {near} AND order_id = {order} AND (connection_id = {connection} \
                 OR connection_id NOT IN (SELECT connection_id FROM orders))"
            ),
        )?);
        let goods = |column: &str| format!("SELECT {column} FROM order_lines WHERE {}", of_order("order_id"));
        let products = format!(
            "{} UNION SELECT product_id FROM variants WHERE connection_id = {connection} AND source_id IN ({})",
            goods("product_id"),
            goods("variant_id")
        );
        let of_products = format!("connection_id = {connection} AND source_id IN ({products})");
        all.extend(self.stored_rows(
            Table::UnitCosts,
            &format!(
                "scope = 'shop' OR (scope = 'variant' AND scope_id IN ({})) OR (scope = 'sku' AND scope_id IN ({})) \
                 OR (scope = 'lot' AND scope_id IN ({})) OR (scope = 'product' AND scope_id IN ({products})) \
                 OR (scope = 'supplier' AND scope_id IN (SELECT vendor FROM products WHERE {of_products})) \
                 OR (scope = 'product_type' AND scope_id IN \
                   (SELECT product_type FROM products WHERE {of_products}))",
                goods("variant_id"),
                goods("sku"),
                goods("lot")
            ),
        )?);
        Ok(all)
    }

    fn stored_rows(&self, table: Table, condition: &str) -> Result<Vec<StoredRow>> {
        let mut columns = schema::canonical(table);
        // it says nothing to anybody
        columns.retain(|column| column.name != schema::CONTENT_HASH.name);
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {condition} ORDER BY connection_id, source_id",
            names.join(", "),
            table.name()
        );
        rows(&*self.reader()?, "read the rows of an order", &sql, [], |cells| {
            let cells = columns.iter().enumerate().map(|(at, column)| Ok((column.name, cells.value(at)?)));
            Ok(StoredRow { table, cells: cells.collect::<Result<_>>()? })
        })
    }
}

/// What an order of `order_profit` must fulfil.
pub(crate) fn conditions(filter: &OrderFilter) -> Vec<String> {
    let mut all = vec!["true".to_owned()];
    let date = |day: &Date| format!("CAST({} AS DATE)", literal(&day.to_string()));
    all.extend(filter.from.iter().map(|day| format!("day >= {}", date(day))));
    all.extend(filter.to.iter().map(|day| format!("day <= {}", date(day))));
    all.extend(filter.channel.iter().map(|channel| format!("channel = {}", literal(channel))));
    all.extend(filter.cogs_source.iter().map(|source| format!("cogs_source = {}", literal(source.name()))));
    all.extend(filter.flag.iter().map(|flag| {
        format!("(',' || flags || ',') LIKE {}", literal(&format!("%,{},%", flag.name().replace('_', "\\_"))))
            + " ESCAPE '\\'"
    }));
    all.extend(filter.search.iter().filter(|part| !part.trim().is_empty()).map(|part| {
        let part = part.trim();
        format!(
            "(connection_id, order_id) IN (SELECT connection_id, source_id FROM orders WHERE {} OR {})",
            contains("name", part),
            contains("customer_name", part)
        )
    }));
    all
}

fn keyset(sort: OrderSort, descending: bool, after: &OrderCursor) -> Result<String> {
    let by = sort.column();
    let value = sort.value_sql(&after.value).ok_or_else(|| {
        Error::Query("the cursor is not one of this list: begin again without it".to_owned())
    })?;
    let beyond = if descending { "<" } else { ">" };
    let (connection, order) = (literal(&after.connection_id), literal(&after.order_id));
    Ok(format!(
        "({by} {beyond} {value} OR ({by} = {value} AND (connection_id {beyond} {connection} \
         OR (connection_id = {connection} AND order_id {beyond} {order}))))"
    ))
}
