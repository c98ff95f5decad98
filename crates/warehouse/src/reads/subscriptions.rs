//! What subscriptions are made of: items with their prices, and discounts.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::facts::{
    Package, PriceFacts, PriceTier, SubscriptionDiscount, SubscriptionItemFacts, TiersMode,
};

use crate::engine::Connection;
use crate::error::Result;
use crate::reading::rows;

const DOING: &str = "load subscriptions";

/// A connection with an id of its own.
type Key = (String, String);

/// A discount with the item that it is on, if it is not on the whole.
type Taken = (Option<String>, SubscriptionDiscount);

/// Items and discounts by connection and subscription.
pub(super) struct Parts {
    items: BTreeMap<Key, Vec<(String, SubscriptionItemFacts)>>,
    discounts: BTreeMap<Key, Vec<Taken>>,
}

impl Parts {
    pub(super) fn load(reader: &Connection) -> Result<Self> {
        let mut tiers = tiers(reader)?;
        let sql = "SELECT i.connection_id, i.subscription_id, i.source_id, i.quantity, coalesce(i.usage, p.usage), \
               coalesce(i.scheme, p.scheme), p.tiers_mode, coalesce(i.unit_amount, p.unit_amount), \
               coalesce(i.package_size, p.package_size), coalesce(i.package_round, p.package_round), i.price_id \
             FROM subscription_items AS i LEFT JOIN prices AS p \
               ON p.connection_id = i.connection_id AND p.source_id = i.price_id \
             ORDER BY i.connection_id, i.subscription_id, i.source_id";
        let found = rows(reader, DOING, sql, [], |cells| {
            let key = (cells.string(0)?, cells.string(1)?);
            let tiered = cells.text(5)? == Some("tiered");
            let mode = match cells.text(6)? {
                Some("volume") => TiersMode::Volume,
                _ => TiersMode::Graduated,
            };
            let round_up = cells.text(9)? == Some("up");
            let package = cells.maybe_int(8)?.filter(|size| *size > 1);
            let item = SubscriptionItemFacts {
                quantity: cells.maybe_decimal(3)?.unwrap_or(Decimal::ONE),
                metered: cells.text(4)? == Some("metered"),
                price: PriceFacts {
                    unit_amount: cells.maybe_decimal(7)?,
                    package: package.map(|size| Package { size: Decimal::from(size), round_up }),
                    tiers_mode: tiered.then_some(mode),
                    tiers: Vec::new(),
                },
                discounts: Vec::new(),
            };
            Ok((key, cells.string(2)?, cells.maybe_string(10)?, item))
        })?;
        let mut items: BTreeMap<Key, Vec<(String, SubscriptionItemFacts)>> = BTreeMap::new();
        for (key, id, price_id, mut item) in found {
            if let (Some(price), Some(_)) = (price_id, item.price.tiers_mode) {
                // several subscriptions may have one price
                item.price.tiers = tiers.entry((key.0.clone(), price)).or_default().clone();
            }
            items.entry(key).or_default().push((id, item));
        }
        Ok(Self { items, discounts: discounts(reader)? })
    }

    /// The items of a subscription, each with its discounts, and the discounts on the whole.
    pub(super) fn of(
        &mut self,
        connection: &str,
        subscription: &str,
    ) -> (Vec<SubscriptionItemFacts>, Vec<SubscriptionDiscount>) {
        let key = (connection.to_owned(), subscription.to_owned());
        let discounts = self.discounts.remove(&key).unwrap_or_default();
        let on = |item: Option<&str>| -> Vec<SubscriptionDiscount> {
            let own = discounts.iter().filter(|(of, _)| of.as_deref() == item);
            own.map(|(_, discount)| discount.clone()).collect()
        };
        let items = self.items.remove(&key).unwrap_or_default().into_iter().map(|(id, mut item)| {
            item.discounts = on(Some(&id));
            item
        });
        (items.collect(), on(None))
    }
}

/// Tiers by connection and price, the lowest first.
fn tiers(reader: &Connection) -> Result<BTreeMap<Key, Vec<PriceTier>>> {
    let sql = "SELECT connection_id, price_id, up_to, unit_amount, flat_amount FROM price_tiers \
         ORDER BY connection_id, price_id, place";
    let found = rows(reader, DOING, sql, [], |cells| {
        let tier = PriceTier {
            up_to: cells.maybe_decimal(2)?,
            unit_amount: cells.maybe_decimal(3)?,
            flat_amount: cells.maybe_decimal(4)?,
        };
        Ok(((cells.string(0)?, cells.string(1)?), tier))
    })?;
    let mut tiers: BTreeMap<Key, Vec<PriceTier>> = BTreeMap::new();
    for (key, tier) in found {
        tiers.entry(key).or_default().push(tier);
    }
    Ok(tiers)
}

/// Discounts by connection and subscription, in the order in which they are taken off. What one is worth, the coupon
/// says where the discount itself does not; an amount in another currency than the subscription's is none.
fn discounts(reader: &Connection) -> Result<BTreeMap<Key, Vec<Taken>>> {
    let sql = "SELECT d.connection_id, d.subscription_id, d.item_id, coalesce(d.percent, c.percent), \
           coalesce(d.amount, CASE WHEN c.currency = s.currency THEN c.amount END), coalesce(d.duration, c.duration), \
           d.ends_at \
         FROM subscription_discounts AS d JOIN subscriptions AS s \
           ON s.connection_id = d.connection_id AND s.source_id = d.subscription_id \
         LEFT JOIN coupons AS c ON c.connection_id = d.connection_id AND c.source_id = d.coupon_id \
         ORDER BY d.connection_id, d.subscription_id, d.place, d.source_id";
    let found = rows(reader, DOING, sql, [], |cells| {
        let discount = SubscriptionDiscount {
            percent: cells.maybe_decimal(3)?,
            amount: cells.maybe_decimal(4)?,
            duration: cells.maybe_string(5)?,
            ends_at: cells.maybe_time(6)?,
        };
        Ok(((cells.string(0)?, cells.string(1)?), (cells.maybe_string(2)?, discount)))
    })?;
    let mut discounts: BTreeMap<Key, Vec<Taken>> = BTreeMap::new();
    for (key, taken) in found {
        discounts.entry(key).or_default().push(taken);
    }
    Ok(discounts)
}
