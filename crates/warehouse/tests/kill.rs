//! Killed at any instant and started again, the store ends with the same contents as one that was left alone.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{batch, dump, open, order};
use netgain_domain::ConnectionId;
use netgain_warehouse::{Archive, Database, Options, Store, Warehouse};
use rand::{Rng, SeedableRng};

const CHILD: &str = "NETGAIN_TEST_KILL_CHILD";
/// The database of the child, where it is not to use files.
const URL: &str = "NETGAIN_TEST_KILL_URL";
const PAGES: i64 = 60;
const PER_PAGE: i64 = 40;

/// Pages overlap, and every third brings newer versions of what is there already.
fn page(number: i64) -> Vec<netgain_domain::Record> {
    let first = number * (PER_PAGE - 10);
    let version = 1 + number % 3;
    (first..first + PER_PAGE).map(|id| order(id, version)).collect()
}

/// Goes on where the stored cursor says, as a sync does: raw page first, then rows and cursor.
fn work(dir: &Path, store: &Warehouse) {
    let archive = Archive::open(dir, store.workspace()).unwrap();
    let shop: ConnectionId = "shop".parse().unwrap();
    let done = store.cursor(&shop, "orders").unwrap().map_or(0, |cursor| cursor.state.parse().unwrap());
    for number in done..PAGES {
        let mut records = batch(page(number), Some(&(number + 1).to_string()));
        let lines: Vec<_> = records.records.iter().map(|(record, _)| format!("{record:?}").into()).collect();
        let segment = archive.put_page(&shop, "orders", &lines).unwrap();
        for (line, (_, raw_ref)) in records.records.iter_mut().enumerate() {
            *raw_ref = segment.raw_ref(line);
        }
        store.commit(&records).unwrap();
    }
}

/// Not a test of its own: the process that gets killed.
#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn child() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir = Path::new(&dir);
        let store = match std::env::var(URL) {
            Ok(url) => connected(&url),
            Err(_) => open(dir),
        };
        work(dir, &store);
    }
}

fn connected(url: &str) -> Warehouse {
    let store = Store::Postgres(Database::connect(url, None).unwrap());
    Warehouse::open(store, &"test".parse().unwrap(), Options::default()).unwrap()
}

#[test]
fn killed_and_resumed_equals_undisturbed() {
    let dir = tempfile::tempdir().unwrap();
    let (calm, hunted) = (dir.path().join("calm"), dir.path().join("hunted"));
    hunt(&calm, &hunted, None);
}

#[test]
fn killed_and_resumed_equals_undisturbed_on_postgres() {
    let Some(database) = netgain_testkit::postgres() else { return };
    let dir = tempfile::tempdir().unwrap();
    // the undisturbed one lies in a file: both engines must hold the same besides
    let (calm, hunted) = (dir.path().join("calm"), dir.path().join("hunted"));
    hunt(&calm, &hunted, Some(database.owner_url()));
}

/// Kills a process at its work on `hunted`, in the database where one is named, until it is done; then it must hold what
/// `calm` holds.
fn hunt(calm: &Path, hunted: &Path, url: Option<String>) {
    let open_hunted = || url.as_ref().map_or_else(|| open(hunted), |url| connected(url));
    let started = std::time::Instant::now();
    work(calm, &open(calm));
    let undisturbed = started.elapsed();

    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    let (mut kills, mut progress) = (0, Vec::new());
    let spawn = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--quiet"])
            .env(CHILD, hunted)
            .envs(url.as_ref().map(|url| (URL, url)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    while kills < 12 {
        let mut child = spawn();
        // about a sixth of the whole work, so that kills fall into opening, appending, committing and archiving
        let most = (undisturbed.as_millis() as u64 / 6).max(20);
        std::thread::sleep(Duration::from_millis(random.random_range(1..=most)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        kills += 1;
        let store = open_hunted();
        let at = store.cursor(&"shop".parse().unwrap(), "orders").unwrap();
        progress.push(at.map_or(0, |cursor| cursor.state.parse::<i64>().unwrap()));
    }
    assert!(kills > 2, "the work ended before it could be killed");
    assert!(progress.is_sorted(), "no committed page may be lost: {progress:?}");
    assert!(spawn().wait().unwrap().success());

    let (calm, store) = (open(calm), open_hunted());
    assert_eq!(dump(&calm), dump(&store), "after kills at {progress:?}");
    assert_eq!(calm.digest().unwrap(), store.digest().unwrap());
    let archive = Archive::open(hunted, store.workspace()).unwrap();
    let rows = store.order_rows(&store.find_orders("#100").unwrap()[0]).unwrap();
    let Some(netgain_domain::Value::Text(raw_ref)) = rows[0].get("raw_ref") else { panic!("no pointer") };
    assert!(std::str::from_utf8(&archive.get(raw_ref).unwrap()).unwrap().contains("#100"));
}

#[test]
fn a_workspace_in_use_says_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture"])
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Locked") && said.contains(&format!("PID {}", std::process::id())), "{said}");
    drop(store);
}
