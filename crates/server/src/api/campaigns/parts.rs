//! Below a campaign: its ad sets and ads, with what they cost, what is claimed for them and what visits support.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_profit::attribution::{
    Attribution, CampaignKey, Campaigns, Grain, campaign_economics, end_of_id, over_claims,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::question::Question;
use super::{CampaignFigures, CampaignParams, figures};
use crate::api::figures::Notice;
use crate::app::{App, Place};
use crate::extract::{Params, word};
use crate::problem::Problem;

/// The ad sets or ads of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignParts {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// First day (YYYY-MM-DD), of the ad account's own zone.
    from: String,
    /// Last day (YYYY-MM-DD), included.
    to: String,
    /// The model by which orders are credited.
    model: String,
    /// The platform.
    provider: String,
    /// The campaign at its platform.
    campaign_id: Option<String>,
    /// Its name, where known.
    campaign: Option<String>,
    /// `ad_set` or `ad`.
    by: String,
    /// The parts, by spend: `campaign_id` and `campaign` are the part's own; null stands for what no part is known of.
    /// They add up to the campaign.
    rows: Vec<CampaignFigures>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// Which campaign, which parts of it, and how credit is shared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartParams {
    /// The platform's id, as in the campaigns' rows.
    provider: String,
    /// The campaign at its platform; without it what belongs to no known campaign.
    campaign_id: Option<String>,
    /// `ad_set` or `ad` (default).
    #[param(pattern = "^(ad_set|ad)$")]
    by: Option<String>,
    /// First day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
    /// `last` (default), `first`, `linear`, `position`, `time_decay`, `last_paid` or `platform_reported`.
    #[param(pattern = "^(last|first|linear|position|time_decay|last_paid|platform_reported)$")]
    model: Option<String>,
    /// Days before an order within which visits take credit, 1 to 730; 30 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 730)]
    window: Option<String>,
    /// The day on which credit counts: `order_day` (default) or `click_day`.
    #[param(pattern = "^(order_day|click_day)$")]
    clock: Option<String>,
    /// Whose word about visits goes first: `shop` (default) or a platform's id.
    visits: Option<String>,
}

/// What a campaign is cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    AdSet,
    Ad,
}

const BY: [(&str, By); 2] = [("ad_set", By::AdSet), ("ad", By::Ad)];

/// The ad sets or ads of a campaign with what they cost, what is claimed for them and what visits support.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/campaigns/parts", operation_id = "campaignParts", tag = "advertising",
    params(("w" = String, Path, description = "the workspace's id"), PartParams),
    responses((status = 200, description = "the parts, by spend", body = CampaignParts),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn campaign_parts(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<PartParams>,
) -> Result<Json<CampaignParts>, Problem> {
    app.on(w, move |_, place| parts(place, params).map(Json)).await
}

fn parts(place: &Place, params: PartParams) -> Result<CampaignParts, Problem> {
    let by = word("by", params.by.as_deref(), &BY, By::Ad)?;
    let PartParams { provider, campaign_id, from, to, model, window, clock, visits, .. } = params;
    let mut notices = Vec::new();
    let shared = CampaignParams { from, to, model, window, clock, visits };
    let question = Question::read(place, &shared, &mut notices)?;
    let whole = question.answer(place, &mut notices)?;
    let key = CampaignKey { platform: provider, campaign_id };

    let into = question.converting();
    let ads = place.warehouse.load_campaign_ads(
        question.from,
        question.to,
        &key.platform,
        key.campaign_id.as_deref(),
    )?;
    // which ad set an ad stands in, for visits that name the ad alone
    let mut sets: BTreeMap<String, Option<String>> = BTreeMap::new();
    for ad in &ads {
        if let Some(id) = &ad.figures.campaign_id {
            sets.insert(end_of_id(id).to_owned(), ad.ad_set_id.clone());
        }
    }
    let days = ads.into_iter().map(|ad| {
        let mut day = ad.figures;
        if by == By::AdSet {
            (day.campaign_id, day.campaign_name) = (ad.ad_set_id, ad.ad_set_name);
        }
        day
    });
    let days: Vec<_> = days.filter(|day| into.convert(day.spend, day.currency, day.day).is_ok()).collect();
    let provisional: Vec<CampaignKey> =
        days.iter().filter(|day| day.provisional).map(Campaigns::key).collect();
    let below = Campaigns::new(days, &into).map_err(|error| Problem::internal(&error))?;
    let credited: Vec<Attribution> = whole
        .credited
        .into_iter()
        .filter_map(|mut attribution| {
            attribution
                .credits
                .retain(|credit| whole.campaigns.of(&credit.touchpoint).as_ref() == Some(&key));
            for credit in &mut attribution.credits {
                let visit = &mut credit.touchpoint;
                let set = visit.ad_id.as_deref().and_then(|ad| sets.get(end_of_id(ad)).cloned().flatten());
                visit.campaign_id = match by {
                    By::Ad => visit.ad_id.clone(),
                    By::AdSet => visit.ad_set_id.clone().or(set),
                };
                visit.campaign = None;
                // what the campaign has, one of its parts has, known or not
                visit.paid = true;
            }
            (!attribution.credits.is_empty()).then_some(attribution)
        })
        .collect();
    let claims = over_claims(&below, &credited, Grain::Campaign);
    let mut economics = campaign_economics(&below, &credited, &whole.history);
    economics.sort_by(|a, b| b.spend.value.cmp(&a.spend.value).then_with(|| a.key.cmp(&b.key)));
    let rows = economics.iter().map(|one| {
        let claim = claims.iter().find(|claim| claim.campaign_id == one.key.campaign_id);
        let known = whole.campaigns.knows(&one.key.platform);
        figures(one, claim, (known, provisional.contains(&one.key)), question.currency)
    });
    Ok(CampaignParts {
        currency: question.currency.to_string(),
        from: question.from.to_string(),
        to: question.to.to_string(),
        model: question.model_name().to_owned(),
        by: BY.iter().find(|(_, one)| *one == by).map_or("ad", |(name, _)| name).to_owned(),
        campaign: whole.campaigns.name(&key).map(str::to_owned),
        rows: rows.collect(),
        provider: key.platform,
        campaign_id: key.campaign_id,
        notices,
    })
}
