//! The Klaviyo face over HTTP: paging, filters, events, reports, limits, OAuth, errors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::{Brand, Options, Running, start};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

struct Sandbox {
    running: Running,
    client: Client,
    base: String,
    key: String,
}

impl Sandbox {
    async fn with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let mut options =
            Options { today: Some("2026-11-21".parse().unwrap()), unlimited: true, ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let face = &running.ready.platforms["klaviyo"];
        let (base, key) = (face.base_url.clone(), face.secrets["api_key"].clone());
        Sandbox {
            client: Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            base,
            key,
            running,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let key = format!("Klaviyo-API-Key {}", self.key);
        self.client.request(method, address).header("authorization", key).header("revision", "2026-07-15")
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let response = self.request(Method::GET, path).query(query).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every resource of a listing, following `links.next`; also the number of pages.
    async fn all(&self, path: &str, query: &[(&str, &str)]) -> (Vec<Value>, usize) {
        let (mut status, mut page) = self.get(path, query).await;
        let (mut found, mut pages) = (Vec::new(), 0);
        loop {
            assert_eq!(status, 200, "{page}");
            pages += 1;
            found.extend(page["data"].as_array().unwrap().iter().cloned());
            let Some(next) = page["links"]["next"].as_str().map(str::to_owned) else { return (found, pages) };
            (status, page) = self.get(&next, &[]).await;
        }
    }

    async fn metric(&self, name: &str) -> String {
        let (metrics, _) = self.all("/api/metrics", &[]).await;
        let found = metrics.iter().find(|metric| metric["attributes"]["name"] == name).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    async fn report(&self, path: &str, attributes: Value) -> (u16, Value) {
        let kind = path.trim_end_matches('s');
        let body = json!({"data": {"type": kind, "attributes": attributes}});
        let response = self.request(Method::POST, &format!("/api/{path}")).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn advance(&self, days: u16) {
        let url = format!("{}/world/clock", self.running.ready.address);
        self.client.post(url).json(&json!({"advance_days": days})).send().await.unwrap();
    }
}

fn ids(resources: &[Value]) -> BTreeSet<&str> {
    resources.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// A JSON number of money in hundredths.
fn cents(value: &Value) -> i64 {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<i64>().unwrap() * 100 + format!("{fraction:0<2}")[..2].parse::<i64>().unwrap()
}

#[tokio::test]
async fn profiles_are_listed_once_whatever_the_order() {
    let sandbox = Sandbox::with(|_| ()).await;
    let (all, pages) = sandbox.all("/api/profiles", &[("page[size]", "100"), ("sort", "-updated")]).await;
    assert_eq!(ids(&all).len(), all.len());
    assert_eq!(pages, all.len().div_ceil(100));
    let customers = sandbox.running.state.world.shop().customers.len();
    let known = all.iter().filter(|profile| profile["attributes"]["external_id"].is_string()).count();
    assert_eq!(known, customers);
    assert!(all.len() > customers + 5_000);
    let updated = |profile: &Value| profile["attributes"]["updated"].as_str().unwrap().to_owned();
    assert!(all.windows(2).all(|pair| updated(&pair[0]) >= updated(&pair[1])));
    let filter = format!("greater-than(updated,{})", updated(&all[150]));
    let (later, _) = sandbox.all("/api/profiles", &[("filter", &filter), ("page[size]", "100")]).await;
    let expected = all.iter().filter(|profile| updated(profile) > updated(&all[150])).count();
    assert_eq!(later.len(), expected);
    for size in ["0", "101", "x"] {
        assert_eq!(sandbox.get("/api/profiles", &[("page[size]", size)]).await.0, 400);
    }
    let (_, page) = sandbox.get("/api/profiles", &[("fields[profile]", "email,location.country")]).await;
    let shown = page["data"][0]["attributes"].as_object().unwrap();
    assert_eq!(shown.keys().collect::<Vec<_>>(), ["email", "location"]);
}

#[tokio::test]
async fn placed_orders_are_the_worlds_orders() {
    let sandbox = Sandbox::with(|_| ()).await;
    let metric = sandbox.metric("Placed Order").await;
    let filter = format!("equals(metric_id,'{metric}')");
    let query = [("filter", filter.as_str()), ("page[size]", "1000"), ("sort", "datetime")];
    let (events, _) = sandbox.all("/api/events", &query).await;
    assert_eq!(ids(&events).len(), events.len());
    let now = sandbox.running.state.world.now().as_second();
    let shop = sandbox.running.state.world.shop();
    let value = |event: &Value| cents(&event["attributes"]["event_properties"]["$value"]);
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    let (mut certain, mut fresh) = (0, 0);
    for order in shop.orders.iter().filter(|order| !order.test && order.customer.is_some()) {
        expected.insert(order.id.to_string(), order.original_total());
        // what is younger than the index lag may be missing
        if order.placed_at <= now - 6_600 { certain += 1 } else { fresh += 1 }
    }
    assert!(events.len() >= certain && events.len() <= certain + fresh, "{} {certain} {fresh}", events.len());
    for event in &events {
        let order = event["attributes"]["event_properties"]["OrderId"].as_str().unwrap();
        assert_eq!(value(event), expected[order]);
    }
}

#[tokio::test]
async fn events_appear_late_and_a_day_brings_only_its_own() {
    let sandbox = Sandbox::with(|_| ()).await;
    let query = [
        ("filter", "greater-or-equal(datetime,2026-11-10)"),
        ("page[size]", "1000"),
        ("include", "profile,metric,attributions"),
    ];
    let moment = |event: &Value| event["attributes"]["timestamp"].as_i64().unwrap();
    let (mut before, _) = sandbox.all("/api/events", &query).await;
    let mut late = 0;
    for _ in 0..4 {
        sandbox.advance(1).await;
        let (after, _) = sandbox.all("/api/events", &query).await;
        let (old, new) = (ids(&before), ids(&after));
        assert!(old.is_subset(&new) && new.len() > old.len() + 20);
        let last = before.iter().map(moment).max().unwrap();
        late += after
            .iter()
            .filter(|event| moment(event) <= last && !old.contains(event["id"].as_str().unwrap()))
            .count();
        before = after;
    }
    assert!(late > 0, "some events are indexed after later ones");
    let (_, page) = sandbox.get("/api/events", &query).await;
    let included = page["included"].as_array().unwrap();
    for kind in ["profile", "metric", "attribution"] {
        assert!(included.iter().any(|one| one["type"] == kind), "{kind}");
    }
}

#[tokio::test]
async fn campaigns_need_a_channel_and_hide_what_was_put_away() {
    let sandbox = Sandbox::with(|_| ()).await;
    let (status, error) = sandbox.get("/api/campaigns", &[]).await;
    assert_eq!((status, &error["errors"][0]["source"]["parameter"]), (400, &json!("filter")));
    let email = [
        ("filter", "equals(messages.channel,'email')"),
        ("page[size]", "20"),
        ("include", "campaign-messages"),
    ];
    let (shown, pages) = sandbox.all("/api/campaigns", &email).await;
    assert!(pages > 2 && shown.iter().all(|campaign| campaign["attributes"]["archived"] == false));
    let away = "and(equals(messages.channel,'email'),equals(archived,true))";
    let (archived, _) = sandbox.all("/api/campaigns", &[("filter", away)]).await;
    assert!(archived.len() > 20 && ids(&archived).is_disjoint(&ids(&shown)));
    let id = shown[0]["id"].as_str().unwrap();
    let (_, messages) = sandbox.get(&format!("/api/campaigns/{id}/campaign-messages"), &[]).await;
    assert_eq!(messages["data"][0]["attributes"]["definition"]["channel"], "email");
    let (lists, pages) = sandbox.all("/api/lists", &[]).await;
    assert_eq!((lists.len(), pages), (12, 2));
    assert_eq!(sandbox.get("/api/lists", &[("page[size]", "11")]).await.0, 400);
}

#[tokio::test]
async fn reports_bring_what_letters_brought() {
    let sandbox = Sandbox::with(|_| ()).await;
    let metric = sandbox.metric("Placed Order").await;
    let year = json!({"start": "2025-11-22T00:00:00", "end": "2026-11-21T12:00:00"});
    let ask = json!({"statistics": ["recipients", "conversions", "conversion_value", "open_rate", "text_message_spend"],
        "timeframe": year, "conversion_metric_id": metric});
    let (_, campaigns) = sandbox.report("campaign-values-reports", ask.clone()).await;
    let rows = campaigns["data"]["attributes"]["results"].as_array().unwrap();
    assert!(rows.len() > 55, "{campaigns}");
    let (_, flows) = sandbox.report("flow-values-reports", ask).await;
    let all = rows.iter().chain(flows["data"]["attributes"]["results"].as_array().unwrap());
    let found: i64 = all.map(|row| cents(&row["statistics"]["conversion_value"])).sum();
    // the books: orders whose last visit came from a letter, credited to what was sent in the year
    let (from, now) = (1_763_769_600, sandbox.running.state.world.now().as_second());
    let shop = sandbox.running.state.world.shop();
    let by_letter = |from: i64, to: i64| -> i64 {
        let orders = shop.orders.iter().filter(|order| !order.test && order.customer.is_some());
        orders
            .filter(|order| order.journey.is_some_and(|journey| journey.last.0 == 6))
            .filter(|order| (from..=to).contains(&order.placed_at))
            .map(|order| order.original_total())
            .sum()
    };
    let (least, most) = (by_letter(from + 6 * 86_400, now - 6_600), by_letter(from, now));
    assert!(least > 0 && (least..=most).contains(&found), "{least} {found} {most}");
}

#[tokio::test]
async fn a_series_adds_up_to_its_values_and_fresh_days_are_restated() {
    let sandbox = Sandbox::with(|_| ()).await;
    let metric = sandbox.metric("Placed Order").await;
    let ask = |interval: &str, start: &str| {
        json!({"statistics": ["recipients", "opens_unique", "conversion_value"], "interval": interval,
            "timeframe": {"start": start, "end": "2026-11-21T00:00:00"}, "conversion_metric_id": metric})
    };
    let (_, values) = sandbox.report("flow-values-reports", ask("daily", "2026-10-01T00:00:00+01:00")).await;
    let (_, series) = sandbox.report("flow-series-reports", ask("daily", "2026-10-01T00:00:00+01:00")).await;
    assert_eq!(series["data"]["attributes"]["date_times"].as_array().unwrap().len(), 51);
    let sums = |report: &Value| -> Vec<(String, i64, i64)> {
        let rows = report["data"]["attributes"]["results"].as_array().unwrap().iter();
        let total = |value: &Value| match value {
            Value::Array(list) => list.iter().map(cents).sum(),
            one => cents(one),
        };
        rows.map(|row| {
            let statistics = &row["statistics"];
            (
                row["groupings"]["flow_id"].to_string(),
                total(&statistics["recipients"]),
                total(&statistics["conversion_value"]),
            )
        })
        .collect()
    };
    assert_eq!(sums(&values), sums(&series));
    assert_eq!(sandbox.report("flow-series-reports", ask("daily", "2026-08-01T00:00:00")).await.0, 400);
    assert_eq!(sandbox.report("flow-series-reports", ask("weekly", "2025-01-01T00:00:00")).await.0, 400);
    sandbox.advance(1).await;
    let (_, later) = sandbox.report("flow-series-reports", ask("daily", "2026-10-01T00:00:00+01:00")).await;
    let opens =
        |report: &Value| report["data"]["attributes"]["results"][0]["statistics"]["opens_unique"].clone();
    let (old, new) = (opens(&series), opens(&later));
    let changed: Vec<usize> = (0..51).filter(|day| old[day] != new[day]).collect();
    assert!(!changed.is_empty() && changed.iter().all(|day| *day >= 44), "{changed:?}");
}

#[tokio::test]
async fn limits_are_told_and_enforced() {
    let sandbox = Sandbox::with(|options| options.unlimited = false).await;
    let first = sandbox.request(Method::GET, "/api/accounts").send().await.unwrap();
    assert_eq!(first.headers()["ratelimit-limit"], "1, 1;w=1, 15;w=60");
    assert_eq!(first.headers()["ratelimit-remaining"], "14");
    let mut refused = None;
    for _ in 0..3 {
        let next = sandbox.request(Method::GET, "/api/accounts").send().await.unwrap();
        if next.status() == 429 {
            refused = Some(next);
        }
    }
    let refused = refused.unwrap();
    assert!(refused.headers().get("ratelimit-limit").is_none());
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.json::<Value>().await.unwrap()["errors"][0]["code"], "throttled");
}

#[tokio::test]
async fn oauth_asks_for_a_proof_refreshes_expires_and_is_revoked() {
    let sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let face = &sandbox.running.ready.platforms["klaviyo"];
    let (id, secret) = (face.oauth["client_id"].clone(), face.oauth["client_secret"].clone());
    let ask = [
        ("response_type", "code"),
        ("client_id", id.as_str()),
        ("redirect_uri", "http://127.0.0.1:1/back"),
        ("state", "s1"),
        ("scope", "profiles:read"),
        ("code_challenge_method", "S256"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ];
    let authorize = format!("{}/oauth/authorize", sandbox.base);
    let bare = sandbox.client.get(&authorize).query(&ask[..5]).send().await.unwrap();
    assert_eq!(bare.status(), 400);
    let sent = sandbox.client.get(&authorize).query(&ask).send().await.unwrap();
    let back = url::Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
    let found: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(found["state"], "s1");
    let token = |fields: Vec<(&'static str, String)>| {
        let request =
            sandbox.client.post(format!("{}/oauth/token", sandbox.base)).basic_auth(&id, Some(&secret));
        async move { request.form(&fields).send().await.unwrap() }
    };
    let fields = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", found["code"].clone()),
        ("redirect_uri", "http://127.0.0.1:1/back".to_owned()),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()),
    ];
    let granted: Value = token(fields).await.json().await.unwrap();
    let call = |access: String| {
        let request = sandbox.client.get(format!("{}/api/metrics", sandbox.base)).bearer_auth(access);
        async move { request.header("revision", "2026-07-15").send().await.unwrap().status().as_u16() }
    };
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    assert_eq!(
        (granted["expires_in"].as_i64(), call(text(&granted, "access_token")).await),
        (Some(3600), 200)
    );
    sandbox.advance(1).await;
    assert_eq!(call(text(&granted, "access_token")).await, 401);
    let renew =
        vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", text(&granted, "refresh_token"))];
    let next: Value = token(renew.clone()).await.json().await.unwrap();
    assert_eq!(call(text(&next, "access_token")).await, 200);
    let revoke = sandbox.client.post(format!("{}/oauth/revoke", sandbox.base)).basic_auth(&id, Some(&secret));
    assert_eq!(revoke.form(&[("token", text(&next, "refresh_token"))]).send().await.unwrap().status(), 200);
    assert_eq!(call(text(&next, "access_token")).await, 401);
    let refused = token(renew).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_grant");
    let wrong =
        sandbox.client.post(format!("{}/oauth/token", sandbox.base)).basic_auth(&id, Some("no")).send();
    assert_eq!(wrong.await.unwrap().status(), 401);
}

#[tokio::test]
async fn errors_are_json_api_and_an_account_may_be_empty() {
    let mut sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let (status, error) = sandbox.get("/api/profiles/01NOBODY", &[]).await;
    assert_eq!((status, &error["errors"][0]["code"]), (404, &json!("not_found")));
    for (query, parameter) in [
        (("sort", "size"), "sort"),
        (("filter", "equals(size,1)"), "filter"),
        (("page[cursor]", "x"), "page[cursor]"),
    ] {
        let (status, error) = sandbox.get("/api/profiles", &[query]).await;
        assert_eq!((status, &error["errors"][0]["source"]["parameter"]), (400, &json!(parameter)));
    }
    let url = format!("{}/api/profiles", sandbox.base);
    let key = format!("Klaviyo-API-Key {}", sandbox.key);
    let plain = |revision: Option<&str>| {
        let request = sandbox.client.get(&url).header("authorization", &key);
        revision.into_iter().fold(request, |request, revision| request.header("revision", revision)).send()
    };
    assert_eq!(plain(None).await.unwrap().status(), 400);
    assert_eq!(plain(Some("2023-02-22")).await.unwrap().status(), 410);
    assert_eq!(sandbox.client.get(&url).header("revision", "2026-07-15").send().await.unwrap().status(), 401);
    assert_eq!(sandbox.request(Method::DELETE, "/api/profiles").send().await.unwrap().status(), 405);
    let (profiles, _) = sandbox.all("/api/profiles", &[]).await;
    assert_eq!(profiles.len(), 1);
    let word = sandbox.running.state.secrets.word("klaviyo api key");
    sandbox.key = format!("pk_empty_{}", &word[..34]);
    for path in ["profiles", "events", "flows", "lists"] {
        assert_eq!(sandbox.all(&format!("/api/{path}"), &[]).await.0.len(), 0, "{path}");
    }
    sandbox.key = "pk_wrong".to_owned();
    let (status, error) = sandbox.get("/api/accounts", &[]).await;
    assert_eq!((status, &error["errors"][0]["code"]), (401, &json!("authentication_failed")));
}
