//! The doctor finds what is broken and names the cure.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::program::Home;
use crate::rig::{PROVIDER, Server, WORKSPACE, connected, findings, sandbox};

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs it and asserts what it says of one thing.
#[track_caller]
fn sees(home: &Home, env: &[(&str, &str)], args: &[&str], check: &str, state: &str, cure: &str) {
    let output =
        home.command(&[&["doctor", "--json"], args].concat()).envs(env.iter().copied()).output().unwrap();
    let found = findings(&output);
    let finding = found.get(check).unwrap_or_else(|| panic!("nothing about {check}: {found:#?}"));
    assert_eq!(finding["state"], state, "{finding}");
    assert!(finding["cure"].as_str().unwrap_or_default().contains(cure), "{finding}");
    let fails = found.values().any(|finding| finding["state"] == "fail");
    assert_eq!(output.status.code(), Some(i32::from(fails)), "{found:#?}");
}

const OFFLINE: &[&str] = &["--offline"];

#[test]
fn a_sound_installation_is_found_sound() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    home.stdout(&["sync", "--workspace", WORKSPACE]);
    mode(home.path(), 0o700);
    let output = home.output(&["doctor", "--json"]);
    let found = findings(&output);
    let wrong: Vec<_> = found.values().filter(|finding| finding["state"] != "ok").collect();
    // the disk of the machine that tests may be nearly full
    assert!(wrong.iter().all(|finding| finding["check"] == "disk"), "{wrong:#?}");
    for check in ["version", "home", "disk", "key", "control store", "secrets", "clock"] {
        assert!(found.contains_key(check), "nothing about {check}: {found:#?}");
    }
    assert!(found.contains_key(&format!("platform {PROVIDER}")), "{found:#?}");
    assert!(found[&format!("workspace {WORKSPACE}")]["says"].as_str().unwrap().contains("open"));
    // for people
    let text = home.stdout(&["doctor"]);
    assert!(text.lines().any(|line| line.starts_with("ok    control store: opens; 1 workspaces")), "{text}");
    let serving = Server::start(&home, &[], &[]);
    assert_eq!(serving.ask("GET", &format!("/api/v1/workspaces/{WORKSPACE}/orders"), &[]).0, 200);
    sees(&home, &[], &[], &format!("workspace {WORKSPACE}"), "ok", "");
}

#[test]
fn what_is_wrong_with_files_has_a_cure() {
    let home = Home::new();
    mode(home.path(), 0o700);
    home.stdout(&["doctor", "--offline"]);
    sees(&home, &[], OFFLINE, "home", "ok", "");
    mode(home.path(), 0o755);
    sees(&home, &[], OFFLINE, "home", "warn", "chmod 700");
    mode(home.path(), 0o700);
    sees(&home, &[("NETGAIN_DISK_FLOOR_MB", "999999999")], OFFLINE, "disk", "fail", "make room");

    let key = home.path().join("secret.key");
    mode(&key, 0o644);
    sees(&home, &[], OFFLINE, "key", "fail", "chmod 600");
    mode(&key, 0o600);
    let bytes = std::fs::read(&key).unwrap();
    std::fs::write(&key, &bytes[..7]).unwrap();
    sees(&home, &[], OFFLINE, "key", "fail", "backup");
    std::fs::remove_file(&key).unwrap();
    sees(&home, &[], OFFLINE, "key", "fail", "backup");
    assert!(!key.exists(), "the doctor made a new key, which opens nothing");
    std::fs::write(&key, &bytes).unwrap();
    mode(&key, 0o600);
    sees(&home, &[], OFFLINE, "key", "ok", "");

    std::fs::write(home.path().join("control.sqlite"), b"this is no database, whatever its name says")
        .unwrap();
    sees(&home, &[], OFFLINE, "control store", "fail", "backup");
    let missing = Home::at(home.path().join("nowhere"));
    sees(&missing, &[], OFFLINE, "home", "warn", "--home");
    assert!(!missing.path().exists(), "the doctor made a folder");
    let file = Home::at(home.path().join("control.sqlite"));
    sees(&file, &[], OFFLINE, "home", "fail", "--home");
}

#[test]
fn what_is_wrong_with_stores_and_platforms_has_a_cure() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    home.stdout(&["sync", "--workspace", WORKSPACE]);
    // another installation's key
    let other = Home::new();
    other.stdout(&["doctor", "--offline"]);
    let key = home.path().join("secret.key");
    let own = std::fs::read(&key).unwrap();
    std::fs::copy(other.path().join("secret.key"), &key).unwrap();
    sees(&home, &[], OFFLINE, "secrets", "fail", "secret.key");
    std::fs::write(&key, own).unwrap();
    sees(&home, &[], OFFLINE, "secrets", "ok", "");

    let facts = home.path().join("workspaces").join(WORKSPACE).join("facts.duckdb");
    std::fs::write(&facts, vec![7; 8192]).unwrap();
    sees(&home, &[], OFFLINE, &format!("workspace {WORKSPACE}"), "fail", "netgain replay");

    let address = sandbox.ready().platforms[PROVIDER].base_url.clone();
    sees(&home, &[], &[], &format!("platform {PROVIDER}"), "ok", "");
    drop(sandbox);
    assert!(
        std::net::TcpStream::connect(address.trim_start_matches("http://").split('/').next().unwrap())
            .is_err()
    );
    sees(&home, &[], &[], &format!("platform {PROVIDER}"), "fail", "firewall");
}
