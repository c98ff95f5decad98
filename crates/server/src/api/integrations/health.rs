//! How a connection fares: its last test, how often its syncs fail, what is used of the platform's limits, and when its
//! token runs out.

use netgain_control::{Connection, RunState};
use netgain_domain::Decimal;
use netgain_domain::jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::number;
use crate::api::schedule;
use crate::app::Shared;
use crate::problem::Problem;

/// Days of which runs are counted.
const DAYS: i64 = 7;
/// Runs that are looked at, at most: one every ten minutes for a week.
const MOST_RUNS: usize = 1_008;

/// How a connection fares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionHealth {
    /// Whether it has credentials; a person may have disconnected it.
    connected: bool,
    /// How the last test against the platform ended; null where none was made.
    test: Option<ConnectionTest>,
    /// How often its syncs failed of late.
    runs: RecentRuns,
    /// What is used of the platform's limits, as far as this server knows; empty before the first call since it started.
    quota: Vec<QuotaUse>,
    /// The token that signs its calls; null where that is a key, which does not run out.
    token: Option<Token>,
    /// When the next sync is due (RFC 3339, UTC); null where none is scheduled.
    next_run_at: Option<String>,
}

impl ConnectionHealth {
    /// Whether it has credentials.
    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }
}

/// How a test of a connection ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionTest {
    /// Whether the platform let us in.
    ok: bool,
    /// When it was asked (RFC 3339, UTC).
    at: String,
    /// Stable name of what is wrong.
    code: Option<String>,
    /// What the platform says.
    message: Option<String>,
    /// What helps.
    cure: Option<String>,
}

/// How often syncs failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecentRuns {
    /// Days that are counted, up to now.
    days: i64,
    /// Runs that ended.
    ended: u64,
    /// Those that failed.
    failed: u64,
    /// Those that ended with their process; the next run went on from there.
    interrupted: u64,
    /// `failed / ended`, 0 to 1 with 4 digits; null where none ended.
    error_rate: Option<String>,
}

/// How much of one of a platform's limits is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaUse {
    /// What the limit counts: `calls`, `points` or `percent`.
    counts: String,
    /// Over how many seconds; null where that is not said.
    per_s: Option<u32>,
    /// What shares it: `app`, `connection`, `account` or `endpoint`.
    scope: String,
    /// The call that it holds for, where it is one for each.
    call: Option<String>,
    /// How much is used.
    used: Option<u64>,
    /// How much there is in all.
    allowed: Option<u64>,
    /// How much is left.
    left: Option<u64>,
    /// When it is whole again (RFC 3339, UTC), where that is known.
    resets_at: Option<String>,
}

/// A token that signs calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    /// When it was given out (RFC 3339, UTC).
    obtained_at: String,
    /// When it runs out (RFC 3339, UTC); null where that is not known.
    expires_at: Option<String>,
    /// Whether a new one is had without a person.
    renewable: bool,
}

impl From<crate::integrations::Grant> for Token {
    fn from(grant: crate::integrations::Grant) -> Self {
        Self {
            obtained_at: grant.obtained_at.to_string(),
            expires_at: grant.expires_at.map(|at| at.to_string()),
            renewable: grant.renewable,
        }
    }
}

/// How a connection fares now.
pub(crate) fn of(shared: &Shared, connection: &Connection) -> Result<ConnectionHealth, Problem> {
    let (workspace, id) = (&connection.workspace_id, &connection.id);
    let ended = connection.is_ended();
    let test = shared.control.connection_test(workspace, id)?;
    Ok(ConnectionHealth {
        connected: !ended,
        test: test.map(|test| ConnectionTest {
            ok: test.error.is_none(),
            at: test.at.to_string(),
            code: test.error.as_ref().map(|error| error.code.clone()),
            message: test.error.as_ref().map(|error| error.message.clone()),
            cure: test.error.map(|error| error.cure),
        }),
        runs: recent(shared, connection)?,
        quota: shared.runner.quota(workspace, id).into_iter().map(QuotaUse::from).collect(),
        token: shared.runner.grant(workspace, id).map(Token::from),
        next_run_at: schedule::next_sync_at(shared, workspace, id)?,
    })
}

impl From<crate::integrations::Quota> for QuotaUse {
    fn from(quota: crate::integrations::Quota) -> Self {
        Self {
            counts: quota.counts.to_owned(),
            per_s: quota.per_s,
            scope: quota.scope.to_owned(),
            call: quota.call,
            used: quota.used,
            allowed: quota.allowed,
            left: quota.left,
            resets_at: quota.resets_at.map(|at| at.to_string()),
        }
    }
}

fn recent(shared: &Shared, connection: &Connection) -> Result<RecentRuns, Problem> {
    let now = Timestamp::now();
    let since = now.checked_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(now);
    let runs = shared.control.runs(&connection.workspace_id, &connection.id, MOST_RUNS)?;
    let (mut ended, mut failed, mut interrupted) = (0_u64, 0_u64, 0_u64);
    for run in runs.iter().filter(|run| run.started_at >= since) {
        match run.state {
            RunState::Running => {}
            RunState::Done => ended += 1,
            RunState::Failed => (ended, failed) = (ended + 1, failed + 1),
            RunState::Interrupted => (ended, interrupted) = (ended + 1, interrupted + 1),
        }
    }
    let rate = Decimal::from(failed).checked_div(Decimal::from(ended));
    Ok(RecentRuns {
        days: DAYS,
        ended,
        failed,
        interrupted,
        error_rate: rate.map(|rate| number(rate.round_dp(4))),
    })
}
