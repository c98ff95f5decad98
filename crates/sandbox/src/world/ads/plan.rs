//! Which campaigns, ad sets and ads an account has, when they ran, and the seasons of their budgets.
use super::{Account, Ad, AdSet, Ads, Campaign, Status, age};
use crate::draw::{Draw, mix};
use crate::world::days;
use crate::world::money::Cents;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// All numbers of the platform lie above 2^53, where a float would lose digits.
const FIRST_CAMPAIGN: u64 = 120_200_000_000_000_000;
const FIRST_AD_SET: u64 = 120_210_000_000_000_000;
const FIRST_AD: u64 = 120_220_000_000_000_000;
const FIRST_CREATIVE: u64 = 120_230_000_000_000_000;
const ADS_PER_CAMPAIGN: i64 = 5;
const AUDIENCES: [&str; 2] = ["Women 25-54", "All 18-65"];
const HOOKS: [&str; 5] = ["Founder story", "Product close-up", "Customer review", "Offer", "How it is made"];

struct Outline {
    name: String,
    objective: &'static str,
    status: Status,
    daily_budget: Cents,
    budget_here: bool,
    return_rate: i64,
    start: Date,
    end: Option<Date>,
}

/// The demo account: campaigns that run on, seasonal ones, and some that were stopped, hidden or deleted.
pub fn generate(seed: u64, currency: &str, time_zone: &TimeZone, from: Date, to: Date) -> Ads {
    let account = Account {
        id: 1_000_000_000 + mix(seed) % 9_000_000_000,
        name: "Demo brand advertising".to_owned(),
        currency: currency.to_owned(),
        time_zone: time_zone.clone(),
        from,
        created_at: days::start_of(days::plus(from, -30), time_zone),
    };
    let mut ads = Ads { account, campaigns: vec![], ad_sets: vec![], ads: vec![], seed, fixed: None };
    for outline in outlines(from, to) {
        add_campaign(&mut ads, outline, to);
    }
    ads
}

/// An account in pounds and London days with one running ad whose spend by day is given.
pub fn single(spend: BTreeMap<Date, Cents>) -> Ads {
    let time_zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let start = spend.keys().next().copied().unwrap_or(date(2026, 1, 1));
    let created_at = days::start_of(start, &time_zone);
    let account = Account {
        id: 1_234_567_890,
        name: "Golden advertising".to_owned(),
        currency: "GBP".to_owned(),
        time_zone,
        from: start,
        created_at,
    };
    let campaign = Campaign {
        id: FIRST_CAMPAIGN + 1,
        name: "Golden campaign".to_owned(),
        objective: "OUTCOME_SALES",
        status: Status::Active,
        daily_budget: 3_000,
        budget_here: true,
        start,
        end: None,
        updated_at: created_at,
        return_rate: 3_000,
    };
    let ad_set = AdSet {
        id: FIRST_AD_SET + 1,
        campaign: 0,
        name: "Golden ad set".to_owned(),
        status: Status::Active,
        daily_budget: None,
        updated_at: created_at,
    };
    let ad = Ad {
        id: FIRST_AD + 1,
        creative_id: FIRST_CREATIVE + 1,
        ad_set: 0,
        campaign: 0,
        name: "Golden ad".to_owned(),
        status: Status::Active,
        start,
        end: None,
        updated_at: created_at,
    };
    Ads {
        account,
        campaigns: vec![campaign],
        ad_sets: vec![ad_set],
        ads: vec![ad],
        seed: 0,
        fixed: Some(spend),
    }
}

fn outlines(from: Date, to: Date) -> Vec<Outline> {
    let back = |count: i64| days::plus(to, -count).max(from);
    let outline = |name: &str, daily_budget, return_rate, start, end, status| Outline {
        name: name.to_owned(),
        objective: "OUTCOME_SALES",
        status,
        daily_budget,
        budget_here: true,
        return_rate,
        start,
        end,
    };
    let mut list = vec![
        outline("Prospecting | Broad", 35_000, 1_900, from, None, Status::Active),
        outline("Prospecting | Lookalike", 22_000, 2_300, days::plus(from, 60).min(to), None, Status::Active),
        outline("Retargeting | Visitors", 12_000, 5_200, from, None, Status::Active),
        Outline {
            objective: "OUTCOME_AWARENESS",
            ..outline("Brand | Video", 9_000, 300, back(330), Some(back(20)), Status::Paused)
        },
        Outline {
            budget_here: false,
            ..outline("Catalogue | Shopping", 20_000, 3_100, back(200), None, Status::Active)
        },
    ];
    let seasons = [
        ("Black Friday", (11, 12), 22, 40_000, 3_600, Status::Archived),
        ("Summer sale", (6, 20), 25, 22_000, 2_600, Status::Deleted),
        ("New year clearance", (12, 27), 15, 17_000, 2_900, Status::Paused),
    ];
    for (name, (month, day), length, budget, return_rate, status) in seasons {
        // The latest season that is over; a world too short for one does without.
        let start = (from.year()..=to.year()).rev().map(|year| date(year, month, day));
        let whole = |start: &Date| *start >= from && days::plus(*start, length) < to;
        if let Some(start) = start.into_iter().find(whole) {
            let name = format!("{name} {}", start.year());
            list.push(outline(&name, budget, return_rate, start, Some(days::plus(start, length)), status));
        }
    }
    list
}

