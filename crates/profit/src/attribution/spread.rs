//! Marketing cost of each order: what a campaign spent on a day, spread over the orders credited to it that day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::Decimal;
use serde::Serialize;

use super::{Attribution, CampaignKey, Campaigns};
use crate::share::split;

/// What of a campaign's day one order bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderMarketing {
    /// The order.
    pub order_id: String,
    /// The visit that was credited.
    pub touch_id: String,
    /// The campaign.
    pub campaign: CampaignKey,
    /// The day, in the ad account's zone.
    pub day: Date,
    /// Its part of the spend, in the reporting currency.
    pub amount: Decimal,
}

/// A campaign's day without any credited order. Its spend stays a cost of the day, on no order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unspread {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The day.
    pub day: Date,
    /// The spend.
    pub amount: Decimal,
}

/// All spend: on orders, or named as on none. Both together are the spend exactly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Spread {
    /// Parts on orders, by campaign, day, order.
    pub orders: Vec<OrderMarketing>,
    /// What no order bears.
    pub unspread: Vec<Unspread>,
}

/// An order, its visit and the credit of it.
type Part<'a> = (&'a str, &'a str, u32);

/// Spreads each campaign's day over its credited orders by their credit, with the largest-remainder method.
#[must_use]
pub fn spread(campaigns: &Campaigns, attributions: &[Attribution]) -> Spread {
    let mut credited: BTreeMap<(CampaignKey, Date), Vec<Part<'_>>> = BTreeMap::new();
    for attribution in attributions {
        for credit in &attribution.credits {
            if let Some(campaign) = campaigns.of_credit(credit) {
                let parts = credited.entry((campaign, credit.day)).or_default();
                parts.push((&attribution.order_id, &credit.touchpoint.id, credit.credit));
            }
        }
    }
    let mut spends: BTreeMap<(CampaignKey, Date), Decimal> = BTreeMap::new();
    for day in campaigns.days() {
        *spends.entry((Campaigns::key(day), day.day)).or_default() += day.spend;
    }
    let mut spread = Spread::default();
    for ((campaign, day), amount) in spends {
        if amount.is_zero() {
            continue;
        }
        let key = (campaign, day);
        let mut parts = credited.remove(&key).unwrap_or_default();
        // the cents left over go to the same orders whatever order the rows came in
        parts.sort_unstable();
        let weights: Vec<u32> = parts.iter().map(|part| part.2).collect();
        let Some(amounts) = split(amount, &weights, campaigns.currency().minor_digits()) else {
            let (campaign, day) = key;
            spread.unspread.push(Unspread { campaign, day, amount });
            continue;
        };
        for ((order_id, touch_id, _), amount) in parts.into_iter().zip(amounts) {
            spread.orders.push(OrderMarketing {
                order_id: order_id.to_owned(),
                touch_id: touch_id.to_owned(),
                campaign: key.0.clone(),
                day,
                amount,
            });
        }
    }
    spread
}
