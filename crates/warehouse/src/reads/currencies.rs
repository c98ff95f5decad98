//! Sums per currency: as the sources wrote them, beside what they are in the reporting currency.

use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};

use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// The orders of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderCurrencyRow {
    /// The orders' currency.
    pub currency: Currency,
    /// Orders that count.
    pub orders: i64,
    /// Orders that do not count because a rate is missing.
    pub missing_rate: i64,
    /// Goods sold less discounts and returns, without tax, in that currency; of the orders that count.
    pub net_sales: Decimal,
    /// The same in the reporting currency, each amount at the rate of its day.
    pub converted: Decimal,
    /// The same in that currency of the orders that lack a rate.
    pub unconverted: Decimal,
}

/// The ad spend of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdCurrencyRow {
    /// The ad accounts' currency.
    pub currency: Currency,
    /// Money spent, in that currency.
    pub ad_spend: Decimal,
    /// What of it is counted, in the reporting currency.
    pub converted: Decimal,
    /// What of it lacks a rate, in that currency.
    pub unconverted: Decimal,
}

impl Warehouse {
    /// The orders placed from one day to another, both included, by their currency.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn orders_by_currency(&self, from: Date, to: Date) -> Result<Vec<OrderCurrencyRow>> {
        let sql = "WITH sold AS ( \
             SELECT e.connection_id, e.order_id, e.currency, sum(e.total_amount - e.tax_amount) AS net \
             FROM sale_events AS e LEFT JOIN order_lines AS l \
             ON l.connection_id = e.connection_id AND l.source_id = e.line_id \
             WHERE e.kind = 'product' AND NOT coalesce(l.is_gift_card, false) \
             GROUP BY e.connection_id, e.order_id, e.currency) \
             SELECT o.currency, coalesce(sum(p.orders) FILTER (WHERE p.included), 0), \
             count(*) FILTER (WHERE p.excluded_reason = 'missing_rate'), \
             sum(s.net) FILTER (WHERE p.included), sum(p.net_sales) FILTER (WHERE p.included), \
             sum(s.net) FILTER (WHERE p.excluded_reason = 'missing_rate') FROM order_profit AS p \
             JOIN orders AS o ON o.connection_id = p.connection_id AND o.source_id = p.order_id \
             LEFT JOIN sold AS s ON s.connection_id = p.connection_id AND s.order_id = p.order_id \
             AND s.currency = o.currency \
             WHERE p.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) GROUP BY o.currency ORDER BY o.currency";
        let params = crate::engine::params![from.to_string(), to.to_string()];
        rows(&*self.reader()?, "sum orders by currency", sql, params, |cells| {
            Ok(OrderCurrencyRow {
                currency: cells.currency(0)?,
                orders: cells.int(1)?,
                missing_rate: cells.int(2)?,
                net_sales: cells.maybe_decimal(3)?.unwrap_or_default(),
                converted: cells.maybe_decimal(4)?.unwrap_or_default(),
                unconverted: cells.maybe_decimal(5)?.unwrap_or_default(),
            })
        })
    }

    /// Ad spend from one day of the ad accounts' zones to another, both included, by currency. What is in the reporting
    /// currency needs no rate.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn ads_by_currency(&self, from: Date, to: Date, reporting: Currency) -> Result<Vec<AdCurrencyRow>> {
        let sql = "SELECT currency, sum(spend), sum(converted), sum(spend) FILTER (WHERE converted IS NULL) FROM ( \
             SELECT day, currency, spend, spend AS converted FROM ad_days \
             WHERE level IN ('ad', 'campaign') AND currency = ? UNION ALL \
             SELECT day, currency, spend, converted FROM ad_conversions) AS ads \
             WHERE day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) GROUP BY currency ORDER BY currency";
        let params = crate::engine::params![reporting.code(), from.to_string(), to.to_string()];
        rows(&*self.reader()?, "sum ad spend by currency", sql, params, |cells| {
            Ok(AdCurrencyRow {
                currency: cells.currency(0)?,
                ad_spend: cells.maybe_decimal(1)?.unwrap_or_default(),
                converted: cells.maybe_decimal(2)?.unwrap_or_default(),
                unconverted: cells.maybe_decimal(3)?.unwrap_or_default(),
            })
        })
    }

    /// The zones of the ad days of a period, by platform; those that name none are left out.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn ad_zones(&self, from: Date, to: Date) -> Result<Vec<(String, String)>> {
        let sql = "SELECT DISTINCT source, time_zone FROM ad_days WHERE time_zone IS NOT NULL \
             AND day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) ORDER BY source, time_zone";
        let params = crate::engine::params![from.to_string(), to.to_string()];
        rows(&*self.reader()?, "read the zones of ad days", sql, params, |cells| {
            Ok((cells.string(0)?, cells.string(1)?))
        })
    }
}
