//! Report runs: insights that are made in the background and fetched later.
use super::error::GraphError;
use super::insights::Report;
use crate::faults::Fault;
use crate::world::shop::Seconds;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const FIRST_RUN: u64 = 600_000_000_000_000_000;

/// Whether a node id is a report run's.
pub fn is_report_run(node: &str) -> bool {
    node.len() == 18 && node.starts_with('6') && node.bytes().all(|byte| byte.is_ascii_digit())
}

/// A report run.
#[derive(Debug)]
pub struct Run {
    id: u64,
    account: u64,
    created: Instant,
    /// When it was asked for on the world's clock.
    asked_at: Seconds,
    takes: Duration,
    fault: Option<Fault>,
    report: Report,
}

/// All runs since the start.
#[derive(Debug, Default)]
pub struct Runs {
    runs: Mutex<HashMap<u64, Arc<Run>>>,
}

impl Runs {
    /// Begins a run and returns its id.
    pub fn begin(
        &self,
        report: Report,
        account: u64,
        asked_at: Seconds,
        takes: Duration,
        fault: Option<Fault>,
    ) -> String {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let id = FIRST_RUN + 7 + 11 * runs.len() as u64;
        runs.insert(
            id,
            Arc::new(Run { id, account, created: Instant::now(), asked_at, takes, fault, report }),
        );
        id.to_string()
    }

    /// Finds a run.
    pub fn find(&self, id: &str) -> Option<Arc<Run>> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(&id.parse().ok()?).cloned()
    }
}

/// The state of a run: its name on the wire and its percent.
fn progress(elapsed: Duration, takes: Duration, fault: Option<&Fault>) -> (&'static str, u64) {
    let percent = (elapsed.as_millis() * 100 / takes.as_millis().max(1)).min(100) as u64;
    match (fault, percent) {
        (Some(Fault::JobStuck), _) => ("Job Started", 0),
        (_, 0..10) => ("Job Not Started", 0),
        (_, 10..20) => ("Job Started", 0),
        // A run shows 100 percent a moment before it is complete; only the status counts.
        (_, 90..100) => ("Job Running", 100),
        (_, 20..90) => ("Job Running", percent),
        (Some(Fault::JobFailed), _) => ("Job Failed", 100),
        (Some(Fault::JobSkipped), _) => ("Job Skipped", 0),
        _ => ("Job Completed", 100),
    }
}

impl Run {
    /// The run as a node.
    pub fn node(&self) -> Map<String, Value> {
        let (status, percent) = progress(self.created.elapsed(), self.takes, self.fault.as_ref());
        let done = matches!(status, "Job Completed" | "Job Failed" | "Job Skipped");
        let request = self.report.request();
        let mut node = json!({
            "id": self.id.to_string(),
            "account_id": self.account.to_string(),
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": request.since.to_string(),
            "date_stop": request.until.to_string(),
            "time_ref": self.asked_at,
            "is_running": !done,
            "is_bookmarked": false,
        });
        if let Some(map) = node.as_object_mut() {
            if done {
                map.insert("time_completed".to_owned(), json!(self.asked_at + 1));
            }
            if status == "Job Failed" {
                map.insert("error_code".to_owned(), json!(-2));
                map.insert("error_subcode".to_owned(), json!(2_490_547));
                map.insert("error_message".to_owned(), json!("The report run failed"));
                map.insert("error_user_msg".to_owned(), json!("The report could not be made. Try again."));
            }
        }
        match node {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// The report, once the run is complete.
    pub fn report(&self) -> Result<&Report, GraphError> {
        match progress(self.created.elapsed(), self.takes, self.fault.as_ref()) {
            ("Job Completed", _) => Ok(&self.report),
            _ => Err(GraphError::incomplete_report()),
        }
    }
}

/// The names a run may show, for the check against the platform's description.
#[cfg(test)]
pub fn node_names() -> Vec<&'static str> {
    vec![
        "id",
        "account_id",
        "async_status",
        "async_percent_completion",
        "date_start",
        "date_stop",
        "time_ref",
        "is_running",
        "is_bookmarked",
        "time_completed",
        "error_code",
        "error_subcode",
        "error_message",
        "error_user_msg",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_through_its_states() {
        let at = |ms, fault: Option<&Fault>| {
            progress(Duration::from_millis(ms), Duration::from_millis(100), fault)
        };
        assert_eq!(at(0, None), ("Job Not Started", 0));
        assert_eq!(at(15, None), ("Job Started", 0));
        assert_eq!(at(50, None), ("Job Running", 50));
        assert_eq!(at(95, None), ("Job Running", 100));
        assert_eq!(at(100, None), ("Job Completed", 100));
        assert_eq!(at(100, Some(&Fault::JobFailed)).0, "Job Failed");
        assert_eq!(at(100, Some(&Fault::JobSkipped)).0, "Job Skipped");
        assert_eq!(at(9_000, Some(&Fault::JobStuck)), ("Job Started", 0));
    }
}
