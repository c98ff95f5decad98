//! The Shopify face over HTTP: tokens, headers, downloads, OAuth, the changing world.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::{Brand, Options, Running, start};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn golden() -> (Running, Client) {
    let options = Options { port: 0, brand: Brand::Golden, unlimited: true, ..Options::default() };
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    (start(options).await.unwrap(), client)
}

fn base(running: &Running) -> String {
    running.ready.platforms["shopify"].base_url.clone()
}

fn token(running: &Running) -> String {
    running.ready.platforms["shopify"].secrets["access_token"].clone()
}

async fn post(client: &Client, base: &str, token: &str, query: &str) -> Response {
    let request =
        client.post(format!("{base}/admin/api/2026-10/graphql.json")).header("X-Shopify-Access-Token", token);
    request.json(&json!({ "query": query })).send().await.unwrap()
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_a_good_one_sees_the_version_and_the_worlds_clock() {
    let (running, client) = golden().await;
    let refused = post(&client, &base(&running), "shpat_wrong", "{ shop { name } }").await;
    assert_eq!(refused.status(), 401);
    let body: Value = refused.json().await.unwrap();
    assert!(body["errors"].as_str().unwrap().starts_with("[API] Invalid API key or access token"));
    let answer = post(&client, &base(&running), &token(&running), "{ shop { name ianaTimezone } }").await;
    assert_eq!(answer.headers()["x-shopify-api-version"], "2026-10");
    assert_eq!(answer.headers()["date"], "Tue, 31 Mar 2026 12:00:00 GMT");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["data"]["shop"], json!({ "name": "golden", "ianaTimezone": "Europe/London" }));
    let elsewhere = format!("{}/shopify/other", running.ready.address);
    assert_eq!(post(&client, &elsewhere, &token(&running), "{ shop { name } }").await.status(), 404);
}

