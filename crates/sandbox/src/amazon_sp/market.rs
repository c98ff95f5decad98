//! What was sold on the marketplace, drawn from the seed day by day, apart from the shop's own orders.
use crate::draw::Draw;
use crate::world::days;
use crate::world::money::{Cents, scale, tax_inside};
use crate::world::shop::{Seconds, Shop};
use jiff::tz::TimeZone;

const MINUTE: Seconds = 60;
const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;
/// Value added tax, thousandths.
const TAX: i64 = 200;

/// An article in a sale; money is in pence with tax.
#[derive(Clone, Debug)]
pub struct Item {
    pub number: u64,
    pub asin: String,
    pub sku: String,
    pub title: String,
    pub quantity: i64,
    pub unit_price: Cents,
    /// Taken off by a promotion.
    pub discount: Cents,
    pub shipping: Cents,
    pub shipped_at: Seconds,
}

impl Item {
    /// What the buyer pays for the article, with tax.
    pub fn total(&self) -> Cents {
        self.unit_price * self.quantity - self.discount + self.shipping
    }

    /// The tax in it.
    pub fn tax(&self) -> Cents {
        tax_inside(self.total(), TAX)
    }
}

/// A sale.
#[derive(Clone, Debug)]
pub struct Sale {
    pub n: u64,
    /// In the platform's 3-7-7 form.
    pub id: String,
    pub placed: Seconds,
    /// When the payment was authorised; pending before.
    pub authorised: Seconds,
    /// Fulfilled by the platform.
    pub fba: bool,
    pub cancelled: Option<Seconds>,
    pub items: Vec<Item>,
    pub city: &'static str,
    /// When an article (by index) was paid back.
    pub refund: Option<(Seconds, usize)>,
}

impl Sale {
    /// What the buyer pays, with tax.
    pub fn total(&self) -> Cents {
        self.items.iter().map(Item::total).sum()
    }

    /// When the last article left.
    pub fn shipped(&self) -> Seconds {
        self.items.iter().map(|item| item.shipped_at).max().unwrap_or(self.authorised)
    }

    /// When anything about it last changed, seen at `at`.
    pub fn updated(&self, at: Seconds) -> Seconds {
        let shipments = self.items.iter().map(|item| item.shipped_at);
        let until = self.cancelled.unwrap_or(Seconds::MAX);
        let moves = shipments.filter(|when| *when <= until).chain([self.authorised]).chain(self.cancelled);
        moves.filter(|when| *when <= at).max().unwrap_or(self.placed)
    }

    /// The platform's word for how far it is.
    pub fn status(&self, at: Seconds) -> &'static str {
        if self.cancelled.is_some_and(|when| when <= at) {
            return "CANCELLED";
        }
        if at < self.authorised {
            return "PENDING";
        }
        match self.items.iter().filter(|item| item.shipped_at <= at).count() {
            0 => "UNSHIPPED",
            count if count < self.items.len() => "PARTIALLY_SHIPPED",
            _ => "SHIPPED",
        }
    }
}

const CITIES: [&str; 8] =
    ["London", "Leeds", "Cardiff", "Bristol", "Glasgow", "York", "Ynys Môn", "Caernarfon"];

/// Everything sold until `now`.
pub fn derive(shop: &Shop, seed: u64, zone: &TimeZone, now: Seconds) -> Vec<Sale> {
    let mut sales = Vec::new();
    let mut day = days::day_of(shop.opened_at, zone);
    let goods: Vec<usize> = (0..shop.variants.len())
        .filter(|index| !shop.products[shop.variants[*index].product as usize].gift_card)
        .collect();
    let mut age = 0_u64;
    while !goods.is_empty() && days::start_of(day, zone) <= now {
        let mut draw = Draw::new(&[seed, 931, age]);
        let busy = if matches!(day.month(), 11 | 12) { 4 } else { 0 };
        let growth = i64::try_from(age / 240).unwrap_or(0);
        let opens = days::start_of(day, zone);
        for place in 0..draw.between(2, 6) + busy + growth {
            let placed = opens + draw.between(0, DAY - 1);
            let n = age * 64 + place.unsigned_abs();
            // every draw of a day is made, so that a sale does not hang on the clock
            let sale = one(shop, &goods, seed, n, placed);
            if placed <= now {
                sales.push(sale);
            }
        }
        day = days::plus(day, 1);
        age += 1;
    }
    sales.sort_by_key(|sale| (sale.placed, sale.n));
    sales
}

fn one(shop: &Shop, goods: &[usize], seed: u64, n: u64, placed: Seconds) -> Sale {
    let mut draw = Draw::new(&[seed, 932, n]);
    let fba = draw.between(1, 100) <= 65;
    let slow = draw.between(1, 100) <= 25;
    let authorised =
        placed + if slow { draw.between(5 * HOUR, 70 * HOUR) } else { draw.between(MINUTE, 40 * MINUTE) };
    let ships = authorised + draw.between(4 * HOUR, 44 * HOUR);
    let cancelled = (draw.between(1, 1_000) <= 30).then_some(authorised + (ships - authorised) / 2);
    let mut items: Vec<Item> = Vec::new();
    for place in 0..if draw.between(1, 100) <= 22 { 2 } else { 1 } {
        let last = goods.len() as i64 - 1;
        let index = goods[draw.between(0, last).min(draw.between(0, last)) as usize];
        let variant = &shop.variants[index];
        let product = &shop.products[variant.product as usize];
        let quantity = if draw.between(1, 100) <= 12 { 2 } else { 1 };
        let unit_price = variant.price;
        let promoted = draw.between(1, 100) <= 10;
        let discount = if promoted { scale(unit_price * quantity, 10, 100) } else { 0 };
        let apart = draw.between(1, 100) <= 30;
        items.push(Item {
            number: 60_000_000_000_000 + n * 4 + place,
            asin: format!("B0{:08X}", (crate::draw::mix(variant.id) >> 32) as u32),
            sku: variant.sku.clone(),
            title: format!("{} – {}", product.title, variant.title),
            quantity,
            unit_price,
            discount,
            shipping: if fba || place > 0 { 0 } else { 399 },
            shipped_at: ships + if place > 0 && apart { DAY } else { 0 },
        });
    }
    if items.len() == 2 && items[0].sku == items[1].sku {
        items.pop();
    }
    let back = draw.between(5 * DAY, 25 * DAY);
    let which = draw.between(0, items.len() as i64 - 1) as usize;
    let refunded = cancelled.is_none() && draw.between(1, 100) <= 7;
    let refund = refunded.then(|| (items[which].shipped_at + back, which));
    let digits = crate::draw::mix(seed ^ crate::draw::mix(n)) % 100_000_000_000_000;
    Sale {
        n,
        id: format!("20{}-{:07}-{:07}", 2 + n % 5, digits / 10_000_000, n % 10_000_000),
        placed,
        authorised,
        fba,
        cancelled,
        items,
        city: CITIES[draw.between(0, 7) as usize],
        refund,
    }
}
