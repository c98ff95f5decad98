//! Triple Whale: queries, journeys and the summary page agree with the orders and ads of the world.
use super::{Sandbox, answer, cents};
use netgain_sandbox::Brand;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::PoisonError;

const JOURNEYS: &str = "/api/v2/attribution/get-orders-with-journeys-v2";

impl Sandbox {
    async fn whale(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(Method::POST, path).header("x-api-key", &self.platform.secrets["api_key"]);
        answer(request.json(&body)).await
    }

    fn shop(&self) -> &str {
        &self.platform.fields["shop_domain"]
    }

    async fn sql(&self, query: &str, from: &str, to: &str) -> Vec<Value> {
        let period = json!({"startDate": from, "endDate": to});
        let body = json!({"shopId": self.shop(), "query": query, "period": period});
        let (status, body) = self.whale("/api/v2/orcabase/api/sql", body).await;
        assert_eq!((status, &body["success"]), (200, &json!(true)), "{body}");
        body["data"].as_array().unwrap().clone()
    }

    async fn journeys(&self, from: &str, to: &str, size: usize) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let body = json!({"shop": self.shop(), "startDate": from, "endDate": to, "page": page, "pageSize": size});
            let (status, body) = self.whale(JOURNEYS, body).await;
            assert_eq!(status, 200, "{body}");
            let list = body["ordersWithJourneys"].as_array().unwrap();
            assert_eq!(body["count"], list.len());
            all.extend(list.iter().cloned());
            if list.is_empty() {
                assert_eq!(body["totalForRange"], all.len());
                break;
            }
        }
        all
    }
}

#[tokio::test]
async fn credited_orders_and_spend_are_the_worlds() {
    let sandbox = Sandbox::of("triplewhale", Brand::Demo, true).await;
    let (from, to) = ("2026-11-01", "2026-11-21");
    let where_ = "WHERE event_date BETWEEN @startDate AND @endDate";
    let joined = format!(
        "SELECT SUM(spend) AS spend, SUM(orders_quantity) AS orders, SUM(order_revenue) AS revenue FROM pixel_joined_tvf {where_}"
    );
    let (spend, orders, revenue) = {
        let world = &sandbox.running.state.world;
        let zone = &world.brand.time_zone;
        let ads = world.ads.read().unwrap_or_else(PoisonError::into_inner);
        let now = world.now();
        let spend: rust_decimal::Decimal =
            (1..=21).map(|day| ads.spend_on(jiff::civil::date(2026, 11, day), now)).sum();
        let shop = world.shop();
        let start = netgain_sandbox::world::days::start_of(jiff::civil::date(2026, 11, 1), zone);
        let led = shop
            .orders
            .iter()
            .filter(|order| order.placed_at >= start && order.journey.is_some() && !order.test);
        let (count, total) = led.fold((0, 0), |(count, total), order| (count + 1, total + order.total()));
        (spend, count, total)
    };
    assert!(orders > 500);
    for model in ["Triple Attribution", "First Click", "Last Click", "Linear All"] {
        let row = &sandbox.sql(&format!("{joined} AND model = '{model}'"), from, to).await[0];
        assert_eq!(cents(&row["spend"]), cents(&json!(spend.to_string())), "{model}");
        assert_eq!(cents(&row["orders"]), orders * 100, "{model}");
        assert_eq!(cents(&row["revenue"]), revenue, "{model}");
    }
    // one row for an ad and day, and the ads of the advertising account among them
    let rows = sandbox
        .sql(
            &format!("SELECT event_date, channel, campaign_id, ad_id, spend FROM pixel_joined_tvf {where_}"),
            from,
            to,
        )
        .await;
    let keys: BTreeSet<String> = rows
        .iter()
        .map(|row| {
            format!("{} {} {} {}", row["event_date"], row["channel"], row["campaign_id"], row["ad_id"])
        })
        .collect();
    assert_eq!(keys.len(), rows.len());
    assert!(rows.iter().any(|row| row["channel"] == "klaviyo") && rows.iter().any(|row| row["ad_id"] != ""));
}

