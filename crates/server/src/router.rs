//! All routes in one place, and the description of them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    account, ads, audit, campaigns, cohorts, completeness, connect, connections, consent, costs, currencies,
    explain, health, integrations, invitations, keys, kpis, lifecycle, mrr, orders, people, privacy, profit,
    query, raw, retention, schedule, session, settings, sign_in, statement, webhooks, why, workspaces,
};
use crate::app::App;
use crate::{access::admit, audit as deeds, guard, statuses, together, ui, watch};

/// Bytes from which an answer is worth compressing: less fits into one packet anyway.
const COMPRESSED_FROM: u16 = 1024;
/// Bytes a body may have.
const MAX_BODY: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Netgain",
        description = "Profit of merchants, per order and per day. Decimals are JSON strings; money is in the \
            workspace's reporting currency and without tax; days are local days of the workspace's time zone \
            (YYYY-MM-DD); instants are RFC 3339 in UTC. Errors are RFC 9457 problems with a stable code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "workspaces", description = "brands with their own data"),
        (name = "profit", description = "the ladder from gross sales to net profit"),
        (name = "orders", description = "orders and why they earned what they did"),
        (name = "costs", description = "what goods, orders and days cost: the cost book"),
        (name = "advertising", description = "campaigns"),
        (name = "customers", description = "who comes back, what they are worth, and subscriptions"),
        (name = "kpis", description = "key figures over time, and what people say instead"),
        (name = "connections", description = "accounts on platforms and their syncs"),
        (name = "integrations", description = "platforms: connecting, status, resources and actions, the same for each"),
        (name = "query", description = "questions in SQL, read-only"),
        (name = "audit", description = "who did what, and whether that record is whole"),
        (name = "people", description = "who signs in, what they may, and keys for programs"),
        (name = "server", description = "the server itself")
    )
)]
struct Description;

fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(workspaces::list))
        .routes(routes!(workspaces::one))
        .routes(routes!(settings::read, settings::change))
        .routes(routes!(profit::profit))
        .routes(routes!(currencies::currencies))
        .routes(routes!(statement::statement))
        .routes(routes!(statement::bridge))
        .routes(routes!(statement::profiles))
        .routes(routes!(orders::list))
        .routes(routes!(explain::explain))
        .routes(routes!(why::explain_figure))
        .routes(routes!(raw::raw_payload))
        .routes(routes!(ads::list))
        .routes(routes!(costs::list, costs::record))
        .routes(routes!(costs::preview))
        .routes(routes!(costs::file::import))
        .routes(routes!(costs::file::preview))
        .routes(routes!(campaigns::campaigns))
        .routes(routes!(campaigns::parts::campaign_parts))
        .routes(routes!(cohorts::cohorts))
        .routes(routes!(mrr::mrr))
        .routes(routes!(kpis::list))
        .routes(routes!(kpis::audit))
        .routes(routes!(kpis::one))
        .routes(routes!(kpis::set, kpis::unset))
        .routes(routes!(lifecycle::messages))
        .routes(routes!(consent::consent))
        .routes(routes!(lifecycle::stages))
        .routes(routes!(connect::providers))
        .routes(routes!(connections::list, connect::connect))
        .routes(routes!(connections::sync))
        .routes(routes!(schedule::read, schedule::set))
        .routes(routes!(schedule::pause))
        .routes(routes!(schedule::resume))
        .routes(routes!(completeness::ledger))
        .routes(routes!(completeness::reconcile))
        .routes(routes!(completeness::quarantine))
        .routes(routes!(sign_in::start))
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in::callback))
        .routes(routes!(query::query))
        .routes(routes!(privacy::export))
        .routes(routes!(privacy::preview))
        .routes(routes!(privacy::erase))
        .routes(routes!(privacy::requests))
        .routes(routes!(privacy::answer))
        .routes(routes!(retention::read, retention::set))
        .routes(routes!(audit::of_workspace))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(session::read, session::create, session::end))
        .routes(routes!(session::second_factor))
        .routes(routes!(session::begin_outside))
        .routes(routes!(session::end_outside))
        .routes(routes!(account::sessions, account::end_others))
        .routes(routes!(account::end_session))
        .routes(routes!(account::change_password))
        .routes(routes!(account::factor, account::begin_factor))
        .routes(routes!(account::confirm_factor))
        .routes(routes!(account::remove_factor))
        .routes(routes!(people::organisations))
        .routes(routes!(people::list))
        .routes(routes!(people::change, people::remove))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::withdraw))
        .routes(routes!(invitations::open))
        .routes(routes!(invitations::accept))
        .routes(routes!(invitations::owner))
        .routes(routes!(invitations::reset_password))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .merge(integrations::routes())
}

/// The routes and what is said of them.
fn described() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (routes, mut description) = documented().split_for_parts();
    statuses::name_all(&mut description);
    (routes, description)
}

/// The OpenAPI 3.1 description as JSON, as `openapi.json` holds it.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn openapi() -> Result<String, serde_json::Error> {
    described().1.to_pretty_json().map(|text| text + "\n")
}

/// The whole server: API, description and web UI behind the guard, and webhooks beside it.
pub fn router(app: App) -> Router {
    let webhooks = webhooks::router(app.clone());
    let (routes, description) = described();
    let description = description.to_json().unwrap_or_default();
    // pictures and fonts are compressed by themselves; the UI's files come with an encoding, which is left alone
    let worth = SizeAbove::new(COMPRESSED_FROM)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("font/"));
    routes
        .route(
            "/api/openapi.json",
            get(move || async move { ([(CONTENT_TYPE, "application/json")], description).into_response() }),
        )
        .route(sign_in::TOLD, get(sign_in::told_script))
        .method_not_allowed_fallback(ui::method_not_allowed)
        .fallback(ui::fallback)
        .layer(from_fn_with_state(app.clone(), together::together))
        .layer(CompressionLayer::new().compress_when(worth))
        .layer(map_response(uncached))
        .layer(from_fn_with_state(app.clone(), deeds::record))
        .layer(from_fn_with_state(app.clone(), admit::admit))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
        .merge(webhooks)
        .layer(from_fn(watch::watch))
}

/// Figures must not come from a cache; the UI's files have said already how long they keep.
async fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
