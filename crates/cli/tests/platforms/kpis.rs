//! Key figures from the platforms to the command line: against the world's own books, and the life of an override over
//! real syncs and imports.

use netgain_domain::Decimal;
use netgain_sandbox::{Brand, Options};
use serde_json::Value;

use crate::support::{Home, Sandbox};

fn show(home: &Home, metric: &str, source: &str) -> Vec<Value> {
    let period = ["--from", "2026-03-01", "--to", "2026-03-31"];
    let args = ["kpi", "show", metric, "--workspace", "w", "--source", source, "--json"];
    let answer = home.json(&[&args[..], &period].concat());
    answer["series"][0]["points"].as_array().unwrap().clone()
}

fn sum(points: &[Value]) -> Decimal {
    points.iter().map(|point| point["value"].as_str().unwrap().parse::<Decimal>().unwrap()).sum()
}

fn on(points: &[Value], day: &str) -> Value {
    points.iter().find(|point| point["day"] == day).unwrap()["value"].clone()
}

fn actions(home: &Home) -> Vec<String> {
    let audit = home.json(&["kpi", "audit", "--workspace", "w", "--json"]);
    let entries = audit["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| format!("{} by {}", entry["action"].as_str().unwrap(), entry["actor"].as_str().unwrap()))
        .collect()
}

#[test]
fn figures_are_those_of_the_world_and_an_override_stands_until_the_next_sync() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, ..Options::default() });
    let home = Home::new();
    for platform in ["shopify", "meta_ads"] {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    home.stdout(&["sync", "--workspace", "w"]);
    let truth = sandbox.get("/world/truth?from=2026-03-01&to=2026-03-31&by=day")["total"].clone();
    let expected = |figure: &str| truth[figure].as_str().unwrap().parse::<Decimal>().unwrap();
    assert_eq!(sum(&show(&home, "spend", "meta_ads")), expected("ad_spend"));
    assert_eq!(sum(&show(&home, "gross_sales", "shopify")), expected("gross_sales"));
    assert_eq!(on(&show(&home, "spend", "meta_ads"), "2026-03-10"), "30.00");
    // the list for people names what is there
    let list = home.stdout(&["kpi", "list", "--workspace", "w"]);
    assert!(list.contains("meta-ads") && list.contains("roas") && list.contains("computed"), "{list}");

    let set = ["kpi", "set", "spend", "2026-03-10", "31.25", "--workspace", "w", "--by", "Ada"];
    let told = home.stdout(&[&set[..], &["--reason", "as invoiced"]].concat());
    assert!(told.contains("31.25 instead of 30"), "{told}");
    assert_eq!(on(&show(&home, "spend", "meta_ads"), "2026-03-10"), "31.25");
    home.stdout(&["sync", "--workspace", "w", "--connection", "shopify"]);
    assert_eq!(on(&show(&home, "spend", "meta_ads"), "2026-03-10"), "31.25");
    for _ in 0..2 {
        home.stdout(&["sync", "--workspace", "w"]);
        assert_eq!(on(&show(&home, "spend", "meta_ads"), "2026-03-10"), "30.00");
        assert_eq!(actions(&home), ["replaced_by_sync by sync of meta-ads", "set by Ada"]);
    }

    // nothing is left to take back
    let unset = home.output(&["kpi", "unset", "spend", "2026-03-10", "--workspace", "w"]);
    assert_eq!(unset.status.code(), Some(4));
    let unknown = home.output(&["kpi", "show", "wishes", "--workspace", "w"]);
    assert_eq!(unknown.status.code(), Some(4));
}

#[test]
fn a_file_of_points_is_a_source_and_its_bad_rows_are_named() {
    let home = Home::new();
    let file = home.path().join("targets.csv");
    let text =
        "metric,value,timestamp,team\nnps,61,2026-03-01,north\nnps,many,2026-03-02,\nnps,63.5,2026-03-03,\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let new = home.output(&["import", "kpis", path, "--workspace", "w"]);
    assert_eq!(new.status.code(), Some(2), "a new workspace needs its zone");
    let import = ["import", "kpis", path, "--workspace", "w", "--json"];
    let first = [&import[..], &["--currency", "GBP", "--time-zone", "Europe/London"]].concat();
    let summary = home.json(&first);
    assert_eq!((&summary["kpi_points"], &summary["rejected"]), (&2.into(), &1.into()));
    let rejects = std::fs::read_to_string(home.path().join("targets.csv.rejects.csv")).unwrap();
    assert!(rejects.contains("3,value,many"), "{rejects}");
    let points = show(&home, "nps", "csv");
    assert_eq!((&points[0]["value"], &points[0]["metadata"]["team"]), (&"61".into(), &"north".into()));
    assert_eq!((&points[1]["value"], &points[1]["source"]), (&"63.5".into(), &"csv".into()));

    home.stdout(&["kpi", "set", "nps", "2026-03-01", "60", "--workspace", "w"]);
    assert_eq!(on(&show(&home, "nps", "csv"), "2026-03-01"), "60");
    home.json(&import);
    assert_eq!(on(&show(&home, "nps", "csv"), "2026-03-01"), "61");
    assert_eq!(actions(&home), ["replaced_by_sync by sync of csv-targets", "set by cli"]);

    std::fs::write(&file, "day,score\n2026-03-01,61\n").unwrap();
    let wrong = home.output(&import);
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("`metric`") && told.contains("day, score"), "{told}");
}
