//! The Meta face over HTTP: listing, insights now and by report run, limits, errors, faults.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::{Options, Running, start};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

struct Sandbox {
    running: Running,
    client: Client,
    base: String,
    token: String,
    account: String,
}

impl Sandbox {
    async fn with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let mut options = Options { today: Some("2026-11-21".parse().unwrap()), ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let meta = &running.ready.platforms["meta_ads"];
        let (base, token) = (format!("{}/v26.0", meta.base_url), meta.secrets["access_token"].clone());
        let account = format!("act_{}", meta.fields["account_id"]);
        Sandbox { client: Client::new(), base, token, account, running }
    }

    async fn new() -> Sandbox {
        Sandbox::with(|_| ()).await
    }

    async fn call(&self, method: Method, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let request = self.client.request(method, format!("{}/{path}", self.base)).bearer_auth(&self.token);
        let response = request.query(query).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let (status, body) = self.call(Method::GET, path, query).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Every record of a listing, following `next`; also the number of pages.
    async fn all(&self, path: &str, query: &[(&str, &str)]) -> (Vec<Value>, usize) {
        let mut page = self.get(path, query).await;
        let (mut records, mut pages) = (Vec::new(), 0);
        loop {
            pages += 1;
            records.extend(page["data"].as_array().unwrap().iter().cloned());
            let Some(next) = page["paging"]["next"].as_str() else { return (records, pages) };
            page = self.client.get(next).send().await.unwrap().json().await.unwrap();
        }
    }

    async fn run_report(&self, query: &[(&str, &str)]) -> String {
        let path = format!("{}/insights", self.account);
        let (status, body) = self.call(Method::POST, &path, query).await;
        assert_eq!(status, 200, "{body}");
        body["report_run_id"].as_str().unwrap().to_owned()
    }

    async fn wait_for(&self, run: &str) -> String {
        for _ in 0..100 {
            let node = self.get(run, &[]).await;
            let status = node["async_status"].as_str().unwrap().to_owned();
            if !matches!(status.as_str(), "Job Not Started" | "Job Started" | "Job Running") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        "still running".to_owned()
    }

    async fn fault(&self, rule: Value) {
        let url = format!("{}/control/faults", self.running.ready.address);
        let response = self.client.post(url).json(&rule).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.parse::<i64>().unwrap() * 100 + format!("{fraction:0<2}").parse::<i64>().unwrap()
}

const EVERY_STATUS: &str = r#"[{"field":"ad.effective_status","operator":"IN","value":["ACTIVE","PAUSED","ARCHIVED","DELETED","CAMPAIGN_PAUSED","ADSET_PAUSED"]}]"#;

#[tokio::test]
async fn lists_hide_archived_and_deleted_unless_asked() {
    let sandbox = Sandbox::new().await;
    let path = format!("{}/ads", sandbox.account);
    let (shown, _) = sandbox.all(&path, &[("fields", "id,effective_status")]).await;
    let (every, pages) = sandbox
        .all(&path, &[("fields", "effective_status"), ("limit", "7"), ("filtering", EVERY_STATUS)])
        .await;
    assert!(shown.iter().all(|ad| !matches!(ad["effective_status"].as_str(), Some("ARCHIVED" | "DELETED"))));
    assert_eq!(every.len(), 40);
    let ids: BTreeSet<_> = every.iter().map(|ad| ad["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 40);
    assert!(shown.len() < every.len());
    assert!(pages > 6, "short pages make more than 40/7 of them: {pages}");
    let minimal = sandbox.get(&path, &[("limit", "1")]).await;
    assert_eq!(minimal["data"][0].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn nodes_show_what_is_asked_for() {
    let sandbox = Sandbox::new().await;
    let account = sandbox
        .get(
            &sandbox.account,
            &[("fields", "name,currency,timezone_name,timezone_offset_hours_utc,amount_spent")],
        )
        .await;
    assert_eq!(
        (account["currency"].as_str(), account["timezone_name"].as_str()),
        (Some("GBP"), Some("Europe/London"))
    );
    assert!(account["amount_spent"].as_str().unwrap().parse::<u64>().unwrap() > 1_000_000);
    let ads = sandbox
        .get(
            &format!("{}/ads", sandbox.account),
            &[("fields", "name,campaign{name,objective},adset{id},creative")],
        )
        .await;
    let ad = &ads["data"][0];
    assert!(ad["campaign"]["objective"].is_string() && ad["creative"]["id"].is_string(), "{ad}");
    let (status, error) = sandbox.call(Method::GET, &sandbox.account, &[("fields", "nonsense")]).await;
    assert_eq!((status, error["error"]["code"].as_i64()), (400, Some(100)));
    let (status, error) = sandbox.call(Method::GET, "act_99", &[]).await;
    assert_eq!((status, error["error"]["error_subcode"].as_i64()), (400, Some(33)));
}

#[tokio::test]
async fn every_level_adds_up_to_the_books() {
    let sandbox = Sandbox::new().await;
    let path = format!("{}/insights", sandbox.account);
    let range = r#"{"since":"2026-11-10","until":"2026-11-21"}"#;
    let mut sums = Vec::new();
    for level in ["ad", "adset", "campaign", "account"] {
        let filter = if level == "account" { "" } else { EVERY_STATUS };
        let query = [
            ("level", level),
            ("time_increment", "1"),
            ("time_range", range),
            ("fields", "spend"),
            ("limit", "100"),
            ("filtering", filter),
        ];
        let (rows, _) = sandbox.all(&path, &query).await;
        sums.push(rows.iter().map(|row| cents(&row["spend"])).sum::<i64>());
    }
    let ads = sandbox.running.state.world.ads.read().unwrap();
    let now = sandbox.running.state.world.now();
    let truth: rust_decimal::Decimal =
        (10..=21).map(|day| ads.spend_on(jiff::civil::date(2026, 11, day), now)).sum();
    let truth: i64 = (truth * rust_decimal::Decimal::ONE_HUNDRED).try_into().unwrap();
    assert_eq!(sums, vec![truth; 4]);
}

#[tokio::test]
async fn purchases_stand_under_many_names() {
    let sandbox = Sandbox::new().await;
    let query = [
        ("level", "account"),
        ("time_range", r#"{"since":"2026-09-01","until":"2026-09-01"}"#),
        ("fields", "actions,action_values,account_currency,spend,impressions"),
        ("action_attribution_windows", r#"["1d_click","7d_click","28d_click","1d_view","7d_view"]"#),
    ];
    let body = sandbox.get(&format!("{}/insights", sandbox.account), &query).await;
    let row = &body["data"][0];
    let named = |list: &str, name: &str| -> Value {
        let list = row[list].as_array().unwrap();
        list.iter().find(|entry| entry["action_type"] == name).cloned().unwrap_or_default()
    };
    let omni = named("actions", "omni_purchase");
    for name in ["purchase", "offsite_conversion.fb_pixel_purchase", "onsite_web_purchase"] {
        assert_eq!(named("actions", name)["value"], omni["value"]);
    }
    assert_eq!(
        cents(&omni["value"]),
        cents(&omni["7d_click"]) + omni.get("1d_view").map_or(0, cents),
        "the default is 7 days click and 1 day view"
    );
    assert!(omni.get("7d_view").is_none(), "the window returns nothing any more");
    assert!(cents(&named("action_values", "omni_purchase")["value"]) > 10_000);
    assert_eq!(row["account_currency"], "GBP");
    assert!(row["impressions"].is_string());
}

#[tokio::test]
async fn a_report_run_gives_what_the_small_requests_give() {
    let sandbox = Sandbox::with(|options| options.meta.sync_rows = 300).await;
    let range = r#"{"since":"2026-10-01","until":"2026-11-21"}"#;
    let query = [
        ("level", "ad"),
        ("time_increment", "1"),
        ("time_range", range),
        ("fields", "ad_id,spend,actions"),
        ("filtering", EVERY_STATUS),
    ];
    let path = format!("{}/insights", sandbox.account);
    let (status, error) = sandbox.call(Method::GET, &path, &query).await;
    assert_eq!((status, error["error"]["code"].as_i64()), (500, Some(1)), "too large: {error}");

    let run = sandbox.run_report(&query).await;
    let (status, error) = sandbox.call(Method::GET, &format!("{run}/insights"), &[]).await;
    assert_eq!((status, error["error"]["code"].as_i64()), (400, Some(2601)), "not complete: {error}");
    assert_eq!(sandbox.wait_for(&run).await, "Job Completed");
    let (rows, pages) = sandbox.all(&format!("{run}/insights"), &[("limit", "50")]).await;
    assert!(rows.len() > 400 && pages > 8, "{} rows in {pages} pages", rows.len());
    let keys: BTreeSet<_> =
        rows.iter().map(|row| (row["ad_id"].to_string(), row["date_start"].to_string())).collect();
    assert_eq!(keys.len(), rows.len());

    let mut small = Vec::new();
    for day in ["2026-10-05", "2026-11-21"] {
        let range = json!({"since": day, "until": day}).to_string();
        let query = [query[0], query[1], ("time_range", range.as_str()), query[3], query[4]];
        small.extend(sandbox.all(&path, &query).await.0);
    }
    let same: Vec<_> = rows
        .iter()
        .filter(|row| ["2026-10-05", "2026-11-21"].contains(&row["date_start"].as_str().unwrap()))
        .cloned()
        .collect();
    assert_eq!(same, small);
}

#[tokio::test]
async fn figures_restate_when_the_clock_moves() {
    let sandbox = Sandbox::new().await;
    let path = format!("{}/insights", sandbox.account);
    let query = [
        ("level", "account"),
        ("time_range", r#"{"since":"2026-11-15","until":"2026-11-15"}"#),
        ("fields", "spend,action_values"),
    ];
    let before = sandbox.get(&path, &query).await;
    assert_eq!(before, sandbox.get(&path, &query).await, "a frozen clock gives the same answer");
    let clock = format!("{}/world/clock", sandbox.running.ready.address);
    let moved = sandbox.client.post(clock).json(&json!({"advance_days": 28})).send().await.unwrap();
    assert_eq!(moved.headers()["date"], "Sat, 19 Dec 2026 12:00:00 GMT");
    let after = sandbox.get(&path, &query).await;
    assert_eq!(before["data"][0]["spend"], after["data"][0]["spend"]);
    let value = |body: &Value| cents(&body["data"][0]["action_values"][0]["value"]);
    assert!(value(&after) > value(&before));
}

#[tokio::test]
async fn limits_are_enforced_and_reported() {
    let sandbox = Sandbox::with(|options| options.meta.calls = Some(3)).await;
    let path = format!("{}/campaigns", sandbox.account);
    for _ in 0..3 {
        sandbox.get(&path, &[]).await;
    }
    let url = format!("{}/{path}", sandbox.base);
    let refused = sandbox.client.get(url).bearer_auth(&sandbox.token).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let usage: Value =
        serde_json::from_str(refused.headers()["x-business-use-case-usage"].to_str().unwrap()).unwrap();
    let usage = usage.as_object().unwrap().values().next().unwrap()[0].clone();
    assert!(usage["call_count"].as_u64().unwrap() > 100, "{usage}");
    assert!(usage["estimated_time_to_regain_access"].as_u64().unwrap() > 0);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["code"], 80_004);
    let free = Sandbox::with(|options| (options.meta.calls, options.unlimited) = (Some(3), true)).await;
    for _ in 0..10 {
        free.get(&path.replace(&sandbox.account, &free.account), &[]).await;
    }
}

#[tokio::test]
async fn tokens_proofs_and_the_code_grant() {
    let sandbox = Sandbox::with(|options| options.meta.require_proof = true).await;
    let (status, error) = sandbox.call(Method::GET, &sandbox.account, &[]).await;
    assert_eq!((status, error["error"]["code"].as_i64()), (400, Some(100)), "proof is missing");
    let sandbox = Sandbox::new().await;
    let oauth = sandbox.running.ready.platforms["meta_ads"].oauth.clone();
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let (id, secret) = (oauth["client_id"].as_str(), oauth["client_secret"].as_str());
    let back = "https://shop.example/back";
    let answer = client
        .get(format!("{}/dialog/oauth", sandbox.base))
        .query(&[("client_id", id), ("redirect_uri", back), ("state", "xyz")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
    let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let pairs: std::collections::BTreeMap<_, _> = location.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "xyz");
    let exchange =
        [("client_id", id), ("client_secret", secret), ("redirect_uri", back), ("code", &pairs["code"])];
    let short = sandbox.get("oauth/access_token", &exchange).await;
    let (status, _) = sandbox.call(Method::GET, "oauth/access_token", &exchange).await;
    assert_eq!(status, 400, "a code works once");
    let exchange = [
        ("grant_type", "fb_exchange_token"),
        ("client_id", id),
        ("client_secret", secret),
        ("fb_exchange_token", short["access_token"].as_str().unwrap()),
    ];
    let long = sandbox.get("oauth/access_token", &exchange).await;
    assert_eq!(long["expires_in"], 60 * 86_400);
    let user = Sandbox { token: long["access_token"].as_str().unwrap().to_owned(), ..sandbox };
    user.get("me/adaccounts", &[]).await;
    user.running.state.world.move_clock("2027-03-01T00:00:00Z".parse().unwrap());
    let (status, error) = user.call(Method::GET, "me/adaccounts", &[]).await;
    assert_eq!(
        (status, &error["error"]["code"], &error["error"]["error_subcode"]),
        (400, &json!(190), &json!(463))
    );
}

#[tokio::test]
async fn a_person_takes_back_what_was_granted() {
    let sandbox = Sandbox::new().await;
    let oauth = sandbox.running.ready.platforms["meta_ads"].oauth.clone();
    let (id, secret) = (oauth["client_id"].clone(), oauth["client_secret"].clone());
    let back = "https://shop.example/back";
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let asked = [("client_id", id.as_str()), ("redirect_uri", back)];
    let answer = client.get(format!("{}/dialog/oauth", sandbox.base)).query(&asked).send().await.unwrap();
    let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let exchange = [asked.as_slice(), &[("client_secret", secret.as_str()), ("code", &code)]].concat();
    let granted = sandbox.get("oauth/access_token", &exchange).await;
    let system = sandbox.token.clone();
    let user = Sandbox { token: granted["access_token"].as_str().unwrap().to_owned(), ..sandbox };
    user.get("me/adaccounts", &[]).await;
    // one permission of several is not all of them, and nobody takes back what is another's
    let (status, _) = user.call(Method::DELETE, "me/permissions", &[("permission", "ads_read")]).await;
    assert_eq!(status, 200);
    user.get("me/adaccounts", &[]).await;
    let (status, _) = user.call(Method::DELETE, "4711/permissions", &[]).await;
    assert_eq!(status, 400);
    let (status, said) = user.call(Method::DELETE, "me/permissions", &[]).await;
    assert_eq!((status, said), (200, json!({"success": true})));
    let (status, error) = user.call(Method::GET, "me/adaccounts", &[]).await;
    assert_eq!((status, &error["error"]["code"]), (401, &json!(190)));
    let system = Sandbox { token: system, ..user };
    system.get("me/adaccounts", &[]).await;
}

#[tokio::test]
async fn faults_come_in_the_platforms_words() {
    let sandbox = Sandbox::new().await;
    sandbox
        .fault(json!([
            {"point": "meta.accounts", "first": 1, "fault": {"kind": "throttled"}},
            {"point": "meta.accounts", "after": 1, "times": 1, "fault": {"kind": "expired_token", "status": 200}},
            {"point": "meta.ads", "every": 2, "times": 3, "fault": {"kind": "empty_page"}},
            {"point": "meta.insights_create", "times": 1, "fault": {"kind": "job_failed"}},
            {"point": "meta.account", "times": 1, "fault": {"kind": "reset", "after_bytes": 10}},
        ]))
        .await;
    let (status, error) = sandbox.call(Method::GET, "me/adaccounts", &[]).await;
    assert!(
        status == 400 && [4, 17, 613, 80_004].contains(&error["error"]["code"].as_i64().unwrap()),
        "{error}"
    );
    let (status, error) = sandbox.call(Method::GET, "me/adaccounts", &[]).await;
    assert_eq!((status, &error["error"]["error_subcode"]), (200, &json!(463)), "an error inside 200");
    sandbox.get("me/adaccounts", &[]).await;

    let path = format!("{}/ads", sandbox.account);
    let (ads, pages) = sandbox.all(&path, &[("limit", "10"), ("filtering", EVERY_STATUS)]).await;
    assert!(ads.len() == 40 && pages > 5, "{} ads in {pages} pages", ads.len());

    let query = [("level", "account"), ("time_increment", "1"), ("date_preset", "last_7d")];
    let failed = sandbox.run_report(&query).await;
    assert_eq!(sandbox.wait_for(&failed).await, "Job Failed");
    let good = sandbox.run_report(&query).await;
    assert_eq!(sandbox.wait_for(&good).await, "Job Completed");

    let url = format!("{}/{}", sandbox.base, sandbox.account);
    let cut = sandbox.client.get(url).bearer_auth(&sandbox.token).send().await.unwrap();
    assert!(cut.content_length().unwrap() > 10);
    assert!(cut.bytes().await.is_err(), "the connection is dropped in mid-body");

    let calls: Value = sandbox
        .client
        .get(format!("{}/control/calls", sandbox.running.ready.address))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let accounts: u64 = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["point"] == "meta.accounts")
        .map(|call| call["count"].as_u64().unwrap())
        .sum();
    assert_eq!(accounts, 3);
}

#[tokio::test]
async fn the_golden_brand_spent_thirty_on_one_day() {
    let sandbox = Sandbox::with(|options| options.brand = netgain_sandbox::Brand::Golden).await;
    let query = [
        ("level", "ad"),
        ("time_increment", "1"),
        ("fields", "spend,ad_id"),
        ("time_range", r#"{"since":"2026-03-01","until":"2026-03-31"}"#),
    ];
    let (rows, _) = sandbox.all(&format!("{}/insights", sandbox.account), &query).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0]["date_start"].as_str(), cents(&rows[0]["spend"])), (Some("2026-03-10"), 3000));
}
