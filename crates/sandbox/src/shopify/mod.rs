//! The Shopify Admin GraphQL face, nested under `/shopify/{shop}`.
use crate::AppState;
use std::sync::Arc;

/// The routes of the Shopify face.
pub fn router(state: Arc<AppState>) -> axum::Router {
    axum::Router::new().with_state(state)
}
