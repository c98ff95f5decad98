//! What a sync that nobody disturbs brings: read once for each platform, and compared with by every case.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use crate::harness::{Connected, Report, Rows, new_home, small};
use crate::program::Home;
use crate::table::Platform;

/// An undisturbed first sync.
pub struct Baseline {
    /// Nobody changes its world, its faults or its home.
    pub connected: Connected,
    pub report: Report,
    pub rows: Rows,
    /// Calls that the sync took, at the point that is bent, at the one whose pages are capped, and in all.
    pub calls: [u64; 3],
}

type Shared = Arc<OnceLock<Arc<Baseline>>>;

static ALL: LazyLock<Mutex<HashMap<&'static str, Shared>>> = LazyLock::new(Mutex::default);

/// The platform's undisturbed first sync.
pub fn of(platform: &'static Platform) -> Arc<Baseline> {
    let shared = Arc::clone(ALL.lock().unwrap().entry(platform.id).or_default());
    Arc::clone(shared.get_or_init(|| Arc::new(Baseline::read(platform))))
}

/// Homes of this process; statics are never dropped, so the next process sweeps them.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twelve");
    std::fs::create_dir_all(&all).unwrap();
    for entry in std::fs::read_dir(&all).unwrap() {
        let path = entry.unwrap().path();
        let process = path.file_name().unwrap().to_str().unwrap();
        if !Path::new("/proc").join(process).exists() {
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
    let own = all.join(std::process::id().to_string());
    std::fs::create_dir_all(&own).unwrap();
    own
});

impl Baseline {
    fn read(platform: &'static Platform) -> Self {
        let folder = FOLDER.join(platform.id);
        std::fs::create_dir_all(&folder).unwrap();
        let home = Home::at(folder).hurried(crate::harness::SPEED);
        let connected = Connected::within(platform, small(), home, &[]);
        let report = connected.sync();
        let [bent, paged] = [platform.bent, platform.paged].map(|point| connected.calls_at(point));
        let calls = [bent, paged, connected.calls()];
        let rows = connected.rows();
        let (table, least) = platform.filled;
        let found = rows.of_table(table).count();
        assert!(found >= least, "{found} rows of {table}");
        Self { connected, report, rows, calls }
    }

    /// A home of its own with the same contents.
    pub fn copy(&self) -> Home {
        let home = new_home();
        copy(self.connected.home.path(), home.path());
        home
    }

    /// The same contents in a world of its own, to which they are connected again.
    pub fn elsewhere(&self) -> Connected {
        Connected::within(self.connected.platform, small(), self.copy(), &[])
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
