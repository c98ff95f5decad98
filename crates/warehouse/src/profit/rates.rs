//! Exchange rates, and where they were applied: by order and row, and by day of ad spend. Orders that used a rate that
//! changed since, or lacked one that is known now, are found here.

use std::collections::HashSet;

use crate::engine::Connection;
use netgain_domain::facts::{AppliedRate, OrderProfit, OrderRate, RateFact};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Kind, Value};

use super::{OrderKey, spec};
use crate::columnar::TableWriter;
use crate::error::{Context, Error, Result};
use crate::reading::{Cells, rows};
use crate::root_key::root_key;
use crate::schema::Spec;
use crate::warehouse::Warehouse;

/// The rates of an order's amounts. `rate` is text, since a quotient of rates has more digits than amounts are kept
/// with; it is null where no rate is known, and then `rate_day` and `source` are too.
pub(crate) const ORDER_RATES: [Spec; 10] = [
    spec("connection_id", Kind::Text),
    spec("order_id", Kind::Text),
    spec("root_key", Kind::Int),
    spec("row_id", Kind::Text),
    spec("currency", Kind::Text),
    spec("amount", Kind::Decimal),
    spec("day", Kind::Date),
    spec("rate", Kind::Text),
    spec("rate_day", Kind::Date),
    spec("source", Kind::Text),
];

/// Ad spend in other currencies than the reporting one by day, platform and currency; `converted` is null where no rate
/// is known.
pub(crate) const AD_CONVERSIONS: [Spec; 9] = [
    spec("day", Kind::Date),
    spec("platform", Kind::Text),
    spec("currency", Kind::Text),
    spec("spend", Kind::Decimal),
    spec("provisional", Kind::Bool),
    spec("converted", Kind::Decimal),
    spec("rate", Kind::Text),
    spec("rate_day", Kind::Date),
    spec("source", Kind::Text),
];

/// A rate that orders were computed with, or lacked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RateInUse {
    /// The currency of the amounts.
    pub from: Currency,
    /// The local day for which the rate was looked up.
    pub day: Date,
    /// What was found then.
    pub applied: Option<AppliedRate>,
}

/// Ad spend of a platform's day in the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AdConversion {
    /// Day of the ad account's zone.
    pub day: Date,
    /// The platform.
    pub platform: String,
    /// The ad account's currency.
    pub currency: Currency,
    /// Money spent, in that currency.
    pub spend: Decimal,
    /// Whether the platform may still restate it.
    pub provisional: bool,
    /// The same in the reporting currency, and the rate; none where no rate is known.
    pub converted: Option<(Decimal, AppliedRate)>,
}

/// A currency that amounts of a period are in and for which rates are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRates {
    /// The currency.
    pub currency: Currency,
    /// The first day without a rate.
    pub first_day: Date,
    /// The last one.
    pub last_day: Date,
    /// Orders or operating costs concerned, or days of a platform's ad spend.
    pub count: u64,
}

