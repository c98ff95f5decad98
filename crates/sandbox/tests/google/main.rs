//! The Google faces over HTTP: sign-in, accounts, queries, reports and sheets, compared with the world.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
mod ads;
mod analytics;
mod sheets;
mod sign_in;

use netgain_sandbox::{Options, Running, start};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

struct Sandbox {
    running: Running,
    client: Client,
    id: &'static str,
    token: String,
}

impl Sandbox {
    async fn with(id: &'static str, change: impl FnOnce(&mut Options)) -> Sandbox {
        let mut options = Options { today: Some("2026-11-21".parse().unwrap()), ..Options::default() };
        change(&mut options);
        let running = start(options).await.unwrap();
        let mut sandbox = Sandbox { running, client: Client::new(), id, token: String::new() };
        sandbox.sign_in().await;
        sandbox
    }

    async fn new(id: &'static str) -> Sandbox {
        Sandbox::with(id, |_| ()).await
    }

    fn base(&self) -> &str {
        &self.running.ready.platforms[self.id].base_url
    }

    fn field(&self, name: &str) -> &str {
        &self.running.ready.platforms[self.id].fields[name]
    }

    /// The fields of a refresh at the token endpoint.
    fn refresh(&self) -> Vec<(&'static str, String)> {
        let platform = &self.running.ready.platforms[self.id];
        vec![
            ("grant_type", "refresh_token".to_owned()),
            ("client_id", platform.oauth["client_id"].clone()),
            ("client_secret", platform.oauth["client_secret"].clone()),
            ("refresh_token", platform.secrets["refresh_token"].clone()),
        ]
    }

    async fn token_answer(&self, fields: &[(&str, String)]) -> (u16, Value) {
        let request = self.client.post(format!("{}/token", self.base())).form(fields);
        answer(request).await
    }

    async fn sign_in(&mut self) {
        let (status, body) = self.token_answer(&self.refresh()).await;
        assert_eq!(status, 200, "{body}");
        self.token = body["access_token"].as_str().unwrap().to_owned();
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base())).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Lets days pass; the access token of the old day is worth nothing then.
    async fn advance(&mut self, days: u16) {
        let url = format!("{}/world/advance", self.running.ready.address);
        let response = self.client.post(url).json(&json!({ "days": days })).send().await.unwrap();
        assert_eq!(response.status(), 200);
        self.sign_in().await;
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A number that may come as text.
fn number(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_i64().unwrap(),
    }
}

/// An amount as hundredths, from text or a number.
fn cents(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(fraction.len() <= 2, "{text}");
    whole.parse::<i64>().unwrap() * 100 + format!("{fraction:0<2}").parse::<i64>().unwrap()
}
