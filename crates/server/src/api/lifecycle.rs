//! What comes after the first sale and before it: messages with what they cost and brought, and the pipeline of deals.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Currency;
use netgain_profit::subscriptions::{Lifecycle, StageFigures, lifecycle, pipeline};
use netgain_profit::{Figure, InCurrency, RateBook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use crate::amount::{money, number};
use crate::app::{App, Place};
use crate::extract::Params;
use crate::growth::Ratio;
use crate::problem::Problem;

/// Messages of a campaign or flow: what they cost and what the platform says they brought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageRow {
    /// The platform.
    provider: String,
    /// `email`, `sms` …; empty where the source does not say.
    channel: String,
    /// The campaign's or flow's id.
    campaign_id: String,
    /// Its name.
    campaign: Option<String>,
    /// Messages sent.
    sent: i64,
    /// What sending cost. Reporting currency.
    cost: String,
    /// Whether all of the cost is told. Where it is not, `cost` is the least it was and there is no return.
    cost_known: bool,
    /// Orders that the platform claims.
    orders: String,
    /// Money that the platform claims. Reporting currency.
    revenue: String,
    /// Return: (revenue - cost) / cost.
    roi: Ratio,
    /// Revenue for each message.
    revenue_per_message: Ratio,
}

/// Messages of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Messages {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// First day (YYYY-MM-DD).
    from: String,
    /// Last day (YYYY-MM-DD), included.
    to: String,
    /// By platform, channel and campaign; none while an exchange rate is missing.
    rows: Vec<MessageRow>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageParams {
    /// First day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
}

/// An amount in a currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Amount {
    /// ISO 4217.
    currency: String,
    /// The amount.
    amount: String,
}

/// A stage of a pipeline with the deals in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PipelineStage {
    /// The pipeline's id.
    pipeline_id: String,
    /// The stage's id; null for deals whose stage is not known.
    stage_id: Option<String>,
    /// The stage's name.
    stage: String,
    /// Open deals in it.
    open: usize,
    /// Deals won, where the stage means that.
    won: usize,
    /// Deals lost in it.
    lost: usize,
    /// Value of the open deals by currency.
    value: Vec<Amount>,
    /// Value of the open deals times the stage's chance, by currency; empty where the stage names none.
    weighted: Vec<Amount>,
    /// Open deals without a value: theirs is not known, which is not zero.
    without_value: u64,
    /// Deals that stand here or have come further; null for a stage that ends the pipeline.
    reached: Option<usize>,
    /// Deals that came to the next stage, or were won after the last / deals that reached this one.
    conversion: Option<Ratio>,
}

/// Every pipeline's stages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pipeline {
    /// By pipeline and place.
    rows: Vec<PipelineStage>,
}

/// What messages cost and brought, by campaign and flow.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/messages", operation_id = "messages", tag = "customers",
    params(("w" = String, Path, description = "the workspace's id"), MessageParams),
    responses((status = 200, description = "the messages", body = Messages),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn messages(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<MessageParams>,
) -> Result<Json<Messages>, Problem> {
    app.on(w, move |_, place| sent(place, &params).map(Json)).await
}

fn sent(place: &Place, params: &MessageParams) -> Result<Messages, Problem> {
    let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
    let currency = place.workspace.currency;
    let rates = RateBook::new(place.warehouse.load_rates()?);
    let facts = place.warehouse.load_message_days()?;
    let days = (from, to.tomorrow().unwrap_or(to));
    let mut notices = Vec::new();
    let rows = lifecycle(&facts, days, &InCurrency { currency, rates: &rates }).unwrap_or_else(|missing| {
        notices.push(Notice::new("missing_rate", format!("there are no figures: {missing}")));
        Vec::new()
    });
    let unknown = rows.iter().filter(|row| !row.cost_known).count();
    if unknown > 0 {
        let message = format!(
            "the cost of {unknown} campaigns is not told by their platform: there is no return of them"
        );
        notices.push(Notice::new("message_cost_unknown", message));
    }
    Ok(Messages {
        currency: currency.to_string(),
        from: from.to_string(),
        to: to.to_string(),
        rows: rows.into_iter().map(|row| of_campaign(row, currency)).collect(),
        notices,
    })
}

fn of_campaign(row: Lifecycle, currency: Currency) -> MessageRow {
    MessageRow {
        cost: money(row.cost.value, currency),
        orders: number(row.orders.value),
        revenue: money(row.revenue.value, currency),
        roi: Ratio::from(&row.roi),
        revenue_per_message: Ratio::from(&row.revenue_per_message),
        provider: row.platform,
        channel: row.channel,
        campaign_id: row.campaign_id,
        campaign: row.name,
        sent: row.sent,
        cost_known: row.cost_known,
    }
}

/// What stands in each stage of the pipelines, and how many deals come from one to the next.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/pipeline", operation_id = "pipeline", tag = "customers",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "the stages", body = Pipeline),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn stages(State(app): State<App>, Path(w): Path<String>) -> Result<Json<Pipeline>, Problem> {
    app.on(w, move |_, place| {
        let found = pipeline(&place.warehouse.load_deals()?, &place.warehouse.load_deal_stages()?);
        Ok(Json(Pipeline { rows: found.into_iter().map(of_stage).collect() }))
    })
    .await
}

fn of_stage(row: StageFigures) -> PipelineStage {
    let amounts = |by_currency: &BTreeMap<Currency, Figure>| {
        let amount = |(currency, figure): (&Currency, &Figure)| Amount {
            currency: currency.to_string(),
            amount: money(figure.value, *currency),
        };
        by_currency.iter().map(amount).collect()
    };
    PipelineStage {
        value: amounts(&row.value),
        weighted: amounts(&row.weighted),
        open: row.open.parts.len(),
        won: row.won.parts.len(),
        lost: row.lost.parts.len(),
        without_value: row.without_value,
        reached: row.reached.as_ref().map(|reached| reached.parts.len()),
        conversion: row.conversion.as_ref().map(Ratio::from),
        pipeline_id: row.stage.pipeline_id,
        stage_id: row.stage.stage_id,
        stage: row.stage.name,
    }
}
