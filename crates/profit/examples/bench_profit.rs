//! Measures the economics of 1,000,000 generated orders on one thread and prints one line of JSON.
//!
//! `cargo run --profile demo -p netgain-profit --example bench_profit [-- ORDERS]`

use std::error::Error;
use std::time::Instant;

use netgain_domain::facts::{
    CostScope, EventAction, EventFacts, EventKind, EventReason, FeeFacts, LineFacts, OrderFacts,
    RefundLineFacts, UnitCostFact,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{Currency, Decimal};
use netgain_profit::{CostBook, Ladder, Settings, compute_order};

/// Distinct orders in memory; they are computed over and over until the number is reached.
const DISTINCT: i64 = 50_000;
const VARIANTS: i64 = 150;

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: i64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let currency: Currency = "GBP".parse()?;
    let settings = Settings::new(currency, "Europe/London".parse()?);
    // every tenth variant has no cost, as in life
    let costs = CostBook::new((0..VARIANTS).filter(|variant| variant % 10 != 9).map(|variant| {
        let cost = Decimal::new(500 + variant * 7, 2);
        UnitCostFact::new(CostScope::Variant, &variant_id(variant), cost, currency)
    }));
    let orders: Vec<OrderFacts> =
        (0..DISTINCT).map(|number| order(number, currency)).collect::<Result<_, _>>()?;

    let start = Instant::now();
    let mut total = Ladder::default();
    let (mut done, mut days) = (0, 0);
    while done < wanted {
        for facts in orders.iter().take(usize::try_from(wanted - done)?) {
            let profit = compute_order(facts, &costs, &settings)?;
            total += &profit.total;
            days += profit.days.len();
            done += 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"bench\":\"profit_orders\",\"orders\":{done},\"seconds\":{seconds:.3},\"orders_per_second\":{:.0},\"order_days\":{days},\"net_profit\":\"{}\"}}",
        done as f64 / seconds,
        total.net_profit
    );
    Ok(())
}

fn variant_id(variant: i64) -> String {
    format!("gid://shop/ProductVariant/{}", 40_000_000_000_000 + variant)
}

/// Two lines on average, shipping and a fee; every eighth order has a return on a later day.
fn order(number: i64, currency: Currency) -> Result<OrderFacts, Box<dyn Error>> {
    let start: Timestamp = "2025-01-01T08:00:00Z".parse()?;
    let placed_at = start.checked_add(SignedDuration::from_secs(number * 611))?;
    let id = |kind: &str, at: i64| format!("gid://shop/{kind}/{}", 7_000_000_000_000 + number * 16 + at);
    let event = |at: i64, kind, action, line_id: Option<String>, quantity, cents: i64| EventFacts {
        event_id: id("Sale", at),
        line_id,
        happened_at: placed_at,
        reason: if action == EventAction::Return { EventReason::Refund } else { EventReason::Order },
        action,
        kind,
        quantity,
        total_amount: Decimal::new(cents, 2),
        tax_amount: Decimal::new(cents / 6, 2),
        discount_amount: if kind == EventKind::Product { Decimal::new(cents / 20, 2) } else { Decimal::ZERO },
        currency,
    };
    let mut facts = OrderFacts {
        connection_id: "shop".into(),
        order_id: id("Order", 0),
        name: format!("#{}", 1000 + number),
        placed_at,
        created_at: Some(placed_at),
        cancelled_at: None,
        channel: "web".into(),
        customer_id: None,
        financial_status: Some("paid".into()),
        is_test: false,
        currency,
        taxes_included: true,
        version: number,
        lines: Vec::new(),
        events: Vec::new(),
        refund_lines: Vec::new(),
        fees: vec![FeeFacts {
            fee_id: id("Fee", 0),
            charged_at: Some(placed_at),
            amount: Decimal::new(125 + number % 300, 2),
            tax_amount: None,
            currency,
            gateway: None,
            transaction_id: None,
        }],
        shipping_country: None,
        total_grams: None,
        payments: Vec::new(),
        settlements: Vec::new(),
        total_price: None,
        total_tax: None,
    };
    for at in 0..1 + number % 3 {
        let (quantity, line_id) = (1 + number % 2, id("LineItem", at));
        let cents = (1_999 + number * 37 % 6_000) * quantity;
        facts.events.push(event(
            at,
            EventKind::Product,
            EventAction::Order,
            Some(line_id.clone()),
            Some(quantity),
            cents,
        ));
        facts.lines.push(LineFacts {
            line_id,
            product_id: None,
            variant_id: Some(variant_id((number * 13 + at) % VARIANTS)),
            sku: None,
            vendor: None,
            product_type: None,
            lot: None,
            weight_grams: None,
            requires_shipping: None,
            product_tags: None,
            title: "Thing".into(),
            quantity,
            unit_price: None,
            is_gift_card: false,
        });
    }
    facts.events.push(event(8, EventKind::Shipping, EventAction::Order, None, None, 495));
    if number % 8 == 0 {
        let mut back = event(
            9,
            EventKind::Product,
            EventAction::Return,
            Some(id("LineItem", 0)),
            Some(-1),
            -(1_999 + number * 37 % 6_000),
        );
        back.happened_at = placed_at.checked_add(SignedDuration::from_hours(24 * 9))?;
        facts.refund_lines.push(RefundLineFacts {
            refund_line_id: id("RefundLine", 0),
            line_id: id("LineItem", 0),
            refunded_at: back.happened_at,
            quantity: 1,
            restocked: true,
        });
        facts.events.push(back);
    }
    Ok(facts)
}
