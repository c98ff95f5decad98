//! Orders that count, with who placed them and what they brought day by day.

use netgain_domain::Decimal;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;

use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// What an order brought on one local day, in the reporting currency and without tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseDayRow {
    /// Local day of the workspace.
    pub day: Date,
    /// Net sales.
    pub net_sales: Decimal,
    /// Net revenue.
    pub net_revenue: Decimal,
    /// Second contribution margin.
    pub cm2: Decimal,
}

/// An order that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRow {
    /// The connection that it came over.
    pub connection_id: String,
    /// Its id at the platform.
    pub order_id: String,
    /// The customer's id at the platform, where known.
    pub customer_id: Option<String>,
    /// The customer's e-mail address as the order has it: all that is known of a guest.
    pub customer_email: Option<String>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The order's local day.
    pub day: Date,
    /// 1 if it counts as an order placed, 0 for a credit note.
    pub orders: i64,
    /// What it brought, by day.
    pub days: Vec<PurchaseDayRow>,
}

impl Warehouse {
    /// All orders that are counted, by connection and id.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_purchases(&self) -> Result<Vec<PurchaseRow>> {
        let sql = "SELECT p.connection_id, p.order_id, o.customer_id, o.placed_at, p.day, p.orders, d.day, d.net_sales, \
             d.net_revenue, d.cm2, o.customer_email FROM order_profit AS p \
             JOIN order_profit_days AS d ON d.connection_id = p.connection_id AND d.order_id = p.order_id \
             JOIN orders AS o ON o.connection_id = p.connection_id AND o.source_id = p.order_id \
             WHERE p.included ORDER BY p.connection_id, p.order_id, d.day";
        let found = rows(&*self.reader()?, "load purchases", sql, [], |cells| {
            let day = PurchaseDayRow {
                day: cells.date(6)?,
                net_sales: cells.maybe_decimal(7)?.unwrap_or_default(),
                net_revenue: cells.maybe_decimal(8)?.unwrap_or_default(),
                cm2: cells.maybe_decimal(9)?.unwrap_or_default(),
            };
            Ok(PurchaseRow {
                connection_id: cells.string(0)?,
                order_id: cells.string(1)?,
                customer_id: cells.maybe_string(2)?,
                customer_email: cells.maybe_string(10)?,
                placed_at: cells.time(3)?,
                day: cells.date(4)?,
                orders: cells.maybe_int(5)?.unwrap_or(0),
                days: vec![day],
            })
        })?;
        let mut purchases: Vec<PurchaseRow> = Vec::new();
        for mut row in found {
            match purchases.last_mut() {
                Some(last)
                    if (&last.connection_id, &last.order_id) == (&row.connection_id, &row.order_id) =>
                {
                    last.days.append(&mut row.days);
                }
                _ => purchases.push(row),
            }
        }
        Ok(purchases)
    }
}
