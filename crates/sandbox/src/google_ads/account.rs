//! The advertising account of the brand: a manager, its client accounts, and what the client owns.
use crate::draw::{Draw, mix};
use crate::world::money::{Cents, scale};
use crate::world::{World, days};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A campaign with its own budget.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Platform number.
    pub id: u64,
    /// Platform number of its budget.
    pub budget_id: u64,
    /// Name shown to people.
    pub name: &'static str,
    /// ENABLED, PAUSED or REMOVED.
    pub status: &'static str,
    /// Where it serves: SEARCH, SHOPPING, PERFORMANCE_MAX …
    pub channel: &'static str,
    /// How it bids.
    pub bidding: &'static str,
    /// First local day.
    pub start: Date,
    /// Last local day.
    pub end: Option<Date>,
    /// Daily budget in the first quarter of the account, in the account's currency.
    budget: Cents,
}

/// An ad group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Platform number.
    pub id: u64,
    /// Index of its campaign.
    pub campaign: usize,
    /// Name shown to people.
    pub name: String,
    /// ENABLED, PAUSED or REMOVED.
    pub status: &'static str,
}

/// An ad in an ad group.
#[derive(Clone, Debug)]
pub struct Ad {
    /// Platform number.
    pub id: u64,
    /// Index of its ad group.
    pub group: usize,
    /// Index of its campaign.
    pub campaign: usize,
    /// ENABLED, PAUSED or REMOVED.
    pub status: &'static str,
    /// First local day.
    pub start: Date,
}

/// The manager account, its clients, and the campaigns of the brand's own client.
#[derive(Debug)]
pub struct Account {
    /// The manager account through which the user has access.
    pub manager: u64,
    /// The brand's client account.
    pub customer: u64,
    /// A client account in which nothing was ever made.
    pub empty: u64,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// Its days are days in this zone.
    pub zone: TimeZone,
    /// First local day of the shop.
    pub opened: Date,
    /// Campaigns in order of creation.
    pub campaigns: Vec<Campaign>,
    /// Ad groups in order of creation.
    pub groups: Vec<Group>,
    /// Ads in order of creation.
    pub ads: Vec<Ad>,
    seed: u64,
}

/// Customer numbers of a seed: manager, client, empty client. All have ten digits.
pub fn customers(seed: u64) -> (u64, u64, u64) {
    let number = |purpose: u64| 1_000_000_000 + mix(seed ^ mix(purpose)) % 8_999_999_999;
    (number(61), number(62), number(63))
}

/// Name, status, channel, bidding, first day and last day after the opening, daily budget.
type Outline = (&'static str, &'static str, &'static str, &'static str, i64, Option<i64>, Cents);

const OUTLINES: [Outline; 6] = [
    ("Search | Brand", "ENABLED", "SEARCH", "TARGET_SPEND", 3, None, 4_000),
    ("Search | Coats", "ENABLED", "SEARCH", "MAXIMIZE_CONVERSION_VALUE", 40, None, 9_000),
    ("Shopping | All products", "ENABLED", "SHOPPING", "TARGET_ROAS", 90, None, 12_000),
    (
        "Performance Max | Bestsellers",
        "ENABLED",
        "PERFORMANCE_MAX",
        "MAXIMIZE_CONVERSION_VALUE",
        240,
        None,
        15_000,
    ),
    ("Display | Remarketing", "PAUSED", "DISPLAY", "TARGET_CPA", 100, Some(400), 3_500),
    ("Video | Launch film", "REMOVED", "VIDEO", "TARGET_CPM", 200, Some(245), 6_000),
];

impl Account {
    /// The account of a world; the golden brand has one in which nothing was ever made.
    pub fn of(world: &World, seed: u64) -> Account {
        let (manager, customer, empty) = customers(seed);
        let zone = world.brand.time_zone.clone();
        let opened = days::day_of(world.shop().opened_at, &zone);
        let mut account = Account {
            manager,
            customer,
            empty,
            currency: world.brand.currency.clone(),
            zone,
            opened,
            campaigns: Vec::new(),
            groups: Vec::new(),
            ads: Vec::new(),
            seed,
        };
        if !world.brand.is_still() {
            for outline in OUTLINES {
                account.add(outline);
            }
        }
        account
    }

    fn add(&mut self, (name, status, channel, bidding, from, until, budget): Outline) {
        let index = self.campaigns.len();
        let id =
            |first: u64, count: usize| first + count as u64 * 7_013 + mix(self.seed ^ count as u64) % 6_000;
        let campaign = Campaign {
            id: id(21_400_000_000, index),
            budget_id: id(14_200_000_000, index),
            name,
            status,
            channel,
            bidding,
            start: days::plus(self.opened, from),
            end: until.map(|until| days::plus(self.opened, until)),
            budget,
        };
        // a Performance Max campaign has asset groups in place of ad groups and ads
        let groups: &[&str] = if channel == "PERFORMANCE_MAX" { &[] } else { &["Core", "Long tail"] };
        for (number, group) in groups.iter().enumerate() {
            let group_index = self.groups.len();
            self.groups.push(Group {
                id: id(165_000_000_000, group_index),
                campaign: index,
                name: format!("{name} | {group}"),
                status: if number == 1 && status == "PAUSED" { "PAUSED" } else { "ENABLED" },
            });
            for ad in 0..3 {
                self.ads.push(Ad {
                    id: id(702_000_000_000, self.ads.len()),
                    group: group_index,
                    campaign: index,
                    status: ["ENABLED", "PAUSED", "REMOVED"][if number == 1 { ad } else { 0 }],
                    start: days::plus(campaign.start, ad as i64 * 15),
                });
            }
        }
        self.campaigns.push(campaign);
    }

    /// Whether a campaign serves on a local day.
    pub fn serves(&self, campaign: usize, day: Date) -> bool {
        self.campaigns.get(campaign).is_some_and(|c| day >= c.start && c.end.is_none_or(|end| day <= end))
    }

    /// The daily budget of a campaign on a local day: every 91 days it is raised by a twentieth.
    pub fn budget(&self, campaign: usize, day: Date) -> Cents {
        let quarters = i64::from((day - self.opened).get_days()).max(0) / 91;
        self.campaigns.get(campaign).map_or(0, |c| scale(c.budget, 100 + 5 * quarters, 100))
    }

    /// Draws that belong to a unit of the account and a day.
    pub fn draw(&self, unit: usize, day: Date, purpose: u64) -> Draw {
        let day = i64::from((day - Date::ZERO).get_days()).unsigned_abs();
        Draw::new(&[self.seed, 9_000 + unit as u64, day, purpose])
    }
}
