//! The `api` section: it is read, and each rule of the lint refuses what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use netgain_manifest::{Manifest, lint};

const SHOP: &str = include_str!("data/shop.yaml");
const API: &str = "api:
  aliases: [the-shop]
  reads:
    people:
      title: Customers
      table: customers
      time: created_at
      where: {country: [DE]}
      columns: [email, country]
    ads/performance: {title: Ads, table: ad_days, time: day, measures: [spend, clicks]}
  actions:
    flows/trigger: trigger_flow
";

fn faults(api: &str) -> Vec<String> {
    let text = SHOP.replacen("streams:\n", &format!("{api}streams:\n"), 1);
    let samples = BTreeSet::from(["customers".to_owned(), "spend".to_owned()]);
    let manifest = Manifest::from_yaml(&text).unwrap();
    lint(&manifest, &samples).iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_section_is_read() {
    assert_eq!(faults(API), Vec::<String>::new());
    let manifest = Manifest::from_yaml(&SHOP.replacen("streams:\n", &format!("{API}streams:\n"), 1)).unwrap();
    let api = manifest.api.unwrap();
    assert_eq!(api.actions["flows/trigger"], "trigger_flow");
    assert_eq!(api.reads["people"].only["country"], ["DE"]);
}

#[test]
fn what_does_not_fit_is_named_with_its_line() {
    for (old, new, words) in [
        ("[the-shop]", "[The Shop]", "no word of small letters"),
        ("[the-shop]", "[shop]", "there twice"),
        ("ads/performance:", "ads/performance/more:", "no address of one or two words"),
        ("    people:", "    status:", "every platform has for itself"),
        ("flows/trigger:", "oauth/trigger:", "every platform has for itself"),
        ("trigger_flow", "Trigger flow", "no name of an action"),
        ("table: customers", "table: orders", "no stream fills"),
        ("table: customers", "table: nothing", "no stream fills"),
        ("time: created_at", "time: email", "api.reads.people.time"),
        ("country: [DE]", "planet: [DE]", "api.reads.people.where"),
        ("[email, country]", "[email, shoe_size]", "api.reads.people.columns"),
        ("[spend, clicks]", "[spend, currency]", "api.reads.ads/performance.measures"),
        ("time: day, ", "", "has measures and no time"),
    ] {
        assert!(API.contains(old), "{old}");
        let found = faults(&API.replacen(old, new, 1));
        assert_eq!(found.len(), 1, "{old}: {found:?}");
        assert!(found[0].contains(words), "{words}: {}", found[0]);
    }
    let narrowed = API.replacen("measures: [spend", "columns: [day], measures: [spend", 1);
    assert!(faults(&narrowed).iter().all(|fault| fault.contains("does not answer it")));
    assert_eq!(faults(&narrowed).len(), 2);
}
