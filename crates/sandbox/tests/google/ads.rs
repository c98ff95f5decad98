//! Google Ads: accounts, queries, figures against the shop's own orders, restatement, refusals.
use super::{Sandbox, answer, number};
use netgain_sandbox::world::days;
use netgain_sandbox::{Brand, google_ads};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Sandbox {
    async fn ask(&self, customer: &str, verb: &str, body: &Value) -> (u16, Value) {
        let path = format!("/v26/customers/{customer}/googleAds:{verb}");
        let request = self.request(Method::POST, &path);
        answer(request.header("login-customer-id", self.field("login_customer_id")).json(body)).await
    }

    /// Every row of a stream.
    async fn stream(&self, query: &str) -> Vec<Value> {
        let (status, body) =
            self.ask(self.field("customer_id"), "searchStream", &json!({ "query": query })).await;
        assert_eq!(status, 200, "{body}");
        let chunks = body.as_array().unwrap();
        assert!(chunks.iter().all(|chunk| chunk["requestId"].is_string() && chunk["fieldMask"].is_string()));
        chunks.iter().flat_map(|chunk| chunk["results"].as_array().cloned().unwrap_or_default()).collect()
    }

    async fn refusal(&self, query: &str) -> (u16, String) {
        let (status, body) = self.ask(self.field("customer_id"), "search", &json!({ "query": query })).await;
        (status, code(&body))
    }
}

fn code(body: &Value) -> String {
    let code = &body["error"]["details"][0]["errors"][0]["errorCode"];
    code.as_object().and_then(|map| map.values().next()).and_then(Value::as_str).unwrap_or("").to_owned()
}

fn total(rows: &[Value], metric: &str) -> i64 {
    rows.iter().map(|row| number(&row["metrics"][metric])).sum()
}

const RANGE: &str = "segments.date BETWEEN '2026-09-20' AND '2026-11-21'";

#[tokio::test]
async fn accounts_are_found_through_the_manager() {
    let sandbox = Sandbox::new("google_ads").await;
    let (_, body) = sandbox.get("/v26/customers:listAccessibleCustomers").await;
    let manager = sandbox.field("login_customer_id");
    assert_eq!(body, json!({ "resourceNames": [format!("customers/{manager}")] }));
    let query = "SELECT customer_client.id, customer_client.manager, customer_client.currency_code, \
        customer_client.level FROM customer_client WHERE customer_client.level <= 1 ORDER BY customer_client.level";
    let (_, body) = sandbox.ask(manager, "search", &json!({ "query": query })).await;
    let rows = body["results"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["customerClient"]["manager"], true);
    assert_eq!(rows[1]["customerClient"]["id"], sandbox.field("customer_id"));
    assert_eq!(rows[1]["customerClient"]["currencyCode"], "GBP");
    let empty = rows[2]["customerClient"]["id"].as_str().unwrap();
    let query = json!({ "query": "SELECT campaign.id FROM campaign" });
    let (status, body) = sandbox.ask(empty, "searchStream", &query).await;
    assert_eq!((status, body[0]["results"].is_null()), (200, true), "{body}");
}

#[tokio::test]
async fn levels_add_up_and_conversions_are_the_shops_orders() {
    let sandbox = Sandbox::new("google_ads").await;
    let metrics = "metrics.cost_micros, metrics.impressions, metrics.clicks, metrics.conversions, \
        metrics.conversions_value";
    let mut sums = BTreeMap::new();
    for from in ["customer", "campaign", "ad_group", "ad_group_ad"] {
        let rows =
            sandbox.stream(&format!("SELECT segments.date, {metrics} FROM {from} WHERE {RANGE}")).await;
        assert!(rows.iter().all(|row| number(&row["metrics"]["impressions"]) > 0));
        sums.insert(from, (total(&rows, "costMicros"), total(&rows, "clicks")));
        if from == "campaign" {
            check_conversions(&sandbox, &rows);
        }
    }
    assert_eq!(sums["customer"], sums["campaign"]);
    assert_eq!(sums["ad_group"], sums["ad_group_ad"]);
    // a Performance Max campaign spends without ads
    let query = format!(
        "SELECT metrics.cost_micros, metrics.clicks FROM campaign WHERE {RANGE} AND \
         campaign.advertising_channel_type = 'PERFORMANCE_MAX'"
    );
    let without = sandbox.stream(&query).await;
    let spent = total(&without, "costMicros");
    assert!(spent > 0);
    assert_eq!(sums["ad_group_ad"].0 + spent, sums["campaign"].0);
}

