//! Campaigns: what they cost, what their platforms claim, and what the visits before orders support.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{Span, Timestamp};
use netgain_domain::{Currency, Decimal};
use netgain_profit::attribution::{
    Attribution, BlendedSums, CampaignEconomics, CampaignKey, Campaigns, ChannelRules, Clock, DayBasis,
    Grain, History, Journey, Model, ModelSettings, OverClaim, Reason, Touchpoint, attribute, blended,
    campaign_economics, over_claims, spread, touchpoint,
};
use netgain_profit::{InCurrency, RateBook, WHOLE};
use netgain_warehouse::By;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use crate::amount::{money, number};
use crate::app::{App, Place};
use crate::extract::{Params, limit, word};
use crate::growth::{OrderOf, People, Ratio};
use crate::problem::Problem;

/// Days of a look-back window at most.
const MAX_WINDOW: usize = 730;

/// A campaign under one model, window and clock. Money is in the reporting currency and without tax.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignFigures {
    /// The platform.
    provider: String,
    /// The campaign at its platform; null for what of the platform belongs to no known campaign.
    campaign_id: Option<String>,
    /// Its name, where known.
    campaign: Option<String>,
    /// Money spent.
    spend: String,
    /// Orders that the platform claims; some platforms claim fractions.
    claimed_orders: String,
    /// Their value as the platform claims, by its own definition.
    claimed_value: String,
    /// Orders that visits support, in parts: an order's parts are one order at most.
    supported_orders: String,
    /// Their net sales.
    supported_net_sales: String,
    /// Claimed orders less supported ones; below zero where the platform claims less.
    over_claimed_orders: String,
    /// Claimed value less supported net sales.
    over_claimed_value: String,
    /// Supported orders that are the first of their customer, in parts.
    new_customer_orders: String,
    /// Second contribution margin of the supported orders.
    cm2: String,
    /// What is left of it after the spend.
    profit: String,
    /// Claimed value / spend. Never to be added up over platforms.
    roas_platform: Ratio,
    /// Supported net sales / spend.
    roas_attributed: Ratio,
    /// Supported second contribution margin / spend; below 1 the campaign costs more than it leaves.
    roas_contribution: Ratio,
    /// The `roas_attributed` at which nothing is left.
    break_even_roas: Ratio,
    /// Spend / supported orders: what advertising an order cost.
    cost_per_order: Ratio,
    /// Spend / supported first orders of customers.
    ncac: Ratio,
    /// Whether the platform may still restate some of it.
    provisional: bool,
}

/// Orders that no visit supports, for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnsupportedOrders {
    /// `no_visit`, `no_time`, `too_old`, `after_order`, `direct`, `not_paid` or `platform_reported`.
    reason: String,
    /// Orders.
    orders: u64,
    /// Their net sales.
    net_sales: String,
}

/// The ratios of the whole period, each with its formula, because products give these names to different ones.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlendedRatios {
    /// Marketing efficiency ratio: net revenue / ad spend.
    mer: Ratio,
    /// Its inverse, which some products print under that name.
    ad_cost_ratio: Ratio,
    /// Ad spend / customers who ordered.
    cac: Ratio,
    /// Ad spend / new customers.
    ncac: Ratio,
    /// Ad spend / new customers credited to visits that were paid for.
    paid_ncac: Ratio,
}

