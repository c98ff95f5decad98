//! The Stripe face over HTTP: lists, cursors, events, sums against the shop, limits, errors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::world::shop::{Gateway, PaymentKind};
use netgain_sandbox::{Brand, Options, Running, start, stripe};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Sandbox {
    running: Running,
    client: Client,
    base: String,
    key: String,
}

impl Sandbox {
    async fn with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let today = Some("2026-11-21".parse().unwrap());
        let mut options = Options { today, unlimited: true, ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let platform = &running.ready.platforms["stripe"];
        let (base, key) = (platform.base_url.clone(), platform.secrets["api_key"].clone());
        Sandbox { client: Client::new(), base, key, running }
    }

    async fn call(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.key).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.call(path).await;
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn refused(&self, path: &str) -> (u16, Value) {
        let response = self.call(path).await;
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap()["error"].clone())
    }

    /// Every object of a list.
    async fn all(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut found: Vec<Value> = Vec::new();
        loop {
            let mut url = format!("{path}{join}limit=100");
            if let Some(last) = found.last() {
                url = format!("{url}&starting_after={}", last["id"].as_str().unwrap());
            }
            let page = self.get(&url).await;
            found.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return found;
            }
        }
    }

    async fn advance(&self, days: u16) {
        let url = format!("{}/world/advance", self.running.ready.address);
        let response = self.client.post(url).json(&json!({ "days": days })).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

fn sum(objects: &[Value], field: &str) -> i64 {
    objects.iter().map(|object| object[field].as_i64().unwrap()).sum()
}

fn ids(objects: &[Value]) -> BTreeSet<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn charges_refunds_and_fees_are_those_of_the_shop() {
    let sandbox = Sandbox::with(|_| ()).await;
    let (mut taken, mut back, mut fees) = (0, 0, 0);
    for order in sandbox.running.state.world.shop().orders.iter().filter(|order| !order.test) {
        for payment in
            order.payments.iter().filter(|one| one.gateway == Gateway::ShopifyPayments && !one.failed)
        {
            match payment.kind {
                PaymentKind::Sale | PaymentKind::Capture => taken += payment.amount,
                PaymentKind::Refund => back += payment.amount,
                _ => {}
            }
            fees += payment.fee.map_or(0, |fee| fee.amount);
        }
    }
    let charges = sandbox.all("/v1/charges").await;
    assert_eq!(ids(&charges).len(), charges.len());
    let of_orders: Vec<Value> =
        charges.iter().filter(|charge| charge["metadata"]["order_id"].is_string()).cloned().collect();
    assert!(of_orders.len() > 10_000 && charges.len() > of_orders.len() + 1_000, "{}", charges.len());
    assert_eq!(sum(&of_orders, "amount_captured"), taken);
    assert_eq!(sum(&of_orders, "amount_refunded"), back);
    let refunds = sandbox.all("/v1/refunds").await;
    assert_eq!(sum(&refunds, "amount"), back);
    let txns = sandbox.all("/v1/balance_transactions?expand[]=data.source").await;
    let mine: Vec<Value> = (txns.iter())
        .filter(|txn| txn["type"] == "charge" && txn["source"]["metadata"]["order_id"].is_string())
        .cloned()
        .collect();
    assert_eq!((sum(&mine, "amount"), sum(&mine, "fee")), (taken, fees));
    // what is on the account is what all movements leave
    let balance = sandbox.get("/v1/balance").await;
    let held = sum(balance["available"].as_array().unwrap(), "amount")
        + sum(balance["pending"].as_array().unwrap(), "amount");
    assert_eq!(sum(&txns, "net"), held);
    assert!(txns.iter().all(|txn| {
        txn["net"].as_i64().unwrap() == txn["amount"].as_i64().unwrap() - txn["fee"].as_i64().unwrap()
    }));
    // a payout is the sum of what it took along
    let payout = &sandbox.all("/v1/payouts").await[5];
    let path = format!("/v1/balance_transactions?payout={}", payout["id"].as_str().unwrap());
    let parts = sandbox.all(&path).await;
    assert!(parts.len() > 5);
    let whole: i64 = sum(&parts, "net") + payout["amount"].as_i64().unwrap();
    assert_eq!(whole, payout["amount"].as_i64().unwrap());
}

#[tokio::test]
async fn the_club_bills_in_pounds_and_yen() {
    let sandbox = Sandbox::with(|_| ()).await;
    let every = sandbox.all("/v1/subscriptions?status=all").await;
    let living = sandbox.all("/v1/subscriptions").await;
    assert!(living.len() > 50 && every.len() > living.len() + 20, "{} {}", living.len(), every.len());
    assert!(living.iter().all(|one| one["status"] != "canceled"));
    let statuses: BTreeSet<&str> = every.iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert!(statuses.contains("active") && statuses.contains("canceled"), "{statuses:?}");
    let invoices = sandbox.all("/v1/invoices").await;
    let yen: Vec<&Value> = invoices.iter().filter(|invoice| invoice["currency"] == "jpy").collect();
    assert!(!yen.is_empty() && yen.iter().all(|invoice| invoice["total"].as_i64().unwrap() % 2_400 == 0));
    let paid: Vec<Value> = invoices.iter().filter(|invoice| invoice["status"] == "paid").cloned().collect();
    let payments = sandbox.all("/v1/invoice_payments").await;
    assert_eq!(payments.len(), paid.len());
    assert_eq!(sum(&payments, "amount_paid"), sum(&paid, "amount_paid"));
    let disputes = sandbox.all("/v1/disputes").await;
    assert!(disputes.len() > 10, "{}", disputes.len());
    let adjustments = sandbox.all("/v1/balance_transactions?type=adjustment").await;
    let withdrawn = adjustments.iter().filter(|txn| txn["reporting_category"] == "dispute");
    assert_eq!(withdrawn.count(), disputes.len());
}

#[tokio::test]
async fn cursors_go_both_ways_and_filters_hold() {
    let sandbox = Sandbox::with(|_| ()).await;
    let first = sandbox.get("/v1/charges?limit=3").await;
    assert_eq!((first["data"].as_array().unwrap().len(), &first["has_more"]), (3, &json!(true)));
    let seen: Vec<&str> =
        first["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let next = sandbox.get(&format!("/v1/charges?limit=3&starting_after={}", seen[0])).await;
    assert_eq!(next["data"][0]["id"], seen[1]);
    let back = sandbox.get(&format!("/v1/charges?limit=1&ending_before={}", seen[2])).await;
    assert_eq!(back["data"][0]["id"], seen[1]);
    assert_eq!(back["has_more"], true);
    assert_eq!(sandbox.get("/v1/charges").await["data"].as_array().unwrap().len(), 10);
    let since = first["data"][2]["created"].as_i64().unwrap();
    let young = sandbox.get(&format!("/v1/charges?created[gte]={since}")).await;
    assert!(young["data"].as_array().unwrap().len() >= 3 && young["has_more"] == false);
    let expanded =
        sandbox.get("/v1/charges?limit=20&expand[]=data.balance_transaction&expand[]=data.customer").await;
    let settled = expanded["data"].as_array().unwrap().iter().find(|one| one["captured"] == true).unwrap();
    assert_eq!(settled["balance_transaction"]["object"], "balance_transaction");
    for (path, status, param) in [
        ("/v1/charges?limit=101", 400, "limit"),
        ("/v1/charges?limit=x", 400, "limit"),
        ("/v1/charges?starting_after=ch_none", 400, "starting_after"),
        ("/v1/charges?updated[gte]=1", 400, "updated"),
        ("/v1/charges?expand[]=data.amount", 400, "expand"),
        ("/v1/charges/ch_none", 404, "id"),
    ] {
        let (answered, error) = sandbox.refused(path).await;
        assert_eq!((answered, &error["param"]), (status, &json!(param)), "{path} {error}");
    }
    assert_eq!(sandbox.refused("/v1/nothing").await.0, 404);
}

#[tokio::test]
async fn a_day_brings_what_the_day_brings_and_events_tell_of_it() {
    let sandbox = Sandbox::with(|_| ()).await;
    let before = sandbox.running.state.world.now().as_second();
    let old = sandbox.all("/v1/charges").await;
    let old_invoices = sandbox.all("/v1/invoices").await;
    sandbox.advance(1).await;
    let new = sandbox.all("/v1/charges").await;
    assert!(ids(&old).is_subset(&ids(&new)) && new.len() > old.len());
    let shown: BTreeSet<String> = old.iter().map(Value::to_string).collect();
    let changed: BTreeSet<String> =
        ids(&new.iter().filter(|one| !shown.contains(&one.to_string())).cloned().collect::<Vec<_>>());
    let events = sandbox.all(&format!("/v1/events?created[gt]={before}")).await;
    assert!(events.iter().all(|event| event["created"].as_i64().unwrap() > before));
    let told: BTreeSet<String> = (events.iter())
        .filter(|event| event["data"]["object"]["object"] == "charge")
        .map(|event| event["data"]["object"]["id"].as_str().unwrap().to_owned())
        .collect();
    // a dispute changes its charge without an event of the charge itself
    let disputed: BTreeSet<String> = (events.iter())
        .filter(|event| event["type"] == "charge.dispute.created")
        .map(|event| event["data"]["object"]["charge"].as_str().unwrap().to_owned())
        .collect();
    let silent: Vec<&String> =
        changed.iter().filter(|id| !told.contains(*id) && !disputed.contains(*id)).collect();
    assert!(silent.is_empty(), "{silent:?}");
    let invoices = sandbox.all("/v1/invoices").await;
    let shown: BTreeSet<String> = old_invoices.iter().map(Value::to_string).collect();
    let changed = invoices.iter().filter(|one| !shown.contains(&one.to_string()));
    let told: BTreeSet<&str> = (events.iter())
        .filter(|event| event["data"]["object"]["object"] == "invoice")
        .filter_map(|event| event["data"]["object"]["id"].as_str())
        .collect();
    assert!(changed.map(|one| one["id"].as_str().unwrap()).all(|id| told.contains(id)));
    // 30 days are kept
    let kept = sandbox.all("/v1/events").await;
    let now = sandbox.running.state.world.now().as_second();
    let oldest = kept.last().unwrap()["created"].as_i64().unwrap();
    assert!(oldest >= now - 30 * 86_400 && oldest < now - 29 * 86_400);
    assert_eq!(ids(&kept).len(), kept.len());
    let some = sandbox.all("/v1/events?types[]=customer.subscription.*&types[]=invoice.paid").await;
    assert!(some.len() > 10 && some.len() < kept.len());
    assert!(
        kept.iter()
            .any(|event| event["type"] == "invoice.upcoming" && event["data"]["object"]["id"].is_null())
    );
}

#[tokio::test]
async fn deleted_customers_leave_the_list_and_answer_as_deleted() {
    let sandbox = Sandbox::with(|_| ()).await;
    let listed = ids(&sandbox.all("/v1/customers").await);
    let gone = sandbox.all("/v1/events?type=customer.deleted").await;
    assert!(!gone.is_empty());
    let id = gone[0]["data"]["object"]["id"].as_str().unwrap();
    assert!(!listed.contains(id));
    let answer = sandbox.get(&format!("/v1/customers/{id}")).await;
    assert_eq!(answer, json!({"id": id, "object": "customer", "deleted": true}));
}

#[tokio::test]
async fn keys_versions_and_limits_are_checked() {
    let mut sandbox = Sandbox::with(|options| options.unlimited = false).await;
    let response = sandbox.call("/v1/account").await;
    assert_eq!(response.headers()["stripe-version"], "2026-10-28.endive");
    assert!(response.headers()["request-id"].to_str().unwrap().starts_with("req_"));
    assert_eq!(response.json::<Value>().await.unwrap()["default_currency"], "gbp");
    let old = sandbox.client.get(format!("{}/v1/account", sandbox.base)).bearer_auth(&sandbox.key);
    let old = old.header("stripe-version", "2031-01-01.never").send().await.unwrap();
    assert_eq!(old.status(), 400);
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(sandbox.call("/v1/refunds?limit=1").await);
    }
    let refused = statuses.into_iter().find(|response| response.status() == 429);
    if let Some(refused) = refused {
        assert!(refused.headers()["stripe-rate-limited-reason"].to_str().unwrap().contains("rate"));
        assert_eq!(refused.json::<Value>().await.unwrap()["error"]["code"], "rate_limit");
    }
    let secrets = &sandbox.running.state.secrets;
    let (narrow, empty) = (stripe::narrow_key(secrets), stripe::empty_account_key(secrets));
    sandbox.key = "sk_live_wrong".to_owned();
    let (status, error) = sandbox.refused("/v1/account").await;
    assert_eq!((status, &error["type"]), (401, &json!("invalid_request_error")));
    sandbox.key = narrow;
    assert_eq!(sandbox.refused("/v1/payouts").await.0, 403);
    assert_eq!(sandbox.call("/v1/charges?limit=1").await.status(), 200);
    sandbox.key = empty;
    assert_eq!(sandbox.get("/v1/charges").await["data"], json!([]));
    assert_eq!(sandbox.get("/v1/events").await["has_more"], false);
}

#[tokio::test]
async fn the_golden_brand_paid_its_known_fees() {
    let sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let txns = sandbox.all("/v1/balance_transactions?type=charge").await;
    assert!(
        !txns.is_empty() && txns.iter().all(|txn| txn["amount"] == 12_600 && txn["fee"] == 395),
        "{txns:?}"
    );
    assert_eq!(sandbox.get("/v1/subscriptions?status=all").await["data"], json!([]));
}

#[tokio::test]
async fn connecting_and_disconnecting_an_account() {
    let mut sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let oauth = sandbox.running.ready.platforms["stripe"].oauth.clone();
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!(
        "{}/oauth/authorize?response_type=code&client_id={}&scope=read_only&state=s1&redirect_uri=http://127.0.0.1/back",
        sandbox.base, oauth["client_id"]
    );
    let page = client.get(url).send().await.unwrap();
    let target = url::Url::parse(page.headers()["location"].to_str().unwrap()).unwrap();
    let query: std::collections::BTreeMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "s1");
    let form = |body: String| {
        let kind = "application/x-www-form-urlencoded";
        client.post(format!("{}/oauth/token", sandbox.base)).header("content-type", kind).body(body).send()
    };
    let body = format!(
        "grant_type=authorization_code&code={}&client_secret={}",
        query["code"], oauth["client_secret"]
    );
    let granted: Value = form(body.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(granted["stripe_user_id"], stripe::account_id(&sandbox.running.state.secrets).as_str());
    assert_eq!(form(body).await.unwrap().status(), 400);
    let platform_key = oauth["client_secret"].clone();
    sandbox.key = granted["access_token"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.call("/v1/account").await.status(), 200);
    let leave = format!(
        "client_id={}&client_secret={platform_key}&stripe_user_id={}",
        oauth["client_id"],
        granted["stripe_user_id"].as_str().unwrap()
    );
    let left = client
        .post(format!("{}/oauth/deauthorize", sandbox.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(leave)
        .send()
        .await
        .unwrap();
    assert_eq!(left.status(), 200);
    let (status, error) = sandbox.refused("/v1/account").await;
    assert_eq!((status, &error["code"]), (401, &json!("api_key_expired")));
}

#[tokio::test]
async fn webhook_endpoints_show_their_secret_once() {
    let sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let make = |url: &str| {
        sandbox
            .client
            .request(Method::POST, format!("{}/v1/webhook_endpoints", sandbox.base))
            .bearer_auth(&sandbox.key)
            .header("idempotency-key", "one")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("url={url}&enabled_events[]=charge.refunded&enabled_events[]=invoice.paid"))
            .send()
    };
    let made: Value = make("https://shop.example/hook").await.unwrap().json().await.unwrap();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = make("https://shop.example/hook").await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), made);
    assert_eq!(make("https://other.example/hook").await.unwrap().status(), 400);
    let listed = sandbox.get("/v1/webhook_endpoints").await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert!(listed["data"][0]["secret"].is_null());
    assert_eq!(listed["data"][0]["enabled_events"], json!(["charge.refunded", "invoice.paid"]));
    let url = format!("{}/v1/webhook_endpoints/{}", sandbox.base, made["id"].as_str().unwrap());
    let gone: Value =
        sandbox.client.delete(url).bearer_auth(&sandbox.key).send().await.unwrap().json().await.unwrap();
    assert_eq!(gone["deleted"], true);
    assert_eq!(sandbox.get("/v1/webhook_endpoints").await["data"], json!([]));
}
