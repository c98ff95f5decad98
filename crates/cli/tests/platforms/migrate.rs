//! `netgain migrate`, as a user runs it: killed at several places and run again, there and back to a new home, with the
//! same figures on either side.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use netgain_sandbox::Options;
use netgain_sandbox::options::MetaOptions;
use netgain_testkit::Database;
use serde_json::Value;

use crate::demo::start_by;
use crate::support::{Home, Killed, Sandbox, assert_same, http};

const THERE: [&str; 5] = ["migrate", "--from", "embedded", "--to", "postgres"];
const BACK: [&str; 6] = ["migrate", "--from", "postgres", "--to", "embedded", "--json"];

/// The program with its stores in a database.
fn shared(home: &Home, database: &Database, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.env("NETGAIN_DATABASE_URL", database.app_url());
    command.env("NETGAIN_DATABASE_OWNER_URL", database.owner_url());
    command
}

fn text(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(command: Command) -> Value {
    serde_json::from_str(&text(command)).unwrap()
}

/// A shop and its ads of 20 days, in files.
fn filled(sandbox: &Sandbox) -> Home {
    let home = Home::new().hurried(20_000);
    for platform in ["shopify", "meta_ads"] {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    home.stdout(&["sync", "--workspace", "w"]);
    home
}

fn sandbox() -> Sandbox {
    Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(20),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    })
}

/// What people look at: the ladder by day, campaigns, a figure down to its orders, and orders themselves.
fn figures(run: impl Fn(&[&str]) -> String) -> Vec<String> {
    let span = ["--from", "2026-11-03", "--to", "2026-11-20"];
    let figure = "net_profit,from=2026-11-03,to=2026-11-20";
    vec![
        run(&[&["profit", "--workspace", "w", "--by", "day", "--json"], &span[..]].concat()),
        run(&[&["campaigns", "--workspace", "w", "--json"], &span[..]].concat()),
        run(&["explain", figure, "--workspace", "w", "--depth", "2", "--json"]),
        run(&["query", "--workspace", "w", "SELECT * FROM orders ORDER BY source_id LIMIT 1000", "--json"]),
    ]
}

/// Runs a migration, and ends it by SIGKILL when it has told of this many tables.
fn cut(mut command: Command, tables: usize) {
    let mut child = Killed(command.stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.filter(|line| line.starts_with("  ") && !line.starts_with("    ")).take(tables).count();
    assert_eq!(told, tables, "it ended before it was killed");
    child.kill();
}

fn verify(command: Command) -> u64 {
    let found = json(command);
    assert_eq!(found["fault"], Value::Null, "{found}");
    found["entries"].as_u64().unwrap()
}

#[test]
fn killed_again_and_again_everything_comes_over_and_back_to_a_new_home() {
    let Some(database) = netgain_testkit::postgres() else { return };
    let sandbox = sandbox();
    let home = filled(&sandbox);
    let before = figures(|args| home.stdout(args));
    assert!(before[0].contains("net_profit") && before[3].len() > 5_000, "nothing would be compared");
    let digest = home.digest();

    // a store with nothing in it does not replace one that has been worked with
    let refused = shared(&home, &database, &BACK).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("audit"), "{said}");
    for tables in [1, 4, 9] {
        cut(shared(&home, &database, &THERE), tables);
        // what came over of the control store is all or nothing
        assert_eq!(database.psql("SELECT count(*) FROM netgain_control.connections"), "0");
    }
    let told = text(shared(&home, &database, &THERE));
    assert!(told.contains("the same already"), "what was copied before the end was copied again: {told}");
    assert!(told.contains("control store\n"), "{told}");
    assert_eq!(figures(|args| text(shared(&home, &database, args))), before);
    let entries = verify(shared(&home, &database, &["audit", "verify", "--json"]));
    assert_eq!(entries, 6, "two were connected, a sync, a query on either side, and what was copied");

    let new = Home::new();
    std::fs::copy(home.path().join("secret.key"), new.path().join("secret.key")).unwrap();
    // from elsewhere nobody can tell that those that were killed are gone, until they have been silent for a while
    let mut tries = (0..120).map(|_| shared(&new, &database, &BACK).output().unwrap());
    let back = tries.find(|output| {
        let wait = output.status.code() == Some(3);
        if wait {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        !wait
    });
    let back = back.expect("those that were killed are not found silent");
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    let back: Value = serde_json::from_slice(&back.stdout).unwrap();
    for part in [&back["workspaces"][0]["tables"], &back["control"]["tables"]] {
        let tables = part.as_array().unwrap();
        assert!(tables.len() > 20 && tables.iter().all(|table| table["from"] == table["to"]), "{part}");
    }
    assert_same(&new.digest(), &digest);
    assert_eq!(figures(|args| new.stdout(args)), before);
    // the way back and the query there
    assert_eq!(verify(new.command(&["audit", "verify", "--json"])), entries + 2);

    // it goes on there: the sealed credentials open, and the cursors are known
    let again = json(shared(&home, &database, &["sync", "--workspace", "w", "--json"]));
    for connection in again["connections"].as_array().unwrap() {
        assert_eq!(connection["ok"], true, "{connection}");
    }
}

#[test]
fn nothing_is_copied_while_a_server_runs() {
    let Some(database) = netgain_testkit::postgres() else { return };
    let home = Home::new();
    let refused = |database: &Database| {
        for args in [&THERE[..], &BACK[..]] {
            let output = shared(&home, database, args).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(3), "{said}");
            assert!(said.contains("stop it") && !said.contains(database.app_password()), "{said}");
        }
    };
    for on_postgres in [false, true] {
        let mut serve = match on_postgres {
            true => shared(&home, &database, &["serve", "--port", "0"]),
            false => home.command(&["serve", "--port", "0"]),
        };
        let mut child = Killed(serve.stderr(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains("http://")), "it did not start");
        refused(&database);
        child.kill();
    }
}

