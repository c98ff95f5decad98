//! What happens to an order of the demo brand after it was placed.
use super::basket::{any_variant, happens, incoming, line_of};
use crate::draw::Draw;
use crate::world::money::Cents;
use crate::world::order::agree;
use crate::world::shop::*;

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;

/// Something that will happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// The merchant collects an authorised payment.
    Capture,
    /// A transfer arrives.
    Pay,
    /// The order is cancelled.
    Cancel,
    /// The customer asks for one thing more.
    AddLine,
    /// The merchant lowers a price after the sale.
    Discount,
    /// Goods come back.
    Return,
    /// Money is given without goods coming back.
    Goodwill,
}

/// What the future holds for a freshly placed order: delays in seconds.
pub fn plan(order: &Order, seed: u64) -> Vec<(Seconds, Later)> {
    let mut draw = Draw::new(&[seed, 301, order.id]);
    if order.test {
        return Vec::new();
    }
    match order.settled {
        Settled::Authorized => return vec![(draw.between(20 * HOUR, 50 * HOUR), Later::Capture)],
        Settled::Pending if happens(&mut draw, 900) => {
            return vec![(draw.between(5 * DAY, 30 * DAY), Later::Pay)];
        }
        Settled::Pending => return vec![(draw.between(40 * DAY, 60 * DAY), Later::Cancel)],
        _ => {}
    }
    let mut found = Vec::new();
    if happens(&mut draw, 15) {
        return vec![(draw.between(HOUR, 40 * HOUR), Later::Cancel)];
    }
    if happens(&mut draw, 12) {
        found.push((draw.between(HOUR, 20 * HOUR), Later::AddLine));
    }
    if happens(&mut draw, 6) {
        found.push((draw.between(DAY, 3 * DAY), Later::Discount));
    }
    if happens(&mut draw, 90) {
        let first = draw.between(4 * DAY, 35 * DAY);
        found.push((first, Later::Return));
        if happens(&mut draw, 400) {
            found.push((first + draw.between(DAY, 20 * DAY), Later::Return));
        }
    }
    if happens(&mut draw, 8) {
        found.push((draw.between(2 * DAY, 15 * DAY), Later::Goodwill));
    }
    found
}

/// Lets it happen at `at`.
pub fn happen(shop: &mut Shop, index: usize, what: Later, at: Seconds, seed: u64) {
    let mut draw = Draw::new(&[seed, 302, shop.orders[index].id, what as u64, at.unsigned_abs()]);
    match what {
        Later::Capture => capture(&mut shop.orders[index], at),
        Later::Pay => {
            let order = &mut shop.orders[index];
            let amount = order.total();
            order.payments.push(incoming(at, PaymentKind::Sale, Gateway::Manual, amount, true));
            order.settled = Settled::Paid;
            order.updated_at = at;
        }
        Later::Cancel => {
            let reason = ["CUSTOMER", "INVENTORY", "FRAUD", "OTHER"][draw.between(0, 3) as usize];
            shop.orders[index].cancel(at, reason);
        }
        Later::AddLine => add_line(shop, index, at, &mut draw),
        Later::Discount => lower(shop, index, at, &mut draw),
        Later::Return => send_back(&mut shop.orders[index], at, &mut draw),
        Later::Goodwill => {
            let order = &mut shop.orders[index];
            let amount = draw.between(3, 10) * 100;
            if order.received() - order.paid_back() >= amount && order.current_total() >= amount {
                order.refund(at, Refund { adjustment: -amount, note: "Goodwill", ..Refund::default() });
            }
        }
    }
}

fn is_home(order: &Order) -> bool {
    order.presentment.is_none()
}

fn capture(order: &mut Order, at: Seconds) {
    let home = is_home(order);
    let mut payment = incoming(at, PaymentKind::Capture, Gateway::ShopifyPayments, order.total(), home);
    payment.parent = Some(0);
    order.payments.push(payment);
    order.settled = Settled::Paid;
    order.updated_at = at;
}

