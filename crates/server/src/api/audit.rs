//! The audit: who did what, and whether its chain is whole.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::{AuditEntry, AuditFilter};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Params, limit};
use crate::problem::Problem;

/// Which entries; what is left out does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// By the actor of this id.
    actor: Option<String>,
    /// Whose action begins so, such as `sync.` or `sync.started`.
    action: Option<String>,
    /// From this instant (RFC 3339) or UTC day (YYYY-MM-DD) on.
    from: Option<String>,
    /// Before this instant (RFC 3339), or up to the end of this UTC day (YYYY-MM-DD).
    to: Option<String>,
    /// With this text in the subject, the details or the actor, whatever the case of its letters.
    text: Option<String>,
    /// Before this number: the `next` of an earlier answer.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Entries at most, 1 to 1000; 100 without it.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
}

/// An entry of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditRow {
    /// Its place in the chain, from 1.
    number: i64,
    /// When it was done (RFC 3339, UTC).
    at: String,
    /// The workspace that it concerns; null for the whole installation.
    workspace: Option<String>,
    /// `person`, `key`, `terminal`, `system` or `open`.
    actor_kind: String,
    /// Which one of them.
    actor: String,
    /// What was done, in dotted words.
    action: String,
    /// What it was done to; may be empty.
    subject: String,
    /// More about it.
    #[schema(value_type = serde_json::Value)]
    details: serde_json::Value,
    /// The hash that the next entry holds (SHA-256, hex).
    hash: String,
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            workspace: entry.workspace.map(|id| id.to_string()),
            actor_kind: entry.actor.kind.name().to_owned(),
            actor: entry.actor.id,
            action: entry.action,
            subject: entry.subject,
            details: serde_json::from_str(&entry.details).unwrap_or_default(),
            hash: entry.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Entries of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The newest first.
    entries: Vec<AuditRow>,
    /// What to send as `before` for older ones; null at the end.
    next: Option<i64>,
}

/// Searches the audit of a workspace, the newest first.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/audit", operation_id = "workspaceAudit", tag = "audit",
    params(("w" = String, Path, description = "the workspace's id"), AuditParams),
    responses((status = 200, description = "the entries", body = AuditPage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn of_workspace(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<AuditParams>,
) -> Result<Json<AuditPage>, Problem> {
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        let (filter, most) = asked(params, Some(workspace))?;
        Ok(Json(page(shared.control.audit(&filter, most)?, most)))
    })
    .await
}

/// Searches the audit of the whole installation, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "audit", tag = "audit", params(AuditParams),
    responses((status = 200, description = "the entries", body = AuditPage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Params(params): Params<AuditParams>,
) -> Result<Json<AuditPage>, Problem> {
    let (filter, most) = asked(params, None)?;
    app.blocking(move |shared| Ok(Json(page(shared.control.audit(&filter, most)?, most)))).await
}

fn page(entries: Vec<AuditEntry>, most: u32) -> AuditPage {
    let full = u32::try_from(entries.len()).is_ok_and(|found| found >= most);
    let next = entries.last().map(|entry| entry.number).filter(|number| full && *number > 1);
    AuditPage { entries: entries.into_iter().map(AuditRow::from).collect(), next }
}

fn asked(params: AuditParams, workspace: Option<WorkspaceId>) -> Result<(AuditFilter, u32), Problem> {
    let most = limit("limit", params.limit.as_deref(), 100, 1_000)?;
    let before = params.before.as_deref().map(|text| number("before", text)).transpose()?;
    let filter = AuditFilter {
        workspace,
        actor: params.actor.filter(|text| !text.is_empty()),
        action: params.action,
        from: params.from.as_deref().map(|text| instant("from", text, 0)).transpose()?,
        to: params.to.as_deref().map(|text| instant("to", text, 1)).transpose()?,
        text: params.text,
        before,
    };
    Ok((filter, u32::try_from(most).unwrap_or(u32::MAX)))
}

/// An instant, or the beginning of a day so many days later.
fn instant(field: &'static str, text: &str, days: i64) -> Result<Timestamp, Problem> {
    let day = || {
        let day = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
        let day = day.saturating_add(netgain_domain::jiff::Span::new().days(days));
        day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
    };
    day().or_else(|| text.parse().ok()).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        let cure = "write 2026-03-01 or 2026-03-01T08:00:00Z";
        Problem::parameter(field, format!("{field} `{shown}` is not a day or an instant"), cure)
    })
}

fn number(field: &'static str, text: &str) -> Result<i64, Problem> {
    text.parse().ok().filter(|number| *number >= 1).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        let cure = "write the number of an entry, from 1";
        Problem::parameter(field, format!("{field} `{shown}` is not the number of an entry"), cure)
    })
}

/// Which part of the chain.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditPart {
    /// From this entry on; the first without it.
    #[param(value_type = Option<i64>)]
    from: Option<String>,
    /// Up to this entry; the end of the chain without it.
    #[param(value_type = Option<i64>)]
    to: Option<String>,
}

/// What a check of the chain found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditCheck {
    /// Whether every checked entry is as it was written.
    whole: bool,
    /// Entries that were checked and are as they were written.
    entries: i64,
    /// The number of the last one of them; 0 when there is none.
    last: i64,
    /// Its hash (hex): note it elsewhere, and a later check can show that nothing up to here was cut.
    hash: String,
    /// Noted heads that were compared.
    heads: usize,
    /// The first entry that is not as it was written; null when all are.
    fault: Option<AuditCheckFault>,
}

/// The first entry that is not as it was written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditCheckFault {
    /// Its place in the chain.
    number: i64,
    /// What is wrong with it.
    reason: String,
}

/// Checks that no entry of the audit was changed, removed, inserted or moved.
#[utoipa::path(get, path = "/api/v1/audit/verify", operation_id = "verifyAudit", tag = "audit", params(AuditPart),
    responses((status = 200, description = "what was found", body = AuditCheck),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn verify(
    State(app): State<App>,
    Params(part): Params<AuditPart>,
) -> Result<Json<AuditCheck>, Problem> {
    let from = part.from.as_deref().map(|text| number("from", text)).transpose()?;
    let to = part.to.as_deref().map(|text| number("to", text)).transpose()?;
    app.blocking(move |shared| {
        let found = shared.control.verify_audit(from, to)?;
        Ok(Json(AuditCheck {
            whole: found.fault.is_none(),
            entries: found.entries,
            last: found.last,
            hash: found.hash,
            heads: found.heads,
            fault: found.fault.map(|fault| AuditCheckFault { number: fault.number, reason: fault.reason }),
        }))
    })
    .await
}
