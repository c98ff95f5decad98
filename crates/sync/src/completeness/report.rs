//! What a check found, for people and programs.

use netgain_domain::Decimal;
use netgain_warehouse::{Check, CheckState};
use serde::Serialize;

/// What a check of one connection found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// The streams, in the manifest's order.
    pub streams: Vec<StreamCheck>,
}

impl ReconcileReport {
    /// Differences that are left.
    pub fn left(&self) -> impl Iterator<Item = (&StreamCheck, &Difference)> {
        self.streams
            .iter()
            .flat_map(|stream| stream.differences.iter().map(move |one| (stream, one)))
            .filter(|(_, one)| one.state == CheckState::Differs)
    }
}

/// What a check of one stream found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamCheck {
    /// The stream.
    pub stream: String,
    /// `ok`, `healed`, `differs` or `not_checkable`.
    pub state: CheckState,
    /// Lines of the ledger that were written.
    pub checks: u64,
    /// How many records we hold of what was counted; none where sums were compared.
    pub ours: Option<u64>,
    /// How many the provider has.
    pub theirs: Option<u64>,
    /// Why nothing could be checked.
    pub note: Option<String>,
    /// What differed, whether it was healed or not.
    pub differences: Vec<Difference>,
}

/// A day, or a span of days, on which the two sides differed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// First day; none for all there is.
    pub day: Option<String>,
    /// Last day.
    pub until_day: Option<String>,
    /// `count`, or the column whose sum it is.
    pub measure: String,
    /// What we hold now.
    pub ours: String,
    /// What the provider says.
    pub theirs: String,
    /// `healed` or `differs`.
    pub state: CheckState,
    /// More about it.
    pub note: Option<String>,
}

/// A stream's lines of the ledger in one.
pub(super) fn summary(stream: &str, checks: &[Check]) -> StreamCheck {
    let any = |state: CheckState| checks.iter().any(|check| check.state == state);
    let state = if any(CheckState::Differs) {
        CheckState::Differs
    } else if any(CheckState::Healed) {
        CheckState::Healed
    } else if checks.iter().all(|check| check.state == CheckState::NotCheckable) {
        CheckState::NotCheckable
    } else {
        CheckState::Ok
    };
    let sum = |of: fn(&Check) -> Option<u64>| {
        checks.iter().filter_map(of).fold(None, |sum: Option<u64>, one| Some(sum.unwrap_or(0) + one))
    };
    let differed =
        checks.iter().filter(|check| matches!(check.state, CheckState::Differs | CheckState::Healed));
    StreamCheck {
        stream: stream.to_owned(),
        state,
        checks: checks.len() as u64,
        ours: sum(|check| check.ours_count),
        theirs: sum(|check| check.theirs_count),
        note: checks
            .iter()
            .find(|check| check.state == CheckState::NotCheckable)
            .and_then(|check| check.note.clone()),
        differences: differed.map(difference).collect(),
    }
}

fn difference(check: &Check) -> Difference {
    let said = |count: Option<u64>, sum: Option<Decimal>| {
        let number = count.map(|count| count.to_string()).or(sum.map(|sum| sum.to_string()));
        number.unwrap_or_else(|| "0".to_owned())
    };
    Difference {
        day: check.day.map(|day| day.to_string()),
        until_day: check.until_day.or(check.day).map(|day| day.to_string()),
        measure: check.measure.clone(),
        ours: said(check.ours_count, check.ours_sum),
        theirs: said(check.theirs_count, check.theirs_sum),
        state: check.state,
        note: check.note.clone(),
    }
}
