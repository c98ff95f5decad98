//! Which days and which credit are asked for, and what of the store answers it.

use std::collections::{BTreeMap, BTreeSet};

use netgain_domain::facts::{CampaignDayFact, TouchFacts};
use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{Span, Timestamp};
use netgain_domain::{Currency, Decimal};
use netgain_profit::attribution::{
    Attribution, BlendedSums, CampaignKey, Campaigns, ChannelRules, Clock, DayBasis, History, Journey,
    ModelSettings, Reason, Touchpoint, VisitsFrom, attribute, end_of_id, told_once, touchpoint,
};
use netgain_profit::{InCurrency, RateBook, WHOLE};
use netgain_warehouse::By;

use super::{CLOCKS, CampaignParams, MODELS};
use crate::amount::money;
use crate::api::figures::Notice;
use crate::app::Place;
use crate::extract::{limit, word};
use crate::growth::{OrderOf, People};
use crate::problem::Problem;

/// Days of a look-back window at most.
const MAX_WINDOW: usize = 730;
/// The word for the platform that keeps an order.
const SHOP: &str = "shop";

/// Orders and net sales without credit, by reason.
type Unsupported = BTreeMap<Reason, (u64, Decimal)>;

/// Days asked for and how credit is shared.
pub(crate) struct Question {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) settings: ModelSettings,
    pub(crate) currency: Currency,
    clock: Clock,
    visits: VisitsFrom,
    /// Days of campaigns in currencies that can be converted.
    days: Vec<CampaignDayFact>,
    rates: RateBook,
}

/// What the store answers.
pub(crate) struct Found {
    pub(crate) campaigns: Campaigns,
    pub(crate) provisional: BTreeSet<CampaignKey>,
    /// Credit of the days asked for.
    pub(crate) credited: Vec<Attribution>,
    pub(crate) unsupported: Unsupported,
    /// Orders by the source of their visits.
    pub(crate) told_by: BTreeMap<String, u64>,
    /// Orders of the period.
    pub(crate) orders: u64,
    pub(crate) history: History,
    pub(crate) people: People,
}

impl Question {
    /// Reads the parameters and the days of campaigns; says which days and amounts are peculiar.
    pub(crate) fn read(
        place: &Place,
        params: &CampaignParams,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, Problem> {
        let defaults = ModelSettings::default();
        let model = word("model", params.model.as_deref(), &MODELS, defaults.model)?;
        let day = word("clock", params.clock.as_deref(), &CLOCKS, defaults.day)?;
        let window = limit("window", params.window.as_deref(), 30, MAX_WINDOW)?;
        let window = u32::try_from(window).unwrap_or(30);
        let visits = match params.visits.as_deref() {
            None => place.settings.attribution.visits.clone(),
            Some(word) => VisitsFrom::from(word.to_owned()),
        };
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let rates = RateBook::new(place.warehouse.load_rates()?);
        let into = InCurrency { currency, rates: &rates };
        let (days, others): (Vec<_>, Vec<_>) = place
            .warehouse
            .load_campaign_days(from, to)?
            .into_iter()
            .partition(|day| into.convert(day.spend, day.currency, day.day).is_ok());
        foreign(others.iter().map(|day| (day.source.as_str(), day.currency, day.spend)), currency, notices);
        let clock = clock(place, &days, notices);
        let settings = ModelSettings { model, lookback_days: Some(window), day, ..defaults };
        Ok(Self { from, to, settings, currency, clock, visits, days, rates })
    }

    pub(crate) fn model_name(&self) -> &'static str {
        MODELS.iter().find(|(_, one)| *one == self.settings.model).map_or("last", |(name, _)| name)
    }

