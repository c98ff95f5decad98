//! The program as a user runs it, on real orders.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn netgain(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netgain")).args(args).env("NETGAIN_HOME", home).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn mapping(name: &str) -> String {
    root().join("crates/import/mappings").join(name).display().to_string()
}

/// A shared data file, or none with a word why the test is skipped.
fn shared(path: &str) -> Option<String> {
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let file = shared.join("data").join(path);
    if file.is_file() {
        return Some(file.display().to_string());
    }
    println!("skipped: {path} is not on this machine (set NETGAIN_SHARED to the folder that holds data/)");
    None
}

fn total(json: &str, field: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["total"][field].as_str().map_or_else(|| value["total"][field].to_string(), str::to_owned)
}

#[test]
fn cdnow_gives_its_known_totals_and_the_same_ones_when_imported_again() {
    let Some(file) = shared("cdnow/CDNOW_master.txt") else { return };
    let home = TempDir::new().unwrap();
    let home = home.path();
    let import =
        ["import", "csv", &file, "--workspace", "cdnow", "--mapping", &mapping("cdnow.yaml"), "--json"];
    let whole = ["profit", "--workspace", "cdnow", "--from", "1997-01-01", "--to", "1998-06-30", "--json"];
    let march = ["profit", "--workspace", "cdnow", "--from", "1997-03-01", "--to", "1997-03-31", "--json"];
    for _ in 0..2 {
        stdout(&netgain(home, &import));
        let answer = stdout(&netgain(home, &whole));
        assert_eq!(total(&answer, "gross_sales"), "2500315.63");
        assert_eq!(total(&answer, "orders"), "69659");
        let answer = stdout(&netgain(home, &march));
        assert_eq!(total(&answer, "gross_sales"), "393155.27");
        assert_eq!(total(&answer, "orders"), "11598");
    }
    // more orders than one answer of the server holds
    let by_order = stdout(&netgain(home, &[&whole[..], &["--by", "order"]].concat()));
    let by_order: serde_json::Value = serde_json::from_str(&by_order).unwrap();
    let ids: std::collections::HashSet<_> =
        by_order["rows"].as_array().unwrap().iter().map(|row| row["order_id"].to_string()).collect();
    assert_eq!((ids.len(), by_order.get("next")), (69_659, None));
    let sql = "SELECT count(*) AS n FROM customers";
    let answer = stdout(&netgain(home, &["query", "--workspace", "cdnow", sql, "--json"]));
    assert!(answer.contains("23570"), "{answer}");
}

#[test]
fn messy_lines_load_with_their_credit_notes() {
    let Some(file) = shared("online_retail/online_retail_10k.csv") else { return };
    let home = TempDir::new().unwrap();
    let home = home.path();
    let mapping = mapping("online_retail.yaml");
    stdout(&netgain(home, &["import", "csv", &file, "--workspace", "retail", "--mapping", &mapping]));
    let args = ["profit", "--workspace", "retail", "--from", "2010-12-01", "--to", "2010-12-31", "--json"];
    let answer = stdout(&netgain(home, &args));
    assert_eq!(total(&answer, "gross_sales"), "184248.33");
    assert_eq!(total(&answer, "returns"), "3580.58");
    assert_eq!(total(&answer, "orders"), "469", "the 43 credit notes are no orders");
    let explained =
        stdout(&netgain(home, &["explain", "order", "536365", "--workspace", "retail", "--json"]));
    let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
    assert_eq!(explained["order"]["gross_sales"], "139.12");
    assert!(explained["raw"].to_string().contains("WHITE HANGING HEART"), "the file's own lines are shown");
}

#[test]
fn a_killed_import_is_finished_by_running_it_again() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("orders.csv");
    let mut text = String::from("order_id,order_date,sku,quantity,unit_price,customer_id\n");
    for order in 0..30_000 {
        let cents = order % 100;
        text.push_str(&format!(
            "A{order},2026-03-{:02} 10:00,S{},2,7.{cents:02},C{}\n",
            order % 28 + 1,
            order % 9,
            order % 700
        ));
    }
    std::fs::write(&file, text).unwrap();
    let suggested = stdout(&netgain(
        folder.path(),
        &["import", "csv", &file.display().to_string(), "--suggest", "--currency", "USD"],
    ));
    let mapping = folder.path().join("mapping.yaml");
    std::fs::write(&mapping, suggested).unwrap();
    let (file, mapping) = (file.display().to_string(), mapping.display().to_string());
    let args = [
        "import",
        "csv",
        &file,
        "--workspace",
        "w",
        "--mapping",
        &mapping,
        "--currency",
        "USD",
        "--time-zone",
        "Europe/Berlin",
    ];
    let undisturbed = folder.path().join("whole");
    stdout(&netgain(&undisturbed, &args));
    let killed = folder.path().join("killed");
    for round in 0..6u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_netgain"))
            .args(args)
            .env("NETGAIN_HOME", &killed)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60 + round * 170));
        // it may be done already; then there is nothing to kill
        drop(child.kill());
        child.wait().unwrap();
    }
    stdout(&netgain(&killed, &args));
    let figures = |home: &Path| {
        let profit = ["profit", "--workspace", "w", "--from", "2026-03-01", "--to", "2026-03-31", "--json"];
        let sql = "SELECT order_id, count(*) AS n, sum(total_amount) AS amount FROM sale_events GROUP BY order_id \
                   ORDER BY order_id LIMIT 1000";
        (
            stdout(&netgain(home, &profit)),
            stdout(&netgain(home, &["query", "--workspace", "w", sql, "--json"])),
        )
    };
    assert_eq!(figures(&killed), figures(&undisturbed));
    assert_eq!(total(&figures(&killed).0, "orders"), "30000");
}

#[test]
fn what_cannot_be_done_says_so_by_its_exit_code() {
    let home = TempDir::new().unwrap();
    let code = |args: &[&str]| netgain(home.path(), args).status.code();
    assert_eq!(code(&["profit", "--workspace", "no", "--from", "2026-01-01", "--to", "2026-01-02"]), Some(4));
    assert_eq!(code(&["profit", "--workspace", "NO", "--from", "2026-01-01", "--to", "2026-01-02"]), Some(2));
    assert_eq!(code(&["import", "csv", "/does/not/exist", "--suggest"]), Some(1));
    // a currency that would be ignored is refused
    let (file, mapping) = (home.path().join("costs.csv"), home.path().join("costs.yaml"));
    std::fs::write(&file, "sku,unit_cost,valid_from\nA,1.00,2026-01-01\n").unwrap();
    std::fs::write(&mapping, include_str!("../../import/mappings/costs.yaml")).unwrap();
    let (file, mapping) = (file.display().to_string(), mapping.display().to_string());
    let import = |more: &[&str]| {
        let args = ["import", "csv", &file, "--workspace", "w", "--mapping", &mapping];
        netgain(home.path(), &[&args[..], more].concat())
    };
    assert_eq!(import(&[]).status.code(), Some(2), "a new workspace needs its currency");
    assert_eq!(import(&["--currency", "GBP", "--time-zone", "Europe/London"]).status.code(), Some(0));
    let book = stdout(&netgain(home.path(), &["costs", "list", "--workspace", "w", "--json"]));
    assert!(book.contains("\"currency\":\"GBP\""), "{book}");
    let refused = import(&["--currency", "EUR"]);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("reports in GBP") && told.contains("`currency: EUR`"), "{told}");
}
