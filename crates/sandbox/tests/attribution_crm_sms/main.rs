//! The faces of attribution, CRM and text messages over HTTP, held against the world they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
mod gohighlevel;
mod postscript;
mod triplewhale;

use netgain_sandbox::{Brand, Options, Running, server::Platform, start};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// A sandbox with one of its platforms.
struct Sandbox {
    running: Running,
    client: Client,
    platform: Platform,
}

impl Sandbox {
    async fn of(id: &str, brand: Brand, unlimited: bool) -> Sandbox {
        let today = Some("2026-11-21".parse().unwrap());
        let running =
            start(Options { brand, today, unlimited, port: 0, ..Options::default() }).await.unwrap();
        let platform = running.ready.platforms[id].clone();
        Sandbox { running, client: Client::new(), platform }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.platform.base_url))
    }

    async fn advance(&self, days: u16) {
        let url = format!("{}/world/advance", self.running.ready.address);
        let answer = self.client.post(url).json(&json!({ "days": days })).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

/// Sends a request and answers status and body.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A JSON number or text in hundredths.
fn cents(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let decimal: rust_decimal::Decimal = text.parse().unwrap();
    i64::try_from((decimal * rust_decimal::Decimal::ONE_HUNDRED).round()).unwrap()
}
