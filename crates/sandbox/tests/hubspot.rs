//! The HubSpot face over HTTP: lists, search and its cap, associations, emails, limits, OAuth, errors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::world::shop::Channel;
use netgain_sandbox::{Brand, Options, Running, start};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

struct Sandbox {
    running: Running,
    client: Client,
    base: String,
    token: String,
}

impl Sandbox {
    async fn with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let mut options =
            Options { today: Some("2026-11-21".parse().unwrap()), unlimited: true, ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let face = &running.ready.platforms["hubspot"];
        let (base, token) = (face.base_url.clone(), face.secrets["access_token"].clone());
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Sandbox { client, base, token, running }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        body.into_iter().fold(request.query(query), |request, body| request.json(&body)).send().await.unwrap()
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let response = self.send(Method::GET, path, query, None).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.send(Method::POST, path, &[], Some(body)).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every object of a list, following `paging.next.after`; also the number of pages.
    async fn all(&self, path: &str, query: &[(&str, &str)]) -> (Vec<Value>, usize) {
        let (mut found, mut pages, mut after) = (Vec::new(), 0, None::<String>);
        loop {
            let mut query = query.to_vec();
            if let Some(after) = &after {
                query.push(("after", after));
            }
            let (status, page) = self.get(path, &query).await;
            assert_eq!(status, 200, "{page}");
            pages += 1;
            found.extend(page["results"].as_array().unwrap().iter().cloned());
            after = page["paging"]["next"]["after"].as_str().map(str::to_owned);
            if after.is_none() {
                return (found, pages);
            }
        }
    }

    async fn advance(&self, days: u16) {
        let url = format!("{}/world/clock", self.running.ready.address);
        self.client.post(url).json(&json!({"advance_days": days})).send().await.unwrap();
    }
}

fn ids(objects: &[Value]) -> BTreeSet<u64> {
    objects.iter().map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect()
}

const OBJECTS: &str = "/crm/objects/2026-09";

#[tokio::test]
async fn lists_show_every_object_once_and_archived_ones_apart() {
    let sandbox = Sandbox::with(|_| ()).await;
    let path = format!("{OBJECTS}/contacts");
    let query =
        [("limit", "100"), ("properties", "email,phone,nonsense"), ("associations", "companies,deals")];
    let (all, pages) = sandbox.all(&path, &query).await;
    assert_eq!((ids(&all).len(), pages), (all.len(), all.len().div_ceil(100)));
    assert!(all.len() > 10_000, "more than a search can page through");
    let with_company = all.iter().find(|one| one["associations"]["companies"].is_object()).unwrap();
    assert_eq!(with_company["associations"]["companies"]["results"][0]["type"], "contact_to_company");
    let names: Vec<_> = all[0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["createdate", "email", "hs_object_id", "lastmodifieddate", "phone"]);
    let (archived, _) = sandbox.all(&path, &[("limit", "100"), ("archived", "true")]).await;
    assert!(!archived.is_empty() && ids(&archived).is_disjoint(&ids(&all)));
    assert!(archived.iter().all(|one| one["archivedAt"] == one["updatedAt"] && one["archived"] == true));
    let id = archived[0]["id"].as_str().unwrap();
    assert_eq!(sandbox.get(&format!("{path}/{id}"), &[]).await.0, 404);
    assert_eq!(sandbox.get(&format!("{path}/{id}"), &[("archived", "true")]).await.0, 200);
    assert_eq!(sandbox.get(&path, &[("limit", "101")]).await.0, 400);
    let (old, _) = sandbox.get("/crm/v3/objects/contacts", &[("limit", "1")]).await;
    assert_eq!(old, 200);
    assert_eq!(sandbox.get("/crm/objects/2024-01/contacts", &[]).await.0, 404);
}

#[tokio::test]
async fn deals_are_the_wholesale_orders_of_the_world() {
    let sandbox = Sandbox::with(|_| ()).await;
    let query = [("limit", "100"), ("properties", "amount,dealstage,dealname")];
    let (deals, _) = sandbox.all(&format!("{OBJECTS}/deals"), &query).await;
    let found: BTreeMap<String, String> = deals
        .iter()
        .map(|deal| {
            let text = |name: &str| deal["properties"][name].as_str().unwrap().to_owned();
            (text("dealname"), text("amount"))
        })
        .collect();
    let expected: BTreeMap<String, String> = {
        let shop = sandbox.running.state.world.shop();
        let orders = shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test);
        let each = orders.map(|order| {
            let amount = netgain_sandbox::world::money::decimal(order.total());
            (format!("Wholesale order #{}", order.number), amount.to_string())
        });
        each.collect()
    };
    assert!(expected.len() > 500);
    assert_eq!(found, expected);
    let (_, pipelines) = sandbox.get("/crm/pipelines/2026-09/deals", &[]).await;
    let stages = pipelines["results"][0]["stages"].as_array().unwrap();
    let known: BTreeSet<_> = stages.iter().map(|stage| stage["id"].as_str().unwrap()).collect();
    assert!(deals.iter().all(|deal| known.contains(deal["properties"]["dealstage"].as_str().unwrap())));
}

