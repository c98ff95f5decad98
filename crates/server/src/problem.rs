//! Errors as clients see them: RFC 9457 problems with a stable code. What happened inside goes to the log only.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::watch;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal, $cure:literal;)+) => {
        /// The closed set of problems. Each has a page `docs/errors/<code>.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The name as a URI.
            #[must_use]
            pub fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("urn:netgain:problem:", $code)),+ }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// What happened, in general.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// What helps, in general.
            #[must_use]
            pub fn cure(self) -> &'static str {
                match self { $(Self::$variant => $cure),+ }
            }
        }
    };
}

codes! {
    /// No such workspace.
    WorkspaceNotFound = "workspace_not_found", NOT_FOUND, "workspace not found",
        "choose one of GET /api/v1/workspaces";
    /// No such connection.
    ConnectionNotFound = "connection_not_found", NOT_FOUND, "connection not found",
        "choose one of GET /api/v1/workspaces/{w}/connections";
    /// No such order.
    OrderNotFound = "order_not_found", NOT_FOUND, "order not found",
        "choose one of GET /api/v1/workspaces/{w}/orders, or sync again if it is new";
    /// An order name that several connections know.
    OrderAmbiguous = "order_ambiguous", CONFLICT, "several orders have this name",
        "use the order_id of GET /api/v1/workspaces/{w}/orders";
    /// No request about a person's data waits under that id.
    PrivacyRequestNotFound = "privacy_request_not_found", NOT_FOUND, "no such request waits",
        "choose one whose state is waiting of GET /api/v1/workspaces/{w}/privacy/requests";
    /// No such path.
    NotFound = "not_found", NOT_FOUND, "no such path",
        "see GET /api/openapi.json for the paths there are";
    /// The path knows another method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "method not allowed here",
        "see GET /api/openapi.json for the methods of this path";
    /// A parameter that cannot be used.
    InvalidParameter = "invalid_parameter", BAD_REQUEST, "a parameter cannot be used",
        "correct the named field";
    /// A body that cannot be read.
    InvalidBody = "invalid_body", BAD_REQUEST, "the body cannot be used",
        "send a JSON object as GET /api/openapi.json describes it";
    /// A row of the cost book that is refused.
    CostRefused = "cost_refused", UNPROCESSABLE_ENTITY, "a row of the cost book cannot be recorded",
        "correct the named field; rows that count stand in GET /api/v1/workspaces/{w}/costs";
    /// No such metric, or nothing that stands for it.
    KpiNotFound = "kpi_not_found", NOT_FOUND, "key figure not found",
        "choose one of GET /api/v1/workspaces/{w}/kpis";
    /// A change of a key figure that is refused.
    KpiRefused = "kpi_refused", UNPROCESSABLE_ENTITY, "the key figure cannot be changed like this",
        "correct the named field; GET /api/v1/workspaces/{w}/kpis lists metrics and sources";
    /// A body of another type than JSON.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "the body is not JSON",
        "send the header content-type: application/json";
    /// A body that is too large.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "the body is too large",
        "send at most 1 MiB";
    /// A host name that is not ours.
    HostNotAllowed = "host_not_allowed", MISDIRECTED_REQUEST, "this host name is not served",
        "use localhost, or start the server with this host name allowed";
    /// Another site's page sent the request.
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN, "requests of other sites are refused",
        "send the request from the server's own pages, or without an Origin header";
    /// A query that does more than read.
    QueryRefused = "query_refused", FORBIDDEN, "the query is not allowed",
        "write one SELECT over the workspace's tables";
    /// A query with a mistake.
    QueryMistake = "query_mistake", UNPROCESSABLE_ENTITY, "the query has a mistake",
        "correct the query; information_schema.columns lists tables and columns";
    /// A query that took too long.
    QueryTimeout = "query_timeout", GATEWAY_TIMEOUT, "the query took too long",
        "narrow it by dates or add a limit";
    /// Another process works on the workspace.
    WorkspaceLocked = "workspace_locked", CONFLICT, "another process uses the workspace",
        "wait until that process ends, or stop it";
    /// A sync is on its way.
    SyncRunning = "sync_running", CONFLICT, "a sync is on its way",
        "wait for its end; GET /api/v1/workspaces/{w}/connections shows its progress";
    /// The connection cannot be synced as it is.
    SyncNotPossible = "sync_not_possible", UNPROCESSABLE_ENTITY, "the connection cannot be synced",
        "follow the detail, then start the sync again";
    /// A schedule of no known form.
    ScheduleRefused = "schedule_refused", UNPROCESSABLE_ENTITY, "the schedule cannot be kept like this",
        "correct what the detail names";
    /// The provider knows no sign-in.
    SignInNotOffered = "sign_in_not_offered", UNPROCESSABLE_ENTITY, "the provider offers no sign-in",
        "connect it with its key: netgain connect";
    /// The state of a way back is not known.
    SignInUnknown = "sign_in_unknown", BAD_REQUEST, "the sign-in is not known",
        "begin the sign-in again; each works once";
    /// The way back took too long.
    SignInExpired = "sign_in_expired", GONE, "the sign-in took too long",
        "begin the sign-in again and grant access within 15 minutes";
    /// The way back was in another browser or at another address.
    SignInElsewhere = "sign_in_elsewhere", FORBIDDEN, "the sign-in came back elsewhere",
        "finish the sign-in in the browser and at the address where it was begun";
    /// The way back is not what the platform sends.
    SignInForged = "sign_in_forged", FORBIDDEN, "the way back is not the platform's",
        "begin the sign-in again; if it stays, check the app's client_id and client_secret";
    /// The person or the platform refused.
    SignInRefused = "sign_in_refused", FORBIDDEN, "access was not granted",
        "begin the sign-in again and grant what is asked for";
    /// What was given for a connection does not fit.
    ConnectionInvalid = "connection_invalid", UNPROCESSABLE_ENTITY, "the connection cannot be made like this",
        "correct what the detail names";
    /// The platform does not let a connection in.
    ConnectionNotWorking = "connection_not_working", UNPROCESSABLE_ENTITY, "the platform does not let us in",
        "follow the detail, then connect again";
    /// Nobody is signed in.
    SignedOut = "signed_out", UNAUTHORIZED, "nobody is signed in",
        "sign in with POST /api/v1/session, or send an API key as Authorization: Bearer ngk_...";
    /// An API key that opens nothing.
    KeyInvalid = "key_invalid", UNAUTHORIZED, "the API key is not valid",
        "make a new key on the page of people and keys, or with netgain keys add";
    /// A wrong e-mail, password or code.
    SignInFailed = "sign_in_failed", UNAUTHORIZED, "the sign-in failed",
        "check e-mail address and password; the operator can make a link for a new one: netgain people reset-password";
    /// Too many failed sign-ins from one place.
    SignInSlowed = "sign_in_slowed", TOO_MANY_REQUESTS, "too many sign-ins failed",
        "wait as long as Retry-After says, then try again";
    /// More requests than are answered.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "too many requests",
        "wait as long as Retry-After says, and ask less often";
    /// The role or the key does not allow it.
    NotAllowed = "not_allowed", FORBIDDEN, "this is not allowed",
        "ask an owner or admin of the organisation for another role, or use a key with that scope";
    /// A change that only a cookie proves, without the header that pages of others cannot send.
    RequestHeaderMissing = "request_header_missing", FORBIDDEN, "a header is missing",
        "send the header x-netgain-request: 1 with every change, or use an API key";
    /// A field of a person, key or invitation that cannot be used.
    PersonRefused = "person_refused", UNPROCESSABLE_ENTITY, "this cannot be done like this",
        "correct the named field";
    /// No such person, session, key, invitation or organisation.
    EntryNotFound = "entry_not_found", NOT_FOUND, "there is no such entry",
        "list them to see which there are";
    /// There is one already.
    EntryExists = "entry_exists", CONFLICT, "there is one already",
        "use the one that is there, or choose another";
    /// The last owner would go.
    LastOwner = "last_owner", CONFLICT, "an organisation needs an owner",
        "make somebody else owner first";
    /// A one-time link or invitation that is used or over.
    LinkOver = "link_over", GONE, "the link does not work any more",
        "ask for a new one; each works once";
    /// No identity provider is set up.
    OidcNotOffered = "oidc_not_offered", NOT_FOUND, "there is no sign-in elsewhere",
        "sign in with a password; the operator sets NETGAIN_OIDC_ISSUER to offer another way";
    /// The sign-in at the identity provider did not work.
    OidcFailed = "oidc_failed", FORBIDDEN, "the sign-in elsewhere did not work",
        "begin it again in the same browser; if it stays, ask an owner for an invitation";
    /// No workspace was named, and several could be meant.
    WorkspaceRequired = "workspace_required", BAD_REQUEST, "the workspace is not named",
        "send the header X-Netgain-Workspace, or the parameter workspace, with one of GET /api/v1/workspaces";
    /// No such platform.
    PlatformNotFound = "platform_not_found", NOT_FOUND, "platform not found",
        "choose one of GET /api/v1/marketing/integrations";
    /// The platform is not connected.
    NotConnected = "not_connected", NOT_FOUND, "the platform is not connected",
        "connect an account: POST /api/integrations/{platform}/connect";
    /// Several connections of the platform could be meant.
    ConnectionRequired = "connection_required", CONFLICT, "several connections could be meant",
        "say which one with the parameter connection";
    /// The platform has no such resource or action.
    ResourceNotFound = "resource_not_found", NOT_FOUND, "the platform has no such resource",
        "choose one that the detail names";
    /// An action that this version cannot do.
    ActionNotBuilt = "action_not_built", NOT_IMPLEMENTED, "this action is not built yet",
        "do it at the platform; this version only reads";
    /// There is no grant that could be renewed.
    GrantNotRenewable = "grant_not_renewable", UNPROCESSABLE_ENTITY, "there is no grant to renew",
        "connect or sign in again for new credentials";
    /// No such campaign.
    CampaignNotFound = "campaign_not_found", NOT_FOUND, "campaign not found",
        "use the id of a campaign that was read; sync its connection if it is new";
    /// Requests are not to be sent here now.
    NotReady = "not_ready", SERVICE_UNAVAILABLE, "the server is not ready",
        "ask again in a few seconds; if it stays, follow the detail";
    /// The metrics are not for whoever asks.
    MetricsClosed = "metrics_closed", FORBIDDEN, "the metrics are closed to this request",
        "set NETGAIN_METRICS_TOKEN where the server runs, and send it as `Authorization: Bearer ...`";
    /// Something failed inside.
    Internal = "internal", INTERNAL_SERVER_ERROR, "something failed inside",
        "try again; if it stays, the server's log says why";
}

