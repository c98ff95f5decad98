//! What the sales came to: shipments with fees, refunds, monthly fees, and the transfers to the bank.
use super::market::{Item, Sale};
use crate::draw::{Draw, mix};
use crate::world::days;
use crate::world::money::{Cents, scale};
use crate::world::shop::Seconds;
use jiff::tz::TimeZone;

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;
/// Days the money of what the merchant ships is kept back.
const DEFERRED_DAYS: i64 = 8;
/// Days between two transfers.
const CYCLE_DAYS: i64 = 14;

/// What moved the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A sale, by index, was sent.
    Shipment(usize),
    /// The money of a sent sale was let go; the other entry stays, marked.
    Release(usize),
    /// An article of a sale was paid back.
    Refund(usize),
    /// The month's subscription.
    Subscription,
    /// The month's storage.
    Storage,
    /// Sent to the bank.
    Transfer,
}

/// An amount that is part of an entry: group, name and pence, signed.
pub type Part = (&'static str, &'static str, Cents);

/// A movement, in pence.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: String,
    pub n: u64,
    pub posted: Seconds,
    /// From when the platform's listing shows it: up to 48 hours late.
    pub shown: Seconds,
    pub what: What,
    pub total: Cents,
    /// Until when the money is kept back; nothing when it is free at once.
    pub deferred_until: Option<Seconds>,
    /// The settlement period.
    pub group: i64,
}

/// The id of the movement of that number.
pub fn id_of(n: u64, seed: u64) -> String {
    format!("{:016x}{:016x}", mix(n ^ mix(seed)), mix(mix(n)))
}

/// The parts of an article's money when it is sold.
pub fn parts(item: &Item, fba: bool) -> Vec<Part> {
    let (goods, promo) = (item.unit_price * item.quantity, item.discount);
    let tax = item.tax();
    let shipping_tax = scale(item.shipping, 200, 1_200);
    let promo_tax = scale(promo, 200, 1_200);
    let goods_tax = tax - shipping_tax + promo_tax;
    let mut parts = vec![
        ("ProductCharges", "OurPricePrincipal", goods - goods_tax),
        ("Tax", "OurPriceTax", goods_tax),
        ("AmazonFees", "Commission", -scale(goods - promo + item.shipping, 15, 100)),
    ];
    if item.shipping > 0 {
        parts.push(("Shipping", "ShippingPrincipal", item.shipping - shipping_tax));
        parts.push(("Tax", "ShippingTax", shipping_tax));
    }
    if promo > 0 {
        parts.push(("PromotionalRebates", "PromoRebates", -(promo - promo_tax)));
        parts.push(("Tax", "PromoTax", -promo_tax));
    }
    if fba {
        parts.push(("AmazonFees", "FBAPerUnitFulfillmentFee", -295 * item.quantity));
    }
    parts
}

/// The parts of an article's money when it is paid back: the sale's with the other sign, without the fulfilment fee,
/// and less what the platform keeps of its commission.
pub fn parts_back(item: &Item) -> Vec<Part> {
    let mut back: Vec<Part> =
        parts(item, false).into_iter().map(|(group, name, amount)| (group, name, -amount)).collect();
    let kept =
        back.iter().find(|(_, name, _)| *name == "Commission").map_or(0, |part| scale(part.2, 20, 100));
    back.push(("AmazonFees", "RefundCommission", -kept.min(500)));
    back
}

/// Every movement that was posted until `now`, shown or not.
pub fn derive(sales: &[Sale], opened: Seconds, seed: u64, now: Seconds) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |n: u64, posted: Seconds, what: What, total: Cents, deferred: Option<Seconds>| {
        if posted > now {
            return;
        }
        let late = Draw::new(&[seed, 941, n]).between(0, 47 * HOUR);
        let late = if matches!(what, What::Shipment(_) | What::Refund(_)) { late } else { 0 };
        entries.push(Entry {
            id: id_of(n, seed),
            n,
            posted,
            shown: posted + late,
            what,
            total,
            deferred_until: deferred,
            group: (posted - opened).div_euclid(CYCLE_DAYS * DAY),
        });
    };
    for (index, sale) in sales.iter().enumerate().filter(|(_, sale)| sale.cancelled.is_none()) {
        let total: Cents =
            sale.items.iter().flat_map(|item| parts(item, sale.fba)).map(|(_, _, amount)| amount).sum();
        let shipped = sale.shipped();
        if sale.fba {
            add(sale.n * 8, shipped, What::Shipment(index), total, None);
        } else {
            let free = shipped + DEFERRED_DAYS * DAY;
            add(sale.n * 8, shipped, What::Shipment(index), total, Some(free));
            add(sale.n * 8 + 1, free, What::Release(index), total, None);
        }
        if let Some((at, which)) = sale.refund {
            let back = parts_back(&sale.items[which]).into_iter().map(|(_, _, amount)| amount).sum();
            add(sale.n * 8 + 2, at, What::Refund(index), back, None);
        }
    }
    let mut first = days::day_of(opened, &TimeZone::UTC).first_of_month();
    let mut month = 0_u64;
    while let Some(next) = first.checked_add(jiff::Span::new().months(1)).ok().filter(|_| month < 1_200) {
        (first, month) = (next, month + 1);
        let at = days::at(first, 5, 0, 0, &TimeZone::UTC);
        if at > now {
            break;
        }
        add(1 << 50 | month, at, What::Subscription, -3_000, None);
        let stored = Draw::new(&[seed, 942, month]).between(1_500, 6_000);
        add(1 << 51 | month, at + 9 * DAY, What::Storage, -stored, None);
    }
    entries.sort_by_key(|entry| (entry.posted, entry.n));
    add_transfers(&mut entries, opened, seed, now);
    entries
}

/// At the end of each period what is free goes to the bank.
fn add_transfers(entries: &mut Vec<Entry>, opened: Seconds, seed: u64, now: Seconds) {
    let mut transfers = Vec::new();
    let mut open: Cents = 0;
    let mut next = 0;
    for group in 0.. {
        let at = opened + (group + 1) * CYCLE_DAYS * DAY - HOUR;
        if at > now {
            break;
        }
        while next < entries.len() && entries[next].posted <= at {
            let entry = &entries[next];
            open += if entry.deferred_until.is_none() { entry.total } else { 0 };
            next += 1;
        }
        if open > 0 {
            let n = 1 << 52 | group.unsigned_abs();
            transfers.push(Entry {
                id: id_of(n, seed),
                n,
                posted: at,
                shown: at,
                what: What::Transfer,
                total: -open,
                deferred_until: None,
                group,
            });
            open = 0;
        }
    }
    entries.extend(transfers);
    entries.sort_by_key(|entry| (entry.posted, entry.n));
}