impl Warehouse {
    /// All rates ever recorded.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_rates(&self) -> Result<Vec<RateFact>> {
        let sql = "SELECT base, quote, day, rate, source, coalesce(manual, false), coalesce(recorded_at, observed_at) \
             FROM fx_rates WHERE rate IS NOT NULL ORDER BY base, quote, day, connection_id, source_id";
        rows(&*self.reader()?, "load exchange rates", sql, [], |cells| {
            Ok(RateFact {
                base: cells.currency(0)?,
                quote: cells.currency(1)?,
                day: cells.date(2)?,
                rate: cells.decimal(3)?,
                source: cells.string(4)?.into(),
                manual: cells.maybe_bool(5)?.unwrap_or(false),
                recorded_at: cells.time(6)?,
            })
        })
    }

    /// The rates with which the stored results were computed, each once.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn rates_in_use(&self) -> Result<Vec<RateInUse>> {
        let sql =
            "SELECT DISTINCT currency, day, rate, rate_day, source FROM order_rates ORDER BY 1, 2, 3, 4, 5";
        rows(&*self.reader()?, "read the rates in use", sql, [], |cells| {
            Ok(RateInUse { from: cells.currency(0)?, day: cells.date(1)?, applied: applied(cells, 2)? })
        })
    }

    /// Marks the orders that were computed with one of these rates, so that they are computed again. Returns how many
    /// there are.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn mark_rates_changed(&self, rates: &[RateInUse]) -> Result<u64> {
        const DOING: &str = "find the orders of exchange rates";
        if rates.is_empty() {
            return Ok(0);
        }
        self.write(DOING, |writer| {
            let keys = vec![spec("currency", Kind::Text), spec("day", Kind::Date)];
            writer.temporary("rate_keys", &keys).doing(DOING)?;
            let mut out = TableWriter::new(writer, "rate_keys", keys)?;
            for rate in rates {
                out.text(rate.from.code())?;
                out.cell(&Value::Date(rate.day))?;
                out.end_row()?;
            }
            out.finish()?;
            let marked = writer
                .execute(
                    "UPDATE order_profit SET computed_version = NULL FROM (\
                     SELECT DISTINCT r.connection_id, r.order_id FROM order_rates AS r \
                     JOIN rate_keys AS k ON k.currency = r.currency AND k.day = r.day) AS used \
                     WHERE order_profit.connection_id = used.connection_id \
                     AND order_profit.order_id = used.order_id",
                    [],
                )
                .doing(DOING)?;
            Ok(marked as u64)
        })
    }

    /// Keeps ad spend in the reporting currency, in the place of what was kept before, and notes the days that this
    /// changes for the next rebuild of the daily sums.
    ///
    /// # Errors
    /// Nothing is written when an amount cannot be kept exactly or the engine fails.
    pub fn write_ad_conversions(&self, conversions: &[AdConversion]) -> Result<()> {
        const DOING: &str = "keep ad spend in the reporting currency";
        let stored: HashSet<AdConversion> = self.ad_conversions()?.into_iter().collect();
        let given: HashSet<AdConversion> = conversions.iter().cloned().collect();
        let mut days: Vec<Date> = stored.symmetric_difference(&given).map(|one| one.day).collect();
        if days.is_empty() {
            return Ok(());
        }
        days.sort_unstable();
        days.dedup();
        self.write(DOING, |writer| {
            writer.execute_batch("DELETE FROM ad_conversions").doing(DOING)?;
            let mut out = TableWriter::new(writer, "ad_conversions", AD_CONVERSIONS.to_vec())?;
            for one in conversions {
                out.cell(&Value::Date(one.day))?;
                out.text(&one.platform)?;
                out.text(one.currency.code())?;
                out.decimal(one.spend)?;
                out.cell(&Value::Bool(one.provisional))?;
                match &one.converted {
                    Some((amount, _)) => out.decimal(*amount)?,
                    None => out.cell(&Value::Null)?,
                }
                write_applied(&mut out, one.converted.as_ref().map(|(_, rate)| rate))?;
                out.end_row()?;
            }
            out.finish()?;
            super::mark_days(writer, days)
        })
    }

    /// Ad spend in other currencies than the reporting one, with its rates, in the order of days.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn ad_conversions(&self) -> Result<Vec<AdConversion>> {
        let sql = "SELECT day, platform, currency, spend, provisional, converted, rate, rate_day, source \
             FROM ad_conversions ORDER BY day, platform, currency";
        rows(&*self.reader()?, "read ad spend", sql, [], |cells| {
            Ok(AdConversion {
                day: cells.date(0)?,
                platform: cells.string(1)?,
                currency: cells.currency(2)?,
                spend: cells.decimal(3)?,
                provisional: cells.maybe_bool(4)?.unwrap_or(false),
                converted: cells.maybe_decimal(5)?.zip(applied(cells, 6)?),
            })
        })
    }

    /// The rates of an order's amounts as it was last computed.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn order_rates(&self, order: &OrderKey) -> Result<Vec<OrderRate>> {
        let sql = "SELECT row_id, currency, amount, day, rate, rate_day, source FROM order_rates \
             WHERE root_key = ? AND connection_id = ? AND order_id = ? ORDER BY day, row_id, currency";
        let params = crate::engine::params![root_key(&order.order_id), order.connection_id, order.order_id];
        rows(&*self.reader()?, "read the rates of an order", sql, params, |cells| {
            Ok(OrderRate {
                row_id: cells.string(0)?,
                from: cells.currency(1)?,
                amount: cells.decimal(2)?,
                day: cells.date(3)?,
                applied: applied(cells, 4)?,
            })
        })
    }

    /// The currencies for which rates are missing: those of orders that are not counted for it whose day is in the
    /// period, both days included.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn missing_order_rates(&self, from: Date, to: Date) -> Result<Vec<MissingRates>> {
        let sql = "SELECT r.currency, min(r.day), max(r.day), \
             count(DISTINCT (r.connection_id, r.order_id)) FROM order_rates AS r \
             JOIN order_profit AS p ON p.connection_id = r.connection_id AND p.order_id = r.order_id \
             WHERE r.rate IS NULL AND p.excluded_reason = 'missing_rate' \
             AND p.day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) GROUP BY r.currency ORDER BY r.currency";
        self.missing_rates(sql, from, to)
    }

    /// As [`Warehouse::missing_order_rates`] for days of ad spend.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn missing_ad_rates(&self, from: Date, to: Date) -> Result<Vec<MissingRates>> {
        let sql = "SELECT currency, min(day), max(day), count(*) FROM ad_conversions \
             WHERE converted IS NULL AND spend <> 0 \
             AND day BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) GROUP BY currency ORDER BY currency";
        self.missing_rates(sql, from, to)
    }

    pub(super) fn missing_rates(&self, sql: &str, from: Date, to: Date) -> Result<Vec<MissingRates>> {
        let params = crate::engine::params![from.to_string(), to.to_string()];
        rows(&*self.reader()?, "find missing exchange rates", sql, params, |cells| {
            Ok(MissingRates {
                currency: cells.currency(0)?,
                first_day: cells.date(1)?,
                last_day: cells.date(2)?,
                count: cells.int(3)?.unsigned_abs(),
            })
        })
    }
}

