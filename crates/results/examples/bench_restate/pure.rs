//! Computing alone: orders go from facts to profit on all cores, in pieces that are made before the clock runs.

use std::error::Error;
use std::num::NonZero;

use netgain_domain::facts::{
    CostKind, CostScope, EventAction, EventFacts, EventKind, EventReason, FeeFacts, LineFacts, OrderFacts,
    RefundLineFacts, UnitCostFact,
};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::{CostBook, Settings, compute_order};

use crate::{Clock, Spent, world};

/// Orders that are in memory at a time.
const PIECE: i64 = 100_000;

/// Computes so many orders, those of [`world::order`]. Says how long it took, the making of the orders left out, and what
/// their net profit is in all.
pub fn compute(orders: i64, settings: &Settings) -> Result<(Spent, Decimal), Box<dyn Error>> {
    let cores = cores();
    let costs = (0..world::VARIANTS).flat_map(world::goods).map(|record| cost(&record.root));
    let costs = CostBook::new(costs.collect::<Result<Vec<_>, _>>()?);
    let mut spent = Spent::default();
    let mut net_profit = Decimal::ZERO;
    for from in (0..orders).step_by(usize::try_from(PIECE)?) {
        let numbers: Vec<i64> = (from..(from + PIECE).min(orders)).collect();
        let share = numbers.len().div_ceil(cores);
        let made = on_all(&numbers, share, |number| {
            facts(&world::order(*number, orders).map_err(|error| error.to_string())?)
        })?;
        let clock = Clock::start();
        let sums = on_all(&made, share, |facts| {
            let profit = compute_order(facts, &costs, settings).map_err(|error| error.to_string())?;
            Ok(std::hint::black_box(&profit).total.net_profit)
        })?;
        spent += clock.stop();
        net_profit += sums.into_iter().sum::<Decimal>();
    }
    Ok((spent, net_profit))
}