fn add_campaign(ads: &mut Ads, outline: Outline, to: Date) {
    let zone = ads.account.time_zone.clone();
    let at = |day: Date, hour: i8| days::at(day, hour, 17, 0, &zone);
    let index = ads.campaigns.len();
    let last = outline.end.unwrap_or(to);
    let updated_at = at(outline.end.map_or(outline.start, |end| days::plus(end, 1)), 9);
    let mut draw = Draw::new(&[ads.seed, index as u64, 77]);
    let first_set = ads.ad_sets.len();
    for (number, audience) in AUDIENCES.iter().enumerate() {
        ads.ad_sets.push(AdSet {
            id: spread(FIRST_AD_SET, ads.seed, ads.ad_sets.len()),
            campaign: index,
            name: format!("{} | {audience}", outline.name),
            status: Status::Active,
            daily_budget: (!outline.budget_here).then_some(outline.daily_budget / 2),
            updated_at: at(outline.start, 9 + number as i8),
        });
    }
    // Ads take turns: each begins a fifth of the way after the one before and runs for two fifths.
    let length = age(outline.start, last).max(ADS_PER_CAMPAIGN);
    for number in 0..ADS_PER_CAMPAIGN {
        let start = days::plus(outline.start, number * length / ADS_PER_CAMPAIGN);
        let retires = days::plus(outline.start, (number + 2) * length / ADS_PER_CAMPAIGN);
        let runs_on = outline.end.is_none() && retires >= to;
        let status = match number {
            _ if runs_on || retires >= last => Status::Active,
            0 => Status::Deleted,
            1 => Status::Archived,
            _ => Status::Paused,
        };
        let end = if runs_on { None } else { Some(retires.min(last)) };
        let hook = HOOKS.get(number as usize).copied().unwrap_or("Ad");
        ads.ads.push(Ad {
            id: spread(FIRST_AD, ads.seed, ads.ads.len()),
            creative_id: spread(FIRST_CREATIVE, ads.seed, ads.ads.len()),
            ad_set: first_set + (number as usize) % AUDIENCES.len(),
            campaign: index,
            name: format!("{hook} | v{}", draw.between(1, 4)),
            status,
            start,
            end,
            updated_at: at(end.map_or(start, |end| days::plus(end, 1)), 10),
        });
    }
    ads.campaigns.push(Campaign {
        id: spread(FIRST_CAMPAIGN, ads.seed, index),
        name: outline.name,
        objective: outline.objective,
        status: outline.status,
        daily_budget: outline.daily_budget,
        budget_here: outline.budget_here,
        start: outline.start,
        end: outline.end,
        updated_at,
        return_rate: outline.return_rate,
    });
}

/// Platform numbers grow in order of creation, with gaps.
fn spread(first: u64, seed: u64, index: usize) -> u64 {
    let index = index as u64;
    first + mix(seed) % 1_000_000_000_000 + index * 10_000_019 + mix(seed ^ index) % 9_000_000
}

/// The share of a budget that is spent on a day, in thousandths: the week and the year.
pub fn season(day: Date) -> i64 {
    let week = match day.weekday() {
        Weekday::Saturday => 930,
        Weekday::Sunday => 1_060,
        Weekday::Monday | Weekday::Thursday => 1_020,
        _ => 990,
    };
    let year = match (day.month(), day.day()) {
        (11, 20..) | (12, 1..=2) => 1_500,
        (11, _) | (12, 3..=18) => 1_250,
        (12, _) => 700,
        (1, _) => 820,
        (6..=7, _) => 950,
        _ => 1_000,
    };
    week * year / 1_000
}
