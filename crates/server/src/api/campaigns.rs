//! Campaigns: what they cost, what their platforms claim, and what the visits before orders support.

pub(crate) mod parts;
pub(crate) mod question;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::{Currency, Decimal};
use netgain_profit::attribution::{
    CampaignEconomics, DayBasis, Grain, Model, OverClaim, Reason, blended, campaign_economics, over_claims,
    spread,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::question::Question;
use super::figures::Notice;
use crate::amount::{money, number};
use crate::app::{App, Place};
use crate::extract::Params;
use crate::growth::Ratio;
use crate::problem::Problem;

/// A campaign under one model, window and clock. Money is in the reporting currency and without tax.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignFigures {
    /// The platform.
    provider: String,
    /// The campaign at its platform; null for what of the platform belongs to no known campaign.
    campaign_id: Option<String>,
    /// Its name, where known.
    campaign: Option<String>,
    /// Whether the platform tells of its campaigns here. Where it does not, spend and claims are unknown and stand as 0.
    claims_known: bool,
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
    /// `no_visit`, `pending` (the shop's platform has still to link visits), `no_time`, `too_old`, `after_order`, `direct`, `not_paid` or `platform_reported`.
    reason: String,
    /// Orders.
    orders: u64,
    /// Their net sales.
    net_sales: String,
}

/// A source of visits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VisitSource {
    /// The platform.
    provider: String,
    /// Orders whose visits it told.
    orders: u64,
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
    /// Whose word about visits goes first: `shop` or a platform.
    visits: String,
    /// Who told of the visits that were used, and of how many orders; an order takes its visits from one source.
    told_by: Vec<VisitSource>,
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
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// Last day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    pub(crate) to: Option<String>,
    /// `last` (default), `first`, `linear`, `position`, `time_decay`, `last_paid` or `platform_reported`.
    #[param(pattern = "^(last|first|linear|position|time_decay|last_paid|platform_reported)$")]
    pub(crate) model: Option<String>,
    /// Days before an order within which visits take credit, 1 to 730; 30 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 730)]
    pub(crate) window: Option<String>,
    /// The day on which credit counts: `order_day` (default) or `click_day`.
    #[param(pattern = "^(order_day|click_day)$")]
    pub(crate) clock: Option<String>,
    /// Whose word about visits goes first, where several sources tell of one order's: `shop` (default), which is the
    /// platform that keeps the order, or a platform's id. An order takes its visits from one source alone.
    pub(crate) visits: Option<String>,
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

fn table(place: &Place, params: &CampaignParams) -> Result<CampaignTable, Problem> {
    let mut notices = Vec::new();
    let question = Question::read(place, params, &mut notices)?;
    let found = question.answer(place, &mut notices)?;
    let (campaigns, credited, currency) = (&found.campaigns, &found.credited, question.currency);
    let claims = over_claims(campaigns, credited, Grain::Campaign);
    let mut economics = campaign_economics(campaigns, credited, &found.history);
    economics.sort_by(|a, b| b.spend.value.cmp(&a.spend.value).then_with(|| a.key.cmp(&b.key)));
    let spread = spread(campaigns, credited);
    let blended = blended(&question.sums(place, &found)?, &found.history);
    notices.extend(blended.notices.into_iter().map(Notice::from));
    if credited.is_empty()
        && !found.unsupported.is_empty()
        && question.settings.model != Model::PlatformReported
    {
        let message = "no visit before any order of these days is known: claims cannot be checked; connect a source of \
                       visits, or a shop that keeps the customer's journey";
        notices.push(Notice::new("no_visits", message.to_owned()));
    }
    let rows = economics.iter().map(|one| {
        let claim = claims
            .iter()
            .find(|claim| claim.platform == one.key.platform && claim.campaign_id == one.key.campaign_id);
        let known = campaigns.knows(&one.key.platform);
        figures(one, claim, (known, found.provisional.contains(&one.key)), currency)
    });
    let unsupported = found.unsupported.iter().map(|(reason, (orders, net_sales))| UnsupportedOrders {
        reason: reason_name(*reason).to_owned(),
        orders: *orders,
        net_sales: money(*net_sales, currency),
    });
    let told_by: BTreeMap<&str, u64> =
        found.told_by.iter().map(|(name, orders)| (name.as_str(), *orders)).collect();
    Ok(CampaignTable {
        currency: currency.to_string(),
        from: question.from.to_string(),
        to: question.to.to_string(),
        model: question.model_name().to_owned(),
        window: question.settings.lookback_days.unwrap_or(0),
        clock: question.clock_name().to_owned(),
        visits: question.visits_name().to_owned(),
        told_by: told_by
            .into_iter()
            .map(|(provider, orders)| VisitSource { provider: provider.to_owned(), orders })
            .collect(),
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
        orders: found.orders,
        unsupported: unsupported.collect(),
        notices,
    })
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::NoVisit => "no_visit",
        Reason::Pending => "pending",
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
    (claims_known, provisional): (bool, bool),
    currency: Currency,
) -> CampaignFigures {
    let claimed = |figure: fn(&OverClaim) -> Decimal| claim.map(figure).unwrap_or_default();
    CampaignFigures {
        provider: one.key.platform.clone(),
        campaign_id: one.key.campaign_id.clone(),
        campaign: one.name.clone(),
        claims_known,
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
