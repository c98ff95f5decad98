//! The ladder by day, channel or order.

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::facts::{ExcludedReason, Flag};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_warehouse::{By, OrderFilter, OrderSort, PnlRow, Remark};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Notice, Sums, with_ladder};
use super::orders::{order_token, sums_of};
use super::workspaces::PROFILE;
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::{Params, range, word};
use crate::problem::{Code, Problem};

/// Rows that one answer by order may hold.
const MAX_ORDERS: u64 = 50_000;

with_ladder! {
    /// The ladder of a day, a channel, an order or the whole period, in the reporting currency and without tax.
    LadderRow {
        /// Local day (YYYY-MM-DD), by day.
        #[serde(skip_serializing_if = "Option::is_none")]
        day: Option<String>,
        /// Sales channel, or `advertising:<provider>` with that provider's ad spend, by channel.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
        /// The order, by order; use it in paths.
        #[serde(skip_serializing_if = "Option::is_none")]
        order_id: Option<String>,
    }
    then {}
}

/// The ladder of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profit {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The IANA time zone of the days.
    time_zone: String,
    /// The definition of the ladder.
    profile: String,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// `day`, `channel` or `order`.
    by: String,
    /// The rows: days in order, channels by name, orders by day.
    rows: Vec<LadderRow>,
    /// The sum of the rows.
    total: LadderRow,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// What to sum and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProfitParams {
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    to: Option<String>,
    /// `day` (default), `channel` or `order`.
    by: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Day,
    Channel,
    Order,
}

const GROUPINGS: [(&str, Grouping); 3] =
    [("day", Grouping::Day), ("channel", Grouping::Channel), ("order", Grouping::Order)];

/// The ladder from gross sales to net profit, by day, channel or order, with its total.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/profit", operation_id = "profit", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), ProfitParams),
    responses((status = 200, description = "the ladder of the period", body = Profit),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn profit(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<ProfitParams>,
) -> Result<Json<Profit>, Problem> {
    app.on(w, move |_, place| {
        let by = word("by", params.by.as_deref(), &GROUPINGS, Grouping::Day)?;
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let (rows, total) = if by == Grouping::Order {
            by_order(place, from, to)?
        } else {
            let grouping = if by == Grouping::Day { By::Day } else { By::Channel };
            let row = |row: &PnlRow| {
                let day = row.day.map(|day| day.to_string());
                LadderRow::of(&sums(row), currency, day, row.channel.clone(), None)
            };
            let rows = place.warehouse.pnl(from, to, grouping)?.iter().map(row).collect();
            (rows, place.warehouse.pnl(from, to, By::Total)?.first().map(sums).unwrap_or_default())
        };
        Ok(Json(Profit {
            currency: currency.to_string(),
            time_zone: place.workspace.time_zone.clone(),
            profile: PROFILE.to_owned(),
            from: from.to_string(),
            to: to.to_string(),
            by: GROUPINGS.iter().find(|(_, other)| *other == by).map_or("day", |(name, _)| name).to_owned(),
            rows,
            notices: notices(place, from, to, &total)?,
            total: LadderRow::of(&total, currency, None, None, None),
        }))
    })
    .await
}

fn sums(row: &PnlRow) -> Sums {
    Sums { orders: row.orders, ladder: row.ladder, provisional: row.provisional }
}

fn by_order(place: &Place, from: Date, to: Date) -> Result<(Vec<LadderRow>, Sums), Problem> {
    const PAGE: usize = 2_000;
    let filter = OrderFilter { from: Some(from), to: Some(to), ..OrderFilter::default() };
    let count = place.warehouse.count_orders(&filter)?;
    if count > MAX_ORDERS {
        let detail = format!("{count} orders lie between {from} and {to}, an answer holds {MAX_ORDERS}");
        return Err(Problem::new(Code::TooManyRows, detail));
    }
    let (mut rows, mut total, mut after) = (Vec::new(), Sums::default(), None);
    loop {
        let page = place.warehouse.orders_page(&filter, OrderSort::Day, false, after.as_ref(), PAGE)?;
        for order in &page.orders {
            let sums = sums_of(order);
            total.orders += sums.orders;
            total.ladder += &sums.ladder;
            let id = Some(order_token(&order.connection_id, &order.order_id));
            rows.push(LadderRow::of(&sums, place.workspace.currency, None, None, id));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((rows, total)),
        }
    }
}

/// What can be the matter with orders, and what of it to say.
const REMARKS: [(&str, Remark); 6] = [
    ("order_currency", Remark::Excluded(ExcludedReason::Currency)),
    ("missing_cost", Remark::Excluded(ExcludedReason::MissingCost)),
    ("estimated_cost", Remark::Flagged(Flag::EstimatedCost)),
    ("cost_currency", Remark::Flagged(Flag::CostCurrency)),
    ("fee_currency", Remark::Flagged(Flag::FeeCurrency)),
    ("unknown_event", Remark::Flagged(Flag::UnknownEvent)),
];

fn notices(place: &Place, from: Date, to: Date, total: &Sums) -> Result<Vec<Notice>, Problem> {
    let currency = place.workspace.currency;
    let mut notices = Vec::new();
    let counts = place.warehouse.count_remarks(from, to, &REMARKS.map(|(_, remark)| remark))?;
    for ((code, _), orders) in REMARKS.into_iter().zip(counts).filter(|(_, orders)| *orders > 0) {
        let words = match code {
            "order_currency" => {
                format!("are not counted: they are not in {currency} and no exchange rate is known")
            }
            "missing_cost" => {
                "are not counted: record the unit costs of their goods, or change cost.missing_policy"
                    .to_owned()
            }
            "estimated_cost" => {
                "hold goods without a recorded cost: it is estimated, so record their unit costs".to_owned()
            }
            "cost_currency" => format!(
                "hold goods whose unit cost is not in {currency}: it is treated as missing, so record it in {currency}"
            ),
            "fee_currency" => {
                format!("have payment fees that are not in {currency}: these fees are not counted")
            }
            _ => "hold ledger entries that this version does not know: update the program".to_owned(),
        };
        notices.push(Notice::new(code, format!("{orders} orders {words}")));
    }
    for campaign in place.warehouse.ads_by_campaign(from, to)?.iter().filter(|row| row.currency != currency) {
        let message = format!(
            "ad spend of {} {} on {} (campaign {}) is not counted: it is not in {currency} and no exchange rate is known",
            money(campaign.spend, campaign.currency),
            campaign.currency,
            campaign.source,
            campaign.campaign_id.as_deref().unwrap_or("unknown"),
        );
        notices.push(Notice::new("ad_spend_currency", message));
    }
    if total.provisional {
        let message = "an ad platform may still restate days of this period: net profit may move a little";
        notices.push(Notice::new("ad_spend_provisional", message.to_owned()));
    }
    Ok(notices)
}

impl Place {
    /// The days of a request, both included.
    pub(crate) fn range(&self, from: Option<&str>, to: Option<&str>) -> Result<(Date, Date), Problem> {
        let today = Timestamp::now().to_zoned(self.settings.zone().clone()).date();
        range(from, to, self.warehouse.days()?, today)
    }
}
