//! The integrations API: one dispatch for every platform. Which resources and actions there are is data of the
//! platforms' descriptions; no platform is known by name here.

mod campaigns;
mod connecting;
mod health;
mod marketing;
mod metrics;
mod place;
mod resources;
mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use health::{ConnectionHealth, of as health_of};

/// Both families of routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(connecting::connect))
        .routes(routes!(connecting::authorize))
        .routes(routes!(connecting::callback))
        .routes(routes!(connecting::refresh))
        .routes(routes!(status::status))
        .routes(routes!(resources::read, resources::act))
        .routes(routes!(resources::read_part, resources::act_part))
        .routes(routes!(marketing::list))
        .routes(routes!(marketing::connect))
        .routes(routes!(marketing::disconnect))
        .routes(routes!(marketing::validate))
        .routes(routes!(marketing::refresh))
        .routes(routes!(marketing::oauth_url))
        .routes(routes!(marketing::callback))
        .routes(routes!(campaigns::sync_campaign))
        .routes(routes!(campaigns::sync_status))
        .routes(routes!(metrics::metrics))
        .routes(routes!(metrics::bulk_metrics))
}
