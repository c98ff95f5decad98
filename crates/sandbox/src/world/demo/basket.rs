//! One order of the demo brand: who buys what, at which price, paid how.
use super::{calendar, catalogue, people};
use crate::draw::Draw;
use crate::world::days;
use crate::world::journeys::SOURCES;
use crate::world::money::{Cents, scale, share};
use crate::world::order::take_fee;
use crate::world::shop::*;
use jiff::tz::TimeZone;

const FIRST_ID: u64 = 5_000_000_000_000;

/// Whether a chance of so many in a thousand comes true.
pub fn happens(draw: &mut Draw, in_thousand: i64) -> bool {
    draw.between(1, 1_000) <= in_thousand
}

/// Places an order at `at` and answers its index.
pub fn place(shop: &mut Shop, seed: u64, at: Seconds, zone: &TimeZone) -> usize {
    let number = shop.orders.len() as u32 + 1_001;
    let mut draw = Draw::new(&[seed, 201, u64::from(number)]);
    let channel = match draw.between(1, 100) {
        ..=84 => Channel::Web,
        85..=95 => Channel::Pos,
        _ => Channel::Draft,
    };
    let guest = channel == Channel::Pos && happens(&mut draw, 500) || happens(&mut draw, 20);
    let newcomer = shop.customers.len() < 20 || happens(&mut draw, 270);
    let customer = match (guest, newcomer) {
        (true, _) => None,
        (_, true) => Some(people::arrive(shop, &mut draw, at)),
        _ => Some(people::again(shop, &mut draw)),
    };
    let country = match (channel, customer) {
        (Channel::Web, Some(customer)) => shop.customers[customer as usize].country,
        _ => "GB",
    };
    let home = country == "GB";
    let mut order = Order {
        id: FIRST_ID + u64::from(number) * 1024,
        number,
        name: None,
        customer,
        placed_at: at,
        updated_at: at,
        cancelled: None,
        channel,
        settled: Settled::Paid,
        test: happens(&mut draw, 3),
        taxes_included: home && channel != Channel::Draft,
        presentment: presentment(country, at),
        lines: Vec::new(),
        shipping: None,
        happenings: Vec::new(),
        payments: Vec::new(),
        journey: (channel == Channel::Web).then(|| journey(&mut draw)),
        discount_code: None,
    };
    fill(shop, &mut order, &mut draw, home);
    let sale = calendar::is_sale(days::day_of(at, zone));
    discount(&mut order, &mut draw, sale);
    let included = order.taxes_included;
    order.lines.iter_mut().for_each(|line| line.settle(included));
    send(&mut order, &mut draw, home);
    pay(&mut order, &mut draw, home);
    if let Some(customer) = order.customer {
        let customer = &mut shop.customers[customer as usize];
        customer.orders += 1;
        customer.spent += order.total();
        customer.updated_at = at;
    }
    shop.orders.push(order);
    shop.orders.len() - 1
}

fn presentment(country: &str, at: Seconds) -> Option<Presentment> {
    // rates drift with the weeks
    let drift = (at / 604_800 % 40 - 20).unsigned_abs() as u32;
    match country {
        "IE" | "DE" | "FR" => Some(Presentment { currency: "EUR", rate: 1_148_350 + drift * 1_210 }),
        "US" => Some(Presentment { currency: "USD", rate: 1_246_700 + drift * 2_130 }),
        _ => None,
    }
}

fn journey(draw: &mut Draw) -> Journey {
    let mut source = || {
        let mut rest = draw.between(0, 99) as u32;
        for (index, source) in SOURCES.iter().enumerate() {
            if rest < source.weight {
                return index as u8;
            }
            rest -= source.weight;
        }
        0
    };
    let (first, last) = (source(), source());
    let last_before = draw.between(60, 7_200);
    let first_before = last_before + draw.between(0, 1) * draw.between(3_600, 20 * 86_400);
    Journey { first: (first, first_before as u32), last: (last, last_before as u32) }
}

/// A variant that can be bought, gift cards left out.
pub fn any_variant(shop: &Shop, draw: &mut Draw) -> u32 {
    // the first of two draws that is lower sells better: some goods are favourites
    let last = shop.variants.len() as i64 - 4;
    draw.between(0, last).min(draw.between(0, last)) as u32
}

/// A line of goods as this order prices them.
pub fn line_of(shop: &Shop, variant: u32, quantity: u32, channel: Channel, home: bool) -> Line {
    let product = &shop.products[shop.variants[variant as usize].product as usize];
    let rate = catalogue::home_tax_rate(product);
    let price = shop.variants[variant as usize].price;
    let without_tax = scale(price, 1_000, 1_000 + i64::from(rate));
    match channel {
        Channel::Draft => {
            Line::new(LineKind::Product, Some(variant), quantity, scale(without_tax, 60, 100), rate)
        }
        _ if home => Line::new(LineKind::Product, Some(variant), quantity, price, rate),
        _ => Line::new(LineKind::Product, Some(variant), quantity, without_tax, 0),
    }
}

