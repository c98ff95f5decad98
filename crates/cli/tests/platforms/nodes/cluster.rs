//! Several `netgain serve` on one PostgreSQL: each a process with a data folder of its own, the raw archive in a folder
//! that they share.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use netgain_testkit::Database;
use netgain_warehouse::{Store, TableDigest, Warehouse};
use tempfile::TempDir;

use crate::support::{Home, Killed, Log, Sandbox, serve, wait_within};

/// The master key of all nodes; each would make one of its own otherwise.
pub const MASTER_KEY: &str = "bmV0Z2FpbiB0ZXN0IG1hc3RlciBrZXkgMzIgYnl0ZXM=";
/// How long something that happens in the background may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// What nodes share.
pub struct Cluster {
    pub database: Database,
    /// The workspaces' files: the raw archive.
    shared: TempDir,
}

/// A run as the control store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: String,
    pub workspace: String,
    pub connection: String,
    /// The process that it belongs to.
    pub pid: u32,
    pub state: String,
    pub rows: u64,
}

impl Cluster {
    pub fn new() -> Option<Self> {
        Some(Self { database: netgain_testkit::postgres()?, shared: TempDir::new().unwrap() })
    }

    /// A data folder whose workspaces' files lie with those of the others.
    pub fn home(&self) -> Home {
        let home = Home::new().hurried(20_000);
        symlink(self.shared.path(), home.path().join("workspaces")).unwrap();
        home
    }

    pub fn command(&self, home: &Home, args: &[&str]) -> Command {
        let mut command = home.command(args);
        command.env("NETGAIN_DATABASE_URL", self.database.app_url());
        command.env("NETGAIN_DATABASE_OWNER_URL", self.database.owner_url());
        command.env("NETGAIN_MASTER_KEY", MASTER_KEY);
        command
    }

    /// Runs a command to its end; it must succeed.
    pub fn stdout(&self, home: &Home, args: &[&str]) -> String {
        let output = self.command(home, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Connects a platform of the sandbox.
    pub fn connect(&self, home: &Home, sandbox: &Sandbox, platform: &str, workspace: &str) {
        let args = sandbox.connect_args(platform, workspace);
        self.stdout(home, &args.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Has everything be due at the next look at the timetable, as if it had last been looked at an hour ago.
    pub fn make_all_due(&self) {
        self.database.psql(
            "UPDATE netgain_control.connections SET created_at = created_at - 5400000000; \
             UPDATE netgain_control.schedules SET began_at = began_at - 86400000000",
        );
    }

    /// All runs, the oldest first.
    pub fn runs(&self) -> Vec<Run> {
        let rows = self.database.psql(
            "SELECT id, workspace_id, connection_id, owner, state, rows FROM netgain_control.runs \
             ORDER BY started_at, id",
        );
        let run = |line: &str| {
            let cells: Vec<&str> = line.split('|').collect();
            Run {
                id: cells[0].to_owned(),
                workspace: cells[1].to_owned(),
                connection: cells[2].to_owned(),
                pid: cells[3].split_once('-').unwrap().0.parse().unwrap(),
                state: cells[4].to_owned(),
                rows: cells[5].parse().unwrap(),
            }
        };
        rows.lines().map(run).collect()
    }

    /// Pairs of runs of one connection that were on their way at one time: there must be none.
    pub fn overlapping_runs(&self) -> String {
        self.database.psql(
            "SELECT a.id, b.id, a.connection_id FROM netgain_control.runs AS a JOIN netgain_control.runs AS b \
             ON a.workspace_id = b.workspace_id AND a.connection_id = b.connection_id AND a.id < b.id \
             AND a.started_at < coalesce(b.finished_at, 9e18) AND b.started_at < coalesce(a.finished_at, 9e18)",
        )
    }

    /// What cards show of a workspace's connections, and what its schedule goes by.
    pub fn shown(&self, workspace: &str) -> String {
        self.database.psql(&format!(
            "SELECT c.id, c.state, c.error_code, c.last_sync_at, s.began_at, s.ended, s.failures \
             FROM netgain_control.connections AS c LEFT JOIN netgain_control.schedules AS s \
             ON s.workspace_id = c.workspace_id AND s.connection_id = c.id \
             WHERE c.workspace_id = '{workspace}' ORDER BY c.id"
        ))
    }

    /// Whether a process said within the last seconds that it lives.
    pub fn lives(&self, pid: u32) -> bool {
        let found = self.database.psql(&format!(
            "SELECT count(*) FROM netgain_control.nodes WHERE id LIKE '{pid}-%' \
             AND seen_at > extract(epoch FROM clock_timestamp()) * 1000000 - 8000000"
        ));
        found != "0"
    }

    pub fn warehouse(&self, workspace: &str) -> Warehouse {
        let database = netgain_warehouse::Database::connect(&self.database.app_url(), None).unwrap();
        let options = netgain_warehouse::Options::default();
        Warehouse::open(Store::Postgres(database), &workspace.parse().unwrap(), options).unwrap()
    }

    pub fn digest(&self, workspace: &str) -> Vec<TableDigest> {
        self.warehouse(workspace).digest().unwrap()
    }
}

/// A running node.
pub struct Node {
    /// Its data folder, which goes with it.
    _home: Home,
    pub child: Killed,
    pub address: String,
    log: Log,
}

impl Node {
    pub fn start(cluster: &Cluster, more: &[&str]) -> Self {
        let home = cluster.home();
        let args = [&["serve", "--open", "--port", "0"], more].concat();
        let (child, address, log) = serve(cluster.command(&home, &args));
        Self { _home: home, child, address, log }
    }

    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Sends a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Whether it has said this.
    pub fn has_said(&self, words: &str) -> bool {
        self.log.text().contains(words)
    }
}

/// Waits until it is so.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}

/// How many runs each process began.
pub fn by_process(runs: &[Run]) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    for run in runs {
        *counts.entry(run.pid).or_default() += 1;
    }
    counts
}