/// A problem as RFC 9457 describes it (`application/problem+json`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Name of the kind of problem as a URI: `urn:netgain:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What happened, in general.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Stable name; `docs/errors/<code>.md` says more.
    pub code: &'static str,
    /// The parameter or key of the body that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<Box<str>>,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
    /// Seconds to wait before the next try.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub retry_after: Option<NonZeroU32>,
    /// Id of the request, which the header `x-request-id` and the server's log name too.
    #[serde(skip_serializing_if = "OfRequest::is_none")]
    #[schema(value_type = Option<String>)]
    pub request_id: OfRequest,
}

/// Stands for the request that is being answered where this is written, and takes no room: problems travel in results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfRequest;

impl OfRequest {
    fn is_none(&self) -> bool {
        watch::request_id().is_none()
    }
}

impl Serialize for OfRequest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        watch::request_id().serialize(serializer)
    }
}

impl Problem {
    /// A problem with the general cure of its code.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: code.uri(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code: code.name(),
            field: None,
            cure: Some(code.cure().to_owned()),
            retry_after: None,
            request_id: OfRequest,
        }
    }

    /// The same with how long to wait before the next try, in whole seconds.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        Self { retry_after: NonZeroU32::new(seconds), ..self }
    }

    /// A parameter or key that cannot be used.
    pub(crate) fn field(
        code: Code,
        field: impl Into<Box<str>>,
        detail: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        let cure = Some(cure.into());
        Self { field: Some(field.into()), cure, ..Self::new(code, detail) }
    }

    /// A parameter that cannot be used.
    pub(crate) fn parameter(field: &'static str, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::field(Code::InvalidParameter, field, detail, cure)
    }

    /// A failure inside: its words go to the log, not to the client.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %error, "a request failed inside");
        Self::new(Code::Internal, "the request could not be answered")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (status, headers, body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        response
    }
}

