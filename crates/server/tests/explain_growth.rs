//! Figures of campaigns, customers and subscriptions come to their parts, and are those of their own pages.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/shop.rs"]
mod shop;

use common::TestApp;
use netgain_domain::Decimal;
use serde_json::Value;

const W: &str = "/api/v1/workspaces/demo";

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("a decimal, not {value}")).parse().unwrap()
}

async fn explain(app: &TestApp, figure: &str) -> Value {
    let figure = figure.replace('%', "%25").replace(',', "%2C").replace(' ', "%20").replace('#', "%23");
    app.get(&format!("{W}/explain?figure={figure}&limit=1000")).await.ok()
}

/// The parts come to the figure, and each part to its own figure; returns the value.
async fn holds(app: &TestApp, figure: &str) -> Value {
    let answer = explain(app, figure).await;
    let parts = answer["parts"].as_array().unwrap();
    if answer["unit"] != "ratio" {
        let sum: Decimal = parts.iter().map(|part| amount(&part["amount"])).sum();
        assert_eq!(sum, amount(&answer["value"]), "{figure}");
    }
    for part in parts {
        match part["figure"].as_str() {
            Some(below) => {
                let child = explain(app, below).await;
                assert_eq!(child["value"], part["value"], "{figure}: {below}");
                let own = child["parts"].as_array().unwrap();
                if child["unit"] != "ratio" {
                    let sum: Decimal = own.iter().map(|part| amount(&part["amount"])).sum();
                    assert_eq!(sum, amount(&child["value"]), "{below}");
                }
            }
            None => assert!(!part["rows"].as_array().unwrap().is_empty(), "{figure}: {part}"),
        }
    }
    answer["value"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns_come_to_days_and_credited_orders() {
    let app = TestApp::new();
    shop::fill(&app, 5);
    let mut credited = 0;
    for (model, clock) in [("linear", "order_day"), ("last_paid", "click_day")] {
        let query = format!("from=2026-01-20&to=2026-03-20&model={model}&window=20&clock={clock}");
        let table = app.get(&format!("{W}/campaigns?{query}")).await.ok();
        let filters = query.replace('&', ",");
        for row in table["rows"].as_array().unwrap() {
            let campaign = match row["campaign_id"].as_str() {
                Some(id) => format!("{filters},provider={},campaign={id}", row["provider"].as_str().unwrap()),
                None => format!("{filters},provider={}", row["provider"].as_str().unwrap()),
            };
            for measure in [
                "spend",
                "claimed_orders",
                "claimed_value",
                "supported_orders",
                "supported_net_sales",
                "new_customer_orders",
                "over_claimed_orders",
                "over_claimed_value",
                "cm2",
                "profit",
            ] {
                let value = holds(&app, &format!("campaign:{measure},{campaign}")).await;
                assert_eq!(value, row[measure], "{measure},{campaign}");
            }
            for ratio in [
                "roas_platform",
                "roas_attributed",
                "roas_contribution",
                "break_even_roas",
                "cost_per_order",
                "ncac",
            ] {
                let value = holds(&app, &format!("campaign:{ratio},{campaign}")).await;
                assert_eq!(value, row[ratio]["value"], "{ratio},{campaign}");
            }
            credited += usize::from(!amount(&row["supported_orders"]).is_zero());
        }
        for ratio in ["mer", "ad_cost_ratio", "cac", "ncac", "paid_ncac"] {
            let value = holds(&app, &format!("blended:{ratio},{filters}")).await;
            assert_eq!(value, table["blended"][ratio]["value"], "{ratio}");
        }
    }
    assert!(credited >= 2, "no campaign was credited with anything");
    let refused = app.get(&format!("{W}/explain?figure=campaign:spend,campaign=nobody")).await;
    assert_eq!(refused.problem(400, "invalid_parameter")["field"], "figure");
    let refused =
        app.get(&format!("{W}/explain?figure=campaign:luck,campaign=k1,from=2026-01-20,to=2026-03-20")).await;
    assert!(refused.problem(400, "invalid_parameter")["cure"].as_str().unwrap().contains("roas_attributed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_of_cohorts_come_to_orders_and_customers() {
    let app = TestApp::new();
    shop::fill(&app, 6);
    let table = |measure: &'static str| {
        let app = &app;
        async move { app.get(&format!("{W}/customers/cohorts?measure={measure}")).await.ok() }
    };
    let (counts, repeats) = (table("customers").await, table("repeat_rate").await);
    let (worth, sales) = (table("contribution").await, table("net_sales").await);
    let mut cells = 0;
    for (at, row) in counts["rows"].as_array().unwrap().iter().enumerate() {
        let month = row["month"].as_str().unwrap();
        for (age, cell) in row["cells"].as_array().unwrap().iter().enumerate() {
            let of = |measure: &str| format!("cohort:{measure},month={month},age={age}");
            let other = |table: &Value| table["rows"][at]["cells"][age]["value"].clone();
            assert_eq!(holds(&app, &of("customers")).await, cell["value"], "{month} {age}");
            assert_eq!(holds(&app, &of("repeat_rate")).await, other(&repeats), "{month} {age}");
            assert_eq!(holds(&app, &of("ltv")).await, other(&worth), "{month} {age}");
            assert_eq!(holds(&app, &of("net_sales_per_customer")).await, other(&sales), "{month} {age}");
            for measure in ["cm2", "net_sales", "cumulative_cm2", "cumulative_net_sales"] {
                assert_eq!(holds(&app, &of(measure)).await, cell[measure], "{measure} {month} {age}");
            }
            cells += 1;
        }
        assert_eq!(holds(&app, &format!("cohort:ncac,month={month}")).await, row["ncac"]["value"]);
        holds(&app, &format!("cohort:payback,month={month}")).await;
    }
    assert!(cells > 5, "too few cells");
    // without a month: all of them together, as the page's headlines tell it
    let curve = counts["curve"].as_array().unwrap();
    assert!(!curve.is_empty());
    for point in curve {
        let age = &point["age"];
        assert_eq!(holds(&app, &format!("cohort:ltv,age={age}")).await, point["ltv"], "{age}");
        holds(&app, &format!("cohort:ltv_of_age,age={age}")).await;
    }
    assert_eq!(holds(&app, "cohort:ltv").await, curve.last().unwrap()["ltv"]);
    assert_eq!(holds(&app, "cohort:ncac").await, counts["ncac"]["value"]);
    holds(&app, "cohort:ltv_to_cac").await;
    let paid = holds(&app, "cohort:payback").await;
    assert_eq!(paid.as_str().map(|age| age.parse::<u64>().unwrap()), counts["payback_age"].as_u64());
    for figure in [
        "cohort:retention",
        "cohort:ltv,month=2019-01",
        "cohort:ltv,month=2026-01,age=999",
        "cohort:luck,month=2026-01",
    ] {
        let refused = app.get(&format!("{W}/explain?figure={figure}")).await;
        assert_eq!(refused.problem(400, "invalid_parameter")["field"], "figure");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recurring_revenue_comes_to_subscriptions() {
    let app = TestApp::new();
    shop::fill(&app, 7);
    for definition in ["stripe", "chartmogul"] {
        let query = format!("from=2026-02-01&to=2026-03-10&definition={definition}");
        let answer = app.get(&format!("{W}/subscriptions/mrr?{query}")).await.ok();
        let filters = query.replace('&', ",");
        let bridges = answer["by_currency"].as_array().unwrap().iter();
        let by_currency =
            bridges.map(|bridge| (format!(",currency={}", bridge["currency"].as_str().unwrap()), bridge));
        for (currency, bridge) in by_currency.chain([(String::new(), &answer["total"])]) {
            for step in bridge["steps"].as_array().unwrap() {
                let figure = format!("mrr:{},{filters}{currency}", step["key"].as_str().unwrap());
                assert_eq!(holds(&app, &figure).await, step["amount"], "{figure}");
            }
        }
        let shares = [
            ("customer_churn", "customers"),
            ("revenue_churn", "revenue"),
            ("net_revenue_churn", "net_revenue"),
        ];
        for (measure, shown) in shares {
            let value = holds(&app, &format!("mrr:{measure},{filters}")).await;
            assert_eq!(value, answer["churn"][shown]["value"], "{measure}");
        }
    }
}

/// What was archived of a root row is its id as JSON, so that a wrong payload shows.
#[tokio::test(flavor = "multi_thread")]
async fn rows_behind_figures_show_what_the_platform_sent() {
    let app = TestApp::new();
    shop::fill(&app, 8);
    // after the days of the rows that every app holds
    let days = "from=2026-03-06,to=2026-04-10";
    let query = "from=2026-01-20&to=2026-04-10&model=linear&window=30";
    let table = app.get(&format!("{W}/campaigns?{query}")).await.ok();
    let rows = table["rows"].as_array().unwrap().iter();
    let credited = rows
        .filter(|row| row["campaign_id"].is_string() && !amount(&row["supported_orders"]).is_zero())
        .map(|row| {
            let named = (row["provider"].as_str().unwrap(), row["campaign_id"].as_str().unwrap());
            format!("{},provider={},campaign={}", query.replace('&', ","), named.0, named.1)
        })
        .next()
        .expect("no campaign was credited with anything");
    let cases = [
        (format!("campaign:spend,{days},provider=meta_ads,campaign=k1"), "ad_days"),
        (format!("ads:spend,{days},provider=meta_ads,currency=GBP"), "ad_days"),
        (format!("campaign:supported_orders,{credited}"), "touchpoints"),
        ("mrr:new,from=2026-01-01,to=2026-04-10,currency=GBP,definition=stripe".to_owned(), "subscriptions"),
    ];
    for (figure, table) in cases {
        let path = format!("{W}/explain?figure={}", figure.replace(',', "%2C"));
        let plain = app.get(&path).await.ok();
        assert_eq!(plain["raw"].as_array().unwrap().len(), 0, "payloads come when they are asked for");
        let answer = app.get(&format!("{path}&raw=true")).await.ok();
        let raw = answer["raw"].as_array().unwrap();
        let parts = answer["parts"].as_array().unwrap();
        let rows: Vec<&Value> = parts.iter().flat_map(|part| part["rows"].as_array().unwrap()).collect();
        assert!(!rows.is_empty(), "{figure} has no rows");
        for row in rows {
            assert_eq!(row["table"], table, "{figure}");
            let sent = raw.iter().find(|one| one["raw_ref"] == row["raw_ref"]).expect("a payload of the row");
            assert_eq!(sent["observed_at"], "2026-04-25T08:00:00Z");
            let id = row["source_id"].as_str().unwrap();
            let payload = sent["payload"].as_str().unwrap();
            match table {
                // a visit is sent with the order that it led to
                "touchpoints" => assert!(id.starts_with(payload), "{id}: {payload}"),
                // rows of an account are named with its connection
                _ => assert_eq!(payload, id.strip_prefix("ads/").unwrap_or(id)),
            }
            let one = format!("{W}/raw?table={table}&source_id={}", id.replace(' ', "%20"));
            assert_eq!(app.get(&one).await.ok()["payload"], sent["payload"], "{one}");
        }
    }
    for (wrong, field) in
        [("table=settings&source_id=x", "table"), ("table=ad_days&source_id=x", "source_id")]
    {
        let refused = app.get(&format!("{W}/raw?{wrong}")).await;
        assert_eq!(refused.problem(400, "invalid_parameter")["field"], field);
    }
}
