//! Sums per currency beside the converted ones.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::ads::AdParams;
use crate::amount::money;
use crate::app::App;
use crate::extract::Params;
use crate::problem::Problem;

/// The figures of a period by the currency in which their sources wrote them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Currencies {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// Orders placed in the period, by their currency.
    orders: Vec<OrderCurrency>,
    /// Ad spend of the period, by the ad accounts' currency.
    ads: Vec<AdCurrency>,
}

/// The orders of one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderCurrency {
    /// The currency (ISO 4217).
    currency: String,
    /// Orders that count.
    orders: i64,
    /// Orders that do not count because an exchange rate is missing.
    missing_rate: i64,
    /// Goods sold less discounts and returns, without tax, in that currency.
    net_sales: String,
    /// The same in the reporting currency, each amount at the rate of its own day.
    net_sales_converted: String,
    /// The same in that currency of the orders that lack a rate.
    net_sales_without_rate: String,
}

/// The ad spend of one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdCurrency {
    /// The currency (ISO 4217).
    currency: String,
    /// Money spent, in that currency.
    ad_spend: String,
    /// What of it is counted, in the reporting currency, at the rates of its days.
    ad_spend_converted: String,
    /// What of it lacks a rate, in that currency.
    ad_spend_without_rate: String,
}

/// Net sales and ad spend in each currency, beside the same in the reporting currency.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/profit/currencies", operation_id = "currencies", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), AdParams),
    responses((status = 200, description = "the sums by currency", body = Currencies),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn currencies(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<AdParams>,
) -> Result<Json<Currencies>, Problem> {
    app.on(w, move |_, place| {
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let ours = place.workspace.currency;
        let orders = place.warehouse.orders_by_currency(from, to)?.into_iter().map(|row| OrderCurrency {
            currency: row.currency.to_string(),
            orders: row.orders,
            missing_rate: row.missing_rate,
            net_sales: money(row.net_sales, row.currency),
            net_sales_converted: money(row.converted, ours),
            net_sales_without_rate: money(row.unconverted, row.currency),
        });
        let ads = place.warehouse.ads_by_currency(from, to, ours)?.into_iter().map(|row| AdCurrency {
            currency: row.currency.to_string(),
            ad_spend: money(row.ad_spend, row.currency),
            ad_spend_converted: money(row.converted, ours),
            ad_spend_without_rate: money(row.unconverted, row.currency),
        });
        Ok(Json(Currencies {
            currency: ours.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            orders: orders.collect(),
            ads: ads.collect(),
        }))
    })
    .await
}