#[tokio::test]
async fn a_bulk_result_is_served_whole_and_in_ranges() {
    let (running, client) = golden().await;
    let (base, token) = (base(&running), token(&running));
    let create = r#"mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id name } } } }") { bulkOperation { id } userErrors { message } } }"#;
    assert_eq!(post(&client, &base, &token, create).await.status(), 200);
    let mut url = String::new();
    for _ in 0..200 {
        let seen: Value = post(&client, &base, &token, "{ currentBulkOperation { status url } }")
            .await
            .json()
            .await
            .unwrap();
        let operation = &seen["data"]["currentBulkOperation"];
        if operation["status"] == "COMPLETED" {
            url = operation["url"].as_str().unwrap().to_owned();
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let whole = client.get(&url).send().await.unwrap().text().await.unwrap();
    assert_eq!(whole.lines().count(), 5);
    let mut joined = String::new();
    for range in ["bytes=0-9", "bytes=10-"] {
        let part = client.get(&url).header("Range", range).send().await.unwrap();
        assert_eq!(part.status(), 206);
        joined += &part.text().await.unwrap();
    }
    assert_eq!(joined, whole);
    assert_eq!(client.get(&url).header("Range", "bytes=99999-").send().await.unwrap().status(), 416);
    let forged = url.split_once("token=").unwrap().0.to_owned() + "token=00";
    assert_eq!(client.get(forged).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn the_code_grant_gives_tokens_that_rotate() {
    let (running, client) = golden().await;
    let base = base(&running);
    let oauth = running.ready.platforms["shopify"].oauth.clone();
    let (id, secret) = (&oauth["client_id"], &oauth["client_secret"]);
    let authorize = format!(
        "{base}/admin/oauth/authorize?client_id={id}&scope=read_orders&redirect_uri=http://127.0.0.1:1/back&state=xyz"
    );
    let agreed = client.get(&authorize).send().await.unwrap();
    assert_eq!(agreed.status(), 302);
    let target = reqwest::Url::parse(agreed.headers()["location"].to_str().unwrap()).unwrap();
    let field = |name: &str| target.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(
        (field("state"), field("shop"), field("hmac").len()),
        ("xyz".into(), "golden.myshopify.com".into(), 64)
    );
    let redeem = async |body: Value| {
        client.post(format!("{base}/admin/oauth/access_token")).json(&body).send().await.unwrap()
    };
    let body = json!({ "client_id": id, "client_secret": secret, "code": field("code"), "expiring": "1" });
    let given: Value = redeem(body.clone()).await.json().await.unwrap();
    assert_eq!((&given["scope"], &given["expires_in"]), (&json!("read_orders"), &json!(3600)));
    assert_eq!(redeem(body).await.status(), 400, "a code works once");
    let access = given["access_token"].as_str().unwrap();
    assert_eq!(post(&client, &base, access, "{ shop { name } }").await.status(), 200);
    let refresh = |token: &Value| json!({ "client_id": id, "client_secret": secret, "grant_type": "refresh_token", "refresh_token": token });
    let second: Value = redeem(refresh(&given["refresh_token"])).await.json().await.unwrap();
    // the old one lives until the new one is used
    assert_eq!(redeem(refresh(&given["refresh_token"])).await.status(), 200);
    assert_eq!(redeem(refresh(&second["refresh_token"])).await.status(), 200);
    assert_eq!(redeem(refresh(&given["refresh_token"])).await.status(), 400);
    running.state.world.move_clock(running.state.world.now() + std::time::Duration::from_secs(3_601));
    assert_eq!(post(&client, &base, access, "{ shop { name } }").await.status(), 401);
    let wrong = json!({ "client_id": id, "client_secret": "wrong", "code": "x" });
    assert_eq!(redeem(wrong).await.status(), 400);
}

#[tokio::test]
async fn a_refund_on_demand_moves_the_order_and_the_books() {
    let (running, client) = golden().await;
    let address = &running.ready.address;
    let truth = async || -> Value {
        let url = format!("{address}/world/truth?from=2026-03-31&to=2026-03-31&by=day&label_cost=4.50");
        client.get(url).send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(truth().await["total"]["net_profit"], "0.00");
    let url = format!("{address}/world/orders/G1/refund");
    let answer = client.post(&url).json(&json!({ "shipping": true, "restock": false })).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["refunded"], "126.00");
    assert_eq!(client.post(&url).json(&json!({})).send().await.unwrap().status(), 422);
    let day = truth().await;
    assert_eq!(
        (&day["total"]["returns"], &day["total"]["shipping_income"]),
        (&json!("100.00"), &json!("-5.00"))
    );
    assert_eq!((&day["total"]["cogs"], &day["total"]["net_profit"]), (&json!("0.00"), &json!("-105.00")));
    let query = "{ orders(first: 5, sortKey: UPDATED_AT, reverse: true) { nodes { name displayFinancialStatus updatedAt currentTotalPriceSet { shopMoney { amount } } } } }";
    let seen: Value = post(&client, &base(&running), &token(&running), query).await.json().await.unwrap();
    let latest = &seen["data"]["orders"]["nodes"][0];
    assert_eq!(
        (&latest["name"], &latest["displayFinancialStatus"], &latest["updatedAt"]),
        (&json!("#G1"), &json!("REFUNDED"), &json!("2026-03-31T12:00:00Z"))
    );
    assert_eq!(latest["currentTotalPriceSet"]["shopMoney"]["amount"], "0.00");
}

#[tokio::test]
async fn days_bring_new_orders_to_the_demo_brand() {
    let today = Some("2026-11-21".parse().unwrap());
    let running = start(Options { port: 0, today, unlimited: true, ..Options::default() }).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/world/advance", running.ready.address);
    let answer: Value =
        client.post(url).json(&json!({ "days": 2 })).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["now"], "2026-11-23T12:00:00Z");
    assert!(answer["new_orders"].as_u64().unwrap() > 40);
    let query = "{ ordersCount(query: \"created_at:>'2026-11-21T12:00:00Z'\") { count } }";
    let seen: Value = post(&client, &base(&running), &token(&running), query).await.json().await.unwrap();
    assert_eq!(seen["data"]["ordersCount"]["count"], answer["new_orders"]);
}
