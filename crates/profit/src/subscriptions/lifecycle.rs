//! What messages to customers cost and what the platforms say they brought.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::MessageDayFact;
use serde::Serialize;

use crate::{Figure, InCurrency, MissingRate, Quotient};

/// A message campaign or flow over a period, in the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lifecycle {
    /// The platform.
    pub platform: String,
    /// `email`, `sms` …; empty where the source does not say.
    pub channel: String,
    /// The campaign or flow.
    pub campaign_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Messages sent.
    pub sent: i64,
    /// What sending cost.
    pub cost: Figure,
    /// Whether every row names its cost. Where one does not, the cost is a lower bound and there is no return.
    pub cost_known: bool,
    /// Orders that the platform claims.
    pub orders: Figure,
    /// Money that the platform claims.
    pub revenue: Figure,
    /// `(revenue - cost) / cost`; none where the cost is not known or nothing.
    pub roi: Quotient,
    /// Claimed revenue ÷ messages sent.
    pub revenue_per_message: Quotient,
}

/// Each campaign and flow with its rows from `from` to before `to`. A row that covers all days counts only where its
/// campaign has no row by day, and its rate is that of the last day. Amounts without a currency are taken to be in
/// the reporting one.
///
/// # Errors
/// When an amount's rate is not known.
pub fn lifecycle(
    rows: &[MessageDayFact],
    (from, to): (Date, Date),
    rates: &InCurrency<'_>,
) -> Result<Vec<Lifecycle>, MissingRate> {
    let by_day: BTreeSet<(&str, &str)> = rows
        .iter()
        .filter(|row| row.day.is_some())
        .map(|row| (row.source.as_str(), row.campaign_id.as_str()))
        .collect();
    let last = to.yesterday().unwrap_or(to);
    let mut found: BTreeMap<(&str, &str, &str), Lifecycle> = BTreeMap::new();
    for row in rows {
        let counts = match row.day {
            Some(day) => from <= day && day < to,
            None => !by_day.contains(&(row.source.as_str(), row.campaign_id.as_str())),
        };
        if !counts {
            continue;
        }
        let day = row.day.unwrap_or(last);
        let currency = row.currency.unwrap_or(rates.currency);
        let key = (row.source.as_str(), row.channel.as_str(), row.campaign_id.as_str());
        let sums = found.entry(key).or_insert_with(|| Lifecycle::new(row));
        sums.name = sums.name.take().or_else(|| row.campaign_name.clone());
        sums.sent = sums.sent.saturating_add(row.sent);
        sums.orders.add("message_days", &row.row, row.conversions);
        sums.revenue.add("message_days", &row.row, rates.convert(row.conversion_value, currency, day)?);
        match row.cost {
            Some(cost) => sums.cost.add("message_days", &row.row, rates.convert(cost, currency, day)?),
            None => sums.cost_known = false,
        }
    }
    let mut all: Vec<Lifecycle> = found.into_values().collect();
    for one in &mut all {
        let (revenue, cost) = (one.revenue.value, one.cost.value);
        one.roi = Quotient::new("lifecycle_roi", "(claimed revenue - cost) / cost", revenue - cost, cost);
        if !one.cost_known {
            one.roi.value = None;
        }
        one.revenue_per_message =
            Quotient::new("revenue_per_message", "claimed revenue / messages sent", revenue, one.sent.into());
    }
    Ok(all)
}

impl Lifecycle {
    fn new(row: &MessageDayFact) -> Self {
        let none = || Quotient::new("", "", Decimal::ZERO, Decimal::ZERO);
        Self {
            platform: row.source.clone(),
            channel: row.channel.clone(),
            campaign_id: row.campaign_id.clone(),
            name: None,
            sent: 0,
            cost: Figure::new("cost", "sum of cost"),
            cost_known: true,
            orders: Figure::new("claimed_orders", "sum of conversions"),
            revenue: Figure::new("claimed_revenue", "sum of conversion_value"),
            roi: none(),
            revenue_per_message: none(),
        }
    }
}
