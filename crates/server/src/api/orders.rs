//! Orders with what they earned, page by page.

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use netgain_domain::facts::CogsSource;
use netgain_warehouse::{OrderCursor, OrderFilter, OrderKey, OrderSort};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Sums, with_ladder};
use crate::app::{App, Place};
use crate::extract::{Params, limit, word};
use crate::problem::Problem;
use crate::pseudonyms::Hider;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

with_ladder! {
    /// An order with its ladder over all of its days, in the reporting currency and without tax.
    OrderRow {
        /// Opaque; use it in paths.
        order_id: String,
        /// The name people know it by, such as `#1001`.
        name: String,
        /// The order's local day (YYYY-MM-DD).
        day: String,
        /// When it was placed (RFC 3339, UTC).
        placed_at: String,
        /// The sales channel; empty where the source says none.
        channel: String,
        /// The customer's name, where known.
        customer: Option<String>,
        /// The platform's word, such as `paid`.
        financial_status: Option<String>,
    }
    then {
        /// How its cost of goods was found: `actual`, `manual`, `estimate_ratio`, `missing`, `mixed` or `none`.
        cogs_source: String,
        /// Remarks, such as `refunded`, `cancelled`, `test`, `estimated_cost`.
        flags: Vec<String>,
    }
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Orders {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The orders.
    rows: Vec<OrderRow>,
    /// Send it as `cursor` to go on; null on the last page.
    next_cursor: Option<String>,
    /// Orders that fulfil the conditions, on all pages.
    total_count: u64,
}

/// Which orders, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderParams {
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
    /// Part of the order's or the customer's name, in any case; without days it looks through all of them.
    q: Option<String>,
    /// The sales channel, exactly.
    channel: Option<String>,
    /// `placed_at` (default), `net_profit` or `net_revenue`.
    #[param(pattern = "^(placed_at|net_profit|net_revenue)$")]
    sort: Option<String>,
    /// `desc` (default) or `asc`.
    #[param(pattern = "^(desc|asc)$")]
    dir: Option<String>,
    /// Rows per page, 1 to 200; 50 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next_cursor` of the page before, with the same sort and direction.
    cursor: Option<String>,
    /// Whether a keyed hash is to stand in the place of each customer's name, the same for the same name.
    #[param(value_type = Option<bool>)]
    pseudonymised: Option<String>,
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    PlacedAt,
    NetProfit,
    NetRevenue,
}

const SORTS: [(&str, Sort); 3] =
    [("placed_at", Sort::PlacedAt), ("net_profit", Sort::NetProfit), ("net_revenue", Sort::NetRevenue)];

/// A cursor with the list that it belongs to.
#[derive(Serialize, Deserialize)]
struct Bookmark {
    sort: Sort,
    desc: bool,
    at: OrderCursor,
}

/// Lists orders with what they earned.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/orders", operation_id = "orders", tag = "orders",
    params(("w" = String, Path, description = "the workspace's id"), OrderParams),
    responses((status = 200, description = "a page of orders", body = Orders),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<OrderParams>,
) -> Result<Json<Orders>, Problem> {
    app.on(w, move |shared, place| {
        let words = [("true", true), ("false", false)];
        let hidden = word("pseudonymised", params.pseudonymised.as_deref(), &words, false)?;
        let mut found = page(place, &params)?;
        if hidden {
            let hider = Hider::of(shared, &place.warehouse, &place.workspace.id)?;
            for customer in found.rows.iter_mut().filter_map(|row| row.customer.as_mut()) {
                *customer = hider.name(customer);
            }
        }
        Ok(Json(found))
    })
    .await
}

fn page(place: &Place, params: &OrderParams) -> Result<Orders, Problem> {
    let sort = word("sort", params.sort.as_deref(), &SORTS, Sort::PlacedAt)?;
    let desc = word("dir", params.dir.as_deref(), &[("asc", false), ("desc", true)], true)?;
    let limit = limit("limit", params.limit.as_deref(), DEFAULT_LIMIT, MAX_LIMIT)?;
    let after = params.cursor.as_deref().map(|text| bookmark(text, sort, desc)).transpose()?;
    // a search by name looks through all days unless some are named
    let searching = params.q.as_deref().is_some_and(|part| !part.trim().is_empty());
    let (from, to) = if searching && params.from.is_none() && params.to.is_none() {
        (None, None)
    } else {
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        (Some(from), Some(to))
    };
    let filter = OrderFilter {
        from,
        to,
        channel: params.channel.clone(),
        search: params.q.clone(),
        ..OrderFilter::default()
    };
    let by = match sort {
        Sort::PlacedAt => OrderSort::Day,
        Sort::NetProfit => OrderSort::NetProfit,
        Sort::NetRevenue => OrderSort::NetRevenue,
    };
    let page = place.warehouse.orders_page(&filter, by, desc, after.as_ref(), limit)?;
    Ok(Orders {
        currency: place.workspace.currency.to_string(),
        rows: page.orders.iter().map(|order| row_of(place, order)).collect(),
        next_cursor: page.next.map(|at| encode(&Bookmark { sort, desc, at })),
        total_count: place.warehouse.count_orders(&filter)?,
    })
}

fn encode(bookmark: &Bookmark) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(bookmark).unwrap_or_default())
}

fn bookmark(text: &str, sort: Sort, desc: bool) -> Result<OrderCursor, Problem> {
    let cure = "begin again without cursor, or use next_cursor with the same sort and dir";
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    match bytes.and_then(|bytes| serde_json::from_slice::<Bookmark>(&bytes).ok()) {
        Some(found) if found.sort == sort && found.desc == desc => Ok(found.at),
        Some(_) => Err(Problem::parameter("cursor", "cursor belongs to another sort or dir", cure)),
        None => Err(Problem::parameter("cursor", "cursor cannot be read", cure)),
    }
}

/// What an order of a list earned.
pub(crate) fn sums_of(order: &netgain_warehouse::OrderRow) -> Sums {
    Sums { orders: order.orders, ladder: order.ladder, provisional: false }
}

/// An order of a list as clients read it.
pub(crate) fn row_of(place: &Place, order: &netgain_warehouse::OrderRow) -> OrderRow {
    // only an order that is being removed has no time any more; its day is still known
    let placed_at = order.placed_at.map(|time| time.to_string()).unwrap_or_else(|| {
        let midnight = order.day.to_zoned(place.settings.zone().clone());
        midnight.map(|time| time.timestamp().to_string()).unwrap_or_default()
    });
    OrderRow::of(
        &sums_of(order),
        place.workspace.currency,
        order_token(&order.connection_id, &order.order_id),
        order.name.clone(),
        order.day.to_string(),
        placed_at,
        order.channel.clone(),
        order.customer_name.clone(),
        order.financial_status.clone(),
        order.cogs_source.unwrap_or(CogsSource::None).name().to_owned(),
        order.flags.iter().map(|flag| flag.name().to_owned()).collect(),
    )
}

/// An order's name in paths: platform ids hold slashes, and two connections may use the same.
pub(crate) fn order_token(connection_id: &str, order_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{connection_id}:{order_id}"))
}

/// Reads [`order_token`]. Connection ids hold no colon.
pub(crate) fn order_key(token: &str) -> Option<OrderKey> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (connection_id, order_id) = text.split_once(':')?;
    connection_id.parse::<netgain_domain::ConnectionId>().ok()?;
    Some(OrderKey { connection_id: connection_id.to_owned(), order_id: order_id.to_owned() })
}
