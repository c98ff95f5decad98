//! Finding the orders whose profit is out of date, and loading what it is computed from.

use crate::engine::Connection;
use netgain_domain::facts::{
    AdDayFact, EventAction, EventFacts, EventKind, EventReason, FeeFacts, LineFacts, OrderFacts,
    PaymentFacts, RefundLineFacts,
};

use super::settlements;
use super::write::put_order_keys;
use crate::dialect::{literal, planned_by_hashes};
use crate::error::{Context, Result};
use crate::reading::{Cells, each_row, rows};
use crate::root_key::near;
use crate::warehouse::{Reader, Warehouse};

const FINDING: &str = "find orders to compute";
const LOADING: &str = "load orders";

/// An order by its connection and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey {
    /// The connection that it came over.
    pub connection_id: String,
    /// Its id at the platform.
    pub order_id: String,
}

/// Orders to compute, found once and handed out in runs of neighbours.
pub struct StaleOrders<'w> {
    /// Its connection has the list as a temporary table, so that a million of them take no memory here.
    reader: Reader<'w>,
    count: u64,
    any_gone: bool,
    handed_out: i64,
}

impl StaleOrders<'_> {
    /// How many there are in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether there is stored profit of orders that are gone, for [`Warehouse::purge_profit_of_deleted`].
    #[must_use]
    pub fn any_gone(&self) -> bool {
        self.any_gone
    }

    /// The next ones, at most so many, in an order of their own that keeps neighbours together; none at the end.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn next_run(&mut self, size: usize) -> Result<Vec<OrderKey>> {
        let until = self.handed_out.saturating_add(i64::try_from(size).unwrap_or(i64::MAX));
        let sql =
            "SELECT connection_id, order_id FROM stale_orders WHERE seat > ? AND seat <= ? ORDER BY seat";
        let params = crate::engine::params![self.handed_out, until];
        let found = rows(&self.reader, FINDING, sql, params, |cells| {
            Ok(OrderKey { connection_id: cells.string(0)?, order_id: cells.string(1)? })
        })?;
        self.handed_out = until;
        Ok(found)
    }
}

impl Drop for StaleOrders<'_> {
    fn drop(&mut self) {
        // the connection is used again; a list that stays would only hold memory until then
        self.reader.execute_batch("DROP TABLE IF EXISTS stale_orders").ok();
    }
}

impl Warehouse {
    /// All orders whose profit is missing, was computed from other rows or under other settings.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn find_stale_orders(&self, settings_key: &str) -> Result<StaleOrders<'_>> {
        let reader = self.reader()?;
        // one walk over both tables finds either side's orders that the other lacks; those that are gone have no seat
        let sql = format!(
            "SELECT o.connection_id, o.source_id AS order_id, o.root_key FROM orders AS o \
             FULL JOIN order_profit AS p ON p.root_key = o.root_key AND p.connection_id = o.connection_id \
             AND p.order_id = o.source_id WHERE o.source_id IS NULL \
             OR p.computed_version IS DISTINCT FROM o.version OR p.settings_key IS DISTINCT FROM {}",
            literal(settings_key)
        );
        reader.temporary_of("stale_found", &sql).doing(FINDING)?;
        // seated by a second query: the engine holds what it joins and what it sorts in memory, and both at once would
        // not fit where there is little of it
        let sql = "SELECT connection_id, order_id, row_number() OVER (ORDER BY connection_id, root_key, order_id) AS seat \
             FROM stale_found WHERE order_id IS NOT NULL";
        reader.temporary_of("stale_orders", sql).doing(FINDING)?;
        let sql = "SELECT (SELECT count(*) FROM stale_orders), (SELECT count(*) FROM stale_found)";
        let (count, all): (i64, i64) =
            reader.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).doing(FINDING)?;
        reader.execute_batch("DROP TABLE IF EXISTS stale_found").doing(FINDING)?;
        let any_gone = all > count;
        Ok(StaleOrders { reader, count: count.unsigned_abs(), any_gone, handed_out: 0 })
    }

    /// The facts of these orders, in the order of the keys; keys without an order are left out. One call scans the
    /// tables once, so some ten thousand keys at a time are best.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_order_facts(&self, keys: &[OrderKey]) -> Result<Vec<OrderFacts>> {
        let reader = self.reader()?;
        put_order_keys(&reader, keys.iter().map(|key| (key.connection_id.as_str(), key.order_id.as_str())))?;
        let near = near("t.root_key", keys.iter().map(|key| key.order_id.as_str()));
        let mut orders: Vec<Option<OrderFacts>> = Vec::new();
        orders.resize_with(keys.len(), || None);
        planned_by_hashes(&reader, || {
            load_orders(&reader, &near, &mut orders)?;
            load_lines(&reader, &near, &mut orders)?;
            load_events(&reader, &near, &mut orders)?;
            load_refunds(&reader, &near, &mut orders)?;
            load_fees(&reader, &near, &mut orders)?;
            load_payments(&reader, &near, &mut orders)?;
            settlements::load(&reader, &near, &mut orders)
        })?;
        let mut orders: Vec<OrderFacts> = orders.into_iter().flatten().collect();
        for order in &mut orders {
            // scans come in any order; results must not
            order.lines.sort_unstable_by(|a, b| a.line_id.cmp(&b.line_id));
            order.events.sort_unstable_by(|a, b| a.event_id.cmp(&b.event_id));
            order.refund_lines.sort_unstable_by(|a, b| a.refund_line_id.cmp(&b.refund_line_id));
            order.fees.sort_unstable_by(|a, b| a.fee_id.cmp(&b.fee_id));
            order.payments.sort_unstable_by(|a, b| a.payment_id.cmp(&b.payment_id));
            order.settlements.sort_unstable_by(|a, b| a.settlement_id.cmp(&b.settlement_id));
        }
        Ok(orders)
    }

    /// What each platform's ads cost per day and currency.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_ad_days(&self) -> Result<Vec<AdDayFact>> {
        let sql = "SELECT day, source, currency, sum(spend), coalesce(bool_or(provisional), false) FROM ad_days \
             WHERE level IN ('ad', 'campaign') GROUP BY day, source, currency ORDER BY day, source, currency";
        rows(&*self.reader()?, "load ad days", sql, [], |cells| {
            Ok(AdDayFact {
                day: cells.date(0)?,
                source: cells.string(1)?,
                currency: cells.currency(2)?,
                spend: cells.decimal(3)?,
                provisional: cells.maybe_bool(4)?.unwrap_or(false),
            })
        })
    }
}