/// The campaigns of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignTable {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// First day (YYYY-MM-DD), of each ad account's own zone.
    from: String,
    /// Last day (YYYY-MM-DD), included.
    to: String,
    /// The model by which orders are credited.
    model: String,
    /// Days before an order within which visits take credit.
    window: u32,
    /// `order_day` or `click_day`: the day on which credit counts.
    clock: String,
    /// The campaigns, by spend.
    rows: Vec<CampaignFigures>,
    /// The ratios of the whole.
    blended: BlendedRatios,
    /// Spend that orders bear, by the day on which they are credited.
    spend_on_orders: String,
    /// Spend of campaigns' days without any supported order: a cost of the day, on no order.
    spend_on_no_order: String,
    /// Orders of the period.
    orders: u64,
    /// Orders of the period that no visit supports, by reason.
    unsupported: Vec<UnsupportedOrders>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// Which days, and how credit is shared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CampaignParams {
    /// First day, YYYY-MM-DD; without it 30 days up to `to`.
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included; without it the last day with figures.
    to: Option<String>,
    /// `last` (default), `first`, `linear`, `position`, `time_decay`, `last_paid` or `platform_reported`.
    model: Option<String>,
    /// Days before an order within which visits take credit, 1 to 730; 30 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 730)]
    window: Option<String>,
    /// The day on which credit counts: `order_day` (default) or `click_day`.
    clock: Option<String>,
}

const MODELS: [(&str, Model); 7] = [
    ("last", Model::Last),
    ("first", Model::First),
    ("linear", Model::Linear),
    ("position", Model::Position),
    ("time_decay", Model::TimeDecay),
    ("last_paid", Model::LastPaid),
    ("platform_reported", Model::PlatformReported),
];

const CLOCKS: [(&str, DayBasis); 2] = [("order_day", DayBasis::OrderDay), ("click_day", DayBasis::ClickDay)];

