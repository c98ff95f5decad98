//! Campaigns, ad sets and ads with what each did on each day, as known on a later day.
//!
//! Nothing is stored by day: a day of an ad is drawn from the seed when it is asked for. Purchases become
//! known with a lag of up to 28 days after the click's day; spend is corrected for three days.
use super::money::{Cents, decimal};
use super::{days, money};
use crate::draw::Draw;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

mod model;
mod plan;

pub use model::{Account, Ad, AdSet, Campaign, Credit, Figures, Status};

/// Days after which a day's figures no longer move.
pub const FINAL_AFTER_DAYS: i64 = 28;

/// The brand's advertising account with everything in it.
#[derive(Debug)]
pub struct Ads {
    /// The account.
    pub account: Account,
    /// Campaigns, in order of creation.
    pub campaigns: Vec<Campaign>,
    /// Ad sets, in order of creation.
    pub ad_sets: Vec<AdSet>,
    /// Ads, in order of creation.
    pub ads: Vec<Ad>,
    seed: u64,
    /// Exact spend by day of the only ad, in place of the drawn one.
    fixed: Option<BTreeMap<Date, Cents>>,
}

impl Default for Ads {
    fn default() -> Ads {
        Ads::fixed(Vec::new())
    }
}

impl Ads {
    /// Generates campaigns for the days `from..=to`, deterministic in `seed`; running ads go on after `to`.
    pub fn generate(seed: u64, currency: &str, time_zone: &TimeZone, from: Date, to: Date) -> Ads {
        plan::generate(seed, currency, time_zone, from, to)
    }

    /// One ad in pounds and London days that spent exactly this, known at once and never corrected.
    pub fn fixed(days: Vec<(Date, Decimal)>) -> Ads {
        let mut spend = BTreeMap::new();
        for (day, amount) in days {
            let cents = (amount * Decimal::ONE_HUNDRED).round().to_i64().unwrap_or_default();
            *spend.entry(day).or_insert(0) += cents;
        }
        plan::single(spend)
    }

    /// What was spent on `day` as known at `as_of`, in the account's currency.
    pub fn spend_on(&self, day: Date, as_of: Timestamp) -> Decimal {
        let known_on = self.local_day(as_of);
        decimal((0..self.ads.len()).map(|ad| self.spend(ad, day, known_on)).sum())
    }

    /// The local day of a moment.
    pub fn local_day(&self, at: Timestamp) -> Date {
        days::day_of(at.as_second(), &self.account.time_zone)
    }

    /// What an ad spent on `day` as known on the local day `known_on`.
    pub fn spend(&self, ad: usize, day: Date, known_on: Date) -> Cents {
        if day > known_on {
            return 0;
        }
        if let Some(fixed) = &self.fixed {
            return if ad == 0 { fixed.get(&day).copied().unwrap_or(0) } else { 0 };
        }
        let whole = self.final_spend(ad, day);
        // The day itself is about half over; the first days are corrected upwards a little.
        let mut draw = self.draw(ad, day, 1);
        match age(day, known_on) {
            0 => money::scale(whole, 550, 1000),
            1 => whole - money::scale(whole, draw.between(0, 15), 1000),
            2 => whole - money::scale(whole, draw.between(0, 5), 1000),
            _ => whole,
        }
    }

    /// Everything an ad did on `day` as known on the local day `known_on`.
    pub fn figures(&self, ad: usize, day: Date, known_on: Date) -> Figures {
        let spend = self.spend(ad, day, known_on);
        if spend == 0 {
            return Figures::default();
        }
        let mut draw = self.draw(ad, day, 2);
        let cost_per_thousand = draw.between(600, 1200);
        let impressions = (spend * 1000 / cost_per_thousand).max(1);
        let clicks = impressions * draw.between(9, 26) / 1000;
        let link_clicks = clicks * draw.between(60, 85) / 100;
        let mut figures = Figures {
            spend,
            impressions,
            reach: (impressions * 10 / draw.between(11, 16)).max(1),
            clicks,
            link_clicks,
            baskets: link_clicks * draw.between(3, 9) / 100,
            ..Figures::default()
        };
        self.add_purchases(&mut figures, ad, day, known_on);
        figures
    }

    fn add_purchases(&self, figures: &mut Figures, ad: usize, day: Date, known_on: Date) {
        let Some(campaign) = self.ads.get(ad).and_then(|ad| self.campaigns.get(ad.campaign)) else { return };
        let final_spend = match &self.fixed {
            Some(fixed) => fixed.get(&day).copied().unwrap_or(0),
            None => self.final_spend(ad, day),
        };
        let mut draw = self.draw(ad, day, 3);
        // Purchases in thousandths, at 120.00 a purchase.
        let expected = final_spend * campaign.return_rate / 12_000;
        let count = expected / 1000 + i64::from(draw.between(0, 999) < expected % 1000);
        for _ in 0..count {
            let credit = Credit { count: 1, value: draw.between(3_000, 21_000) };
            let viewed = draw.between(0, 99) < 12;
            let after = match draw.between(0, 99) {
                0..=61 => 0,
                62..=73 => 1,
                74..=91 => draw.between(2, 7),
                _ => draw.between(8, FINAL_AFTER_DAYS),
            };
            let after = if viewed { after.min(1) } else { after };
            let reported = match draw.between(0, 99) {
                0..=69 => 0,
                70..=89 => draw.between(1, 3),
                _ => draw.between(4, FINAL_AFTER_DAYS),
            };
            if age(day, known_on) < (after + reported).min(FINAL_AFTER_DAYS) {
                continue;
            }
            if viewed {
                figures.view_1d.add(credit);
                continue;
            }
            figures.click_28d.add(credit);
            if after <= 7 {
                figures.click_7d.add(credit);
            }
            if after <= 1 {
                figures.click_1d.add(credit);
            }
        }
    }

    /// What an ad has spent on `day` once all corrections are in.
    fn final_spend(&self, ad: usize, day: Date) -> Cents {
        let Some(this) = self.ads.get(ad).filter(|ad| ad.runs_on(day)) else { return 0 };
        let Some(campaign) = self.campaigns.get(this.campaign) else { return 0 };
        let running =
            self.ads.iter().filter(|other| other.campaign == this.campaign && other.runs_on(day)).count();
        let budget = money::scale(campaign.daily_budget, plan::season(day), 1000);
        let share = budget / i64::try_from(running).unwrap_or(1).max(1);
        money::scale(share, self.draw(ad, day, 0).between(820, 1080), 1000)
    }

    fn draw(&self, ad: usize, day: Date, purpose: u64) -> Draw {
        let day = u64::try_from(age(Date::ZERO, day)).unwrap_or(0);
        Draw::new(&[self.seed, ad as u64, day, purpose])
    }
}

/// Days from `day` to `known_on`.
fn age(day: Date, known_on: Date) -> i64 {
    day.until(known_on).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests;