impl From<netgain_control::Error> for Problem {
    fn from(error: netgain_control::Error) -> Self {
        use netgain_control::Error;
        match error {
            Error::WorkspaceNotFound(id) => {
                Self::new(Code::WorkspaceNotFound, format!("workspace `{id}` does not exist"))
            }
            Error::ConnectionNotFound { connection, workspace } => Self::new(
                Code::ConnectionNotFound,
                format!("connection `{connection}` does not exist in workspace `{workspace}`"),
            ),
            Error::AlreadyRunning { connection, .. } => {
                Self::new(Code::SyncRunning, format!("connection `{connection}` is being synced already"))
            }
            Error::WorkspaceExists(id) => {
                Self::new(Code::EntryExists, format!("workspace `{id}` exists already"))
            }
            Error::Refused(refused) => refused.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<netgain_control::Refused> for Problem {
    fn from(refused: netgain_control::Refused) -> Self {
        use netgain_control::Refused;
        let detail = refused.to_string();
        match refused {
            Refused::Field { field, .. } => {
                Self { field: Some(field.into()), ..Self::new(Code::PersonRefused, detail) }
            }
            Refused::Missing { what, id } => {
                Self::new(Code::EntryNotFound, format!("{what} `{id}` does not exist"))
            }
            Refused::Exists { what, id } => {
                Self::new(Code::EntryExists, format!("{what} `{id}` exists already"))
            }
            Refused::LastOwner(_) => Self::new(Code::LastOwner, detail),
            Refused::Link => Self::new(Code::LinkOver, detail),
            // the list of reasons may grow
            other => Self::internal(&other),
        }
    }
}

impl From<netgain_results::Error> for Problem {
    fn from(error: netgain_results::Error) -> Self {
        match error {
            netgain_results::Error::Warehouse(error) => error.into(),
            netgain_results::Error::CostRow(row) => {
                Self { field: Some(row.error.field.into()), ..Self::new(Code::CostRefused, row.to_string()) }
            }
            netgain_results::Error::KpiRefused { field, message } => {
                Self { field: Some(field.into()), ..Self::new(Code::KpiRefused, message) }
            }
            netgain_results::Error::KpiNotFound(message) => Self::new(Code::KpiNotFound, message),
            other => Self::internal(&other),
        }
    }
}

impl From<netgain_warehouse::Error> for Problem {
    fn from(error: netgain_warehouse::Error) -> Self {
        use netgain_warehouse::Error;
        match &error {
            Error::Locked { .. } => Self::new(Code::WorkspaceLocked, error.to_string()),
            Error::Refused(_) => Self::new(Code::QueryRefused, error.to_string()),
            Error::Query(_) => Self::new(Code::QueryMistake, error.to_string()),
            Error::Timeout { .. } => Self::new(Code::QueryTimeout, error.to_string()),
            _ => Self::internal(&error),
        }
    }
}