#[tokio::test]
async fn a_search_ends_at_ten_thousand_and_goes_on_by_number() {
    let sandbox = Sandbox::with(|_| ()).await;
    let path = format!("{OBJECTS}/contacts/search");
    let ask = |from: u64, after: usize| {
        json!({"filterGroups": [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": from.to_string()}]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}], "properties": ["email"],
            "limit": 200, "after": after.to_string()})
    };
    let (mut found, mut from, mut total) = (BTreeSet::new(), 0, 0);
    loop {
        let mut after = 0;
        loop {
            let (status, page) = sandbox.post(&path, ask(from, after)).await;
            assert_eq!(status, 200, "{page}");
            total = total.max(page["total"].as_u64().unwrap());
            found.extend(ids(page["results"].as_array().unwrap()));
            match page["paging"]["next"]["after"].as_str() {
                Some(next) if next != "10000" => after = next.parse().unwrap(),
                _ => break,
            }
        }
        let last = *found.last().unwrap();
        if after + 200 < 10_000 {
            break;
        }
        from = last;
    }
    let (status, refused) = sandbox.post(&path, ask(0, 9_900)).await;
    assert_eq!((status, &refused["category"]), (400, &json!("VALIDATION_ERROR")));
    assert!(total > 10_000);
    assert_eq!(found.len() as u64, total);
    for (body, word) in [
        (json!({"limit": 201}), "limit"),
        (
            json!({"filterGroups": [{"filters": [{"propertyName": "size", "operator": "EQ", "value": "1"}]}]}),
            "size",
        ),
        (
            json!({"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "1"}]}]}),
            "LIKE",
        ),
        (json!({"sorts": ["email", "phone"]}), "sort"),
    ] {
        let (status, refused) = sandbox.post(&path, body).await;
        assert!(status == 400 && refused["message"].as_str().unwrap().contains(word), "{refused}");
    }
}

#[tokio::test]
async fn what_changed_is_found_by_its_time_soon_after() {
    let sandbox = Sandbox::with(|_| ()).await;
    let before = sandbox.running.state.world.now().as_millisecond();
    let ask = |name: &str| {
        json!({"filterGroups": [{"filters": [{"propertyName": name, "operator": "GTE", "value": before.to_string()}]}],
            "sorts": [{"propertyName": name, "direction": "ASCENDING"}], "limit": 200})
    };
    let (_, none) = sandbox.post(&format!("{OBJECTS}/contacts/search"), ask("lastmodifieddate")).await;
    assert_eq!(none["total"], 0);
    sandbox.advance(1).await;
    let (_, contacts) = sandbox.post(&format!("{OBJECTS}/contacts/search"), ask("lastmodifieddate")).await;
    let (_, deals) = sandbox.post(&format!("{OBJECTS}/deals/search"), ask("hs_lastmodifieddate")).await;
    let since = before / 1_000;
    let changed = {
        let shop = sandbox.running.state.world.shop();
        shop.customers.iter().filter(|customer| customer.updated_at >= since).count() as u64
    };
    let total = contacts["total"].as_u64().unwrap();
    assert!((changed..changed + 25).contains(&(total + 3)), "{changed} {total}");
    assert!(deals["total"].as_u64().unwrap() > 0);
    let (status, refused) = sandbox.post(&format!("{OBJECTS}/deals/search"), ask("lastmodifieddate")).await;
    assert!(status == 400 && refused["message"].as_str().unwrap().contains("lastmodifieddate"));
}

#[tokio::test]
async fn associations_and_batches_say_what_is_missing() {
    let sandbox = Sandbox::with(|_| ()).await;
    let (_, deals) = sandbox.get(&format!("{OBJECTS}/deals"), &[("associations", "contacts")]).await;
    let deal =
        deals["results"].as_array().unwrap().iter().find(|deal| deal["associations"].is_object()).unwrap();
    let contact = deal["associations"]["contacts"]["results"][0]["id"].clone();
    let body = json!({"inputs": [{"id": deal["id"]}, {"id": "7"}]});
    let (status, found) =
        sandbox.post("/crm/associations/2026-09/deals/contacts/batch/read", body.clone()).await;
    assert_eq!((status, &found["results"][0]["to"][0]["toObjectId"]), (207, &contact));
    assert_eq!(found["errors"][0]["subCategory"], "crm.associations.NO_ASSOCIATIONS_FOUND");
    let (status, read) = sandbox.post(&format!("{OBJECTS}/deals/batch/read"), body).await;
    assert_eq!((status, &read["results"][0]["id"]), (207, &deal["id"]));
    assert_eq!(read["errors"][0]["context"]["ids"], json!(["7"]));
}

#[tokio::test]
async fn emails_show_what_they_reached_and_fresh_ones_grow() {
    let sandbox = Sandbox::with(|options| options.today = Some("2026-11-05".parse().unwrap())).await;
    let path = "/marketing/emails/2026-09";
    let (all, _) = sandbox.all(path, &[("includeStats", "true"), ("limit", "5")]).await;
    assert!((22..=25).contains(&all.len()), "{}", all.len());
    let last = all.last().unwrap();
    assert_eq!(last["name"], "Trade letter November 2026");
    let open = |email: &Value| email["stats"]["counters"]["open"].as_i64().unwrap();
    sandbox.advance(1).await;
    let (later, _) = sandbox.all(path, &[("includeStats", "true"), ("limit", "5")]).await;
    assert!(open(later.last().unwrap()) > open(last));
    assert_eq!(later[..later.len() - 1], all[..all.len() - 1]);
    assert_eq!(later.last().unwrap()["updatedAt"], last["updatedAt"]);
    let span = [("startTimestamp", "2020-01-01T00:00:00Z"), ("endTimestamp", "2027-01-01T00:00:00Z")];
    let (_, sums) = sandbox.get(&format!("{path}/statistics/list"), &span).await;
    let opened: i64 = later.iter().map(open).sum();
    assert_eq!(sums["aggregate"]["counters"]["open"], opened);
    let (_, days) =
        sandbox.get(&format!("{path}/statistics/histogram"), &[span[0], span[1], ("interval", "DAY")]).await;
    assert_eq!(days["total"].as_u64().unwrap() as usize, later.len());
}

#[tokio::test]
async fn limits_are_told_and_enforced_and_searches_have_their_own() {
    let sandbox = Sandbox::with(|options| {
        options.unlimited = false;
        options.brand = Brand::Golden;
    })
    .await;
    let first = sandbox.send(Method::GET, "/account-info/2026-09/details", &[], None).await;
    assert_eq!(first.headers()["x-hubspot-ratelimit-max"], "190");
    assert_eq!(first.headers()["x-hubspot-ratelimit-remaining"], "189");
    assert_eq!(first.headers()["x-hubspot-ratelimit-daily"], "625000");
    let (mut refused, mut told) = (Value::Null, false);
    for _ in 0..8 {
        let answer =
            sandbox.send(Method::POST, &format!("{OBJECTS}/deals/search"), &[], Some(json!({}))).await;
        told |= answer.headers().contains_key("x-hubspot-ratelimit-max");
        if answer.status() == 429 {
            refused = answer.json().await.unwrap();
        }
    }
    assert_eq!((refused["policyName"].as_str(), told), (Some("SECONDLY"), false));
    let mut refused = Value::Null;
    for _ in 0..195 {
        let answer = sandbox.send(Method::GET, "/crm/owners/2026-09", &[], None).await;
        if answer.status() == 429 {
            refused = answer.json().await.unwrap();
        }
    }
    assert_eq!(refused["policyName"], "TEN_SECONDLY_ROLLING");
}

#[tokio::test]
async fn oauth_refreshes_expires_and_is_revoked() {
    let mut sandbox = Sandbox::with(|options| options.brand = Brand::Golden).await;
    let face = sandbox.running.ready.platforms["hubspot"].clone();
    let client = [
        ("client_id", face.oauth["client_id"].as_str()),
        ("client_secret", face.oauth["client_secret"].as_str()),
    ];
    let ask = [
        client[0],
        ("redirect_uri", "http://127.0.0.1:1/back"),
        ("scope", "oauth crm.objects.contacts.read"),
        ("state", "s1"),
    ];
    let sent =
        sandbox.client.get(format!("{}/oauth/authorize", sandbox.base)).query(&ask).send().await.unwrap();
    let back = url::Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
    let found: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(found["state"], "s1");
    let http = sandbox.client.clone();
    let address = format!("{}/oauth/2026-09/token", sandbox.base);
    let token = |fields: Vec<(&'static str, String)>| {
        let own = client.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let request = http.post(&address).form(&own.chain(fields).collect::<Vec<_>>());
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let code = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", found["code"].clone()),
        ("redirect_uri", "http://127.0.0.1:1/back".to_owned()),
    ];
    let (_, granted) = token(code.clone()).await;
    assert_eq!(granted["expires_in"], 1_800);
    assert_eq!(token(code).await.1["status"], "BAD_AUTH_CODE");
    sandbox.token = granted["access_token"].as_str().unwrap().to_owned();
    let first = sandbox.send(Method::GET, "/crm/owners/2026-09", &[], None).await;
    assert_eq!(first.status(), 200);
    sandbox.advance(1).await;
    let (status, expired) = sandbox.get("/crm/owners/2026-09", &[]).await;
    assert_eq!((status, &expired["category"]), (401, &json!("EXPIRED_AUTHENTICATION")));
    let refresh = granted["refresh_token"].as_str().unwrap().to_owned();
    let renew = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh.clone())];
    let (_, next) = token(renew.clone()).await;
    sandbox.token = next["access_token"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.get("/crm/owners/2026-09", &[]).await.0, 200);
    let revoke = http.post(format!("{address}/revoke")).form(&[client[0], client[1], ("token", &refresh)]);
    assert_eq!(revoke.send().await.unwrap().status(), 204);
    assert_eq!(sandbox.get("/crm/owners/2026-09", &[]).await.1["category"], "INVALID_AUTHENTICATION");
    let (status, refused) = token(renew).await;
    assert_eq!((status, &refused["status"]), (400, &json!("BAD_REFRESH_TOKEN")));
}

#[tokio::test]
async fn an_account_may_be_empty() {
    let mut sandbox = Sandbox::with(|_| ()).await;
    sandbox.token = format!("pat-empty-{}", &sandbox.running.state.secrets.word("hubspot key")[..36]);
    for path in ["/crm/objects/2026-09/contacts", "/crm/objects/2026-09/deals", "/marketing/emails/2026-09"] {
        assert_eq!(sandbox.get(path, &[]).await.1["results"], json!([]), "{path}");
    }
    let (_, found) = sandbox.post(&format!("{OBJECTS}/companies/search"), json!({})).await;
    assert_eq!((&found["total"], found.get("paging")), (&json!(0), None));
    sandbox.token = "pat-wrong".to_owned();
    assert_eq!(sandbox.get("/crm/owners/2026-09", &[]).await.0, 401);
}
