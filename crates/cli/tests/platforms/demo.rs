//! `netgain demo`: two years of a made-up shop, each day equal to the books of the world that made it up.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Home, Killed, http};

/// Every amount of the ladder that the world keeps books of.
const COLUMNS: [&str; 13] = [
    "orders",
    "gross_sales",
    "discounts",
    "returns",
    "net_sales",
    "shipping_income",
    "other_income",
    "net_revenue",
    "cogs",
    "payment_fees",
    "shipping_costs",
    "ad_spend",
    "net_profit",
];

pub struct Demo {
    _child: Killed,
    pub page: String,
    sandbox: String,
}

/// Starts the demo and waits for its two addresses.
fn start(home: &Home) -> Demo {
    start_by(home.command(&["demo", "--port", "0"]))
}

/// The same by a command that says where its stores are.
pub fn start_by(mut command: Command) -> Demo {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let child = Killed(child);
    let mut address = || {
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains("http://")).unwrap();
        let from = line.find("http://").unwrap();
        line[from..].split([';', ' ']).next().unwrap().to_owned()
    };
    let (page, sandbox) = (address(), address());
    assert!(began.elapsed() < Duration::from_secs(30), "the page came after {:?}", began.elapsed());
    // somebody must read what it says, or it would block
    std::thread::spawn(move || lines.for_each(drop));
    Demo { _child: child, page, sandbox }
}

impl Demo {
    /// Waits until both connections have been synced.
    pub fn synced(&self) -> Value {
        let began = Instant::now();
        loop {
            let answer = http("GET", &self.page, "/api/v1/workspaces/demo/connections", None);
            let all: Vec<&Value> = answer["connections"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|connection| connection["provider"] != "csv")
                .collect();
            let of = |state: &str| all.iter().filter(|connection| connection["state"] == state).count();
            assert_eq!((of("error"), of("paused")), (0, 0), "{answer}");
            if all.len() == 2 && of("ok") == 2 {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(300), "{answer}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn every_day_of_two_years_equals_the_world_s_own_books() {
    let home = Home::new();
    let demo = start(&home);
    let connections = demo.synced();
    let truth = http("GET", &demo.sandbox, "/world/truth?by=day&label_cost=4.50", None);
    let days = truth["rows"].as_array().unwrap();
    let (from, to) = (truth["from"].as_str().unwrap(), truth["to"].as_str().unwrap());
    assert!(days.len() > 700, "{} days", days.len());
    let path = format!("/api/v1/workspaces/demo/profit?from={from}&to={to}&by=day");
    let found = http("GET", &demo.page, &path, None);
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), days.len());
    let mut wrong = Vec::new();
    for (row, day) in rows.iter().zip(days) {
        assert_eq!(row["day"], day["day"]);
        for column in COLUMNS {
            if row[column] != day[column] {
                wrong.push(format!("{} {column}: {} instead of {}", row["day"], row[column], day[column]));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} figures differ, the first: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    assert_eq!(found["total"]["net_profit"], truth["total"]["net_profit"]);
    let orders = |connections: &Value| connections["connections"].to_string();
    assert!(orders(&connections).contains("\"orders\""));
    drop(demo);

    // a second start shows the same shop and goes on with what is there
    let again = start(&home);
    again.synced();
    assert_eq!(http("GET", &again.page, &path, None)["total"], found["total"]);
    let calls = http("GET", &again.sandbox, "/control/calls", None)["total"].as_u64().unwrap();
    assert!(calls < 200, "{calls} calls: it was read anew");
}
