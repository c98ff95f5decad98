//! The Shopify Admin GraphQL face, nested under `/shopify/{shop}`.
#[cfg(test)]
mod agreement;
mod answer;
mod bulk;
mod compile;
mod cost;
mod error;
mod field;
mod listing;
mod oauth;
mod out;
pub mod render;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod webhooks;

use crate::AppState;
use crate::faults::calls::Operation;
use crate::options::ShopifyPlan;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::collections::HashMap;
use std::sync::Arc;

/// The face: the sandbox's state and what this platform keeps for itself.
pub struct Face {
    app: Arc<AppState>,
    bucket: Option<cost::Bucket>,
    sorted: listing::Sorted,
    bulk: bulk::Jobs,
    oauth: oauth::Grants,
}

impl Face {
    /// A face with a full bucket, no jobs and no grants but the token of the ready line.
    pub fn new(app: Arc<AppState>) -> Face {
        let restore_rate = match app.options.shopify_plan {
            ShopifyPlan::Standard => 100,
            ShopifyPlan::Advanced => 200,
            ShopifyPlan::Plus => 1_000,
            ShopifyPlan::Enterprise => 2_000,
        };
        let bucket = (!app.options.unlimited).then(|| cost::Bucket::new(restore_rate));
        let oauth = oauth::Grants::new(&app);
        Face { app, bucket, sorted: listing::Sorted::default(), bulk: bulk::Jobs::default(), oauth }
    }
}

/// The routes of the Shopify face.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/admin/api/{version}/graphql.json", post(graphql))
        .route("/admin/oauth/authorize", get(oauth::authorize))
        .route("/admin/oauth/access_token", post(oauth::access_token))
        .route("/bulk/{file}", get(bulk::download))
        .with_state(Arc::new(Face::new(state)))
}

/// The sum of all sales in an order's ledger, for tests that compare it with the order's total.
#[cfg(test)]
pub fn ledger_total(order: &crate::world::shop::Order) -> crate::world::money::Cents {
    render::agreements(order).iter().flat_map(|one| one.sales(order)).map(|sale| sale.amounts.total).sum()
}

type Params = Path<HashMap<String, String>>;

/// The answer of a shop that does not exist.
fn not_found() -> Response {
    json(StatusCode::NOT_FOUND, b"{\"errors\":\"Not Found\"}".to_vec())
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// The version that is really served: a retired or unknown one falls forward to the newest.
fn served_version(asked: &str) -> &'static str {
    const KNOWN: [&str; 5] = ["2026-01", "2026-04", "2026-07", "2026-10", "unstable"];
    KNOWN.iter().find(|known| **known == asked).copied().unwrap_or("2026-10")
}

async fn graphql(
    State(face): State<Arc<Face>>,
    Path(params): Params,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let param = |name: &str| params.get(name).map_or("", String::as_str);
    if param("shop") != face.app.world.brand.name {
        return not_found();
    }
    let token = headers.get("x-shopify-access-token").and_then(|value| value.to_str().ok()).unwrap_or("");
    let now = face.app.world.now().as_second();
    let (operation, mut response) = if face.oauth.accepts(token, now) {
        let answer = answer::answer(&face, &body);
        (answer.operation, json(answer.status, answer.body))
    } else {
        let words = "[API] Invalid API key or access token (unrecognized login or wrong password)";
        let body = serde_json::json!({ "errors": words }).to_string().into_bytes();
        ("unauthorized".to_owned(), json(StatusCode::UNAUTHORIZED, body))
    };
    let version = HeaderValue::from_static(served_version(param("version")));
    response.headers_mut().insert(HeaderName::from_static("x-shopify-api-version"), version);
    response.extensions_mut().insert(Operation(operation));
    response
}