/// A word of the ledger; what this version does not know is carried on as such, never dropped.
fn known<T>(cells: &Cells<'_>, at: usize, read: fn(&str) -> Option<T>, unknown: T) -> Result<T> {
    Ok(cells.text(at)?.and_then(read).unwrap_or(unknown))
}

/// Reads the listed orders' rows of one table, which is called `t`; the first column says which order a row belongs to.
fn of_listed(
    reader: &Connection,
    table: &str,
    owner: &str,
    columns: &str,
    near: &str,
    mut take: impl FnMut(usize, &Cells<'_>) -> Result<()>,
) -> Result<()> {
    let sql = format!(
        "SELECT k.seat, {columns} FROM {table} \
         JOIN order_keys AS k ON k.root_key = t.root_key AND k.connection_id = t.connection_id \
         AND k.order_id = t.{owner} WHERE {near}"
    );
    each_row(reader, LOADING, &sql, [], |cells| {
        take(usize::try_from(cells.int(0)?).unwrap_or(usize::MAX), cells)
    })
}

fn load_orders(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.connection_id, t.source_id, t.name, t.placed_at, t.created_at, t.cancelled_at, \
        t.channel, t.customer_id, t.financial_status, t.is_test, t.currency, t.taxes_included, t.version, \
        t.shipping_country, t.total_price, t.total_tax, t.total_grams";
    of_listed(reader, "orders AS t", "source_id", COLUMNS, near, |at, cells| {
        let facts = OrderFacts {
            connection_id: cells.string(1)?,
            order_id: cells.string(2)?,
            name: cells.string(3)?,
            placed_at: cells.time(4)?,
            created_at: cells.maybe_time(5)?,
            cancelled_at: cells.maybe_time(6)?,
            channel: cells.maybe_string(7)?.unwrap_or_default(),
            customer_id: cells.maybe_string(8)?,
            financial_status: cells.maybe_string(9)?,
            is_test: cells.maybe_bool(10)?.unwrap_or(false),
            currency: cells.currency(11)?,
            taxes_included: cells.maybe_bool(12)?.unwrap_or(false),
            version: cells.int(13)?,
            shipping_country: cells.maybe_string(14)?,
            lines: Vec::new(),
            events: Vec::new(),
            refund_lines: Vec::new(),
            fees: Vec::new(),
            payments: Vec::new(),
            settlements: Vec::new(),
            total_price: cells.maybe_decimal(15)?,
            total_tax: cells.maybe_decimal(16)?,
            total_grams: cells.maybe_decimal(17)?,
        };
        if let Some(slot) = orders.get_mut(at) {
            *slot = Some(facts);
        }
        Ok(())
    })
}

pub(super) fn owner(orders: &mut [Option<OrderFacts>], at: usize) -> Option<&mut OrderFacts> {
    orders.get_mut(at).and_then(Option::as_mut)
}

/// What the catalogue says of the goods of a line `t`.
pub(super) const GOODS: &str = "\
    LEFT JOIN variants AS v ON v.connection_id = t.connection_id AND v.source_id = t.variant_id \
    LEFT JOIN products AS p ON p.connection_id = t.connection_id \
        AND p.source_id = coalesce(t.product_id, v.product_id)";

fn load_lines(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.source_id, coalesce(t.product_id, v.product_id), t.variant_id, t.sku, t.title, t.quantity, \
        t.unit_price, t.is_gift_card, p.vendor, p.product_type, t.lot, v.weight_grams, \
        t.requires_shipping, p.tags";
    of_listed(reader, &format!("order_lines AS t {GOODS}"), "order_id", COLUMNS, near, |at, cells| {
        let line = LineFacts {
            line_id: cells.string(1)?,
            product_id: cells.maybe_string(2)?,
            variant_id: cells.maybe_string(3)?,
            sku: cells.maybe_string(4)?,
            title: cells.maybe_string(5)?.unwrap_or_default(),
            quantity: cells.maybe_int(6)?.unwrap_or(0),
            unit_price: cells.maybe_decimal(7)?,
            is_gift_card: cells.maybe_bool(8)?.unwrap_or(false),
            vendor: cells.maybe_string(9)?,
            product_type: cells.maybe_string(10)?,
            lot: cells.maybe_string(11)?,
            weight_grams: cells.maybe_decimal(12)?,
            requires_shipping: cells.maybe_bool(13)?,
            product_tags: cells.maybe_string(14)?,
        };
        if let Some(order) = owner(orders, at) {
            order.lines.push(line);
        }
        Ok(())
    })
}

fn load_events(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.source_id, t.line_id, t.happened_at, t.reason, t.action, t.kind, t.quantity, \
        t.total_amount, t.tax_amount, t.discount_amount, t.currency";
    of_listed(reader, "sale_events AS t", "order_id", COLUMNS, near, |at, cells| {
        let event = EventFacts {
            event_id: cells.string(1)?,
            line_id: cells.maybe_string(2)?,
            happened_at: cells.time(3)?,
            reason: known(cells, 4, EventReason::from_name, EventReason::Unknown)?,
            action: known(cells, 5, EventAction::from_name, EventAction::Unknown)?,
            kind: known(cells, 6, EventKind::from_name, EventKind::Unknown)?,
            quantity: cells.maybe_int(7)?,
            total_amount: cells.decimal(8)?,
            tax_amount: cells.decimal(9)?,
            discount_amount: cells.decimal(10)?,
            currency: cells.currency(11)?,
        };
        if let Some(order) = owner(orders, at) {
            order.events.push(event);
        }
        Ok(())
    })
}

fn load_refunds(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.source_id, t.line_id, t.refunded_at, t.quantity, t.restocked";
    of_listed(reader, "refund_lines AS t", "order_id", COLUMNS, near, |at, cells| {
        let line = RefundLineFacts {
            refund_line_id: cells.string(1)?,
            line_id: cells.string(2)?,
            refunded_at: cells.time(3)?,
            quantity: cells.int(4)?,
            restocked: cells.maybe_bool(5)?.unwrap_or(false),
        };
        if let Some(order) = owner(orders, at) {
            order.refund_lines.push(line);
        }
        Ok(())
    })
}

fn load_fees(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.source_id, t.charged_at, t.amount, t.tax_amount, t.currency, t.gateway, \
        t.transaction_id";
    of_listed(reader, "payment_fees AS t", "order_id", COLUMNS, near, |at, cells| {
        let fee = FeeFacts {
            fee_id: cells.string(1)?,
            charged_at: cells.maybe_time(2)?,
            amount: cells.decimal(3)?,
            tax_amount: cells.maybe_decimal(4)?,
            currency: cells.currency(5)?,
            gateway: cells.maybe_string(6)?,
            transaction_id: cells.maybe_string(7)?,
        };
        if let Some(order) = owner(orders, at) {
            order.fees.push(fee);
        }
        Ok(())
    })
}

/// Payments that went through; a source without states tells of no others.
fn load_payments(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    const COLUMNS: &str = "t.source_id, t.parent_id, t.processed_at, t.kind = 'refund', t.amount, t.currency, \
        t.gateway, t.method";
    let counted = format!(
        "{near} AND t.kind IN ('sale', 'capture', 'refund') AND coalesce(t.status, 'success') = 'success' \
         AND t.amount IS NOT NULL AND t.currency IS NOT NULL"
    );
    of_listed(reader, "payment_transactions AS t", "order_id", COLUMNS, &counted, |at, cells| {
        let payment = PaymentFacts {
            payment_id: cells.string(1)?,
            parent_id: cells.maybe_string(2)?,
            processed_at: cells.maybe_time(3)?,
            is_refund: cells.maybe_bool(4)?.unwrap_or(false),
            amount: cells.decimal(5)?,
            currency: cells.currency(6)?,
            gateway: cells.maybe_string(7)?,
            method: cells.maybe_string(8)?,
        };
        if let Some(order) = owner(orders, at) {
            order.payments.push(payment);
        }
        Ok(())
    })
}
