//! GoHighLevel: searches, both pagings, tokens that rotate, limits and the platform's errors.
use super::{Sandbox, answer, cents};
use netgain_sandbox::Brand;
use netgain_sandbox::world::shop::Channel;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Sandbox {
    fn level(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.request(method, path).header("Version", "v3").bearer_auth(token)
    }

    fn private(&self) -> &str {
        &self.platform.secrets["access_token"]
    }

    async fn contacts(&self, body: Value) -> (u16, Value) {
        answer(self.level(Method::POST, "/contacts/search", self.private()).json(&body)).await
    }

    /// All contacts that a search finds, by `searchAfter`.
    async fn all_contacts(&self, mut body: Value) -> Vec<Value> {
        body["locationId"] = json!(self.platform.fields["location_id"]);
        let mut all = Vec::new();
        loop {
            let (status, page) = self.contacts(body.clone()).await;
            assert_eq!(status, 200, "{page}");
            let list = page["contacts"].as_array().unwrap();
            let Some(last) = list.last() else { return all };
            body["searchAfter"] = last["searchAfter"].clone();
            all.extend(list.iter().cloned());
        }
    }

    async fn token(&self, form: &[(&str, &str)], version: &str) -> (u16, Value) {
        answer(self.request(Method::POST, "/oauth/token").header("Version", version).form(form)).await
    }
}

fn ids(list: &[Value]) -> BTreeSet<&str> {
    list.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_contact_comes_once_and_the_clock_brings_only_news() {
    let sandbox = Sandbox::of("gohighlevel", Brand::Demo, true).await;
    let sort = |field: &str, direction: &str| json!([{"field": field, "direction": direction}]);
    let all = sandbox.all_contacts(json!({"pageLimit": 500, "sort": sort("dateUpdated", "asc")})).await;
    let customers = sandbox.running.state.world.shop().customers.len();
    assert_eq!((all.len(), ids(&all).len()), (customers, customers));
    let other = sandbox.all_contacts(json!({"pageLimit": 499, "sort": sort("dateAdded", "desc")})).await;
    assert_eq!(ids(&other), ids(&all));
    assert!(all[0]["email"].as_str().unwrap().ends_with("@example.com"));

    let since = sandbox.running.state.world.now().as_millisecond();
    let news = |since: i64| json!({"pageLimit": 100, "filters": [{"field": "dateUpdated", "operator": "range", "value": {"gt": since}}]});
    assert!(sandbox.all_contacts(news(since)).await.is_empty());
    sandbox.advance(1).await;
    let moved = sandbox.all_contacts(news(since)).await.len();
    let expected = {
        let shop = sandbox.running.state.world.shop();
        shop.customers.iter().filter(|customer| customer.updated_at * 1000 > since).count()
    };
    assert!(expected > 5);
    assert_eq!(moved, expected);
}

#[tokio::test]
async fn opportunities_are_the_draft_orders() {
    let sandbox = Sandbox::of("gohighlevel", Brand::Demo, true).await;
    let location = sandbox.platform.fields["location_id"].clone();
    let mut url = format!("/opportunities/search?locationId={location}&limit=33");
    let mut all: Vec<Value> = Vec::new();
    loop {
        let (status, body) = answer(sandbox.level(Method::GET, &url, sandbox.private())).await;
        assert_eq!(status, 200, "{body}");
        all.extend(body["opportunities"].as_array().unwrap().iter().cloned());
        let Some(next) = body["meta"]["nextPageUrl"].as_str() else { break };
        url = next.strip_prefix(&sandbox.platform.base_url).unwrap().to_owned();
    }
    let (count, total) = {
        let shop = sandbox.running.state.world.shop();
        let drafts = shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test);
        drafts.fold((0, 0), |(count, total), order| (count + 1, total + order.total()))
    };
    assert!(count > 40);
    assert_eq!((all.len(), ids(&all).len()), (count, count));
    assert_eq!(all.iter().map(|one| cents(&one["monetaryValue"])).sum::<i64>(), total);
    let body = json!({"locationId": location, "query": "", "limit": 100, "page": 1});
    let (_, first) =
        answer(sandbox.level(Method::POST, "/opportunities/search", sandbox.private()).json(&body)).await;
    assert_eq!(first["total"], count);
    assert_eq!(first["opportunities"][0]["id"], all[0]["id"]);
    let (_, body) = answer(sandbox.level(
        Method::GET,
        &format!("/opportunities/pipelines?locationId={location}"),
        sandbox.private(),
    ))
    .await;
    let stages = body["pipelines"][0]["stages"].as_array().unwrap();
    assert!(all.iter().all(|one| stages.iter().any(|stage| stage["id"] == one["pipelineStageId"])));
}

