//! A shop whose raw archive lies in a bucket: read, made again from it, and seen by the doctor.

use serde_json::Value;

use crate::program::Home;
use crate::rig::{PROVIDER, WORKSPACE, connected, findings, sandbox};

const VARIABLE: &str = "NETGAIN_ARCHIVE_URL";

#[test]
fn a_shop_is_read_and_made_again_from_a_bucket() {
    let Some(bucket) = netgain_testkit::bucket() else { return };
    let sandbox = sandbox();
    let (home, beside) = (connected(&sandbox), connected(&sandbox));
    let address = bucket.address("raw");
    let run = |home: &Home, args: &[&str]| {
        let output = home.command(args).envs(bucket.environment()).env(VARIABLE, &address).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&home, &["sync", "--workspace", WORKSPACE]);
    assert!(!home.path().join("workspaces").join(WORKSPACE).join("raw").exists(), "it lies beside the facts");
    beside.stdout(&["sync", "--workspace", WORKSPACE]);
    let names =
        ["query", "--workspace", WORKSPACE, "SELECT name, total_price FROM orders ORDER BY name", "--json"];
    let rows = |text: String| serde_json::from_str::<Value>(&text).unwrap()["rows"].clone();
    let (there, here) = (rows(run(&home, &names)), rows(beside.stdout(&names)));
    assert_eq!(there, here);
    assert!(there.as_array().is_some_and(|rows| !rows.is_empty()), "nothing was read");

    run(&home, &["replay", "--workspace", WORKSPACE, "--connection", PROVIDER]);
    assert_eq!(rows(run(&home, &names)), there);
    // without the bucket there is nothing to make them from
    assert!(!home.output(&["replay", "--workspace", WORKSPACE, "--connection", PROVIDER]).status.success());

    let doctor = |url: &str| {
        let mut command = home.command(&["doctor", "--offline", "--json"]);
        findings(&command.envs(bucket.environment()).env(VARIABLE, url).output().unwrap())
    };
    assert_eq!(doctor(&address)["archive"]["state"], "ok");
    let missing = &doctor("s3://no-such-bucket/raw")["archive"];
    assert_eq!(missing["state"], "fail");
    assert!(missing["cure"].as_str().unwrap().contains(VARIABLE), "{missing}");
    assert!(!missing.to_string().contains("test-secret-of-the-bucket"), "{missing}");
}
