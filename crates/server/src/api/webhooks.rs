//! Where platforms send their webhooks. The path stands apart from the API: it is reached from the world under any
//! host name, by programs and not by browsers, and its answers tell nothing to whoever cannot prove who he is.

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, Shared};
use crate::problem::Problem;

/// Bytes that a delivery may have; the largest that platforms send are a few hundred kilobytes.
const MAX_BODY: usize = 2 << 20;

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The last part of the path.
    pub key: String,
    /// The method, upper case.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The host that it was sent to.
    pub host: String,
    /// Headers; those that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Bytes,
}

/// What the platform is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryAnswer {
    /// 200: its events are on disk.
    Taken,
    /// 200 with this text.
    Text(String),
    /// 200 with this JSON.
    Json(String),
    /// 404.
    Unknown,
    /// 401, without a reason.
    Unproved,
    /// 400.
    Unreadable,
    /// 503: it is to be sent again.
    Later,
}

impl DeliveryAnswer {
    /// Its name in metrics.
    fn name(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Text(_) | Self::Json(_) => "answered",
            Self::Unknown => "unknown",
            Self::Unproved => "unproved",
            Self::Unreadable => "unreadable",
            Self::Later => "later",
        }
    }
}

/// Takes what platforms send.
pub trait WebhookReceiver: Send + Sync {
    /// Receives one delivery. [`DeliveryAnswer::Taken`] must not be given before its events are on disk.
    fn receive(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = DeliveryAnswer> + Send>>;
}

/// What a platform sent by itself, and what it did not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhooks {
    /// Path of the address that the platform is to send to.
    path: String,
    /// Since when the platform is known to send (RFC 3339, UTC).
    active_since: Option<String>,
    /// When the newest event came (RFC 3339, UTC).
    newest_at: Option<String>,
    /// Events that are still to be applied.
    waiting: u64,
    /// Why events wait for another try, in the words of what failed; null while none does.
    waits_for: Option<String>,
    /// When the next of those is tried (RFC 3339, UTC).
    next_try_at: Option<String>,
    /// Events that could not be applied.
    dead: u64,
    /// Deliveries that nothing proved.
    refused: u64,
    /// Deliveries of what was there already.
    duplicates: u64,
    /// What was last noted about the registration.
    note: Option<String>,
    /// Objects that events announced in the last 7 days.
    announced: u64,
    /// Records that polling found new or changed in the last 7 days and no event had announced.
    lost: u64,
}

/// Days over which losses are counted.
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long an event may be on its way before what it should have announced counts as lost.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(5);

/// The webhooks of a connection.
pub(crate) fn of(
    shared: &Shared,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<Option<Webhooks>, Problem> {
    let Some(endpoint) = shared.control.known_endpoint(workspace, connection)? else { return Ok(None) };
    let counts = shared.control.inbox_counts(workspace, connection)?;
    let now = Timestamp::now();
    let losses = shared.control.losses(workspace, connection, now - WINDOW, now - ON_ITS_WAY)?;
    Ok(Some(Webhooks {
        path: format!("/webhooks/{}", endpoint.key),
        active_since: endpoint.active_since.map(|time| time.to_string()),
        newest_at: counts.newest.map(|time| time.to_string()),
        waiting: counts.waiting,
        waits_for: counts.waits_for,
        next_try_at: counts.next_try.map(|time| time.to_string()),
        dead: counts.dead,
        refused: endpoint.refused,
        duplicates: endpoint.duplicates,
        note: endpoint.note,
        announced: losses.iter().map(|one| one.announced).sum(),
        lost: losses.iter().map(|one| one.lost).sum(),
    }))
}

/// The route of all webhooks.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/webhooks/{key}", get(receive).post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

async fn receive(State(app): State<App>, Path(key): Path<String>, request: Request) -> Response {
    let Some(receiver) = app.webhooks.clone() else { return StatusCode::NOT_FOUND.into_response() };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let text = |name: &HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    });
    let delivery = Delivery {
        key,
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        host: text(&HOST),
        headers: headers.collect(),
        body,
    };
    let answer = receiver.receive(delivery).await;
    netgain_observe::delivered(answer.name());
    match answer {
        DeliveryAnswer::Taken => StatusCode::OK.into_response(),
        DeliveryAnswer::Text(text) => ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        DeliveryAnswer::Json(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        DeliveryAnswer::Unknown => StatusCode::NOT_FOUND.into_response(),
        DeliveryAnswer::Unproved => StatusCode::UNAUTHORIZED.into_response(),
        DeliveryAnswer::Unreadable => StatusCode::BAD_REQUEST.into_response(),
        DeliveryAnswer::Later => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response(),
    }
}
