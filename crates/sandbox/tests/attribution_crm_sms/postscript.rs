//! Postscript: subscribers page by page, keywords, messages with credits, both kinds of key, webhooks.
use super::{Sandbox, answer};
use netgain_sandbox::Brand;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Sandbox {
    fn script(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, &format!("/api/v2{path}")).bearer_auth(&self.platform.secrets["api_key"])
    }

    async fn subscribers(&self, query: &[(&str, &str)]) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let (status, body) =
                answer(self.script(Method::GET, "/subscribers").query(query).query(&[("page", page)])).await;
            assert_eq!((status, &body["page_info"]["page"]), (200, &json!(page)), "{body}");
            all.extend(body["subscribers"].as_array().unwrap().iter().cloned());
            if body["page_info"]["total_pages"].as_i64().unwrap() <= page {
                break;
            }
        }
        all
    }
}

#[tokio::test]
async fn subscribers_come_once_and_the_clock_brings_only_news() {
    let sandbox = Sandbox::of("postscript", Brand::Demo, true).await;
    let all = sandbox.subscribers(&[("sort", "updated_at__asc")]).await;
    let ids: BTreeSet<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len());
    let customers = sandbox.running.state.world.shop().customers.len();
    assert!((customers / 3..customers / 2).contains(&all.len()), "{} of {customers}", all.len());
    assert!(all.windows(2).all(|pair| pair[0]["updated_at"].as_str() <= pair[1]["updated_at"].as_str()));
    let words = answer(sandbox.script(Method::GET, "/keywords")).await.1;
    let came: u64 = words["keywords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["triggered_count"].as_u64().unwrap())
        .sum();
    assert_eq!(came as usize, all.iter().filter(|one| one["data"]["keyword"].is_string()).count());

    let since = sandbox.running.state.world.now().to_string();
    assert!(sandbox.subscribers(&[("updated_at__gt", &since)]).await.is_empty());
    sandbox.advance(2).await;
    let news = sandbox.subscribers(&[("updated_at__gt", &since)]).await;
    assert!(news.len() > 5 && news.len() < all.len() / 10, "{}", news.len());
    let old: BTreeSet<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    let fresh = news.iter().filter(|one| !old.contains(one["id"].as_str().unwrap())).count();
    assert_eq!(sandbox.subscribers(&[]).await.len(), all.len() + fresh);
    let gone = news.iter().find(|one| one["subscriptions"]["promotional"]["can_send"] == false);
    let still = |one: &Value| one["subscriptions"]["promotional"]["can_send"] == true;
    assert!(gone.is_none_or(|gone| all.iter().any(|one| one["id"] == gone["id"])));
    assert!(all.iter().filter(|one| !still(one)).count() > all.len() / 30);
}

#[tokio::test]
async fn messages_use_credits_and_unsubscribing_stays() {
    let sandbox = Sandbox::of("postscript", Brand::Demo, true).await;
    let one = sandbox.subscribers(&[("sort", "created_at__asc")]).await.remove(0);
    let request = json!({"subscriber_id": one["id"], "body": "x".repeat(161), "category": "transactional"});
    let (status, asked) = answer(sandbox.script(Method::POST, "/message_requests").json(&request)).await;
    assert_eq!((status, &asked["status"]), (202, &json!("processing")), "{asked}");
    let path = format!("/message_requests/{}", asked["id"].as_str().unwrap());
    let (_, done) = answer(sandbox.script(Method::GET, &path)).await;
    assert_eq!(done["sent_message"]["credits_used"], 2);
    let path = format!("/sent_messages/{}", done["sent_message"]["id"].as_str().unwrap());
    assert_eq!(answer(sandbox.script(Method::GET, &path)).await.1["phone"], one["phone_number"]);
    let who = json!({"phone": one["phone_number"]});
    assert_eq!(answer(sandbox.script(Method::PATCH, "/compliance/unsubscribe").json(&who)).await.0, 202);
    let path = format!("/subscribers/{}", one["id"].as_str().unwrap());
    assert_eq!(
        answer(sandbox.script(Method::GET, &path)).await.1["subscriptions"]["promotional"]["can_send"],
        false
    );
}

#[tokio::test]
async fn keys_refusals_and_the_limit_without_headers() {
    let sandbox = Sandbox::of("postscript", Brand::Golden, false).await;
    let partner = |path: &str| {
        sandbox
            .request(Method::GET, &format!("/api/v2{path}"))
            .bearer_auth(&sandbox.platform.oauth["partner_key"])
    };
    assert_eq!(answer(partner("/me")).await.1["resource_type"], "partner");
    assert_eq!(answer(partner("/keywords")).await.0, 403);
    let with_shop = partner("/me").header("X-Postscript-Shop-Token", &sandbox.platform.secrets["api_key"]);
    assert_eq!(answer(with_shop).await.1["resource_type"], "shop");
    let empty = sandbox.request(Method::GET, "/api/v2/subscribers").bearer_auth("sk_empty");
    assert_eq!(answer(empty).await.1["subscribers"], json!([]));
    let wrong = sandbox.request(Method::GET, "/api/v2/me").bearer_auth("sk_wrong");
    assert_eq!(answer(wrong).await.0, 401);
    let (status, body) = answer(sandbox.script(Method::GET, "/keywords/kw_none")).await;
    assert_eq!((status, &body["error_code"]), (404, &json!(3001)));
    let bad = sandbox.script(Method::GET, "/subscribers").query(&[("sort", "nonsense")]);
    assert!(answer(bad).await.1["errors"][0]["msg"].is_string());
    let mut refused = Value::Null;
    for _ in 0..200 {
        let response = sandbox.script(Method::GET, "/me").send().await.unwrap();
        if response.status() == 429 {
            assert!(response.headers().get("retry-after").is_none());
            refused = response.json().await.unwrap();
            break;
        }
    }
    assert_eq!(refused["error_code"], 3002);
}

#[tokio::test]
async fn webhooks_are_registered_one_event_each() {
    let sandbox = Sandbox::of("postscript", Brand::Golden, true).await;
    let ask = json!({"callback_url": "http://127.0.0.1:9/hook", "event": "shop.subscriber.opt_in"});
    let (_, made) = answer(sandbox.script(Method::POST, "/webhooks").json(&ask)).await;
    let (_, list) = answer(sandbox.script(Method::GET, "/webhooks")).await;
    assert_eq!(list["webhook_subscriptions"], json!([made]));
    assert!(answer(sandbox.script(Method::GET, "/webhooks/token")).await.1["token"].is_string());
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(answer(sandbox.script(Method::DELETE, &path)).await.0, 200);
    assert_eq!(answer(sandbox.script(Method::GET, &path)).await.0, 404);
}