#[tokio::test]
async fn refresh_tokens_work_once_and_access_ends_with_the_day() {
    let sandbox = Sandbox::of("gohighlevel", Brand::Golden, true).await;
    let (id, secret) =
        (sandbox.platform.oauth["client_id"].as_str(), sandbox.platform.oauth["client_secret"].as_str());
    let first = sandbox.platform.oauth["refresh_token"].as_str();
    let refresh = |token: &str| {
        let form = [
            ("client_id", id),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ];
        form.map(|(name, value)| (name, value.to_owned()))
    };
    let ask = async |token: &str| {
        let form = refresh(token);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        sandbox.token(&form, "2021-07-28").await
    };
    let (status, granted) = ask(first).await;
    assert_eq!((status, &granted["expires_in"]), (200, &json!(86_399)), "{granted}");
    let (status, again) = ask(first).await;
    assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")));
    let location = &sandbox.platform.fields["location_id"];
    let access = granted["access_token"].as_str().unwrap();
    let look = async |token: &str| {
        answer(sandbox.level(Method::GET, &format!("/locations/{location}"), token)).await
    };
    assert_eq!(look(access).await.0, 200);
    sandbox.advance(1).await;
    let (status, body) = look(access).await;
    assert_eq!((status, &body["message"]), (401, &json!("Invalid token: access token is expired")));
    let (_, next) = ask(granted["refresh_token"].as_str().unwrap()).await;
    assert_eq!(look(next["access_token"].as_str().unwrap()).await.0, 200);

    // v3 names everything in camel case, and a code works once
    let url = format!(
        "/v2/oauth/chooselocation?response_type=code&client_id={id}&redirect_uri=http://127.0.0.1/back&state=s1"
    );
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let sent = client.get(format!("{}{url}", sandbox.platform.base_url)).send().await.unwrap();
    let target = reqwest::Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
    let pairs: std::collections::HashMap<_, _> = target.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s1");
    let form = [
        ("clientId", id),
        ("clientSecret", secret),
        ("grantType", "authorization_code"),
        ("code", pairs["code"].as_str()),
    ];
    let (status, body) = sandbox.token(&form, "v3").await;
    assert_eq!((status, &body["locationId"]), (200, &json!(location)), "{body}");
    assert!(body["accessToken"].is_string() && body["refreshToken"].is_string());
    assert_eq!(sandbox.token(&form, "v3").await.0, 400);
}

#[tokio::test]
async fn refusals_limits_and_deletes() {
    let sandbox = Sandbox::of("gohighlevel", Brand::Golden, false).await;
    let location = sandbox.platform.fields["location_id"].clone();
    let path = format!("/locations/{location}");
    let bare = sandbox.request(Method::GET, &path).bearer_auth(sandbox.private());
    assert_eq!(answer(bare).await.1["message"], "version header was not found.");
    assert_eq!(answer(sandbox.level(Method::GET, &path, "wrong")).await.0, 401);
    assert_eq!(answer(sandbox.level(Method::GET, "/locations/other", sandbox.private())).await.0, 403);
    let (status, body) = sandbox.contacts(json!({"locationId": location, "pageLimit": 501})).await;
    assert_eq!((status, body["message"].is_array()), (422, true));
    let (status, _) = sandbox.contacts(json!({"locationId": location, "pageLimit": 500, "page": 21})).await;
    assert_eq!(status, 400);
    let (_, empty) = sandbox.contacts(json!({"locationId": "EmptyLocation0000000", "pageLimit": 10})).await;
    assert_eq!(empty["total"], 0);
    let (_, body) = sandbox.contacts(json!({"locationId": location, "pageLimit": 10})).await;
    let contact = format!("/contacts/{}", body["contacts"][0]["id"].as_str().unwrap());
    assert_eq!(answer(sandbox.level(Method::GET, &contact, sandbox.private())).await.0, 200);
    assert_eq!(answer(sandbox.level(Method::DELETE, &contact, sandbox.private())).await.1["succeded"], true);
    assert_eq!(answer(sandbox.level(Method::GET, &contact, sandbox.private())).await.0, 400);
    let mut refused = None;
    for _ in 0..120 {
        let response = sandbox.level(Method::GET, &path, sandbox.private()).send().await.unwrap();
        assert_eq!(response.headers()["x-ratelimit-max"], "100");
        if response.status() == 429 {
            refused = Some(response.headers()["x-ratelimit-remaining"].to_str().unwrap().to_owned());
            break;
        }
    }
    assert_eq!(refused.as_deref(), Some("0"));
}