/// Appends the rates of computed orders.
pub(super) fn append(writer: &Connection, orders: &[OrderProfit]) -> Result<()> {
    if orders.iter().all(|order| order.rates.is_empty()) {
        return Ok(());
    }
    let mut out = TableWriter::new(writer, "order_rates", ORDER_RATES.to_vec())?;
    for order in orders {
        for rate in &order.rates {
            out.text(&order.connection_id)?;
            out.text(&order.order_id)?;
            out.int(root_key(&order.order_id))?;
            out.text(&rate.row_id)?;
            out.text(rate.from.code())?;
            out.decimal(rate.amount)?;
            out.cell(&Value::Date(rate.day))?;
            write_applied(&mut out, rate.applied.as_ref())?;
            out.end_row()?;
        }
    }
    out.finish()
}

fn write_applied(out: &mut TableWriter<'_>, applied: Option<&AppliedRate>) -> Result<()> {
    match applied {
        Some(applied) => {
            out.text(&applied.rate.normalize().to_string())?;
            out.cell(&Value::Date(applied.rate_day))?;
            out.text(&applied.source)
        }
        None => (0..3).try_for_each(|_| out.cell(&Value::Null)),
    }
}

fn applied(cells: &Cells<'_>, at: usize) -> Result<Option<AppliedRate>> {
    let Some(rate) = cells.text(at)? else { return Ok(None) };
    let rate = rate.parse().map_err(|error: <Decimal as std::str::FromStr>::Err| Error::Stored {
        column: "rate".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Some(AppliedRate { rate, rate_day: cells.date(at + 1)?, source: cells.string(at + 2)?.into() }))
}