#[tokio::test]
async fn a_day_later_that_day_is_new_and_the_last_ones_are_restated() {
    let sandbox = Sandbox::of("triplewhale", Brand::Demo, true).await;
    let query = "SELECT event_date, ad_id, spend, channel_reported_conversions AS c FROM ads_table WHERE event_date BETWEEN @startDate AND @endDate";
    let before = sandbox.sql(query, "2026-10-01", "2026-11-30").await;
    sandbox.advance(1).await;
    let after = sandbox.sql(query, "2026-10-01", "2026-11-30").await;
    let day = |row: &Value| row["event_date"].as_str().unwrap().to_owned();
    assert!(before.iter().all(|row| day(row).as_str() <= "2026-11-21"));
    assert!(after.iter().any(|row| day(row) == "2026-11-22"));
    let changed: BTreeSet<String> = before.iter().filter(|row| !after.contains(row)).map(day).collect();
    assert!(
        changed.contains("2026-11-21") && changed.iter().all(|day| day.as_str() >= "2026-10-24"),
        "{changed:?}"
    );
}

#[tokio::test]
async fn journeys_come_once_whatever_the_page_size() {
    let sandbox = Sandbox::of("triplewhale", Brand::Demo, true).await;
    let (from, to) = ("2026-11-10T00:00:00.000-0000", "2026-11-16T23:59:59.999-0000");
    let all = sandbox.journeys(from, to, 100).await;
    assert_eq!(all, sandbox.journeys(from, to, 37).await);
    let expected = {
        let shop = sandbox.running.state.world.shop();
        let (start, end) = (1_794_268_800, 1_794_873_599);
        shop.orders.iter().filter(|order| (start..=end).contains(&order.placed_at) && !order.test).count()
    };
    assert_eq!(all.len(), expected);
    assert!(all.iter().all(|order| order["order_id"].is_u64() && order["total_price"].is_string()));
    assert!(all.iter().any(|order| !order["attribution"]["firstClick"].as_array().unwrap().is_empty()));
}

#[tokio::test]
async fn the_summary_page_counts_the_day() {
    let sandbox = Sandbox::of("triplewhale", Brand::Golden, true).await;
    let body = |shop: &str| json!({"shopDomain": shop, "period": {"start": "2026-03-10", "end": "2026-03-10"}, "todayHour": 25});
    let value = |body: &Value, name: &str| {
        let list = body["metrics"].as_array().unwrap();
        cents(&list.iter().find(|metric| metric["metricName"] == name).unwrap()["value"])
    };
    let (status, day) = sandbox.whale("/api/v2/summary-page/get-data", body(sandbox.shop())).await;
    assert_eq!(status, 200, "{day}");
    assert_eq!((value(&day, "orders"), value(&day, "revenue")), (100, 12_600));
    assert_eq!((value(&day, "adSpend"), value(&day, "roas")), (3_000, 420));
    let (_, empty) = sandbox.whale("/api/v2/summary-page/get-data", body("empty.myshopify.com")).await;
    assert_eq!((value(&empty, "orders"), value(&empty, "adSpend")), (0, 0));
}

#[tokio::test]
async fn refusals_come_in_the_platforms_words() {
    let sandbox = Sandbox::of("triplewhale", Brand::Golden, false).await;
    let me = || sandbox.request(Method::GET, "/api/v2/users/api-keys/me");
    assert_eq!(answer(me().header("x-api-key", "wrong")).await.0, 401);
    let sql = "/api/v2/orcabase/api/sql";
    let (status, body) = sandbox.whale(sql, json!({"query": "SELECT 1"})).await;
    assert_eq!((status, &body["message"]), (403, &json!("Access token is required")));
    let (status, body) = sandbox.whale(sql, json!({"shopId": sandbox.shop()})).await;
    assert_eq!((status, &body["message"]), (400, &json!("Missing fields: query, startDate, endDate")));
    let (status, _) = sandbox
        .whale(
            JOURNEYS,
            json!({"shop": "other.myshopify.com", "startDate": "2026-01-01", "endDate": "2026-01-02"}),
        )
        .await;
    assert_eq!(status, 403);
    let (status, body) = sandbox.whale(JOURNEYS, json!({"shop": sandbox.shop(), "startDate": "2026-01-01", "endDate": "2026-01-02", "pageSize": 101})).await;
    assert_eq!(status, 400, "{body}");

    let mut last = (0, String::new());
    for _ in 0..101 {
        let response = me().header("x-api-key", &sandbox.platform.secrets["api_key"]).send().await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert!(response.status() == 429 || header("ratelimit-policy").as_deref() == Some("100;w=60"));
        last = (response.status().as_u16(), header("retry-after").unwrap_or_default());
    }
    assert_eq!(last.0, 429);
    assert!(last.1.parse::<u64>().unwrap() >= 1);
}