fn add_line(shop: &mut Shop, index: usize, at: Seconds, draw: &mut Draw) {
    let variant = any_variant(shop, draw);
    let order = &shop.orders[index];
    // prices with tax inside belong to customers at home
    let mut line = line_of(shop, variant, 1, order.channel, order.taxes_included);
    line.added_at = Some(at);
    line.settle(order.taxes_included);
    let home = is_home(order);
    let order = &mut shop.orders[index];
    let amount = line.sold.total;
    order.lines.push(line);
    order.happenings.push(Happening { at, what: What::LineAdded(order.lines.len() as u8 - 1) });
    order.payments.push(incoming(at, PaymentKind::Sale, Gateway::ShopifyPayments, amount, home));
    order.updated_at = at;
}

/// A later discount of a tenth on the first goods of known cost, paid back at once.
fn lower(shop: &mut Shop, index: usize, at: Seconds, draw: &mut Draw) {
    let order = &shop.orders[index];
    let known = |line: &&Line| {
        line.kind == LineKind::Product
            && line.variant.is_some_and(|variant| !shop.variants[variant as usize].costs.is_empty())
    };
    let Some(place) = order.lines.iter().position(|line| known(&line)) else { return };
    let line = &order.lines[place];
    let off = line.displayed() * draw.between(5, 10) / 100;
    let after = agree(
        line.displayed(),
        line.line_discount + line.order_discount + off,
        line.tax_rate,
        order.taxes_included,
    );
    let change = Amounts {
        total: after.total - line.sold.total,
        tax: after.tax - line.sold.tax,
        discount_net: after.discount_net - line.sold.discount_net,
        discount_gross: after.discount_gross - line.sold.discount_gross,
    };
    let back = -change.total;
    if off == 0
        || after.total < 0
        || !order.happenings.is_empty()
        || order.received() - order.paid_back() < back
    {
        return;
    }
    let parent = order.payments.iter().position(|payment| !payment.failed && payment.amount >= back);
    let Some(parent) = parent else { return };
    let order = &mut shop.orders[index];
    let gateway = order.payments[parent].gateway;
    order.happenings.push(Happening { at, what: What::Discounted(place as u8, change) });
    order.payments.push(Payment {
        at,
        kind: PaymentKind::Refund,
        gateway,
        failed: false,
        amount: back,
        fee: None,
        parent: Some(parent as u8),
    });
    order.updated_at = at;
}

fn send_back(order: &mut Order, at: Seconds, draw: &mut Draw) {
    if order.cancelled.is_some() {
        return;
    }
    let whole = happens(draw, 450);
    let restock = if happens(draw, 800) { Restock::Return } else { Restock::None };
    let mut lines = Vec::new();
    for index in 0..order.lines.len() {
        let left = order.lines[index].quantity - order.returned_units(index);
        if order.lines[index].kind != LineKind::Product || left == 0 || (!whole && happens(draw, 400)) {
            continue;
        }
        let units = if whole { left } else { draw.between(1, i64::from(left)) as u32 };
        lines.push(order.return_units(index, units, restock));
    }
    if lines.is_empty() {
        return;
    }
    let untouched = order.refunds().all(|(_, refund)| refund.shipping == Amounts::default());
    let shipping =
        if whole && untouched && happens(draw, 400) { order.shipping_sold() } else { Amounts::default() };
    let value: Cents = lines.iter().map(|line| line.amounts.total).sum();
    let adjustment = match draw.between(1, 100) {
        ..=8 => value / 10,
        9..=11 if order.received() - order.paid_back() >= value + shipping.total + 200 => -200,
        _ => 0,
    };
    let refund = Refund { lines, shipping, adjustment, note: "Returned" };
    if refund.paid_back() <= order.received() - order.paid_back() {
        order.refund(at, refund);
    }
}
