//! Connecting accounts: which platforms there are, what each asks for, and making the connection.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_domain::{ConnectionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::connect::{self, ConnectFailure, ConnectStart};
use crate::extract::Body;
use crate::problem::{Code, Problem};

/// The platforms that can be connected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Providers {
    /// By id.
    providers: Vec<Provider>,
}

/// A platform.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Provider {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its category, such as `commerce` or `advertising`.
    category: String,
    /// Where its interface is documented.
    docs: String,
    /// How an account is connected, the simplest way first.
    ways: Vec<ConnectWay>,
}

/// One way to connect an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectWay {
    /// `key` (an own key), `sign_in` (granting access at the platform) or `central` (the operator's credentials).
    way: String,
    /// Whose credentials it uses: `own` or `central`.
    mode: String,
    /// Whether it can be used; a way that cannot needs `missing`.
    ready: bool,
    /// Variables that the operator of this server has to set in its environment first.
    missing: Vec<String>,
    /// What the person fills in.
    fields: Vec<ConnectField>,
}

/// One field to fill in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectField {
    /// Its name in `fields`, or in `secrets` where it is one.
    name: String,
    /// What a form says.
    title: String,
    /// Whether it is stored sealed and never shown again.
    secret: bool,
    /// Whether it has to be filled in.
    required: bool,
    /// A value that would be right.
    example: Option<String>,
}

/// An account to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectRequest {
    /// The provider's id.
    provider: String,
    /// The connection to change; without it that of the same account, or a new one.
    connection: Option<String>,
    /// Its name for people; the provider's, or the one that it has.
    name: Option<String>,
    /// Whose credentials it uses: `own` or `central`.
    mode: Option<String>,
    /// Fields that are no secrets, by name.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Secrets by name. They are stored sealed and never given out.
    #[schema(write_only)]
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    /// Another address than the platform's own.
    base_url: Option<String>,
    /// Reporting currency of a workspace that is created; the account's where it is left out.
    currency: Option<String>,
    /// Time zone of a workspace that is created (IANA name); the account's where it is left out.
    time_zone: Option<String>,
}

/// What was connected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connected {
    /// The connection's id.
    connection: String,
    /// Whether it is new; else the one that there was is changed.
    created: bool,
    /// The platform's ids of the accounts that it reaches.
    accounts: Vec<String>,
}

impl From<connect::ConnectedTo> for Connected {
    fn from(done: connect::ConnectedTo) -> Self {
        Self { connection: done.connection.to_string(), created: done.created, accounts: done.accounts }
    }
}

/// Lists the platforms that can be connected, and what each asks for.
#[utoipa::path(get, path = "/api/v1/providers", operation_id = "providers", tag = "connections",
    responses((status = 200, description = "the platforms, by id", body = Providers),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn providers(State(app): State<App>) -> Result<Json<Providers>, Problem> {
    app.blocking(|shared| {
        let providers = shared.runner.providers().into_iter().map(described).collect();
        Ok(Json(Providers { providers }))
    })
    .await
}

/// Connects an account. The platform is asked first whether it lets us in; only then anything is kept. An account that
/// is connected already keeps its connection, which is changed.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections", operation_id = "connect", tag = "connections",
    params(("w" = String, Path, description = "the workspace's id; it is created where there is none")),
    request_body(content = ConnectRequest),
    responses((status = 201, description = "a new connection", body = Connected),
        (status = 200, description = "the account was connected already: its connection is changed", body = Connected),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn connect(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(request): Body<ConnectRequest>,
) -> Result<(StatusCode, Json<Connected>), Problem> {
    let workspace: WorkspaceId = w.parse().map_err(|_| {
        let shown: String = w.chars().take(64).collect();
        Problem::new(Code::WorkspaceNotFound, format!("workspace `{shown}` cannot exist"))
    })?;
    let connection = request.connection.map(|id| id.parse::<ConnectionId>()).transpose();
    let connection = connection.map_err(|error| {
        let cure = "write small letters, digits and hyphens, or leave it out";
        Problem::field(Code::ConnectionInvalid, "connection", format!("connection: {error}"), cure)
    })?;
    app.blocking(move |shared| {
        let start = ConnectStart {
            workspace,
            provider: request.provider,
            connection,
            name: request.name,
            fields: request.fields,
            secrets: request.secrets,
            base_url: request.base_url,
            mode: request.mode,
            currency: request.currency,
            time_zone: request.time_zone,
        };
        let done = shared.runner.connect(start)?;
        let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
        Ok((status, Json(Connected::from(done))))
    })
    .await
}

fn described(provider: connect::Provider) -> Provider {
    let field = |field: connect::ProviderField| ConnectField {
        name: field.name,
        title: field.title,
        secret: field.secret,
        required: field.required,
        example: field.example,
    };
    let way = |way: connect::ProviderWay| ConnectWay {
        way: way.way,
        mode: way.mode,
        ready: way.missing.is_empty(),
        missing: way.missing,
        fields: way.fields.into_iter().map(field).collect(),
    };
    Provider {
        id: provider.id,
        name: provider.name,
        category: provider.category,
        docs: provider.docs,
        ways: provider.ways.into_iter().map(way).collect(),
    }
}

impl From<ConnectFailure> for Problem {
    fn from(failure: ConnectFailure) -> Self {
        let (code, detail, field, cure) = match failure {
            ConnectFailure::Invalid { message, field, cure } => {
                (Code::ConnectionInvalid, message, field, cure)
            }
            ConnectFailure::NotWorking { message, field, cure } => {
                (Code::ConnectionNotWorking, message, field, Some(cure))
            }
            ConnectFailure::Failed(_) => return Self::internal(&failure),
        };
        let general = Self::new(code, detail);
        let cure = cure.or_else(|| general.cure.clone());
        Self { field: field.map(Into::into), cure, ..general }
    }
}
