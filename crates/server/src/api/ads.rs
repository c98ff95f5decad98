//! Advertising by campaign.

use axum::Json;
use axum::extract::{Path, State};
use netgain_profit::roas;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::fraction;
use crate::amount::money;
use crate::app::App;
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
    /// The reporting currency (ISO 4217). Campaigns in other currencies are not listed; `/profit` notices them.
    currency: String,
    /// The campaigns, by spend.
    rows: Vec<AdRow>,
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdParams {
    /// First day of the ad account's zone, YYYY-MM-DD; without it 30 days up to `to`.
    from: Option<String>,
    /// Last day of the ad account's zone, YYYY-MM-DD, included; without it the last day with figures.
    to: Option<String>,
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
        let campaigns = place.warehouse.ads_by_campaign(from, to)?.into_iter();
        let rows = campaigns.filter(|row| row.currency == currency).map(|row| AdRow {
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
        Ok(Json(Ads { currency: currency.to_string(), rows: rows.collect() }))
    })
    .await
}
