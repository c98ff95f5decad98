//! Advertising by campaign.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Decimal;
use netgain_domain::jiff::civil::Date;
use netgain_profit::{InCurrency, MissingRate, RateBook, roas};
use netgain_warehouse::CampaignRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Notice, fraction};
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::Params;
use crate::problem::Problem;

/// What a campaign cost and brought, as its platform claims.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdRow {
    /// The campaign at its platform; empty where the platform does not say.
    campaign_id: String,
    /// Its name.
    campaign: String,
    /// The platform.
    provider: String,
    /// Money spent, in the reporting currency.
    ad_spend: String,
    /// Times shown.
    impressions: i64,
    /// Clicks.
    clicks: i64,
    /// Purchases that the platform claims; some platforms claim fractions.
    conversions: String,
    /// Their value as the platform claims, in the reporting currency.
    conversion_value: String,
    /// Return on ad spend: claimed value / spend, 4 digits; null without spend.
    roas: Option<String>,
    /// Whether the platform may still restate some of it.
    provisional: bool,
}

/// Campaigns of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ads {
    /// The reporting currency (ISO 4217). Amounts in other currencies are converted at the rate of their day.
    currency: String,
    /// The campaigns, by spend.
    rows: Vec<AdRow>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdParams {
    /// First day of the ad account's zone, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    pub(super) from: Option<String>,
    /// Last day of the ad account's zone, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    pub(super) to: Option<String>,
}

/// Advertising by campaign.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/ads", operation_id = "ads", tag = "advertising",
    params(("w" = String, Path, description = "the workspace's id"), AdParams),
    responses((status = 200, description = "the campaigns, by spend", body = Ads),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<AdParams>,
) -> Result<Json<Ads>, Problem> {
    app.on(w, move |_, place| {
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let mut notices = zone_notices(place, from, to)?;
        let mut campaigns = place.warehouse.ads_by_campaign(from, to)?;
        convert(place, from, to, &mut campaigns, &mut notices)?;
        let rows = campaigns.into_iter().map(|row| AdRow {
            campaign: row.campaign_name.or_else(|| row.campaign_id.clone()).unwrap_or_default(),
            campaign_id: row.campaign_id.unwrap_or_default(),
            provider: row.source,
            ad_spend: money(row.spend, currency),
            impressions: row.impressions,
            clicks: row.clicks,
            conversions: fraction(row.conversions),
            conversion_value: money(row.conversion_value, currency),
            roas: roas(row.conversion_value, row.spend).map(|ratio| ratio.to_string()),
            provisional: row.provisional,
        });
        Ok(Json(Ads { currency: currency.to_string(), rows: rows.collect(), notices }))
    })
    .await
}

/// Brings campaigns into the reporting currency, each day at its own rate. A campaign with a day without a rate is left
/// out and noticed.
fn convert(
    place: &Place,
    from: Date,
    to: Date,
    campaigns: &mut Vec<CampaignRow>,
    notices: &mut Vec<Notice>,
) -> Result<(), Problem> {
    let ours = place.workspace.currency;
    if campaigns.iter().all(|row| row.currency == ours) {
        return Ok(());
    }
    let rates = RateBook::new(place.warehouse.load_rates()?);
    let into = InCurrency { currency: ours, rates: &rates };
    let mut sums: BTreeMap<_, Result<(Decimal, Decimal), MissingRate>> = BTreeMap::new();
    for day in place.warehouse.load_campaign_days(from, to)?.iter().filter(|day| day.currency != ours) {
        let key = (day.source.clone(), day.campaign_id.clone(), day.currency);
        let sum = sums.entry(key).or_insert(Ok((Decimal::ZERO, Decimal::ZERO)));
        if let Ok((spend, value)) = sum {
            let converted = into
                .convert(day.spend, day.currency, day.day)
                .and_then(|spend| Ok((spend, into.convert(day.conversion_value, day.currency, day.day)?)));
            match converted {
                Ok((more_spend, more_value)) => {
                    *spend += more_spend;
                    *value += more_value;
                }
                Err(missing) => *sum = Err(missing),
            }
        }
    }
    campaigns.retain_mut(|row| {
        if row.currency == ours {
            return true;
        }
        // taken out, so that two connections to one account do not count it twice
        match sums.remove(&(row.source.clone(), row.campaign_id.clone(), row.currency)) {
            Some(Ok((spend, value))) => {
                (row.spend, row.conversion_value, row.currency) = (spend, value, ours);
                true
            }
            Some(Err(missing)) => {
                let campaign = row.campaign_id.as_deref().unwrap_or("unknown");
                let message = format!("campaign {campaign} of {} is not listed: {missing}", row.source);
                notices.push(Notice::new("ad_spend_currency", message));
                false
            }
            None => false,
        }
    });
    campaigns.sort_by_key(|row| Reverse(row.spend));
    Ok(())
}

/// Says which platforms' days are not the workspace's: they were summed before we saw them and cannot be cut anew.
pub(super) fn zone_notices(place: &Place, from: Date, to: Date) -> Result<Vec<Notice>, Problem> {
    let ours = place.settings.time_zone.name();
    let others = place.warehouse.ad_zones(from, to)?.into_iter().filter(|(_, zone)| zone != ours);
    let notice = |(source, zone): (String, String)| {
        let message = format!(
            "days of {source} are those of its ad account in {zone}, orders are counted by days of {ours}: spend around midnight stands on another day than the orders that it brought"
        );
        Notice::new("ad_time_zone", message)
    };
    Ok(others.map(notice).collect())
}