/// Campaigns with what they cost, what their platforms claim and what the visits before orders support.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/campaigns", operation_id = "campaigns", tag = "advertising",
    params(("w" = String, Path, description = "the workspace's id"), CampaignParams),
    responses((status = 200, description = "the campaigns, by spend", body = CampaignTable),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn campaigns(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<CampaignParams>,
) -> Result<Json<CampaignTable>, Problem> {
    app.on(w, move |_, place| table(place, &params).map(Json)).await
}

/// Days asked for and how credit is shared.
struct Question {
    from: Date,
    to: Date,
    settings: ModelSettings,
    clock: Clock,
    currency: Currency,
}

fn table(place: &Place, params: &CampaignParams) -> Result<CampaignTable, Problem> {
    let defaults = ModelSettings::default();
    let model = word("model", params.model.as_deref(), &MODELS, defaults.model)?;
    let day = word("clock", params.clock.as_deref(), &CLOCKS, defaults.day)?;
    let window = limit("window", params.window.as_deref(), 30, MAX_WINDOW)?;
    let window = u32::try_from(window).unwrap_or(30);
    let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
    let currency = place.workspace.currency;
    let mut notices = Vec::new();
    let days = place.warehouse.load_campaign_days(from, to)?;
    let rates = RateBook::new(place.warehouse.load_rates()?);
    let into = InCurrency { currency, rates: &rates };
    let (ours, others): (Vec<_>, Vec<_>) =
        days.into_iter().partition(|day| into.convert(day.spend, day.currency, day.day).is_ok());
    foreign(others.iter().map(|day| (day.source.as_str(), day.currency, day.spend)), currency, &mut notices);
    let mut clock = Clock::new(place.settings.zone().clone());
    for day in &ours {
        let zone = day.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        if let Some(zone) = zone.filter(|zone| zone != &clock.zone) {
            clock.account_zones.entry(day.source.clone()).or_insert(zone);
        }
    }
    for (source, zone) in &clock.account_zones {
        let name = zone.iana_name().unwrap_or("another zone");
        let message = format!(
            "the days of {source} are those of {name}, not of {}: its orders are credited on its own days",
            place.workspace.time_zone
        );
        notices.push(Notice::new("account_time_zone", message));
    }
    let provisional: BTreeSet<CampaignKey> =
        ours.iter().filter(|day| day.provisional).map(Campaigns::key).collect();
    let campaigns = Campaigns::new(ours, &into).map_err(|error| Problem::internal(&error))?;
    let settings = ModelSettings { model, lookback_days: Some(window), day, ..defaults };
    let question = Question { from, to, settings, clock, currency };
    let people = People::load(&place.warehouse)?;
    let (credited, unsupported) = question.attributions(place, &people)?;
    let known_since = people.known_since().unwrap_or(from);
    let history = History { from, known_since, is_complete: false };
    let claims = over_claims(&campaigns, &credited, Grain::Campaign);
    let mut economics = campaign_economics(&campaigns, &credited, &history);
    economics.sort_by(|a, b| b.spend.value.cmp(&a.spend.value).then_with(|| a.key.cmp(&b.key)));
    let spread = spread(&campaigns, &credited);
    let blended = blended(&question.sums(place, &people, &credited)?, &history);
    notices.extend(blended.notices.into_iter().map(Notice::from));
    if credited.is_empty() && !unsupported.is_empty() && model != Model::PlatformReported {
        let message = "no visit before any order of these days is known: claims cannot be checked; connect a source of \
                       visits, or a shop that keeps the customer's journey";
        notices.push(Notice::new("no_visits", message.to_owned()));
    }
    let in_period =
        people.purchases.iter().filter(|one| one.is_order && (from..=to).contains(&one.day)).count() as u64;
    let named = MODELS.iter().find(|(_, one)| *one == model).map_or("last", |(name, _)| name);
    let rows = economics.iter().map(|one| {
        let claim = claims
            .iter()
            .find(|claim| claim.platform == one.key.platform && claim.campaign_id == one.key.campaign_id);
        figures(one, claim, provisional.contains(&one.key), currency)
    });
    Ok(CampaignTable {
        currency: currency.to_string(),
        from: from.to_string(),
        to: to.to_string(),
        model: named.to_owned(),
        window,
        clock: CLOCKS.iter().find(|(_, one)| *one == day).map_or("order_day", |(name, _)| name).to_owned(),
        rows: rows.collect(),
        blended: BlendedRatios {
            mer: Ratio::from(&blended.mer),
            ad_cost_ratio: Ratio::from(&blended.ad_cost_ratio),
            cac: Ratio::from(&blended.cac),
            ncac: Ratio::from(&blended.ncac),
            paid_ncac: Ratio::from(&blended.paid_ncac),
        },
        spend_on_orders: money(spread.orders.iter().map(|one| one.amount).sum(), currency),
        spend_on_no_order: money(spread.unspread.iter().map(|one| one.amount).sum(), currency),
        orders: in_period,
        unsupported: unsupported
            .into_iter()
            .map(|(reason, (orders, net_sales))| UnsupportedOrders {
                reason: reason_name(reason).to_owned(),
                orders,
                net_sales: money(net_sales, currency),
            })
            .collect(),
        notices,
    })
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

/// Orders and net sales without credit, by reason.
type Unsupported = BTreeMap<Reason, (u64, Decimal)>;

impl Question {
    /// The credit of the days asked for, and what no visit supports of them.
    fn attributions(
        &self,
        place: &Place,
        people: &People,
    ) -> Result<(Vec<Attribution>, Unsupported), Problem> {
        // an account's day may begin a day before or end a day after ours; a click's day lies before its order's
        let later = match self.settings.day {
            DayBasis::OrderDay => 1,
            DayBasis::ClickDay => 1 + i64::from(self.settings.lookback_days.unwrap_or(0)),
        };
        let start = self.instant(self.from.saturating_sub(Span::new().days(1)), Timestamp::MIN);
        let end = self.instant(self.to.saturating_add(Span::new().days(1 + later)), Timestamp::MAX);
        let rules = ChannelRules::builtin().map_err(|error| Problem::internal(&error))?;
        let mut visits: BTreeMap<OrderOf, Vec<Touchpoint>> = BTreeMap::new();
        for facts in place.warehouse.load_touchpoints(start, end)? {
            let visit = touchpoint(&facts, &rules);
            visits.entry((facts.connection_id, facts.order_id)).or_default().push(visit);
        }
        let (mut credited, mut unsupported) = (Vec::new(), Unsupported::new());
        let within = |day: Date| (self.from..=self.to).contains(&day);
        for placed in people.placed.iter().filter(|placed| (start..end).contains(&placed.placed_at)) {
            let order_id = format!("{}/{}", placed.key.0, placed.key.1);
            let journey = Journey {
                order_id: &order_id,
                placed_at: placed.placed_at,
                is_first_order: placed.is_first_order,
                amounts: placed.amounts,
                touchpoints: visits.get(&placed.key).map_or(&[][..], Vec::as_slice),
            };
            let mut attribution = attribute(&journey, &self.settings, &self.clock, self.currency);
            if let Some(none) = attribution.unattributed.filter(|none| within(none.day)) {
                let sums = unsupported.entry(none.reason).or_default();
                sums.0 += 1;
                sums.1 += none.amounts.net_sales;
            }
            attribution.credits.retain(|credit| within(credit.day));
            if !attribution.credits.is_empty() {
                credited.push(attribution);
            }
        }
        Ok((credited, unsupported))
    }

    /// The first instant of a local day.
    fn instant(&self, day: Date, beyond: Timestamp) -> Timestamp {
        day.to_zoned(self.clock.zone.clone()).map_or(beyond, |zoned| zoned.timestamp())
    }

    fn sums(&self, place: &Place, people: &People, credited: &[Attribution]) -> Result<BlendedSums, Problem> {
        let total = place.warehouse.pnl(self.from, self.to, By::Total)?;
        let ladder = total.first().map(|row| row.ladder).unwrap_or_default();
        let mut first: BTreeMap<&str, Date> = BTreeMap::new();
        let mut customers: BTreeSet<&str> = BTreeSet::new();
        for purchase in people.purchases.iter().filter(|one| one.is_order) {
            let Some(person) = purchase.person.as_deref() else { continue };
            let day = first.entry(person).or_insert(purchase.day);
            *day = purchase.day.min(*day);
            if (self.from..=self.to).contains(&purchase.day) {
                customers.insert(person);
            }
        }
        let new = first.values().filter(|day| (self.from..=self.to).contains(day)).count() as u64;
        let paid: u64 = credited
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

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::NoVisit => "no_visit",
        Reason::NoTime => "no_time",
        Reason::TooOld => "too_old",
        Reason::AfterOrder => "after_order",
        Reason::Direct => "direct",
        Reason::NotPaid => "not_paid",
        Reason::PlatformReported => "platform_reported",
    }
}

fn figures(
    one: &CampaignEconomics,
    claim: Option<&OverClaim>,
    provisional: bool,
    currency: Currency,
) -> CampaignFigures {
    let claimed = |figure: fn(&OverClaim) -> Decimal| claim.map(figure).unwrap_or_default();
    CampaignFigures {
        provider: one.key.platform.clone(),
        campaign_id: one.key.campaign_id.clone(),
        campaign: one.name.clone(),
        spend: money(one.spend.value, currency),
        claimed_orders: number(claimed(|claim| claim.claimed_orders.value)),
        claimed_value: money(claimed(|claim| claim.claimed_value.value), currency),
        supported_orders: number(one.orders.value),
        supported_net_sales: money(one.net_sales.value, currency),
        over_claimed_orders: number(claimed(|claim| claim.over_claimed_orders)),
        over_claimed_value: money(claimed(|claim| claim.over_claimed_value), currency),
        new_customer_orders: number(one.new_customer_orders.value),
        cm2: money(one.cm2.value, currency),
        profit: money(one.profit, currency),
        roas_platform: Ratio::from(&one.roas_platform),
        roas_attributed: Ratio::from(&one.roas_attributed),
        roas_contribution: Ratio::from(&one.roas_contribution),
        break_even_roas: Ratio::from(&one.break_even_roas),
        cost_per_order: Ratio::from(&one.cost_per_order),
        ncac: Ratio::from(&one.ncac),
        provisional,
    }
}