/// The cores that computing may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does the same with everything, on one thread for each share.
fn on_all<T: Sync, U: Send>(
    all: &[T],
    share: usize,
    of: impl Fn(&T) -> Result<U, String> + Sync,
) -> Result<Vec<U>, String> {
    let of = &of;
    std::thread::scope(|scope| {
        let threads: Vec<_> = all
            .chunks(share.max(1))
            .map(|share| scope.spawn(move || share.iter().map(of).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut done = Vec::with_capacity(all.len());
        for thread in threads {
            done.extend(thread.join().map_err(|_| "a thread panicked".to_owned())??);
        }
        Ok(done)
    })
}

fn text(row: &Row, column: &str) -> Option<String> {
    match row.get(column) {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn required(row: &Row, column: &str) -> Result<String, String> {
    text(row, column).ok_or_else(|| format!("`{column}` is empty"))
}

fn int(row: &Row, column: &str) -> Option<i64> {
    match row.get(column) {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn decimal(row: &Row, column: &str) -> Option<Decimal> {
    match row.get(column) {
        // as the warehouse hands it over
        Value::Decimal(amount) => Some(amount.normalize()),
        _ => None,
    }
}

fn time(row: &Row, column: &str) -> Option<Timestamp> {
    match row.get(column) {
        Value::Time(time) => Some(*time),
        _ => None,
    }
}

fn date(row: &Row, column: &str) -> Option<Date> {
    match row.get(column) {
        Value::Date(date) => Some(*date),
        _ => None,
    }
}

fn truth(row: &Row, column: &str) -> bool {
    matches!(row.get(column), Value::Bool(true))
}

/// The facts of an order as the warehouse would load them.
pub fn facts(record: &Record) -> Result<OrderFacts, String> {
    let order = &record.root;
    let currency = world::CURRENCY.parse().map_err(|error| format!("{error}"))?;
    let at = |row: &Row, column: &str| time(row, column).ok_or_else(|| format!("`{column}` is empty"));
    let word = |row: &Row, column: &str| required(row, column);
    let mut facts = OrderFacts {
        connection_id: "shop".to_owned(),
        order_id: order.source_id.clone(),
        name: word(order, "name")?,
        placed_at: at(order, "placed_at")?,
        created_at: time(order, "created_at"),
        cancelled_at: time(order, "cancelled_at"),
        channel: word(order, "channel")?,
        customer_id: text(order, "customer_id"),
        financial_status: text(order, "financial_status"),
        is_test: truth(order, "is_test"),
        currency,
        taxes_included: truth(order, "taxes_included"),
        shipping_country: text(order, "shipping_country"),
        total_grams: None,
        version: record.version,
        lines: Vec::new(),
        events: Vec::new(),
        refund_lines: Vec::new(),
        fees: Vec::new(),
        payments: Vec::new(),
        settlements: Vec::new(),
        total_price: None,
        total_tax: None,
    };
    for row in &record.children {
        match row.table {
            Table::OrderLines => facts.lines.push(LineFacts {
                line_id: row.source_id.clone(),
                product_id: text(row, "product_id"),
                variant_id: text(row, "variant_id"),
                sku: text(row, "sku"),
                vendor: None,
                product_type: None,
                lot: None,
                weight_grams: None,
                requires_shipping: None,
                product_tags: None,
                title: word(row, "title")?,
                quantity: int(row, "quantity").unwrap_or(0),
                unit_price: decimal(row, "unit_price"),
                is_gift_card: false,
            }),
            Table::SaleEvents => facts.events.push(EventFacts {
                event_id: row.source_id.clone(),
                line_id: text(row, "line_id"),
                happened_at: at(row, "happened_at")?,
                reason: EventReason::from_name(&word(row, "reason")?).unwrap_or(EventReason::Unknown),
                action: EventAction::from_name(&word(row, "action")?).unwrap_or(EventAction::Unknown),
                kind: EventKind::from_name(&word(row, "kind")?).unwrap_or(EventKind::Unknown),
                quantity: int(row, "quantity"),
                total_amount: decimal(row, "total_amount").unwrap_or_default(),
                tax_amount: decimal(row, "tax_amount").unwrap_or_default(),
                discount_amount: decimal(row, "discount_amount").unwrap_or_default(),
                currency,
            }),
            Table::RefundLines => facts.refund_lines.push(RefundLineFacts {
                refund_line_id: row.source_id.clone(),
                line_id: word(row, "line_id")?,
                refunded_at: at(row, "refunded_at")?,
                quantity: int(row, "quantity").unwrap_or(0),
                restocked: truth(row, "restocked"),
            }),
            Table::PaymentFees => facts.fees.push(FeeFacts {
                fee_id: row.source_id.clone(),
                charged_at: time(row, "charged_at"),
                amount: decimal(row, "amount").unwrap_or_default(),
                tax_amount: None,
                currency,
                gateway: None,
                transaction_id: None,
            }),
            other => return Err(format!("no order has rows of `{}`", other.name())),
        }
    }
    facts.lines.sort_unstable_by(|a, b| a.line_id.cmp(&b.line_id));
    facts.events.sort_unstable_by(|a, b| a.event_id.cmp(&b.event_id));
    Ok(facts)
}

fn cost(row: &Row) -> Result<UnitCostFact, String> {
    let currency = world::CURRENCY.parse().map_err(|error| format!("{error}"))?;
    let amount = decimal(row, "unit_cost").unwrap_or_default();
    let mut cost = UnitCostFact::new(CostScope::Variant, &required(row, "scope_id")?, amount, currency);
    cost.cost_id = format!("shop/{}", row.source_id);
    (cost.kind, cost.valid_from, cost.valid_to) =
        (CostKind::Actual, date(row, "valid_from"), date(row, "valid_to"));
    cost.recorded_at = Timestamp::UNIX_EPOCH;
    Ok(cost)
}
