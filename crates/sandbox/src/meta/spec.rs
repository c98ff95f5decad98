//! Checks every name this face shows against the platform's published node descriptions, where they are
//! at hand: in `specs/meta/specs-v25` below `NETGAIN_SHARED`, or below `../shared` beside the workspace.
use super::entities::Object;
use super::insights::render;
use super::runs::node_names;
use crate::world::ads::Ads;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("NETGAIN_SHARED").map_or(beside, PathBuf::from);
    let folder = shared.join("specs/meta/specs-v25");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no node descriptions at {}; set NETGAIN_SHARED", folder.display());
    None
}

fn described(folder: &std::path::Path, node: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join(format!("{node}.json"))).unwrap();
    let spec: Value = serde_json::from_str(&text).unwrap();
    spec["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

fn unknown<'a>(known: &BTreeSet<String>, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    names.into_iter().filter(|name| !known.contains(*name)).collect()
}

#[test]
fn every_field_is_described_by_the_platform() {
    let Some(folder) = folder() else { return };
    let zone = TimeZone::get("Europe/London").unwrap();
    let ads = Ads::generate(1, "GBP", &zone, date(2025, 11, 21), date(2026, 11, 21));
    for (name, object) in [
        ("AdAccount", Object::Account),
        ("Campaign", Object::Campaign(0)),
        ("AdSet", Object::AdSet(0)),
        ("Ad", Object::Ad(0)),
    ] {
        let known = described(&folder, name);
        let node = object.node(&ads, Timestamp::UNIX_EPOCH);
        assert!(node.len() > 8, "{name} shows {} fields", node.len());
        assert_eq!(unknown(&known, node.keys().map(String::as_str)), Vec::<&str>::new(), "{name}");
        assert_eq!(unknown(&known, object.empty_fields().iter().copied()), Vec::<&str>::new(), "{name}");
    }
    // The official Python SDK reads `account_id` of the insights and `account_currency` by these names.
    let known = described(&folder, "AdsInsights");
    let fields = render::FIELDS.iter().chain(&render::EMPTY_FIELDS).copied();
    assert_eq!(unknown(&known, fields), Vec::<&str>::new(), "AdsInsights");
    assert_eq!(unknown(&described(&folder, "AdReportRun"), node_names()), Vec::<&str>::new(), "AdReportRun");
}

#[test]
fn every_status_is_described_by_the_platform() {
    let Some(folder) = folder() else { return };
    let spec: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("enum_types.json")).unwrap()).unwrap();
    let enums = spec.as_array().unwrap();
    let values = |name: &str| -> BTreeSet<String> {
        let found = enums.iter().find(|item| item["name"] == name).unwrap();
        found["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let zone = TimeZone::get("Europe/London").unwrap();
    let ads = Ads::generate(1, "GBP", &zone, date(2024, 11, 21), date(2026, 11, 21));
    for (name, objects) in [
        ("Campaign_effective_status", (0..ads.campaigns.len()).map(Object::Campaign).collect::<Vec<_>>()),
        ("AdSet_effective_status", (0..ads.ad_sets.len()).map(Object::AdSet).collect()),
        ("Ad_effective_status", (0..ads.ads.len()).map(Object::Ad).collect()),
    ] {
        let known = values(name);
        let shown: BTreeSet<_> = objects.iter().map(|object| object.effective_status(&ads)).collect();
        assert!(shown.len() > 2, "{name}: {shown:?}");
        assert_eq!(unknown(&known, shown), Vec::<&str>::new(), "{name}");
    }
}