    pub(crate) fn clock_name(&self) -> &'static str {
        CLOCKS.iter().find(|(_, one)| *one == self.settings.day).map_or("order_day", |(name, _)| name)
    }

    pub(crate) fn visits_name(&self) -> &str {
        match &self.visits {
            VisitsFrom::Shop => SHOP,
            VisitsFrom::Platform(platform) => platform,
        }
    }

    /// Rates into the reporting currency.
    pub(crate) fn converting(&self) -> InCurrency<'_> {
        InCurrency { currency: self.currency, rates: &self.rates }
    }

    /// The credit of the days asked for, and what no visit supports of them.
    pub(crate) fn answer(&self, place: &Place, notices: &mut Vec<Notice>) -> Result<Found, Problem> {
        let provisional = self.days.iter().filter(|day| day.provisional).map(Campaigns::key).collect();
        let mut campaigns = Campaigns::new(self.days.iter().cloned(), &self.converting())
            .map_err(|error| Problem::internal(&error))?;
        for (platform, id, name) in place.warehouse.load_campaign_names()? {
            campaigns.know(&platform, &id, name.as_deref());
        }
        let people = People::load(&place.warehouse)?;
        let known_since = people.known_since().unwrap_or(self.from);
        let within = |day: Date| (self.from..=self.to).contains(&day);
        let orders = people.purchases.iter().filter(|one| one.is_order && within(one.day)).count() as u64;
        let (start, end) = self.span();
        let mut told_by: BTreeMap<String, u64> = BTreeMap::new();
        let visits = self.visits(place, start, end)?;
        let unlinked: BTreeSet<OrderOf> =
            place.warehouse.load_unlinked_orders(start, end)?.into_iter().collect();
        let (mut credited, mut unsupported) = (Vec::new(), Unsupported::new());
        for placed in people.placed.iter().filter(|placed| (start..end).contains(&placed.placed_at)) {
            let order_id = format!("{}/{}", placed.key.0, placed.key.1);
            let journey = Journey {
                order_id: &order_id,
                placed_at: placed.placed_at,
                is_first_order: placed.is_first_order,
                amounts: placed.amounts,
                touchpoints: visits.get(&placed.key).map_or(&[][..], Vec::as_slice),
                is_pending: unlinked.contains(&placed.key),
            };
            let mut attribution = attribute(&journey, &self.settings, &self.clock, self.currency);
            if let Some(none) = attribution.unattributed.filter(|none| within(none.day)) {
                let sums = unsupported.entry(none.reason).or_default();
                sums.0 += 1;
                sums.1 += none.amounts.net_sales;
            }
            attribution.credits.retain(|credit| within(credit.day));
            if let Some(credit) = attribution.credits.first() {
                *told_by.entry(credit.touchpoint.told_by.clone()).or_default() += 1;
                credited.push(attribution);
            }
        }
        if let Some((pending, _)) = unsupported.get(&Reason::Pending) {
            let message = format!(
                "the visits before {pending} orders are not linked to them yet: the next syncs bring them"
            );
            notices.push(Notice::new("visits_pending", message));
        }
        let history = History { from: self.from, known_since, is_complete: false };
        Ok(Found { campaigns, provisional, credited, unsupported, told_by, orders, history, people })
    }

    /// The instants between which orders are placed that may have credit on the days asked for.
    fn span(&self) -> (Timestamp, Timestamp) {
        // an account's day may begin a day before or end a day after ours; a click's day lies before its order's
        let later = match self.settings.day {
            DayBasis::OrderDay => 1,
            DayBasis::ClickDay => 1 + i64::from(self.settings.lookback_days.unwrap_or(0)),
        };
        let start = self.instant(self.from.saturating_sub(Span::new().days(1)), Timestamp::MIN);
        let end = self.instant(self.to.saturating_add(Span::new().days(1 + later)), Timestamp::MAX);
        (start, end)
    }

    /// The first instant of a local day.
    fn instant(&self, day: Date, beyond: Timestamp) -> Timestamp {
        day.to_zoned(self.clock.zone.clone()).map_or(beyond, |zoned| zoned.timestamp())
    }

    fn visits(
        &self,
        place: &Place,
        start: Timestamp,
        end: Timestamp,
    ) -> Result<BTreeMap<OrderOf, Vec<Touchpoint>>, Problem> {
        let rules = ChannelRules::builtin().map_err(|error| Problem::internal(&error))?;
        let told = told_once(place.warehouse.load_touchpoints(start, end)?, &self.visits);
        let mut visits: BTreeMap<OrderOf, Vec<Touchpoint>> = BTreeMap::new();
        for facts in told {
            let visit = touchpoint(&facts, &rules);
            let TouchFacts { connection_id, order_id, .. } = facts;
            visits.entry((connection_id, order_id)).or_default().push(visit);
        }
        Ok(visits)
    }

    /// What the ratios of the whole are worked out from.
    pub(crate) fn sums(&self, place: &Place, found: &Found) -> Result<BlendedSums, Problem> {
        let total = place.warehouse.pnl(self.from, self.to, By::Total)?;
        let ladder = total.first().map(|row| row.ladder).unwrap_or_default();
        let mut first: BTreeMap<&str, Date> = BTreeMap::new();
        let mut customers: BTreeSet<&str> = BTreeSet::new();
        for purchase in found.people.purchases.iter().filter(|one| one.is_order) {
            let Some(person) = purchase.person.as_deref() else { continue };
            let day = first.entry(person).or_insert(purchase.day);
            *day = purchase.day.min(*day);
            if (self.from..=self.to).contains(&purchase.day) {
                customers.insert(person);
            }
        }
        let new = first.values().filter(|day| (self.from..=self.to).contains(day)).count() as u64;
        let paid: u64 = found
            .credited
            .iter()
            .filter(|one| one.is_first_order == Some(true))
            .flat_map(|one| &one.credits)
            .filter(|credit| credit.touchpoint.paid)
            .map(|credit| u64::from(credit.credit))
            .sum();
        Ok(BlendedSums {
            net_revenue: ladder.net_revenue,
            ad_spend: ladder.ad_spend,
            other_acquisition: Decimal::ZERO,
            new_customers: new.into(),
            customers: (customers.len() as u64).into(),
            paid_new_customers: Decimal::from(paid) / Decimal::from(WHOLE),
        })
    }
}

