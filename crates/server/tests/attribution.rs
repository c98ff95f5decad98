//! Visits, ads and people of several sources and zones, from stored rows to the campaigns and customers of the API.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rows.rs"]
mod rows;

use common::TestApp;
use netgain_domain::{Decimal, Record, Table, Value};
use netgain_warehouse::Warehouse;
use rows::{commit, record, row};

const W: &str = "/api/v1/workspaces/far";

/// An order of so many dollars; `more` are further cells.
fn order(id: &str, placed: &str, amount: &str, more: &[(&str, &str)]) -> Record {
    rows::order(id, placed, amount, "USD", more)
}

/// A visit's moment and its further cells.
type Visit<'v> = (&'v str, &'v [(&'v str, &'v str)]);

/// The way to an order.
fn journey(order: &str, visits: &[Visit<'_>]) -> Record {
    let visit = |(number, (at, cells)): (usize, &Visit<'_>)| {
        let mut all = vec![("order_id", order), ("occurred_at", *at)];
        all.extend(*cells);
        row(Table::Touchpoints, &format!("{order}-visit-{number}"), &all)
    };
    record(
        row(Table::Journeys, order, &[("is_known", "true")]),
        visits.iter().enumerate().map(visit).collect(),
    )
}

fn ad_day(day: &str, campaign: &str, spend: &str, zone: &str) -> Record {
    let (ad, set) = (format!("ad of {campaign}"), format!("set of {campaign}"));
    let cells = [
        ("day", day),
        ("level", "ad"),
        ("entity_id", &ad),
        ("campaign_id", campaign),
        ("ad_set_id", &set),
        ("currency", "USD"),
        ("spend", spend),
        ("conversions", "1"),
        ("conversion_value", "100"),
        ("time_zone", zone),
    ];
    record(row(Table::AdDays, &format!("{campaign}@{day}"), &cells), vec![])
}

/// A workspace whose days are those of Kathmandu, 5:45 before UTC.
fn app(fill: impl FnOnce(&Warehouse)) -> TestApp {
    let app = TestApp::new();
    let settings = app.add_workspace_in("far", "USD", "Asia/Kathmandu");
    let store = rows::open(&app, "far");
    fill(&store);
    netgain_results::update_profit(&store, &settings, &mut |_| {}).unwrap();
    app
}

fn amount(value: &serde_json::Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("no amount: {value}")).parse().unwrap()
}

fn campaign<'v>(answer: &'v serde_json::Value, id: &str) -> &'v serde_json::Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["campaign_id"] == id).unwrap_or_else(|| panic!("{id}: {answer}"))
}

const LA: &str = "America/Los_Angeles";
const CLICK: &[(&str, &str)] =
    &[("landing_page", "https://shop.example/?utm_source=fb&utm_medium=paid_social&utm_id=c1")];