fn fill(shop: &Shop, order: &mut Order, draw: &mut Draw, home: bool) {
    if order.channel == Channel::Web && happens(draw, 25) {
        let variant = shop.variants.len() as i64 - draw.between(1, 3);
        let card = &shop.variants[variant as usize];
        order.lines.push(Line::new(LineKind::GiftCard, Some(variant as u32), 1, card.price, 0));
        if happens(draw, 700) {
            return;
        }
    }
    let count = match draw.between(1, 100) {
        ..=58 => 1,
        59..=84 => 2,
        85..=95 => 3,
        _ => 4,
    };
    for _ in 0..count {
        let variant = any_variant(shop, draw);
        let quantity = match order.channel {
            Channel::Draft => draw.between(5, 30),
            _ if happens(draw, 120) => draw.between(2, 4),
            _ => 1,
        };
        if !order.lines.iter().any(|line| line.variant == Some(variant)) {
            order.lines.push(line_of(shop, variant, quantity as u32, order.channel, home));
        }
    }
    if order.channel == Channel::Pos && happens(draw, 40) {
        order.lines.push(Line::new(LineKind::Tip, None, 1, draw.between(1, 6) * 50, 0));
    }
}

fn discount(order: &mut Order, draw: &mut Draw, sale: bool) {
    let goods: Vec<usize> =
        (0..order.lines.len()).filter(|index| order.lines[*index].kind == LineKind::Product).collect();
    if order.channel != Channel::Web || goods.is_empty() {
        return;
    }
    if happens(draw, 80) {
        let line = &mut order.lines[goods[draw.between(0, goods.len() as i64 - 1) as usize]];
        line.line_discount = scale(line.displayed(), draw.between(2, 6) * 5, 100);
    }
    let (code, percent) = match draw.between(1, 1_000) {
        ..=3 => ("GIFT100", 100),
        4..=500 if sale => ("BLACK20", 20),
        4..=100 => ("WELCOME10", 10),
        101..=160 => ("LETTER15", 15),
        _ => return,
    };
    order.discount_code = Some(code);
    let open: Vec<Cents> = goods
        .iter()
        .map(|index| order.lines[*index].displayed() - order.lines[*index].line_discount)
        .collect();
    let whole: Cents = open.iter().sum();
    let off = scale(whole, percent, 100);
    let mut before = 0;
    for (index, amount) in goods.into_iter().zip(open) {
        order.lines[index].order_discount = share(off, before, before + amount, whole);
        before += amount;
    }
}

fn send(order: &mut Order, draw: &mut Draw, home: bool) {
    let goods: Cents =
        order.lines.iter().filter(|line| line.kind == LineKind::Product).map(|line| line.sold.total).sum();
    let any_goods = order.lines.iter().any(|line| line.kind == LineKind::Product);
    if order.channel == Channel::Pos || !any_goods {
        return;
    }
    let included = order.taxes_included;
    let shipping = match order.channel {
        Channel::Draft => Shipping::new("Pallet", 1_500, 0, 200, included),
        _ if !home => Shipping::new("International", 1_200, 0, 0, included),
        _ if happens(draw, 150) => Shipping::new("Express", 795, 0, 200, included),
        _ if goods >= 6_000 => Shipping::new("Free standard", 0, 0, 200, included),
        _ if happens(draw, 100) => Shipping::new("Standard", 395, 395, 200, included),
        _ => Shipping::new("Standard", 395, 0, 200, included),
    };
    order.shipping = Some(Box::new(shipping));
}

/// A payment that came in.
pub fn incoming(at: Seconds, kind: PaymentKind, gateway: Gateway, amount: Cents, home: bool) -> Payment {
    let takes_fee = gateway == Gateway::ShopifyPayments && kind != PaymentKind::Authorization;
    let fee = takes_fee.then(|| take_fee(amount, if home { 150 } else { 250 }, 25));
    Payment { at, kind, gateway, failed: false, amount, fee, parent: None }
}

fn pay(order: &mut Order, draw: &mut Draw, home: bool) {
    let (total, at) = (order.total(), order.placed_at);
    if total == 0 {
        return;
    }
    let mut add = |kind, gateway, amount| order.payments.push(incoming(at, kind, gateway, amount, home));
    if order.test {
        return add(PaymentKind::Sale, Gateway::Bogus, total);
    }
    match order.channel {
        Channel::Draft => order.settled = Settled::Pending,
        Channel::Pos if happens(draw, 250) => add(PaymentKind::Sale, Gateway::Cash, total),
        Channel::Pos => add(PaymentKind::Sale, Gateway::ShopifyPayments, total),
        Channel::Web => match draw.between(1, 1_000) {
            ..=250 => add(PaymentKind::Sale, Gateway::Paypal, total),
            251..=275 => {
                let card = total.min([2_500, 5_000][draw.between(0, 1) as usize]);
                add(PaymentKind::Sale, Gateway::GiftCard, card);
                if total > card {
                    add(PaymentKind::Sale, Gateway::ShopifyPayments, total - card);
                }
            }
            276..=295 => {
                add(PaymentKind::Authorization, Gateway::ShopifyPayments, total);
                order.settled = Settled::Authorized;
            }
            296..=325 => {
                add(PaymentKind::Sale, Gateway::ShopifyPayments, total);
                // the card was declined once, then accepted
                let declined = Payment { failed: true, fee: None, at: at - 40, ..order.payments[0].clone() };
                order.payments.insert(0, declined);
            }
            _ => add(PaymentKind::Sale, Gateway::ShopifyPayments, total),
        },
    }
}
