//! What a shop's customers agreed to, as the platforms tell it.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// How many persons of a connection said the same about a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentRow {
    /// The connection that tells of them.
    connection_id: String,
    /// `email` or `sms`.
    channel: String,
    /// The consent, such as `subscribed` or `unsubscribed`; null where the platform does not say.
    state: Option<String>,
    /// Persons.
    persons: u64,
    /// When the last of them said so (RFC 3339, UTC); null where the platform does not tell it.
    last_at: Option<String>,
}

/// Consent to messages. A person whom two connections know is counted in both.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentAnswer {
    /// By connection, channel and state. Of a channel that a connection says nothing about there is no row.
    rows: Vec<ConsentRow>,
}

/// Counts what persons agreed to, by connection and channel.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/consent", operation_id = "consent", tag = "customers",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "persons by what they agreed to", body = ConsentAnswer),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn consent(
    State(app): State<App>,
    Path(w): Path<String>,
) -> Result<Json<ConsentAnswer>, Problem> {
    app.on(w, move |_, place| {
        let found = place.warehouse.consent()?;
        let told = |connection: &str, channel: &str| {
            found
                .iter()
                .any(|one| one.connection_id == connection && one.channel == channel && one.state.is_some())
        };
        let rows = found.iter().filter(|one| told(&one.connection_id, &one.channel));
        let rows = rows.map(|one| ConsentRow {
            connection_id: one.connection_id.clone(),
            channel: one.channel.clone(),
            state: one.state.clone(),
            persons: one.persons,
            last_at: one.last_at.map(|at| at.to_string()),
        });
        Ok(Json(ConsentAnswer { rows: rows.collect() }))
    })
    .await
}
