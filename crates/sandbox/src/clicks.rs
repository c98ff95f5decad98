//! Which ad a visit came from: the visits of the shop's orders, led back to the campaigns of the advertising faces.
use crate::AppState;
use crate::draw::mix;
use crate::google_ads::{self, Account, Unit};
use crate::world::ads::Ads;
use crate::world::days;
use crate::world::journeys::{SOURCES, Source, Visit};
use crate::world::shop::{Order, Seconds};
use jiff::tz::TimeZone;
use std::sync::{PoisonError, RwLockReadGuard};

/// The sources of visits that ads of the two advertising platforms brought.
const META: [&str; 2] = ["facebook", "instagram"];
const GOOGLE: &str = "google";

/// The ad that a visit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// Platform number of the campaign.
    pub campaign: u64,
    /// Platform number of the ad; some campaigns have none.
    pub ad: Option<u64>,
    /// The query parameters by which the platform marks the address, `&` before each.
    pub marks: String,
}

/// Everything that is for sale as an ad, at one moment.
pub struct Clicks<'a> {
    ads: RwLockReadGuard<'a, Ads>,
    google: &'a Account,
    units: Vec<Unit>,
    zone: &'a TimeZone,
}

/// The source of a visit.
pub fn source_of(source: u8) -> &'static Source {
    &SOURCES[usize::from(source) % SOURCES.len()]
}

/// The advertising platform that a source's visits were paid for on: its face, none where nobody paid.
pub fn platform_of(source: u8) -> Option<&'static str> {
    match source_of(source).utm_source {
        named if META.contains(&named) => Some("meta_ads"),
        GOOGLE => Some(google_ads::FACE.id),
        _ => None,
    }
}

/// Index of the ad that a visit from `source` at `at` clicked, of those that ran on that day for that aim.
pub fn ad_of(ads: &Ads, order: &Order, source: u8, at: Seconds, zone: &TimeZone) -> Option<usize> {
    let source = source_of(source);
    if !META.contains(&source.utm_source) {
        return None;
    }
    let day = days::day_of(at, zone);
    // people who know the shop see retargeting; everybody else sees what looks for buyers
    let fits = |index: &usize| {
        let ad = &ads.ads[*index];
        let again = ads.campaigns[ad.campaign].name.starts_with("Retargeting");
        ad.runs_on(day) && again == (source.utm_campaign == "retargeting")
    };
    let running: Vec<usize> = (0..ads.ads.len()).filter(fits).collect();
    let chosen = mix(order.id ^ mix(at.unsigned_abs())) % (running.len().max(1) as u64);
    running.get(chosen as usize).copied()
}

impl<'a> Clicks<'a> {
    /// The ads of a world as they are now.
    pub fn of(app: &'a AppState) -> Clicks<'a> {
        Clicks {
            ads: app.world.ads.read().unwrap_or_else(PoisonError::into_inner),
            google: &app.google_ads,
            units: google_ads::units(&app.google_ads),
            zone: &app.world.brand.time_zone,
        }
    }

    /// The ad that a visit came from; none where it came from no ad, or from one that is not known any more.
    pub fn of_visit(&self, order: &Order, visit: &Visit) -> Option<Click> {
        let word = mix(order.id ^ mix(visit.place));
        if source_of(visit.source).utm_source == GOOGLE {
            let day = days::day_of(visit.at, &self.google.zone);
            let unit = google_ads::clicked(self.google, &self.units, order, day, visit.last)?;
            let campaign = self.google.campaigns[unit.campaign].id;
            let ad = unit.ad.map(|ad| self.google.ads[ad].id);
            let marks = format!("&gad_source=1&gad_campaignid={campaign}&gclid=Cj0{word:016x}");
            return Some(Click { campaign, ad, marks });
        }
        let ad = &self.ads.ads[ad_of(&self.ads, order, visit.source, visit.at, self.zone)?];
        let campaign = self.ads.campaigns[ad.campaign].id;
        let marks = format!("&utm_id={campaign}&utm_content={}&fbclid=IwY{word:016x}", ad.id);
        Some(Click { campaign, ad: Some(ad.id), marks })
    }

    /// The name of a campaign of either platform.
    pub fn name(&self, campaign: u64) -> Option<&str> {
        let meta = self.ads.campaigns.iter().find(|one| one.id == campaign).map(|one| one.name.as_str());
        meta.or_else(|| self.google.campaigns.iter().find(|one| one.id == campaign).map(|one| one.name))
    }
}
