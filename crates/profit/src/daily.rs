//! Orders and advertising folded into days and channels.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::facts::{AdDayFact, ExcludedReason, Flag, Ladder, OrderProfit};
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use crate::{Metrics, Rate, RateBook, Settings};

/// One local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Orders that count on the day.
    pub orders: i64,
    /// The day's ladder with its ad spend.
    pub ladder: Ladder,
    /// Whether the ad platform may still restate the day.
    pub provisional: bool,
}

/// The day from which a day of ad spend is final, where its platform restates it for so many whole days after its end.
#[must_use]
pub fn final_on(day: Date, restated_days: u32) -> Date {
    day.saturating_add(jiff::Span::new().days(i64::from(restated_days) + 1))
}

/// A channel over all days: a sales channel by its name, or `advertising:<source>` with the ad spend.
pub type Channel = Day;

/// Something a reader of the figures must know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    /// Stable name of the matter.
    pub code: &'static str,
    /// What it is and what helps.
    pub message: String,
}

/// Days and channels with what must be said about them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Daily {
    /// Days on which something happened.
    pub days: BTreeMap<Date, Day>,
    /// Channels over all days.
    pub channels: BTreeMap<String, Channel>,
    /// The sum of the days, and of the channels.
    pub total: Day,
    /// What is not in the figures, or only estimated.
    pub notices: Vec<Notice>,
}

impl Daily {
    /// The ratios of the whole.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.total.ladder)
    }
}

impl Day {
    fn add(&mut self, orders: i64, ladder: &Ladder, provisional: bool) {
        self.orders += orders;
        self.ladder += ladder;
        self.provisional |= provisional;
    }
}

/// An ad day in the reporting currency at the rate of its own day, rounded to the smallest coin; as it is, where no rate
/// is known. The rate that was looked up comes with it.
#[must_use]
pub fn ads_in_reporting(ad: &AdDayFact, rates: &RateBook, settings: &Settings) -> (AdDayFact, Option<Rate>) {
    let mut ad = ad.clone();
    if ad.currency == settings.currency {
        return (ad, None);
    }
    let Ok(rate) = rates.rate(ad.currency, settings.currency, ad.day) else { return (ad, None) };
    let Some(spend) = ad.spend.checked_mul(rate.value) else { return (ad, None) };
    (ad.spend, ad.currency) = (settings.currency.round(spend), settings.currency);
    (ad, Some(rate))
}

/// Folds orders and ad days. Ad days count on the day that the ad account gave them. Spend that is not in the reporting
/// currency ([`ads_in_reporting`] converts it where a rate is known) is not counted and noticed.
#[must_use]
pub fn daily<'a>(
    orders: impl IntoIterator<Item = &'a OrderProfit>,
    ads: &[AdDayFact],
    settings: &Settings,
) -> Daily {
    let mut daily = Daily::default();
    let mut counts = Counts::default();
    for order in orders {
        counts.add(order);
        let Some((first, rest)) = order.days.split_first() else { continue };
        // the name is copied only where the channel is new
        if !daily.channels.contains_key(&order.channel) {
            daily.channels.insert(order.channel.clone(), Day::default());
        }
        for entry in std::iter::once(first).chain(rest) {
            daily.days.entry(entry.day).or_default().add(entry.orders, &entry.ladder, false);
            if let Some(channel) = daily.channels.get_mut(&order.channel) {
                channel.add(entry.orders, &entry.ladder, false);
            }
        }
    }
    let mut foreign: BTreeMap<(&str, Currency), Decimal> = BTreeMap::new();
    for ad in ads {
        if ad.currency != settings.currency {
            *foreign.entry((&ad.source, ad.currency)).or_default() += ad.spend;
            continue;
        }
        let mut ladder = Ladder { ad_spend: ad.spend, ..Ladder::default() };
        ladder.derive();
        daily.days.entry(ad.day).or_default().add(0, &ladder, ad.provisional);
        let channel = daily.channels.entry(format!("advertising:{}", ad.source)).or_default();
        channel.add(0, &ladder, ad.provisional);
    }
    for day in daily.days.values() {
        daily.total.add(day.orders, &day.ladder, day.provisional);
    }
    daily.notices = counts.notices(settings);
    daily.notices.extend(foreign.into_iter().map(|((source, currency), spend)| Notice {
        code: "ad_spend_currency",
        message: format!(
            "ad spend of {spend} {currency} on {source} is not counted: it is not in {} and no exchange rate is known",
            settings.currency
        ),
    }));
    daily
}

/// How many orders a remark concerns.
#[derive(Debug, Default)]
struct Counts {
    missing_rate: u64,
    missing_cost: u64,
    cost_currency: u64,
    fee_currency: u64,
    unknown_event: u64,
}

impl Counts {
    fn add(&mut self, order: &OrderProfit) {
        self.missing_rate += u64::from(order.excluded_reason == Some(ExcludedReason::MissingRate));
        self.missing_cost += u64::from(order.excluded_reason == Some(ExcludedReason::MissingCost));
        if !order.included || order.flags.is_empty() {
            return;
        }
        self.cost_currency += u64::from(order.flags.contains(Flag::CostCurrency));
        self.fee_currency += u64::from(order.flags.contains(Flag::FeeCurrency));
        self.unknown_event += u64::from(order.flags.contains(Flag::UnknownEvent));
    }

    fn notices(&self, settings: &Settings) -> Vec<Notice> {
        let currency = settings.currency;
        let all = [
            (
                "missing_rate",
                self.missing_rate,
                format!(
                    "are not counted: they are not in {currency} and no exchange rate is known for their days, so sync a source of rates or import a file of them"
                ),
            ),
            (
                "missing_cost",
                self.missing_cost,
                "are not counted: record the unit costs of their goods, or change cost.missing_policy".into(),
            ),
            (
                "cost_currency",
                self.cost_currency,
                format!(
                    "hold goods whose unit cost is not in {currency}: and no exchange rate is known: it is treated as missing, so import rates or record it in {currency}"
                ),
            ),
            (
                "fee_currency",
                self.fee_currency,
                format!(
                    "have payment fees that are not in {currency} and no exchange rate is known: these fees are not counted, so import rates"
                ),
            ),
            (
                "unknown_event",
                self.unknown_event,
                "hold ledger entries of a kind or action this version does not know: update the program"
                    .into(),
            ),
        ];
        let counted = all.into_iter().filter(|(_, orders, _)| *orders > 0);
        counted
            .map(|(code, orders, words)| Notice { code, message: format!("{orders} orders {words}") })
            .collect()
    }
}
