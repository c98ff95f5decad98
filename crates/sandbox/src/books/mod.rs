//! The world's own books: the true profit ladder computed from the world's events.
use crate::AppState;
use std::sync::Arc;

/// The routes `/world/truth`, `/world/costs.csv` and `/world/summary`.
pub fn router(state: Arc<AppState>) -> axum::Router {
    axum::Router::new().with_state(state)
}
