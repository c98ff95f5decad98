use std::collections::BTreeMap;

use jiff::Timestamp;
use netgain_domain::facts::{KpiPoint, KpiSums, KpiWhen, RateFact};

use super::*;
use crate::RateBook;
use crate::kpi::Catalogue;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn sums(when: KpiWhen, currency: &str, amounts: &[Option<&str>]) -> KpiSums {
    KpiSums {
        connection_id: "ads".into(),
        source: "some_ads".into(),
        when,
        currency: Some(currency.parse().unwrap()),
        time_zone: Some("America/New_York".into()),
        provisional: false,
        rows: 1,
        sums: amounts.iter().map(|amount| amount.map(dec)).collect(),
    }
}

fn rates() -> RateBook {
    RateBook::new([RateFact {
        base: "EUR".parse().unwrap(),
        quote: "GBP".parse().unwrap(),
        day: "2026-03-01".parse().unwrap(),
        rate: dec("0.85"),
        source: "test".into(),
        manual: false,
        recorded_at: Timestamp::UNIX_EPOCH,
    }])
}

fn frame(rates: &RateBook) -> Frame<'_> {
    let rates = InCurrency { currency: "GBP".parse().unwrap(), rates };
    Frame { zone: TimeZone::get("Europe/London").unwrap(), rates }
}

fn value(points: &[KpiPoint], metric: &str, day: &str) -> Option<Option<String>> {
    let start = day_start(day.parse().unwrap(), &TimeZone::get("Europe/London").unwrap());
    let of = |point: &&KpiPoint| point.series.metric == metric && point.timestamp == start;
    points.iter().find(of).map(|point| point.value.map(|value| value.to_string()))
}

#[test]
fn sums_are_converted_and_ratios_divided() {
    let group = Catalogue::builtin().unwrap().groups.iter().find(|group| group.id == "advertising").unwrap();
    let flow = group.flows().remove(0);
    let on = |day: &str| KpiWhen::Day(day.parse().unwrap());
    // spend, impressions, clicks, conversions, conversion_value
    let rows = vec![
        sums(on("2026-03-01"), "EUR", &[Some("10"), Some("1000"), Some("30"), Some("2"), Some("40")]),
        sums(on("2026-03-01"), "GBP", &[Some("1.5"), Some("500"), Some("10"), None, Some("6")]),
        sums(on("2026-03-02"), "USD", &[Some("5"), Some("0"), Some("0"), Some("0"), Some("0")]),
        sums(on("2026-03-03"), "USD", &[Some("0"), Some("7"), None, None, None]),
    ];
    let rates = rates();
    let points = flows(group, &[(flow.1, rows)], &frame(&rates));
    let of = |metric, day| value(&points, metric, day);
    let says = |text: &str| Some(Some(text.to_owned()));
    // 10 EUR at 0.85 and 1.50 GBP; 40 EUR and 6 GBP
    assert_eq!(of("spend", "2026-03-01"), says("10"));
    assert_eq!(of("conversion_value", "2026-03-01"), says("40"));
    assert_eq!(of("roas", "2026-03-01"), says("4"));
    assert_eq!(of("cpc", "2026-03-01"), says("0.25"));
    // 40 / 1500
    assert_eq!(of("ctr", "2026-03-01"), says("0.026667"));
    // no rate from USD: no value, and ratios of it have none either; what is no money counts
    assert_eq!(of("spend", "2026-03-02"), Some(None));
    assert_eq!(of("roas", "2026-03-02"), Some(None));
    assert_eq!(of("impressions", "2026-03-02"), says("0"));
    // nothing divided by nothing has no point, nothing of another currency is nothing
    assert_eq!(of("ctr", "2026-03-02"), None);
    assert_eq!(of("spend", "2026-03-03"), says("0"));
    assert_eq!(of("clicks", "2026-03-03"), None);
    let spend = points.iter().find(|point| point.series.metric == "spend").unwrap();
    let metadata = spend.metadata.as_deref().unwrap();
    assert!(metadata.contains(r#""time_zone":"America/New_York""#), "{metadata}");
    let lacking = points.iter().find(|point| point.value.is_none()).unwrap();
    assert!(lacking.metadata.as_deref().unwrap().contains(r#""missing_rate":"USD""#));
}

#[test]
fn quarters_fall_on_the_day_of_zones_between_the_hours() {
    let rates = rates();
    let at = |zone: &str, text: &str| {
        let frame = Frame { zone: TimeZone::get(zone).unwrap(), ..frame(&rates) };
        frame.day(KpiWhen::Quarter(text.parse().unwrap())).to_string()
    };
    assert_eq!(at("Asia/Kolkata", "2026-03-01T18:15:00Z"), "2026-03-01");
    assert_eq!(at("Asia/Kolkata", "2026-03-01T18:30:00Z"), "2026-03-02");
    assert_eq!(at("Asia/Kathmandu", "2026-03-01T18:15:00Z"), "2026-03-02");
    assert_eq!(at("Pacific/Kiritimati", "2026-03-01T10:00:00Z"), "2026-03-02");
    // a day whose midnight the zone skips begins at one
    let skipped = TimeZone::get("America/Sao_Paulo").unwrap();
    assert_eq!(day_start("2018-11-04".parse().unwrap(), &skipped).to_string(), "2018-11-04T03:00:00Z");
}

#[test]
fn what_stands_is_summed_up_to_the_last_day_seen() {
    let group = Catalogue::builtin().unwrap().groups.iter().find(|group| group.id == "deals").unwrap();
    let metric = group.metrics.iter().find(|metric| metric.id == "pipeline_value").unwrap();
    let at = |text: &str| KpiWhen::Quarter(text.parse::<Timestamp>().unwrap());
    // in summer the local day of the second begins an hour before midnight UTC
    let begins = vec![
        sums(at("2026-06-01T10:00:00Z"), "GBP", &[Some("100")]),
        sums(at("2026-06-02T23:15:00Z"), "GBP", &[Some("50")]),
    ];
    let ends = vec![sums(at("2026-06-04T09:00:00Z"), "GBP", &[Some("100")])];
    let last = BTreeMap::from([("ads".to_owned(), "2026-06-05T12:00:00Z".parse().unwrap())]);
    let rates = rates();
    let points = standing(metric, &begins, &ends, &last, &frame(&rates));
    let values: Vec<String> = points.iter().map(|point| point.value.unwrap().to_string()).collect();
    assert_eq!(values, ["100", "100", "150", "50", "50"]);
    // a connection that was never heard of has no last day
    assert!(standing(metric, &begins, &ends, &BTreeMap::new(), &frame(&rates)).is_empty());
}
