//! What platforms claim against what the visits support. Several platforms claim the same order, so claims are
//! never added to each other's credit: the difference is shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::Decimal;
use serde::Serialize;

use super::{Attribution, CampaignKey, Campaigns};
use crate::Figure;
use crate::share::orders;

/// How finely claims and credit are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// By platform.
    Platform,
    /// By campaign.
    Campaign,
    /// By platform and day.
    PlatformDay,
    /// By campaign and day.
    CampaignDay,
}

/// A platform's claim beside the credit that the visits support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverClaim {
    /// The platform.
    pub platform: String,
    /// The campaign, where the grain has one and it is known.
    pub campaign_id: Option<String>,
    /// The day, where the grain has one.
    pub day: Option<Date>,
    /// Orders that the platform claims.
    pub claimed_orders: Figure,
    /// Orders that the visits support.
    pub supported_orders: Figure,
    /// Claimed less supported; below zero where the platform claims less.
    pub over_claimed_orders: Decimal,
    /// Money that the platform claims, by its own definition (often with tax and shipping).
    pub claimed_value: Figure,
    /// Net sales that the visits support.
    pub supported_net_sales: Figure,
    /// Claimed less supported.
    pub over_claimed_value: Decimal,
}

impl OverClaim {
    fn new(platform: String, campaign_id: Option<String>, day: Option<Date>) -> Self {
        Self {
            platform,
            campaign_id,
            day,
            claimed_orders: Figure::new("claimed_orders", "sum of conversions"),
            supported_orders: Figure::new("supported_orders", "sum of credit"),
            over_claimed_orders: Decimal::ZERO,
            claimed_value: Figure::new("claimed_value", "sum of conversion_value"),
            supported_net_sales: Figure::new("supported_net_sales", "sum of credited net_sales"),
            over_claimed_value: Decimal::ZERO,
        }
    }
}

type Key = (String, Option<String>, Option<Date>);

fn key(campaign: CampaignKey, day: Date, grain: Grain) -> Key {
    let by_campaign = matches!(grain, Grain::Campaign | Grain::CampaignDay);
    let by_day = matches!(grain, Grain::PlatformDay | Grain::CampaignDay);
    (campaign.platform, campaign.campaign_id.filter(|_| by_campaign), by_day.then_some(day))
}

/// Compares claims with credit: `over-claim = platform claims - supported credit`. Days of claims are the ad
/// account's; let the clock of the credit know its zone.
#[must_use]
pub fn over_claims(campaigns: &Campaigns, attributions: &[Attribution], grain: Grain) -> Vec<OverClaim> {
    let mut found: BTreeMap<Key, OverClaim> = BTreeMap::new();
    for day in campaigns.days() {
        let key = key(Campaigns::key(day), day.day, grain);
        let claim =
            found.entry(key.clone()).or_insert_with(|| OverClaim::new(key.0.clone(), key.1.clone(), key.2));
        let row = day.rows.join(",");
        claim.claimed_orders.add("ad_days", row.clone(), day.conversions);
        claim.claimed_value.add("ad_days", row, day.conversion_value);
    }
    for attribution in attributions {
        for credit in &attribution.credits {
            let Some(campaign) = campaigns.of_credit(credit) else { continue };
            let key = key(campaign, credit.day, grain);
            let claim = found
                .entry(key.clone())
                .or_insert_with(|| OverClaim::new(key.0.clone(), key.1.clone(), key.2));
            claim.supported_orders.add("touchpoints", &credit.touchpoint.id, orders(credit.credit));
            claim.supported_net_sales.add("touchpoints", &credit.touchpoint.id, credit.amounts.net_sales);
        }
    }
    let mut claims: Vec<OverClaim> = found.into_values().collect();
    for claim in &mut claims {
        claim.over_claimed_orders = claim.claimed_orders.value - claim.supported_orders.value;
        claim.over_claimed_value = claim.claimed_value.value - claim.supported_net_sales.value;
    }
    claims
}
