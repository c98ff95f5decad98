//! Google Analytics: reports against the shop's own orders, paging, restatement, traps, quota.
use super::{Sandbox, cents, number};
use netgain_sandbox::{Brand, ga4};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Sandbox {
    async fn report(&self, body: &Value) -> Value {
        let (status, body) = self.post(&self.property(":runReport"), body).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    fn property(&self, rest: &str) -> String {
        format!("/v1beta/properties/{}{rest}", self.field("property_id"))
    }
}

fn request(from: &str, to: &str, dimensions: &[&str], metrics: &[&str]) -> Value {
    let names = |list: &[&str]| list.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
    json!({
        "dateRanges": [{ "startDate": from, "endDate": to }],
        "dimensions": names(dimensions),
        "metrics": names(metrics),
    })
}

const WIDE: [&str; 6] = [
    "date",
    "sessionDefaultChannelGroup",
    "sessionSource",
    "sessionMedium",
    "sessionCampaignName",
    "deviceCategory",
];

fn rows(report: &Value) -> Vec<(Vec<&str>, Vec<&Value>)> {
    let list = report["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let dimensions = |row: &'_ Value| row["dimensionValues"].as_array().cloned().unwrap_or_default().len();
    list.iter()
        .map(|row| {
            let names = (0..dimensions(row))
                .map(|at| row["dimensionValues"][at]["value"].as_str().unwrap())
                .collect();
            let count = row["metricValues"].as_array().unwrap().len();
            (names, (0..count).map(|at| &row["metricValues"][at]["value"]).collect())
        })
        .collect()
}

#[tokio::test]
async fn purchases_are_the_shops_orders_as_far_as_they_are_known() {
    let sandbox = Sandbox::new("ga4").await;
    let report = sandbox
        .report(&request("2024-11-01", "today", &["date"], &["transactions", "purchaseRevenue", "sessions"]))
        .await;
    let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let state = &sandbox.running.state;
    let now = state.world.now().as_second();
    for order in &state.world.shop().orders {
        let Some(lag) = ga4::report_lag(order, state.options.seed) else { continue };
        if order.placed_at + lag <= now {
            let day = netgain_sandbox::world::days::day_of(order.placed_at, &state.world.brand.time_zone);
            let entry = expected.entry(day.strftime("%Y%m%d").to_string()).or_default();
            entry.0 += 1;
            entry.1 += order.original_total();
        }
    }
    let rows = rows(&report);
    let found: BTreeMap<String, (i64, i64)> = rows
        .iter()
        .map(|(day, values)| (day[0].to_owned(), (number(values[0]), cents(values[1]))))
        .filter(|(_, figures)| *figures != (0, 0))
        .collect();
    assert!(expected.len() > 700);
    assert_eq!(found, expected);
    assert_eq!(report["rowCount"], rows.len());
    assert_eq!(report["metadata"], json!({ "currencyCode": "GBP", "timeZone": "Europe/London" }));
    assert!(rows.iter().all(|(_, values)| number(values[2]) >= number(values[0])));
}

#[tokio::test]
async fn offsets_give_every_row_once() {
    let sandbox = Sandbox::new("ga4").await;
    let mut body = request("2026-10-01", "2026-10-31", &WIDE, &["sessions"]);
    body["metricAggregations"] = json!(["TOTAL"]);
    let whole = sandbox.report(&body).await;
    let count = whole["rowCount"].as_u64().unwrap();
    let mut paged = Vec::new();
    while (paged.len() as u64) < count {
        body["offset"] = json!(paged.len().to_string());
        body["limit"] = json!("250");
        let page = sandbox.report(&body).await;
        assert_eq!(page["rowCount"], count);
        paged.extend(page["rows"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(&paged, whole["rows"].as_array().unwrap());
    let sum: i64 = rows(&whole).iter().map(|(_, values)| number(values[0])).sum();
    assert_eq!(sum, number(&whole["totals"][0]["metricValues"][0]["value"]));
}

#[tokio::test]
async fn what_is_folded_or_sampled_is_said() {
    let sandbox = Sandbox::new("ga4").await;
    let quiet = sandbox.report(&request("2026-06-01", "2026-06-30", &WIDE, &["sessions"])).await;
    assert!(quiet["metadata"]["dataLossFromOtherRow"].is_null());
    assert!(!rows(&quiet).iter().any(|(names, _)| names[2] == "(other)"));
    let busy = sandbox.report(&request("2025-11-20", "2025-12-05", &WIDE, &["sessions"])).await;
    assert_eq!(busy["metadata"]["dataLossFromOtherRow"], true);
    let other: Vec<_> = rows(&busy).into_iter().filter(|(names, _)| names[2] == "(other)").collect();
    assert!(!other.is_empty() && other.iter().all(|(names, _)| names[0].starts_with("2025")));
    let long = sandbox.report(&request("2025-01-01", "2026-10-31", &WIDE, &["sessions"])).await;
    assert!(long["metadata"]["samplingMetadatas"][0]["samplesReadCount"].is_string());
    // the sum of the days' visitors is more than the visitors of all days
    let daily = sandbox.report(&request("2026-10-01", "2026-10-31", &["date"], &["totalUsers"])).await;
    let whole = sandbox.report(&request("2026-10-01", "2026-10-31", &[], &["totalUsers"])).await;
    let sum: i64 = rows(&daily).iter().map(|(_, values)| number(values[0])).sum();
    assert!(sum > number(rows(&whole)[0].1[0]));
}

#[tokio::test]
async fn the_last_days_are_restated() {
    let mut sandbox = Sandbox::new("ga4").await;
    let mut body = request("2026-10-01", "2026-11-21", &["date"], &["sessions", "transactions"]);
    body["orderBys"] = json!([{ "dimension": { "dimensionName": "date" } }]);
    let before = sandbox.report(&body).await;
    sandbox.advance(1).await;
    let after = sandbox.report(&body).await;
    let (before, after) = (rows(&before), rows(&after));
    let changed: Vec<&str> =
        before.iter().zip(&after).filter(|(one, two)| one != two).map(|(row, _)| row.0[0]).collect();
    assert_eq!(before.len(), after.len());
    assert!(changed.contains(&"20261121") && changed.contains(&"20261120"), "{changed:?}");
    assert!(changed.iter().all(|day| *day >= "20261108"), "{changed:?}");
}

#[tokio::test]
async fn refusals_and_quota() {
    let sandbox = Sandbox::new("ga4").await;
    let path = sandbox.property(":runReport");
    for (body, words) in [
        (request("2026-10-01", "2026-10-31", &["colour"], &["sessions"]), "not a valid dimension"),
        (request("2026-10-01", "2026-10-31", &["date"], &["joy"]), "not a valid metric"),
        (request("October", "2026-10-31", &["date"], &["sessions"]), "Invalid startDate or endDate"),
        (request("2026-10-31", "2026-10-01", &["date"], &["sessions"]), "is after endDate"),
    ] {
        let (status, refused) = sandbox.post(&path, &body).await;
        assert_eq!((status, refused["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")));
        assert!(refused["error"]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    let (status, _) = sandbox.post("/v1beta/properties/1:runReport", &json!({})).await;
    assert_eq!(status, 403);
    let mut body = request("2024-11-22", "2026-11-21", &["date"], &["sessions"]);
    body["returnPropertyQuota"] = json!(true);
    let first = sandbox.report(&body).await;
    let tokens = &first["propertyQuota"]["tokensPerProjectPerHour"];
    let (cost, left) = (tokens["consumed"].as_u64().unwrap(), tokens["remaining"].as_u64().unwrap());
    assert_eq!(cost + left, 14_000);
    // a very long range is dear: the project's hour is over after a few
    body["dateRanges"] = json!([{ "startDate": "1900-01-01", "endDate": "today" }]);
    let (mut calls, mut dear) = (0, 0);
    let refused = loop {
        let (status, answer) = sandbox.post(&path, &body).await;
        if status != 200 {
            assert_eq!(status, 429);
            break answer;
        }
        dear = answer["propertyQuota"]["tokensPerProjectPerHour"]["consumed"].as_u64().unwrap();
        calls += 1;
    };
    assert!(dear > 20 * cost);
    assert_eq!(calls, left.div_ceil(dear));
    assert!(refused["error"]["message"].as_str().unwrap().starts_with("Exhausted property tokens per hour"));
}

#[tokio::test]
async fn properties_are_listed_and_an_empty_one_has_no_rows() {
    let golden = Sandbox::with("ga4", |options| options.brand = Brand::Golden).await;
    let (_, list) = golden.get("/v1beta/accountSummaries").await;
    let name = list["accountSummaries"][0]["propertySummaries"][0]["property"].as_str().unwrap();
    assert_eq!(name, format!("properties/{}", golden.field("property_id")));
    let (_, property) = golden.get(&golden.property("")).await;
    assert_eq!(
        (property["currencyCode"].as_str(), property["timeZone"].as_str()),
        (Some("GBP"), Some("Europe/London"))
    );
    let report = golden.report(&request("2026-03-01", "2026-03-31", &["date"], &["sessions"])).await;
    assert!(report["rows"].is_null() && report["rowCount"].is_null());
    assert_eq!(report["dimensionHeaders"], json!([{ "name": "date" }]));
    let (_, metadata) = golden.get(&golden.property("/metadata")).await;
    assert!(
        metadata["metrics"].as_array().unwrap().iter().any(|metric| metric["apiName"] == "purchaseRevenue")
    );
}
