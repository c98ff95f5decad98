//! Questions that the warehouse has no call of its own for. They go through its guarded query, so that they can
//! read nothing else and run no longer than any user's question.

use std::time::Duration;

use netgain_domain::Decimal;
use netgain_domain::facts::{CogsSource, ExcludedReason, Flag, Flags, Ladder};
use netgain_domain::jiff::civil::Date;
use netgain_warehouse::{OrderCursor, OrderFilter, OrderRow, OrdersPage, Warehouse};
use serde_json::Value;

use crate::problem::Problem;

const PATIENCE: Duration = Duration::from_secs(20);

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// How many orders fulfil the filter's days, channel and search.
pub(crate) fn count_orders(warehouse: &Warehouse, filter: &OrderFilter) -> Result<u64, Problem> {
    let sql = format!("SELECT count(*) FROM order_profit WHERE {}", conditions(filter).join(" AND "));
    Ok(counts(warehouse, &sql)?.first().copied().unwrap_or(0))
}

/// The filter's days, channel and search.
fn conditions(filter: &OrderFilter) -> Vec<String> {
    let mut conditions = vec!["true".to_owned()];
    conditions.extend(filter.from.map(|day| format!("day >= DATE '{day}'")));
    conditions.extend(filter.to.map(|day| format!("day <= DATE '{day}'")));
    conditions.extend(filter.channel.as_deref().map(|channel| format!("channel = {}", quoted(channel))));
    conditions.extend(filter.search.as_deref().map(str::trim).filter(|part| !part.is_empty()).map(|part| {
        let escaped = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = format!("ILIKE {} ESCAPE '\\'", quoted(&format!("%{escaped}%")));
        format!(
            "(connection_id, order_id) IN (SELECT connection_id, source_id FROM orders \
             WHERE name {like} OR customer_name {like})"
        )
    }));
    conditions
}

/// Orders of the days about which a reader of the figures must know something, by the matter.
pub(crate) fn count_remarks(
    warehouse: &Warehouse,
    from: Date,
    to: Date,
) -> Result<Vec<(&'static str, u64)>, Problem> {
    let excluded =
        |reason: ExcludedReason| format!("count(*) FILTER (excluded_reason = '{}')", reason.name());
    let flagged = |flag: Flag| {
        format!("count(*) FILTER (included AND contains(',' || flags || ',', ',{},'))", flag.name())
    };
    let matters = [
        ("order_currency", excluded(ExcludedReason::Currency)),
        ("missing_cost", excluded(ExcludedReason::MissingCost)),
        ("estimated_cost", flagged(Flag::EstimatedCost)),
        ("cost_currency", flagged(Flag::CostCurrency)),
        ("fee_currency", flagged(Flag::FeeCurrency)),
        ("unknown_event", flagged(Flag::UnknownEvent)),
    ];
    let columns: Vec<&str> = matters.iter().map(|(_, sql)| sql.as_str()).collect();
    let sql = format!(
        "SELECT {} FROM order_profit WHERE day BETWEEN DATE '{from}' AND DATE '{to}'",
        columns.join(", ")
    );
    let found = counts(warehouse, &sql)?;
    let named = matters.iter().map(|(matter, _)| *matter).zip(found);
    Ok(named.filter(|(_, count)| *count > 0).collect())
}

/// The one row of an answer that holds counts only.
fn counts(warehouse: &Warehouse, sql: &str) -> Result<Vec<u64>, Problem> {
    let answer = warehouse.query(sql, 1, PATIENCE)?;
    let row = answer.rows.into_iter().next().unwrap_or_default();
    Ok(row.iter().map(|cell| Value::as_u64(cell).unwrap_or(0)).collect())
}

/// A page of orders by net revenue, as [`Warehouse::orders_page`] gives them by other columns.
pub(crate) fn orders_by_net_revenue(
    warehouse: &Warehouse,
    filter: &OrderFilter,
    descending: bool,
    after: Option<&OrderCursor>,
    limit: usize,
) -> Result<OrdersPage, Problem> {
    let mut conditions = conditions(filter);
    let (way, beyond) = if descending { ("DESC", "<") } else { ("ASC", ">") };
    if let Some(after) = after {
        let value: Decimal = after.value.parse().map_err(|_| {
            Problem::parameter("cursor", "cursor cannot be read", "begin again without cursor")
        })?;
        let value = format!("CAST('{value}' AS DECIMAL(38,10))");
        let (connection, order) = (quoted(&after.connection_id), quoted(&after.order_id));
        conditions.push(format!(
            "(net_revenue {beyond} {value} OR (net_revenue = {value} AND (connection_id > {connection} \
             OR (connection_id = {connection} AND order_id > {order}))))"
        ));
    }
    let ladder: Vec<String> = Ladder::FIELDS.iter().map(|field| format!("p.{field}")).collect();
    let sql = format!(
        "WITH page AS (SELECT * FROM order_profit WHERE {} \
         ORDER BY net_revenue {way}, connection_id, order_id LIMIT {}) \
         SELECT p.connection_id, p.order_id, p.name, o.placed_at, p.day, o.customer_name, p.channel, \
         o.financial_status, p.included, p.cogs_source, p.flags, {} \
         FROM page AS p LEFT JOIN orders AS o ON o.root_key = p.root_key AND o.connection_id = p.connection_id \
         AND o.source_id = p.order_id ORDER BY p.net_revenue {way}, p.connection_id, p.order_id",
        conditions.join(" AND "),
        limit.saturating_add(1),
        ladder.join(", ")
    );
    let answer = warehouse.query(&sql, limit.saturating_add(1), PATIENCE)?;
    let mut orders: Vec<OrderRow> = answer.rows.iter().filter_map(|cells| order(cells)).collect();
    let more = orders.len() > limit;
    orders.truncate(limit);
    let next = orders.last().filter(|_| more).map(|last| OrderCursor {
        value: last.ladder.net_revenue.to_string(),
        connection_id: last.connection_id.clone(),
        order_id: last.order_id.clone(),
    });
    Ok(OrdersPage { orders, next })
}

fn order(cells: &[Value]) -> Option<OrderRow> {
    let text = |at: usize| cells.get(at).and_then(Value::as_str);
    let mut values = Ladder::default().values();
    for (at, value) in values.iter_mut().enumerate() {
        *value = text(11 + at)?.parse().ok()?;
    }
    Some(OrderRow {
        connection_id: text(0)?.to_owned(),
        order_id: text(1)?.to_owned(),
        name: text(2)?.to_owned(),
        placed_at: text(3).and_then(|time| time.parse().ok()),
        day: text(4)?.parse().ok()?,
        customer_name: text(5).map(str::to_owned),
        channel: text(6).unwrap_or_default().to_owned(),
        financial_status: text(7).map(str::to_owned),
        currency: None,
        included: cells.get(8).and_then(Value::as_bool)?,
        excluded_reason: None,
        cogs_source: text(9).and_then(CogsSource::from_name),
        flags: Flags::from_text(text(10).unwrap_or_default()),
        ladder: Ladder::from_values(values),
        outdated: false,
    })
}