/// The account's 8 March begins at 08:00 UTC in winter time, and ends 23 hours later in summer time.
#[tokio::test(flavor = "multi_thread")]
async fn orders_meet_the_spend_in_the_ad_accounts_own_days() {
    let app = app(|store| {
        let orders = vec![
            // 8 March in Kathmandu, 7 March 23:30 in Los Angeles
            order("before", "2026-03-08T07:30:00Z", "50", &[]),
            // 9 March there, 8 March 23:30 here
            order("within", "2026-03-09T06:30:00Z", "70", &[]),
            // 9 March there, 00:30 here: an hour that winter time would still give to the 8th
            order("after", "2026-03-09T07:30:00Z", "90", &[]),
            // an account in the shop's own zone: 8 March
            order("near", "2026-03-07T18:20:00Z", "30", &[]),
        ];
        commit(store, "shop", "shop", orders);
        let near: &[(&str, &str)] = &[("landing_page", "/?utm_source=ig&utm_medium=paid_social&utm_id=c2")];
        let journeys = vec![
            journey("before", &[("2026-03-08T07:00:00Z", CLICK)]),
            journey("within", &[("2026-03-08T07:59:00Z", CLICK)]),
            journey("after", &[("2026-03-09T07:10:00Z", CLICK)]),
            journey("near", &[("2026-03-07T18:10:00Z", near)]),
        ];
        commit(store, "shop", "shop", journeys);
        let days = [("2026-03-07", "10"), ("2026-03-08", "20"), ("2026-03-09", "40")];
        let mut spend: Vec<Record> = days.iter().map(|(day, spend)| ad_day(day, "c1", spend, LA)).collect();
        spend.push(ad_day("2026-03-08", "c2", "15", "Asia/Kathmandu"));
        commit(store, "ads", "meta_ads", spend);
    });
    for (day, spend, orders, net_sales, roas) in [
        ("2026-03-07", "10.00", "1", "50.00", "5.0000"),
        ("2026-03-08", "20.00", "1", "70.00", "3.5000"),
        ("2026-03-09", "40.00", "1", "90.00", "2.2500"),
    ] {
        let answer = app.get(&format!("{W}/campaigns?from={day}&to={day}")).await.ok();
        let row = campaign(&answer, "c1");
        assert_eq!(
            (&row["spend"], &row["supported_orders"], &row["supported_net_sales"]),
            (&spend.into(), &orders.into(), &net_sales.into()),
            "{day}"
        );
        assert_eq!(row["roas_attributed"]["value"], roas, "{day}");
        // all of the day's spend met an order of the same day
        let near = if day == "2026-03-08" { 15 } else { 0 };
        assert_eq!(amount(&answer["spend_on_orders"]), amount(&row["spend"]) + Decimal::from(near));
        let notice =
            answer["notices"].as_array().unwrap().iter().find(|one| one["code"] == "account_time_zone");
        let told = notice.unwrap()["message"].as_str().unwrap();
        assert!(told.contains(LA) && told.contains("Asia/Kathmandu"), "{told}");
    }
    let middle = app.get(&format!("{W}/campaigns?from=2026-03-08&to=2026-03-08")).await.ok();
    assert_eq!(campaign(&middle, "c2")["supported_net_sales"], "30.00", "another account, another zone");
    // by the day of the click, the second order belongs to the account's 7 March
    let path = format!("{W}/campaigns?clock=click_day&from=2026-03-07&to=2026-03-07");
    let clicked = app.get(&path).await.ok();
    assert_eq!(campaign(&clicked, "c1")["supported_net_sales"], "120.00");
    // the shop's own days stay those of the shop
    let ladder = app.get(&format!("{W}/profit?from=2026-03-08&to=2026-03-08")).await.ok();
    assert_eq!(ladder["total"]["net_sales"], "80.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_takes_its_visits_from_one_source_and_a_campaign_is_the_sum_of_its_parts() {
    let app = app(|store| {
        let placed = "2026-03-05T06:00:00Z";
        let orders = ["1", "2", "3"].map(|id| order(id, placed, "100", &[]));
        commit(store, "shop", "shop", orders.into());
        let google: &[(&str, &str)] = &[("landing_page", "/?gad_campaignid=77&gclid=Cj0abc")];
        let with_ad: &[(&str, &str)] =
            &[("landing_page", "/?utm_source=fb&utm_medium=cpc&utm_id=c1&utm_content=ad+of+c1")];
        let mut waiting = journey("3", &[]);
        waiting.root.set("is_known", Value::Bool(false));
        let own = vec![
            journey("1", &[("2026-03-04T06:00:00Z", google), ("2026-03-05T05:00:00Z", with_ad)]),
            waiting,
        ];
        commit(store, "shop", "shop", own);
        let ad: &[(&str, &str)] =
            &[("referrer_source", "facebook-ads"), ("campaign_id", "c1"), ("ad_id", "ad of c1")];
        let letter: &[(&str, &str)] = &[("referrer_source", "klaviyo"), ("campaign_id", "weekly")];
        let told = vec![
            journey("1", &[("2026-03-05T05:00:01Z", letter)]),
            journey("2", &[("2026-03-05T05:30:00Z", ad)]),
            journey("unknown here", &[("2026-03-05T05:30:00Z", ad)]),
        ];
        commit(store, "pixel", "pixel", told);
        commit(store, "ads", "meta_ads", vec![ad_day("2026-03-05", "c1", "20", "Asia/Kathmandu")]);
        let mut search = ad_day("2026-03-05", "customers/5/campaigns/77", "8", "Asia/Kathmandu");
        search.root.set("level", Value::Text("campaign".into()));
        commit(store, "search", "google_ads", vec![search]);
    });
    let days = "from=2026-03-05&to=2026-03-05";
    let last = app.get(&format!("{W}/campaigns?{days}")).await.ok();
    // the shop's word on the first order, the pixel's on the second, nobody's on the third
    assert_eq!(campaign(&last, "c1")["supported_orders"], "2");
    let told = last["told_by"].as_array().unwrap();
    assert_eq!(
        told.iter()
            .map(|one| (one["provider"].as_str().unwrap(), one["orders"].as_u64().unwrap()))
            .collect::<Vec<_>>(),
        [("pixel", 1), ("shop", 1)]
    );
    let pending = &last["unsupported"][0];
    assert_eq!((&pending["reason"], &pending["orders"]), (&"pending".into(), &1.into()));
    assert!(last["notices"].as_array().unwrap().iter().any(|one| one["code"] == "visits_pending"));
    // an id that the platform writes as a path is known by its end
    let first = app.get(&format!("{W}/campaigns?{days}&model=first")).await.ok();
    assert_eq!(campaign(&first, "customers/5/campaigns/77")["supported_net_sales"], "100.00");
    // the pixel first: the first order came from the letter then, and from it alone
    let pixel = app.get(&format!("{W}/campaigns?{days}&visits=pixel&model=linear")).await.ok();
    assert_eq!(pixel["visits"], "pixel");
    assert_eq!(campaign(&pixel, "c1")["supported_orders"], "1");
    let all: Decimal =
        pixel["rows"].as_array().unwrap().iter().map(|row| amount(&row["supported_orders"])).sum();
    assert_eq!(all, 2.into(), "no order counts more than once");
    // the workspace may ask it first by itself, which leaves results as they are; a request may still ask the shop
    let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
    let body = r#"{"attribution":{"visits":"pixel"}}"#;
    let key = |answer: &serde_json::Value| answer["settings"]["key"].clone();
    let spend = format!("{W}/explain?figure=ads:spend%2Cprovider=meta_ads%2Cday=2026-03-05");
    let before = key(&app.get(&spend).await.ok());
    app.send("PATCH", &format!("{W}/settings"), &headers, body).await.ok();
    assert_eq!(key(&app.get(&spend).await.ok()), before);
    let own = app.get(&format!("{W}/campaigns?{days}&model=linear")).await.ok();
    assert_eq!((&own["visits"], &own["rows"]), (&pixel["visits"], &pixel["rows"]));
    let shop = app.get(&format!("{W}/campaigns?{days}&visits=shop")).await.ok();
    assert_eq!((&shop["visits"], &shop["rows"]), (&"shop".into(), &last["rows"]));
    let body = r#"{"attribution":{"visits":"shop"}}"#;
    app.send("PATCH", &format!("{W}/settings"), &headers, body).await.ok();

    for by in ["ad", "ad_set"] {
        let path = format!("{W}/campaigns/parts?{days}&provider=meta_ads&campaign_id=c1&by={by}");
        let parts = app.get(&path).await.ok();
        let rows = parts["rows"].as_array().unwrap();
        let [part] = &rows[..] else { panic!("{parts}") };
        assert_eq!(part["campaign_id"], if by == "ad" { "ad of c1" } else { "set of c1" });
        for column in ["spend", "claimed_value", "supported_orders", "supported_net_sales", "cm2", "profit"] {
            assert_eq!(part[column], campaign(&last, "c1")[column], "{column}");
        }
    }
    app.get(&format!("{W}/campaigns/parts?provider=meta_ads&by=word"))
        .await
        .problem(400, "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_with_one_address_are_one_customer() {
    let app = app(|store| {
        let guest =
            |id: &str, placed: &str, email: &str| order(id, placed, "40", &[("customer_email", email)]);
        let orders = vec![
            guest("1", "2026-01-10T06:00:00Z", "Ann@example.com"),
            guest("2", "2026-02-10T06:00:00Z", " ann@EXAMPLE.com"),
            // she has an account by then
            order(
                "3",
                "2026-03-10T06:00:00Z",
                "40",
                &[("customer_id", "7"), ("customer_email", "ann@example.com")],
            ),
            guest("4", "2026-02-11T06:00:00Z", "bob@example.com"),
        ];
        commit(store, "shop", "shop", orders);
        let customer = row(Table::Customers, "7", &[("email", "ann@example.com")]);
        commit(store, "shop", "shop", vec![record(customer, vec![])]);
        // the same number at another shop is somebody else
        let other = row(Table::Customers, "7", &[("email", "cleo@example.com")]);
        commit(store, "second", "shop", vec![record(other, vec![])]);
        let theirs = order("9", "2026-01-12T06:00:00Z", "40", &[("customer_id", "7")]);
        commit(store, "second", "shop", vec![theirs]);
    });
    let answer = app.get(&format!("{W}/customers/cohorts?measure=customers")).await.ok();
    let rows = answer["rows"].as_array().unwrap();
    let sizes: Vec<(&str, u64)> =
        rows.iter().map(|row| (row["month"].as_str().unwrap(), row["customers"].as_u64().unwrap())).collect();
    assert_eq!(sizes, [("2026-01", 2), ("2026-02", 1)], "Ann and Cleo in January, Bob in February");
    assert_eq!(answer["unassigned"]["orders"], 0);
    // two of five orders are not the first of their customer
    let whole = app.get(&format!("{W}/campaigns?from=2026-02-01&to=2026-03-31")).await.ok();
    assert_eq!(whole["blended"]["ncac"]["under"], "1");
}