/// The zones of the ad accounts, each told where it is not the workspace's.
fn clock(place: &Place, days: &[CampaignDayFact], notices: &mut Vec<Notice>) -> Clock {
    let mut clock = Clock::new(place.settings.zone().clone());
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for day in days {
        let Some(name) = day.time_zone.as_deref() else { continue };
        let Some(zone) = TimeZone::get(name).ok() else { continue };
        if let Some(id) = &day.campaign_id {
            let campaign = (day.source.clone(), end_of_id(id).to_owned());
            clock.campaign_zones.entry(campaign).or_insert_with(|| zone.clone());
        }
        if zone != clock.zone {
            clock.account_zones.entry(day.source.clone()).or_insert(zone);
            told.insert((day.source.as_str(), name));
        }
    }
    for (source, name) in told {
        let message = format!(
            "the days of {source} are those of {name}, not of {}: its orders are credited on its own days",
            place.workspace.time_zone
        );
        notices.push(Notice::new("account_time_zone", message));
    }
    clock
}

/// Spend in currencies that cannot be converted, by platform and currency.
fn foreign<'d>(
    days: impl Iterator<Item = (&'d str, Currency, Decimal)>,
    currency: Currency,
    notices: &mut Vec<Notice>,
) {
    let mut sums: BTreeMap<(&str, Currency), Decimal> = BTreeMap::new();
    for (source, foreign, spend) in days {
        *sums.entry((source, foreign)).or_default() += spend;
    }
    for ((source, foreign), spend) in sums {
        let message = format!(
            "ad spend of {} {foreign} on {source} is not counted: no exchange rate to {currency} is known for its days",
            money(spend, foreign)
        );
        notices.push(Notice::new("ad_spend_currency", message));
    }
}
