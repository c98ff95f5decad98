//! The test server: databases are fresh and apart, the roles are what they say, and it ends with its process.
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use netgain_testkit::postgres;

#[test]
fn databases_are_fresh_and_apart() {
    let (Some(one), Some(two)) = (postgres(), postgres()) else { return };
    one.psql("CREATE TABLE here (a INT)");
    let count = "SELECT count(*) FROM pg_tables WHERE tablename = 'here'";
    assert_eq!((one.psql(count).as_str(), two.psql(count).as_str()), ("1", "0"));
    assert_ne!(one.app_url(), two.app_url());
}

#[test]
fn the_roles_may_not_see_past_row_level_security() {
    let Some(database) = postgres() else { return };
    let roles = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles \
                 WHERE rolname LIKE 'netgain%' ORDER BY rolname";
    assert_eq!(database.psql(roles), "netgain_app|f|f|f\nnetgain_owner|f|f|f");
}

/// Run by the test below in a process of its own.
#[test]
#[ignore = "a part of the test below"]
fn waits_to_be_killed() {
    let Some(database) = postgres() else { return };
    println!("folder {}", database.psql("SHOW data_directory"));
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn the_server_ends_with_its_process_also_when_that_is_killed() {
    if postgres().is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "waits_to_be_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("folder ").map(|(_, folder)| folder.trim().to_owned())
    });
    let folder = folder.unwrap();
    assert!(Path::new(&folder).exists(), "{folder}");
    child.kill().unwrap();
    child.wait().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while Path::new(&folder).exists() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!Path::new(&folder).exists(), "the server outlived its tests");
}
