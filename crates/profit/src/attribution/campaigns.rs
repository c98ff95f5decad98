//! Campaigns with their days in the reporting currency, and which campaign a visit belongs to.

use std::collections::{BTreeMap, BTreeSet};

use netgain_domain::Currency;
use netgain_domain::facts::CampaignDayFact;
use serde::Serialize;

use super::{Credit, Touchpoint};
use crate::{InCurrency, MissingRate};

/// A campaign of a platform, or what of a platform belongs to no campaign that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CampaignKey {
    /// The platform, as in `ad_days.source`.
    pub platform: String,
    /// The campaign's id; none: no known campaign.
    pub campaign_id: Option<String>,
}

/// The days of all campaigns, in the reporting currency.
#[derive(Debug, Clone)]
pub struct Campaigns {
    days: Vec<CampaignDayFact>,
    currency: Currency,
    names: BTreeMap<(String, String), BTreeSet<String>>,
    ids: BTreeMap<CampaignKey, Option<String>>,
    /// Ids by their last part, for platforms that write an id as a path and put only its end into addresses.
    ends: BTreeMap<(String, String), BTreeSet<String>>,
}

/// What of an id stands in addresses: the part behind the last slash.
#[must_use]
pub fn end_of_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

impl Campaigns {
    /// Takes the days, converted at each day's own rate and sorted by campaign and day.
    ///
    /// # Errors
    /// When a day's rate is not known.
    pub fn new(
        days: impl IntoIterator<Item = CampaignDayFact>,
        rates: &InCurrency<'_>,
    ) -> Result<Self, MissingRate> {
        let mut campaigns = Self {
            days: Vec::new(),
            currency: rates.currency,
            names: BTreeMap::new(),
            ids: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        for mut day in days {
            day.spend = rates.convert(day.spend, day.currency, day.day)?;
            day.conversion_value = rates.convert(day.conversion_value, day.currency, day.day)?;
            day.currency = rates.currency;
            if let Some(id) = &day.campaign_id {
                campaigns.know(&day.source, id, day.campaign_name.as_deref());
            }
            campaigns.days.push(day);
        }
        campaigns.days.sort_by(|a, b| {
            (&a.source, &a.campaign_id, a.day, &a.rows).cmp(&(&b.source, &b.campaign_id, b.day, &b.rows))
        });
        Ok(campaigns)
    }

    /// Makes a campaign known that may have no day here, such as one that ended before: visits may still name it.
    pub fn know(&mut self, platform: &str, id: &str, name: Option<&str>) {
        let end = (platform.to_owned(), end_of_id(id).to_owned());
        self.ends.entry(end).or_default().insert(id.to_owned());
        if let Some(name) = name {
            let name = (platform.to_owned(), name.trim().to_lowercase());
            self.names.entry(name).or_default().insert(id.to_owned());
        }
        let key = CampaignKey { platform: platform.to_owned(), campaign_id: Some(id.to_owned()) };
        let known = self.ids.entry(key).or_default();
        if known.is_none() {
            *known = name.map(str::to_owned);
        }
    }

    /// Whether the platform ever told of a campaign or its days: of one that did not, spend and claims are not known.
    #[must_use]
    pub fn knows(&self, platform: &str) -> bool {
        self.ids.keys().any(|key| key.platform == platform)
            || self.days.iter().any(|day| day.source == platform)
    }

    /// The days.
    #[must_use]
    pub fn days(&self) -> &[CampaignDayFact] {
        &self.days
    }

    /// The reporting currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The campaign of a day.
    #[must_use]
    pub fn key(day: &CampaignDayFact) -> CampaignKey {
        CampaignKey { platform: day.source.clone(), campaign_id: day.campaign_id.clone() }
    }

    /// The name of a campaign.
    #[must_use]
    pub fn name(&self, key: &CampaignKey) -> Option<&str> {
        self.ids.get(key).and_then(Option::as_deref)
    }

    /// The campaign that a visit supports. By the id in its address, then by `utm_campaign` read as an id, then as
    /// a name that only one campaign of the platform has. A visit that was not paid for and names no known campaign
    /// supports none: a post that a person shared is no advertisement.
    #[must_use]
    pub fn of(&self, visit: &Touchpoint) -> Option<CampaignKey> {
        let platform = visit.platform.clone()?;
        let exactly = |id: &str| {
            let key = CampaignKey { platform: platform.clone(), campaign_id: Some(id.to_owned()) };
            self.ids.contains_key(&key).then_some(key)
        };
        let known = |id: &str| {
            let by_end = || {
                let ids = self.ends.get(&(platform.clone(), id.to_owned()))?;
                if ids.len() == 1 { exactly(ids.first()?) } else { None }
            };
            exactly(id).or_else(by_end)
        };
        let by_id = [&visit.campaign_id, &visit.campaign].into_iter().flatten().find_map(|id| known(id));
        let by_name = || {
            let name = visit.campaign.as_deref()?.trim().to_lowercase();
            let ids = self.names.get(&(platform.clone(), name))?;
            let only = if ids.len() == 1 { ids.first() } else { None };
            known(only?)
        };
        by_id.or_else(by_name).or_else(|| {
            let counts = visit.paid || !visit.channel.starts_with("organic_");
            counts.then(|| CampaignKey { platform: platform.clone(), campaign_id: None })
        })
    }

    /// The campaign of each share of credit.
    pub(super) fn of_credit(&self, credit: &Credit) -> Option<CampaignKey> {
        self.of(&credit.touchpoint)
    }
}
