//! For how long a workspace keeps its data, by class.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::{DataClass, RETENTION_LONGEST};
use netgain_domain::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{App, Shared};
use crate::extract::Body;
use crate::problem::{Code, Problem};

/// For how many days data is kept, 1 to 36,500; null keeps it for ever. Facts and the audit are kept in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    /// What platforms sent, by the day on which it was last read. Figures can be opened down to the rows then, and no
    /// longer to the payloads; a replay leaves the rows that were made from them as they are.
    raw: Option<u32>,
    /// Deliveries of webhooks that are finished, by the day on which they came.
    inbox: Option<u32>,
    /// The log of runs, by the day on which they ended; the newest of each connection stays.
    runs: Option<u32>,
}

impl Retention {
    fn days(&self, class: DataClass) -> Option<u32> {
        match class {
            DataClass::Raw => self.raw,
            DataClass::Inbox => self.inbox,
            DataClass::Runs => self.runs,
        }
    }

    fn of(shared: &Shared, workspace: &netgain_domain::WorkspaceId) -> Result<Self, Problem> {
        let mut found = Self::default();
        for rule in shared.control.retention(workspace)? {
            let days = Some(rule.days);
            match rule.class {
                DataClass::Raw => found.raw = days,
                DataClass::Inbox => found.inbox = days,
                DataClass::Runs => found.runs = days,
            }
        }
        Ok(found)
    }
}

/// For how long data is kept.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/privacy/retention", operation_id = "retention", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "days by class", body = Retention),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(State(app): State<App>, Path(w): Path<String>) -> Result<Json<Retention>, Problem> {
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        Ok(Json(Retention::of(shared, &workspace)?))
    })
    .await
}

/// Sets for how long data is kept; what is older is deleted once a day, for good.
#[utoipa::path(put, path = "/api/v1/workspaces/{w}/privacy/retention", operation_id = "setRetention", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")), request_body = Retention,
    responses((status = 200, description = "days by class, as they hold now", body = Retention),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(asked): Body<Retention>,
) -> Result<Json<Retention>, Problem> {
    for class in DataClass::ALL {
        if let Some(days) = asked.days(class).filter(|days| !(1..=RETENTION_LONGEST).contains(days)) {
            let why = format!("{} cannot be kept for {days} days", class.name());
            let cure =
                format!("write a whole number from 1 to {RETENTION_LONGEST}, or null to keep it for ever");
            return Err(Problem::field(Code::InvalidBody, class.name(), why, cure));
        }
    }
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        for class in DataClass::ALL {
            shared.control.set_retention(&workspace, class, asked.days(class), Timestamp::now())?;
        }
        Ok(Json(Retention::of(shared, &workspace)?))
    })
    .await
}
