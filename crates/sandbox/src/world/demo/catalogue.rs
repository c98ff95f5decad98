//! What the demo brand sells, and what it costs over time.
use crate::draw::Draw;
use crate::world::days;
use crate::world::money::{Cents, scale};
use crate::world::shop::{DatedCost, Product, Shop, Variant};
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MATERIALS: [&str; 4] = ["Linen", "Wool", "Cotton", "Hemp"];
/// Name, type, lowest and highest price in pounds, sizes.
const GOODS: [(&str, &str, i64, i64, bool); 15] = [
    ("Shirt", "Clothing", 45, 75, true),
    ("Jumper", "Clothing", 60, 110, true),
    ("Trousers", "Clothing", 55, 95, true),
    ("Dress", "Clothing", 70, 130, true),
    ("Coat", "Clothing", 110, 190, true),
    ("Scarf", "Accessories", 20, 45, false),
    ("Socks", "Accessories", 8, 14, true),
    ("Hat", "Accessories", 18, 35, true),
    ("Blanket", "Home", 50, 120, false),
    ("Cushion", "Home", 22, 40, false),
    ("Apron", "Home", 24, 38, true),
    ("Tote bag", "Accessories", 15, 28, true),
    ("Pyjamas", "Clothing", 48, 80, true),
    ("Robe", "Clothing", 65, 99, true),
    ("Picture book", "Books", 9, 18, true),
];
const SIZES: [&str; 3] = ["Small", "Medium", "Large"];
/// The type of goods without value added tax.
const ZERO_RATED: &str = "Books";

/// Thousandths of tax inside the prices of goods at home.
pub fn home_tax_rate(product: &Product) -> u16 {
    if product.gift_card || product.product_type == ZERO_RATED { 0 } else { 200 }
}

/// Fills the shop with products; costs change up to two times in the two years after `opened`.
pub fn stock(shop: &mut Shop, seed: u64, opened: Date, zone: &TimeZone) {
    let mut draw = Draw::new(&[seed, 101]);
    for (index, material) in MATERIALS.iter().enumerate() {
        for (name, product_type, low, high, sizes) in GOODS {
            let price = draw.between(low, high) * 100 - [0, 1, 50][draw.between(0, 2) as usize];
            let titles: &[&str] = if sizes { &SIZES } else { &["Default Title"] };
            let title = format!("{material} {}", name.to_lowercase());
            let vendor = ["Hollow Mill", "Northfield", "Hollow Mill", "Ash & Oak"][index];
            let list: Vec<(&str, Cents)> = titles.iter().map(|title| (*title, price)).collect();
            add(shop, &mut draw, title, vendor, product_type, &list, opened, zone);
        }
    }
    let cards = [("25", 2_500), ("50", 5_000), ("100", 10_000)];
    add(shop, &mut draw, "Gift card".into(), "Hollow Mill", "Gift card", &cards, opened, zone);
}

#[allow(clippy::too_many_arguments)]
fn add(
    shop: &mut Shop,
    draw: &mut Draw,
    title: String,
    vendor: &'static str,
    product_type: &'static str,
    list: &[(&str, Cents)],
    opened: Date,
    zone: &TimeZone,
) {
    let number = shop.products.len() as u64 + 1;
    let created_at = days::start_of(opened, zone);
    let gift_card = product_type == "Gift card";
    let mut updated_at = created_at;
    let first_variant = shop.variants.len() as u32;
    let code: String = title
        .split(' ')
        .map(|word| word.chars().take(3).collect::<String>().to_uppercase())
        .collect::<Vec<_>>()
        .join("-");
    // what the merchant never entered stays unknown for all sizes
    let unknown = gift_card || draw.between(1, 100) <= 7;
    let share = draw.between(24, 38);
    for (index, (variant_title, price)) in list.iter().enumerate() {
        let costs = if unknown { Vec::new() } else { costs(draw, *price, share, opened) };
        let changed =
            costs.last().map_or(created_at, |cost| days::start_of(cost.valid_from, zone).max(created_at));
        updated_at = updated_at.max(changed);
        shop.variants.push(Variant {
            id: 4_000_000_000_000 + number * 100 + index as u64,
            product: number as u32 - 1,
            title: (*variant_title).to_owned(),
            sku: format!("{code}-{number:02}{}", index + 1),
            price: *price,
            costs,
            updated_at: changed,
        });
    }
    shop.products.push(Product {
        id: 8_000_000_000_000 + number,
        title,
        vendor,
        product_type,
        gift_card,
        created_at,
        updated_at,
        first_variant,
        variant_count: list.len() as u32,
    });
}

/// A first cost from before the opening, then rises (or a rare fall) on later days.
fn costs(draw: &mut Draw, price: Cents, share: i64, opened: Date) -> Vec<DatedCost> {
    let mut unit_cost = scale(price, share, 100);
    let mut found = vec![DatedCost { valid_from: days::plus(opened, -30), unit_cost }];
    let mut day = 0;
    for _ in 0..draw.between(0, 2) {
        day += draw.between(90, 320);
        unit_cost = scale(unit_cost, draw.between(97, 118), 100);
        found.push(DatedCost { valid_from: days::plus(opened, day), unit_cost });
    }
    found
}