/// What a workspace's facts are, by the sums that `netgain migrate --json` tells of them.
fn sums(told: &Value) -> Vec<(String, u64, String)> {
    let tables = told["workspaces"][0]["tables"].as_array().unwrap().iter();
    tables
        .map(|table| {
            assert_eq!(table["from"], table["to"], "{table}");
            let word = |name: &str| table[name].as_str().unwrap().to_owned();
            (word("table"), table["rows"].as_u64().unwrap(), word("sha256"))
        })
        .collect()
}

#[test]
fn two_years_of_the_demo_are_the_same_in_either_store() {
    let Some(database) = netgain_testkit::postgres() else { return };
    let home = Home::new();
    let demo = start_by(home.command(&["demo", "--port", "0"]));
    demo.synced();
    let connections = http("GET", &demo.page, "/api/v1/workspaces/demo/connections", None);
    assert!(connections.to_string().contains("shopify"), "{connections}");
    let day =
        http("GET", &demo.page, "/api/v1/workspaces/demo", None)["last_day"].as_str().unwrap().to_owned();
    drop(demo);
    let first = format!("{}-01", &day[..7]);
    let month = ["--from", &first, "--to", &day];
    let figure = format!("net_profit,from={first},to={day}");
    let look = |run: &dyn Fn(&[&str]) -> String| {
        let orders = "SELECT count(*) AS orders, sum(total_price) AS sales FROM orders";
        vec![
            run(&[&["profit", "--workspace", "demo", "--by", "day", "--json"], &month[..]].concat()),
            run(&[&["campaigns", "--workspace", "demo", "--json"], &month[..]].concat()),
            run(&["explain", &figure, "--workspace", "demo", "--depth", "2", "--json"]),
            run(&["query", "--workspace", "demo", orders, "--json"]),
        ]
    };
    let before = look(&|args| home.stdout(args));
    let there = json(shared(&home, &database, &[&THERE[..], &["--json"]].concat()));
    assert_eq!(look(&|args| text(shared(&home, &database, args))), before);

    let new = Home::new();
    std::fs::copy(home.path().join("secret.key"), new.path().join("secret.key")).unwrap();
    let back = json(shared(&new, &database, &BACK));
    assert_eq!(sums(&back), sums(&there));
    let orders = sums(&back).into_iter().find(|(table, ..)| table == "orders").unwrap().1;
    assert!(orders > 10_000, "{orders} orders");
    assert_eq!(look(&|args| new.stdout(args)), before);
    // the query there is one more
    let entries = verify(new.command(&["audit", "verify", "--json"]));
    assert_eq!(entries, verify(shared(&home, &database, &["audit", "verify", "--json"])) + 1);

    // and the demo goes on from the database
    let again = start_by(shared(&home, &database, &["demo", "--port", "0"]));
    again.synced();
    let path = format!("/api/v1/workspaces/demo/profit?from={first}&to={day}&by=day");
    let now = http("GET", &again.page, &path, None);
    let earlier: Value = serde_json::from_str(&before[0]).unwrap();
    assert_eq!(now["total"]["net_profit"], earlier["total"]["net_profit"]);
}
