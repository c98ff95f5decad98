//! A shop of twenty orders: refunds, gift cards, tips, duties, another currency, a cancelled and a test order, a
//! partial refund with a restocking fee next month.

use netgain_domain::Decimal;
use netgain_domain::facts::*;

use super::*;

/// Amounts of one order in pence, without tax unless the name says so. Tax is a fifth of the amount without it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sale {
    /// Displayed price with tax.
    pub list: i64,
    /// Discount on it, with tax.
    pub off: i64,
    /// Recorded cost.
    pub cost: Option<i64>,
    pub shipping: i64,
    pub tip: i64,
    pub duty: i64,
    pub gift_card: i64,
    /// Goods added by an edit two days later, with tax.
    pub edit: i64,
    pub fee: i64,
    pub status: &'static str,
    pub test: bool,
    pub cancelled: bool,
    pub foreign: bool,
    pub back: Option<Back>,
}

/// What was given back, without tax.
#[derive(Debug, Clone, Copy, Default)]
pub struct Back {
    pub goods: i64,
    pub shipping: i64,
    pub tip: i64,
    pub restocked: bool,
    /// A restocking fee that was kept.
    pub kept: i64,
    /// Goodwill beyond the goods' value.
    pub goodwill: i64,
    pub day: &'static str,
    pub paid: &'static str,
}

pub const MARCH: &str = "2026-03-21";
pub const APRIL: &str = "2026-04-05";
pub const MAY: &str = "2026-05-02";

pub fn shop() -> Vec<Sale> {
    let sale =
        Sale { list: 12_000, cost: Some(3_500), shipping: 500, fee: 395, status: "paid", ..Sale::default() };
    let back = Back { goods: 10_000, restocked: true, day: MARCH, paid: MARCH, ..Back::default() };
    let refunded = |back| Sale { status: "refunded", back: Some(back), ..sale };
    vec![
        sale,
        Sale { list: 6_000, off: 600, ..sale },
        Sale { tip: 300, ..sale },
        Sale { duty: 700, ..sale },
        Sale { list: 0, cost: None, shipping: 0, gift_card: 5_000, fee: 100, ..sale },
        Sale { list: 6_000, ..sale },
        Sale { cost: None, ..sale },
        refunded(back),
        refunded(Back { restocked: false, shipping: 500, ..back }),
        // partial refund next month, a restocking fee kept, the money a month later
        Sale {
            list: 24_000,
            status: "partially_refunded",
            back: Some(Back { kept: 833, day: APRIL, paid: MAY, ..back }),
            ..sale
        },
        Sale {
            back: Some(Back {
                goods: 5_000,
                restocked: false,
                goodwill: 200,
                day: APRIL,
                paid: APRIL,
                ..back
            }),
            ..sale
        },
        Sale { tip: 400, back: Some(Back { tip: 400, day: APRIL, paid: APRIL, ..back }), ..sale },
        Sale { cancelled: true, back: Some(Back { shipping: 500, ..back }), status: "refunded", ..sale },
        Sale { test: true, ..sale },
        Sale { status: "pending", fee: 0, ..sale },
        Sale { status: "voided", fee: 0, ..sale },
        Sale { status: "expired", fee: 0, ..sale },
        Sale { status: "authorized", fee: 0, ..sale },
        Sale { edit: 3_600, ..sale },
        Sale { foreign: true, ..sale },
    ]
}

pub const AD_SPEND: i64 = 7_000;
pub const LABEL: i64 = 450;

fn pence(pence: i64) -> String {
    Decimal::new(pence, 2).to_string()
}

/// An amount without tax as the ledger writes it: with tax, and the tax.
fn taxed(net: i64) -> (String, String) {
    (pence(net + net / 5), pence(net / 5))
}

pub fn facts(sale: &Sale, number: usize) -> OrderFacts {
    let mut order = order(if sale.foreign { "EUR" } else { "GBP" });
    order.order_id = format!("o{number}");
    order.financial_status = Some(sale.status.into());
    order.is_test = sale.test;
    order.cancelled_at = sale.cancelled.then(|| at("2026-03-21T12:00:00Z"));
    if sale.list > 0 {
        let paid = sale.list - sale.off;
        let variant = sale.cost.map(|cost| format!("v{cost}"));
        let units = if sale.back.is_some_and(|back| back.goods * 6 / 5 < sale.list) { 2 } else { 1 };
        order = order.line("l1", variant.as_deref(), units);
        order.lines[0].unit_price = Some(Decimal::new(sale.list / units, 2));
        order = order.sold("l1", units, &pence(paid), &pence(paid / 6), &pence(sale.off - sale.off / 6));
    }
    if sale.gift_card > 0 {
        order = order.gift_card("g1");
        order.lines.last_mut().unwrap().unit_price = Some(Decimal::new(sale.gift_card, 2));
        order = order.event(EventKind::GiftCard, EventAction::Order, PLACED, &pence(sale.gift_card), "0");
    }
    let mut total = sale.list - sale.off + sale.gift_card + sale.tip + sale.duty;
    if sale.shipping > 0 {
        let (with_tax, tax) = taxed(sale.shipping);
        order = order.event(EventKind::Shipping, EventAction::Order, PLACED, &with_tax, &tax);
        total += sale.shipping * 6 / 5;
    }
    for (kind, amount) in [(EventKind::Tip, sale.tip), (EventKind::Duty, sale.duty)] {
        order = order.event(kind, EventAction::Order, PLACED, &pence(amount), "0");
    }
    order.total_price = Some(Decimal::new(total, 2));
    order.total_tax = Some(Decimal::new((sale.list - sale.off) / 6 + sale.shipping / 5, 2));
    if sale.edit > 0 {
        order = order.line("l2", None, 0).edited(
            "l2",
            1,
            "2026-03-12T12:00:00Z",
            &pence(sale.edit),
            &pence(sale.edit / 6),
        );
    }
    if let Some(back) = &sale.back {
        let when = format!("{}T12:00:00Z", back.day);
        let negative = |net: i64| taxed(-net);
        let (goods, tax) = negative(back.goods);
        order = order.returned("l1", -1, &when, &goods, &tax);
        if back.restocked {
            order = order.restocked("l1", 1, &when);
        }
        for (kind, net) in [
            (EventKind::Shipping, -back.shipping),
            (EventKind::Fee, back.kept),
            (EventKind::Adjustment, -back.goodwill),
        ] {
            // fees and goodwill without tax, to keep the table plain
            let (amount, tax) =
                if kind == EventKind::Shipping { taxed(net) } else { (pence(net), "0".into()) };
            order = order.event(kind, EventAction::Return, &when, &amount, &tax);
        }
        order = order.event(EventKind::Tip, EventAction::Return, &when, &pence(-back.tip), "0");
        order = order.paid_back(at(&format!("{}T12:00:05Z", back.paid)));
    }
    if sale.fee > 0 { order.fee(&pence(sale.fee)) } else { order }
}

pub fn costs() -> [UnitCostFact; 1] {
    [cost("v3500", "35", "GBP")]
}
