//! The Meta Marketing API face.
use crate::AppState;
use std::sync::Arc;

/// The routes of the Meta face.
pub fn router(state: Arc<AppState>) -> axum::Router {
    axum::Router::new().with_state(state)
}