/// Conversions and their value by day of the click are those of the shop's orders.
fn check_conversions(sandbox: &Sandbox, rows: &[Value]) {
    let state = &sandbox.running.state;
    let (zone, now) = (&state.world.brand.time_zone, state.world.now().as_second());
    let (mut halves, mut value) = (0, 0);
    for order in state.world.shop().orders.iter().filter(|order| order.placed_at + 3 * 3_600 <= now) {
        let clicks = google_ads::clicks(order);
        let weight = if clicks.len() == 1 { 2 } else { 1 };
        for (at, _) in &clicks {
            if days::day_of(*at, zone).to_string().as_str() >= "2026-09-20" {
                halves += weight;
                value += weight * order.original_total();
            }
        }
    }
    let sum = |name: &str, unit: f64| -> i64 {
        rows.iter().map(|row| (row["metrics"][name].as_f64().unwrap() * unit).round() as i64).sum()
    };
    assert!(halves > 200);
    assert_eq!((sum("conversions", 2.0), sum("conversionsValue", 200.0)), (halves, value));
}

#[tokio::test]
async fn pages_and_stream_give_the_same_rows() {
    let sandbox = Sandbox::new("google_ads").await;
    let query = "SELECT ad_group_ad.ad.id, segments.date, metrics.cost_micros FROM ad_group_ad WHERE \
        segments.date BETWEEN '2024-11-21' AND '2026-11-21'";
    let streamed = sandbox.stream(query).await;
    let (mut paged, mut pages, mut token) = (Vec::new(), 0, Value::Null);
    loop {
        let mut body = json!({ "query": query });
        if token.is_string() {
            body["pageToken"] = token.clone();
        }
        let (status, page) = sandbox.ask(sandbox.field("customer_id"), "search", &body).await;
        assert_eq!(status, 200, "{page}");
        paged.extend(page["results"].as_array().unwrap().iter().cloned());
        pages += 1;
        token = page["nextPageToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert!(streamed.len() > 10_000 && pages == 2, "{} rows in {pages} pages", streamed.len());
    assert_eq!(streamed, paged);
    let foreign = json!({ "query": "SELECT campaign.id FROM campaign", "pageToken": "0123456789abcdef2710" });
    let (status, body) = sandbox.ask(sandbox.field("customer_id"), "search", &foreign).await;
    assert_eq!((status, code(&body).as_str()), (400, "INVALID_PAGE_TOKEN"));
}

#[tokio::test]
async fn a_day_later_only_the_conversion_window_has_moved() {
    let mut sandbox = Sandbox::new("google_ads").await;
    let query = "SELECT campaign.id, segments.date, metrics.cost_micros, metrics.clicks, metrics.conversions, \
        metrics.conversions_value FROM campaign WHERE segments.date BETWEEN '2026-09-01' AND '2026-11-21'";
    let before = sandbox.stream(query).await;
    assert_eq!(before, sandbox.stream(query).await);
    sandbox.advance(1).await;
    let after = sandbox.stream(query).await;
    assert_eq!(before.len(), after.len());
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(one, two)| one != two)
        .map(|(row, _)| row["segments"]["date"].as_str().unwrap())
        .collect();
    assert!(changed.iter().all(|day| *day >= "2026-10-31"), "{changed:?}");
    assert!(
        changed.iter().any(|day| *day < "2026-11-18"),
        "late conversions restate older days: {changed:?}"
    );
    assert!(changed.contains(&"2026-11-21"));
}

#[tokio::test]
async fn entities_show_statuses_budgets_and_only_what_is_asked() {
    let sandbox = Sandbox::new("google_ads").await;
    let rows = sandbox
        .stream(
            "SELECT campaign.id, campaign.status, campaign.end_date_time, campaign_budget.amount_micros FROM campaign",
        )
        .await;
    let statuses: Vec<&str> = rows.iter().map(|row| row["campaign"]["status"].as_str().unwrap()).collect();
    assert!(statuses.contains(&"REMOVED") && statuses.contains(&"PAUSED"));
    assert!(rows.iter().all(|row| number(&row["campaignBudget"]["amountMicros"]) % 10_000 == 0));
    let running: Vec<_> = rows.iter().filter(|row| row["campaign"]["endDateTime"].is_null()).collect();
    assert_eq!(running.len(), 4);
    assert_eq!(running[0]["campaign"].as_object().unwrap().len(), 3, "{}", running[0]);
    let removed =
        sandbox.stream("SELECT ad_group_ad.ad.id FROM ad_group_ad WHERE ad_group_ad.status = 'REMOVED'");
    assert_eq!(removed.await.len(), 5);
    let golden = Sandbox::with("google_ads", |options| options.brand = Brand::Golden).await;
    assert!(golden.stream("SELECT campaign.id FROM campaign").await.is_empty());
}

#[tokio::test]
async fn refusals_are_the_platforms() {
    let sandbox = Sandbox::with("google_ads", |options| options.google.ads_operations = Some(12)).await;
    for (query, expected) in [
        ("SELECT campaign.nonsense FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM shop", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT ad_group.id FROM campaign", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date BETWEEN '2020-01-01' AND '2020-02-01'",
            "INVALID_DATE",
        ),
    ] {
        assert_eq!(sandbox.refusal(query).await, (400, expected.to_owned()), "{query}");
    }
    let body = json!({ "query": "SELECT campaign.id FROM campaign", "pageSize": 5 });
    let (_, answer_body) = sandbox.ask(sandbox.field("customer_id"), "search", &body).await;
    assert_eq!(code(&answer_body), "PAGE_SIZE_NOT_SUPPORTED");
    let body = json!({ "query": "SELECT customer.id FROM customer" });
    let path = format!("/v26/customers/{}/googleAds:search", sandbox.field("customer_id"));
    let (status, refused) = sandbox.post(&path, &body).await;
    assert_eq!(
        (status, code(&refused).as_str()),
        (403, "USER_PERMISSION_DENIED"),
        "without login-customer-id"
    );
    let (status, refused) =
        answer(sandbox.client.post(format!("{}{path}", sandbox.base())).json(&body)).await;
    assert_eq!((status, code(&refused).as_str()), (401, "OAUTH_TOKEN_HEADER_INVALID"));
    let (_, refused) = sandbox.post(&path.replace("v26", "v21"), &body).await;
    assert_eq!(code(&refused), "UNSUPPORTED_VERSION");
    let mut allowed = 0;
    let refused = loop {
        let (status, body) = sandbox.ask(sandbox.field("customer_id"), "searchStream", &body).await;
        if status != 200 {
            assert_eq!(status, 429);
            break body[0].clone();
        }
        allowed += 1;
    };
    assert_eq!((allowed, code(&refused).as_str()), (7, "RESOURCE_EXHAUSTED"), "five were spent above");
    let details = &refused["error"]["details"][0]["errors"][0]["details"]["quotaErrorDetails"];
    assert!(details["retryDelay"].as_str().unwrap().ends_with('s') && details["rateScope"] == "DEVELOPER");
}
