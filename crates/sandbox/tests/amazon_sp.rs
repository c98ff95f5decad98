//! The Selling Partner face over HTTP: sign-in, orders, finances, reports with their documents, limits, errors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::{Brand, Options, Running, amazon_sp, start};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::time::Duration;

const ALL_DATA: &str = "includedData=PROCEEDS,FULFILLMENT,CANCELLATION,PACKAGES,BUYER";

struct Sandbox {
    running: Running,
    client: Client,
    base: String,
    token: String,
}

impl Sandbox {
    async fn with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let today = Some("2026-11-21".parse().unwrap());
        let mut options = Options { today, unlimited: true, ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let platform = running.ready.platforms["amazon_sp"].clone();
        let mut sandbox =
            Sandbox { client: Client::new(), base: platform.base_url, token: String::new(), running };
        let granted = sandbox.refresh(&platform.secrets["refresh_token"]).await;
        sandbox.token = granted.1["access_token"].as_str().unwrap().to_owned();
        sandbox
    }

    async fn refresh(&self, refresh_token: &str) -> (u16, Value) {
        self.grant(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    async fn grant(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let oauth = &self.running.ready.platforms["amazon_sp"].oauth;
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        body.append_pair("client_id", &oauth["client_id"])
            .append_pair("client_secret", &oauth["client_secret"]);
        let request = self.client.post(format!("{}/auth/o2/token", self.base)).body(body.finish());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn call(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base));
        request.header("x-amz-access-token", &self.token).send().await.unwrap()
    }

    async fn answer(&self, path: &str) -> (u16, Value) {
        let response = self.call(path).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.answer(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// All records of a listing, and how many of its pages were empty.
    async fn all(&self, path: &str, records: &str, next: &str, name: &str) -> (Vec<Value>, usize) {
        let (mut found, mut empty, mut url) = (Vec::new(), 0, path.to_owned());
        loop {
            let page = self.get(&url).await;
            let shown = page.pointer(records).unwrap().as_array().unwrap();
            empty += usize::from(shown.is_empty());
            found.extend(shown.iter().cloned());
            match page.pointer(next).and_then(Value::as_str) {
                Some(token) => url = format!("{path}&{name}={token}"),
                None => return (found, empty),
            }
        }
    }

    async fn orders(&self, query: &str) -> Vec<Value> {
        let path = format!("/orders/2026-01-01/orders?{query}&{ALL_DATA}");
        self.all(&path, "/orders", "/pagination/nextToken", "paginationToken").await.0
    }

    async fn transactions(&self, query: &str) -> (Vec<Value>, usize) {
        let path = format!("/finances/2024-06-19/transactions?{query}");
        self.all(&path, "/payload/transactions", "/payload/nextToken", "nextToken").await
    }

    /// All transactions of the two years, in spans that are short enough.
    async fn every_transaction(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for (after, before) in [
            ("2024-11-01", "2025-04-01"),
            ("2025-04-01", "2025-09-01"),
            ("2025-09-01", "2026-02-01"),
            ("2026-02-01", "2026-07-01"),
        ] {
            all.extend(self.transactions(&format!("postedAfter={after}&postedBefore={before}")).await.0);
        }
        all.extend(self.transactions("postedAfter=2026-07-01").await.0);
        all
    }

    async fn report(&self, body: Value) -> Value {
        let url = format!("{}/reports/2021-06-30/reports", self.base);
        let made =
            self.client.post(url).header("x-amz-access-token", &self.token).json(&body).send().await.unwrap();
        assert_eq!(made.status(), 202);
        let id = made.json::<Value>().await.unwrap()["reportId"].as_str().unwrap().to_owned();
        for _ in 0..200 {
            let report = self.get(&format!("/reports/2021-06-30/reports/{id}")).await;
            if !matches!(report["processingStatus"].as_str(), Some("IN_QUEUE" | "IN_PROGRESS")) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the report {id} does not end");
    }

    async fn document(&self, report: &Value) -> (String, Vec<u8>) {
        let id = report["reportDocumentId"].as_str().unwrap();
        let document = self.get(&format!("/reports/2021-06-30/documents/{id}")).await;
        assert_eq!(document["compressionAlgorithm"], "GZIP");
        let response = self.client.get(document["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&response.bytes().await.unwrap()[..]).read_to_end(&mut plain).unwrap();
        (kind, plain)
    }

    async fn advance(&self, days: u16) {
        let url = format!("{}/world/advance", self.running.ready.address);
        self.client.post(url).json(&json!({ "days": days })).send().await.unwrap();
    }
}

fn pence(text: &Value) -> i64 {
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{}{fraction:0<2}", whole.trim_start_matches('-'));
    digits[..digits.len()].parse::<i64>().unwrap() * if text.starts_with('-') { -1 } else { 1 }
}

fn total(transactions: &[Value]) -> i64 {
    transactions.iter().map(|one| pence(&one["totalAmount"]["currencyAmount"])).sum()
}

#[tokio::test]
async fn orders_are_found_once_by_either_clock_and_their_parts_add_up() {
    let sandbox = Sandbox::with(|_| ()).await;
    let created = sandbox.orders("createdAfter=2024-01-01T00:00:00Z").await;
    let updated = sandbox.orders("lastUpdatedAfter=2024-01-01T00:00:00Z&maxResultsPerPage=77").await;
    let ids = |orders: &[Value]| -> BTreeSet<String> {
        orders.iter().map(|order| order["orderId"].as_str().unwrap().to_owned()).collect()
    };
    assert!(created.len() > 3_000, "{}", created.len());
    assert_eq!(ids(&created).len(), created.len());
    // an order placed more than two minutes ago may have changed within them
    assert!(created.len() - updated.len() <= 2);
    let mut statuses = BTreeSet::new();
    for order in &created {
        let status = order["fulfillment"]["fulfillmentStatus"].as_str().unwrap();
        statuses.insert(status.to_owned());
        let items = order["orderItems"].as_array().unwrap();
        if status == "PENDING" {
            assert!(order["proceeds"].is_null() && items[0]["proceeds"].is_null());
            continue;
        }
        let sum = |parts: &Value| -> i64 {
            parts.as_array().unwrap().iter().map(|part| pence(&part["subtotal"]["amount"])).sum()
        };
        let grand = pence(&order["proceeds"]["grandTotal"]["amount"]);
        assert_eq!(sum(&order["proceeds"]["breakdowns"]), grand);
        let lines: i64 = items.iter().map(|item| sum(&item["proceeds"]["breakdowns"])).sum();
        assert_eq!(lines, grand);
    }
    let wanted = ["CANCELLED", "PENDING", "SHIPPED", "UNSHIPPED"];
    assert!(wanted.iter().all(|status| statuses.contains(*status)), "{statuses:?}");
    let some = sandbox.orders("createdAfter=2026-11-01T00:00:00Z&fulfillmentStatuses=CANCELLED").await;
    assert!(some.iter().all(|order| order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"));
    let shop = sandbox.running.state.world.shop();
    let names: BTreeSet<String> = shop.orders.iter().map(|order| order.id.to_string()).collect();
    assert!(ids(&created).is_disjoint(&names), "the channels have ids of their own");
}

#[tokio::test]
async fn money_is_released_once_and_paid_out() {
    let sandbox = Sandbox::with(|_| ()).await;
    let all = sandbox.every_transaction().await;
    let ids: BTreeSet<&str> = all.iter().map(|one| one["transactionId"].as_str().unwrap()).collect();
    assert!(all.len() > 4_000 && ids.len() == all.len(), "{}", all.len());
    for one in &all {
        let parts: i64 = (one["breakdowns"].as_array().unwrap().iter())
            .map(|part| pence(&part["breakdownAmount"]["currencyAmount"]))
            .sum();
        assert_eq!(parts, pence(&one["totalAmount"]["currencyAmount"]), "{one}");
    }
    let with = |status: &str| -> Vec<Value> {
        all.iter().filter(|one| one["transactionStatus"] == status).cloned().collect()
    };
    let (released, kept, marked) = (with("RELEASED"), with("DEFERRED"), with("DEFERRED_RELEASED"));
    assert!(!kept.is_empty() && marked.len() > 1_000);
    let names: BTreeMap<&str, &str> = (released.iter())
        .flat_map(|one| one["relatedIdentifiers"].as_array().unwrap().iter().map(move |id| (one, id)))
        .filter(|(_, id)| id["relatedIdentifierName"] == "DEFERRED_TRANSACTION_ID")
        .map(|(one, id)| {
            (id["relatedIdentifierValue"].as_str().unwrap(), one["transactionId"].as_str().unwrap())
        })
        .collect();
    assert!(marked.iter().all(|one| names.contains_key(one["transactionId"].as_str().unwrap())));
    let balances = sandbox.get("/finances/2024-06-19/balances").await;
    let balance = |index: usize| pence(&balances["balances"][index]["amount"]["currencyAmount"]);
    assert_eq!((total(&released), total(&kept)), (balance(0), balance(1)));
    let transfers = all.iter().filter(|one| one["transactionType"] == "Transfer").count();
    assert!((48..=52).contains(&transfers), "{transfers}");
    // the money of a sent sale is what the buyer paid less the fees
    let sale = released.iter().find(|one| one["transactionType"] == "Shipment").unwrap();
    let id = sale["relatedIdentifiers"][1]["relatedIdentifierValue"].as_str().unwrap();
    let order = sandbox.get(&format!("/orders/2026-01-01/orders/{id}?{ALL_DATA}")).await;
    let fees: i64 = (sale["breakdowns"].as_array().unwrap().iter())
        .filter(|part| part["breakdownType"] == "AmazonFees")
        .map(|part| pence(&part["breakdownAmount"]["currencyAmount"]))
        .sum();
    let paid = pence(&order["order"]["proceeds"]["grandTotal"]["amount"]);
    assert_eq!(paid + fees, pence(&sale["totalAmount"]["currencyAmount"]));
}

#[tokio::test]
async fn traps_of_the_listings_are_there() {
    let sandbox = Sandbox::with(|_| ()).await;
    let (long, _) = sandbox.transactions("postedAfter=2024-11-01").await;
    assert!(long.is_empty(), "more than 180 days answer nothing");
    let (_, empty) = sandbox.transactions("postedAfter=2026-05-30&postedBefore=2026-11-20").await;
    assert!(empty > 0, "empty pages come between");
    for (path, word) in [
        ("/orders/2026-01-01/orders?maxResultsPerPage=5", "Exactly one"),
        ("/orders/2026-01-01/orders?createdAfter=2026-01-01&lastUpdatedAfter=2026-01-01", "Exactly one"),
        (
            "/orders/2026-01-01/orders?createdAfter=2026-01-01&createdBefore=2026-11-21T11:59:30Z",
            "two minutes",
        ),
        ("/orders/2026-01-01/orders?createdAfter=2026-01-01&maxResultsPerPage=101", "between 1 and 100"),
        ("/orders/2026-01-01/orders?createdAfter=2026-01-01&paginationToken=eHh4", "paginationToken"),
        ("/finances/2024-06-19/transactions?marketplaceId=A1F83G8C2ARO7P", "postedAfter"),
    ] {
        let (status, body) = sandbox.answer(path).await;
        assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("InvalidInput")), "{path}");
        assert!(body["errors"][0]["message"].as_str().unwrap().contains(word), "{path}: {body}");
    }
    let (status, body) = sandbox.answer("/orders/2026-01-01/orders/999-0000000-0000000").await;
    assert_eq!((status, &body["errors"][0]["code"]), (404, &json!("NotFound")));
}

#[tokio::test]
async fn a_day_changes_only_what_it_brings_and_late_postings_turn_up() {
    let mut sandbox = Sandbox::with(|_| ()).await;
    let before = sandbox.orders("createdAfter=2026-10-01").await;
    let old = sandbox.transactions("postedAfter=2026-11-10").await.0;
    let secret = sandbox.running.ready.platforms["amazon_sp"].secrets["refresh_token"].clone();
    sandbox.advance(1).await;
    let (status, body) = sandbox.answer("/sellers/v1/marketplaceParticipations").await;
    assert_eq!((status, &body["errors"][0]["code"]), (403, &json!("Unauthorized")), "the hour is over");
    assert!(body["errors"][0]["details"].as_str().unwrap().contains("expired"));
    sandbox.token = sandbox.refresh(&secret).await.1["access_token"].as_str().unwrap().to_owned();
    let after = sandbox.orders("createdAfter=2026-10-01").await;
    let changed = sandbox.orders("lastUpdatedAfter=2026-11-21T11:58:00Z").await;
    let told: BTreeSet<&str> = changed.iter().map(|order| order["orderId"].as_str().unwrap()).collect();
    let known: BTreeMap<&str, &Value> =
        before.iter().map(|order| (order["orderId"].as_str().unwrap(), order)).collect();
    assert!(after.len() > before.len());
    for order in &after {
        let id = order["orderId"].as_str().unwrap();
        assert!(told.contains(id) || known.get(id) == Some(&order), "{id} changed without a new time");
    }
    let new = sandbox.transactions("postedAfter=2026-11-10").await.0;
    let seen: BTreeSet<&str> = old.iter().map(|one| one["transactionId"].as_str().unwrap()).collect();
    let late = (new.iter())
        .filter(|one| !seen.contains(one["transactionId"].as_str().unwrap()))
        .filter(|one| one["postedDate"].as_str().unwrap() < "2026-11-21T11:00:00Z")
        .count();
    assert!(late > 0);
}

#[tokio::test]
async fn reports_run_to_a_packed_document() {
    let sandbox = Sandbox::with(|_| ()).await;
    let body = |kind: &str, start: &str, end: &str| {
        json!({"reportType": kind, "marketplaceIds": ["A1F83G8C2ARO7P"], "dataStartTime": start,
            "dataEndTime": end})
    };
    let orders = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL";
    let report = sandbox.report(body(orders, "2026-10-01", "2026-10-31")).await;
    assert_eq!(report["processingStatus"], "DONE");
    let (kind, plain) = sandbox.document(&report).await;
    assert_eq!(kind, "text/plain;charset=Cp1252");
    assert!(String::from_utf8(plain.clone()).is_err(), "the file is no UTF-8");
    let text: String = plain.iter().map(|byte| char::from(*byte)).collect();
    let ids: BTreeSet<&str> = text.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
    let listed = sandbox.orders("createdAfter=2026-10-01&createdBefore=2026-10-30T23:59:59Z").await;
    assert_eq!(ids.len(), listed.len());
    let visits = sandbox.report(body("GET_SALES_AND_TRAFFIC_REPORT", "2026-11-15", "2026-11-21")).await;
    let (_, plain) = sandbox.document(&visits).await;
    let visits: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(visits["salesAndTrafficByDate"].as_array().unwrap().len(), 7);
    let none = sandbox.report(body(orders, "2020-01-01", "2020-01-20")).await;
    assert_eq!(none["processingStatus"], "CANCELLED");
    let long = sandbox.report(body(orders, "2026-01-01", "2026-06-01")).await;
    assert_eq!(long["processingStatus"], "FATAL");
    let listed = sandbox.get(&format!("/reports/2021-06-30/reports?reportTypes={orders}&pageSize=2")).await;
    assert_eq!(listed["reports"].as_array().unwrap().len(), 2);
    let faults = format!("{}/control/faults", sandbox.running.ready.address);
    let rule = json!({"point": "amazon_sp.report_create", "times": 1, "fault": {"kind": "job_failed"}});
    sandbox.client.post(faults).json(&rule).send().await.unwrap();
    let failed = sandbox.report(body(orders, "2026-10-01", "2026-10-31")).await;
    assert_eq!(failed["processingStatus"], "FATAL");
    let wrong =
        sandbox.client.get(format!("{}/documents/x?X-Amz-Signature=1", sandbox.base)).send().await.unwrap();
    assert_eq!(wrong.status(), 403);
}

#[tokio::test]
async fn visits_of_the_last_days_are_restated() {
    let mut sandbox = Sandbox::with(|_| ()).await;
    let body = json!({"reportType": "GET_SALES_AND_TRAFFIC_REPORT", "marketplaceIds": ["A1F83G8C2ARO7P"],
        "dataStartTime": "2026-11-18", "dataEndTime": "2026-11-21"});
    let sessions = |document: Vec<u8>| -> Vec<i64> {
        let report: Value = serde_json::from_slice(&document).unwrap();
        let days = report["salesAndTrafficByDate"].as_array().unwrap().clone();
        days.iter().map(|day| day["trafficByDate"]["sessions"].as_i64().unwrap()).collect()
    };
    let report = sandbox.report(body.clone()).await;
    let first = sessions(sandbox.document(&report).await.1);
    let secret = sandbox.running.ready.platforms["amazon_sp"].secrets["refresh_token"].clone();
    sandbox.advance(2).await;
    sandbox.token = sandbox.refresh(&secret).await.1["access_token"].as_str().unwrap().to_owned();
    let report = sandbox.report(body).await;
    let later = sessions(sandbox.document(&report).await.1);
    assert_eq!(first[..2], later[..2]);
    assert!(later[2] > first[2] && later[3] > first[3], "{first:?} {later:?}");
}

#[tokio::test]
async fn consent_code_tokens_and_their_ends() {
    let sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let platform = sandbox.running.ready.platforms["amazon_sp"].clone();
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!(
        "{}/apps/authorize/consent?application_id={}&state=s1&redirect_uri=http://127.0.0.1/back",
        sandbox.base, platform.oauth["application_id"]
    );
    let page = client.get(url).send().await.unwrap();
    let target = url::Url::parse(page.headers()["location"].to_str().unwrap()).unwrap();
    let query: BTreeMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s1");
    assert!(query["selling_partner_id"].starts_with('A'));
    let form = [("grant_type", "authorization_code"), ("code", query["spapi_oauth_code"].as_str())];
    let (status, granted) = sandbox.grant(&form).await;
    assert_eq!((status, &granted["expires_in"]), (200, &json!(3_600)));
    assert_eq!(sandbox.grant(&form).await.1["error"], "invalid_grant", "a code works once");
    let refresh = granted["refresh_token"].as_str().unwrap();
    assert_eq!(sandbox.refresh(refresh).await.1["refresh_token"], refresh, "the grant is not rotated");
    sandbox.advance(366).await;
    let (status, refused) = sandbox.refresh(refresh).await;
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("invalid_grant")),
        "after a year consent is due anew"
    );
    assert_eq!(sandbox.refresh("Atzr|wrong").await.0, 400);
}

#[tokio::test]
async fn roles_limits_and_empty_accounts() {
    let mut sandbox = Sandbox::with(|options| options.unlimited = false).await;
    let mut statuses = Vec::new();
    for _ in 0..17 {
        let response = sandbox.call("/sellers/v1/marketplaceParticipations").await;
        statuses.push(response.status().as_u16());
        if response.status() == 200 {
            assert_eq!(response.headers()["x-amzn-ratelimit-limit"], "0.016");
        } else {
            assert_eq!(response.json::<Value>().await.unwrap()["errors"][0]["code"], "QuotaExceeded");
        }
    }
    assert_eq!((statuses[14], statuses[16]), (200, 429));
    let secrets = &sandbox.running.state.secrets;
    let (narrow, empty) =
        (amazon_sp::narrow_refresh_token(secrets), amazon_sp::empty_seller_refresh_token(secrets));
    sandbox.token = sandbox.refresh(&narrow).await.1["access_token"].as_str().unwrap().to_owned();
    let (status, body) = sandbox.answer("/finances/2024-06-19/transactions?postedAfter=2026-11-01").await;
    assert_eq!((status, &body["errors"][0]["details"]), (403, &json!("")));
    sandbox.token = sandbox.refresh(&empty).await.1["access_token"].as_str().unwrap().to_owned();
    let none = sandbox.get("/orders/2026-01-01/orders?createdAfter=2024-01-01").await;
    assert_eq!(none["orders"], json!([]));
    assert!(none["createdBefore"].is_string());
    sandbox.token = "Atza|wrong".to_owned();
    assert_eq!(sandbox.answer("/orders/2026-01-01/orders?createdAfter=2024-01-01").await.0, 403);
}
