//! The golden brand: a handful of orders whose profit can be reckoned by hand.
use super::ads::Ads;
use super::shop::*;
use super::{Brand, World, days, order};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

/// The local day of G1 and of the only ad spend (30.00).
pub const G1_DAY: Date = date(2026, 3, 10);
/// The local day on which G4 is placed; its item comes back nine days later.
pub const G4_DAY: Date = date(2026, 3, 12);
/// The local day of G4's refund.
pub const G4_REFUND_DAY: Date = date(2026, 3, 21);
/// The local day of G6.
pub const G6_DAY: Date = date(2026, 3, 14);
/// The local day of the gift card's sale (G7a).
pub const G7A_DAY: Date = date(2026, 3, 16);
/// The local day of the gift card's redemption (G7b).
pub const G7B_DAY: Date = date(2026, 3, 18);

const FIRST_ID: u64 = 5_100_000_000_000;

/// Builds the golden world in pounds and London days; the clock stands at noon UTC of 31 March 2026.
pub fn world() -> World {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let brand = Brand { name: "golden".into(), currency: "GBP".into(), time_zone: zone.clone() };
    let opened = days::at(date(2026, 3, 1), 9, 0, 0, &zone);
    let mut shop = Shop { id: 71_000_000_001, opened_at: opened, ..Shop::default() };
    let cost = |unit_cost| vec![DatedCost { valid_from: date(2026, 1, 1), unit_cost }];
    let catalogue = [
        ("Wool coat", "GOLD-COAT", 12_000, cost(3_500), false),
        ("Linen coat", "GOLD-LINEN", 12_000, Vec::new(), false),
        ("Gift card", "GOLD-CARD", 5_000, Vec::new(), true),
        ("Children's book", "GOLD-BOOK", 5_000, cost(2_000), false),
    ];
    for (index, (title, sku, price, costs, gift_card)) in catalogue.into_iter().enumerate() {
        let number = index as u64;
        shop.products.push(Product {
            id: 8_100_000_000_000 + number,
            title: title.into(),
            vendor: "Golden",
            product_type: if gift_card { "Gift card" } else { "Goods" },
            gift_card,
            created_at: opened,
            updated_at: opened,
            first_variant: index as u32,
            variant_count: 1,
        });
        shop.variants.push(Variant {
            id: 4_100_000_000_000 + number,
            product: index as u32,
            title: "Default Title".into(),
            sku: sku.into(),
            price,
            costs,
            updated_at: opened,
        });
    }
    shop.customers.push(Customer {
        id: 6_100_000_000_001,
        first_name: "Ada",
        last_name: "Golden",
        country: "GB",
        created_at: opened,
        updated_at: opened,
        orders: 5,
        spent: 47_800,
    });

    let shipped = |at| parcel(at, 0);
    let noon = |day| days::at(day, 12, 0, 0, &zone);
    add(&mut shop, "#G1", shipped(noon(G1_DAY)));
    let mut returned = shipped(noon(G4_DAY));
    let lines = vec![returned.return_units(0, 1, Restock::Return)];
    returned.refund(noon(G4_REFUND_DAY), Refund { lines, note: "Changed their mind", ..Refund::default() });
    add(&mut shop, "#G4", returned);
    add(&mut shop, "#G6", parcel(noon(G6_DAY), 1));
    add(&mut shop, "#G7a", single(noon(G7A_DAY), LineKind::GiftCard, 2, Gateway::Manual));
    add(&mut shop, "#G7b", single(noon(G7B_DAY), LineKind::Product, 3, Gateway::GiftCard));

    let now = date(2026, 3, 31)
        .at(12, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .map_or_else(|_| jiff::Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    World::new(brand, now, shop, Ads::fixed(vec![(G1_DAY, Decimal::new(3_000, 2))]))
}

/// One item at 120.00 and shipping at 6.00, both with 20 % VAT inside, paid by card with a fee of 3.95.
fn parcel(at: Seconds, variant: u32) -> Order {
    let mut order = blank(at);
    order.lines.push(Line::new(LineKind::Product, Some(variant), 1, 12_000, 200));
    order.lines[0].settle(true);
    order.shipping = Some(Box::new(Shipping::new("Standard", 600, 0, 200, true)));
    let fee = Some(order::take_fee(12_600, 290, 30));
    order.payments.push(payment(at, Gateway::ShopifyPayments, 12_600, fee));
    order
}

/// One untaxed thing at 50.00, nothing sent, no fee.
fn single(at: Seconds, kind: LineKind, variant: u32, gateway: Gateway) -> Order {
    let mut order = blank(at);
    order.lines.push(Line::new(kind, Some(variant), 1, 5_000, 0));
    order.lines[0].settle(true);
    order.payments.push(payment(at, gateway, 5_000, None));
    order
}

fn payment(at: Seconds, gateway: Gateway, amount: i64, fee: Option<Fee>) -> Payment {
    Payment { at, kind: PaymentKind::Sale, gateway, failed: false, amount, fee, parent: None }
}

fn blank(at: Seconds) -> Order {
    Order {
        id: 0,
        number: 0,
        name: None,
        customer: Some(0),
        placed_at: at,
        updated_at: at,
        cancelled: None,
        channel: Channel::Web,
        settled: Settled::Paid,
        test: false,
        taxes_included: true,
        presentment: None,
        lines: Vec::new(),
        shipping: None,
        happenings: Vec::new(),
        payments: Vec::new(),
        journey: None,
        discount_code: None,
    }
}

fn add(shop: &mut Shop, name: &str, mut order: Order) {
    let number = shop.orders.len() as u32 + 1;
    order.id = FIRST_ID + u64::from(number) * 1024;
    order.number = number;
    order.name = Some(name.into());
    shop.orders.push(order);
}
