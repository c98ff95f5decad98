//! Tokens: refresh, expiry, revocation, the authorization page.
use super::{Sandbox, answer};
use reqwest::redirect::Policy;
use serde_json::json;
use std::collections::HashMap;

#[tokio::test]
async fn tokens_expire_with_the_clock_and_die_with_the_grant() {
    let mut sandbox = Sandbox::new("google_sheets").await;
    let path = format!("/v4/spreadsheets/{}", sandbox.field("spreadsheet_id"));
    assert_eq!(sandbox.get(&path).await.0, 200);
    let old = sandbox.token.clone();
    sandbox.advance(1).await;
    let fresh = std::mem::replace(&mut sandbox.token, old);
    let (status, body) = sandbox.get(&path).await;
    assert_eq!((status, body["error"]["status"].as_str()), (401, Some("UNAUTHENTICATED")));
    assert_eq!(body["error"]["details"][0]["reason"], "ACCESS_TOKEN_EXPIRED");
    sandbox.token = fresh;
    assert_eq!(sandbox.get(&path).await.0, 200);

    let token = sandbox.refresh().pop().unwrap().1;
    let revoke = || sandbox.client.post(format!("{}/revoke", sandbox.base())).form(&[("token", &token)]);
    assert_eq!(answer(revoke()).await, (200, json!({})));
    assert_eq!(sandbox.get(&path).await.0, 401);
    let (status, body) = sandbox.token_answer(&sandbox.refresh()).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant")));
    assert_eq!(body["error_description"], "Token has been expired or revoked.");
    assert_eq!(answer(revoke()).await.0, 400);
}

#[tokio::test]
async fn the_token_endpoint_refuses_what_is_wrong() {
    let sandbox = Sandbox::new("ga4").await;
    for (index, value, status, error) in [
        (0, "password", 400, "unsupported_grant_type"),
        (1, "x.apps.googleusercontent.com", 401, "invalid_client"),
        (2, "GOCSPX-x", 401, "invalid_client"),
        (3, "1//0x", 400, "invalid_grant"),
        (3, "", 400, "invalid_request"),
    ] {
        let mut fields = sandbox.refresh();
        fields[index].1 = value.to_owned();
        let (found, body) = sandbox.token_answer(&fields).await;
        assert_eq!((found, body["error"].as_str()), (status, Some(error)), "{}", fields[index].0);
    }
}

#[tokio::test]
async fn the_page_gives_a_code_that_works_once_with_its_verifier() {
    let sandbox = Sandbox::new("google_ads").await;
    let fields = sandbox.refresh();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let back = "http://localhost/back";
    // RFC 7636, appendix B
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let ask = |access: &'static str| {
        let query = [
            ("client_id", fields[1].1.as_str()),
            ("redirect_uri", back),
            ("response_type", "code"),
            ("scope", "https://www.googleapis.com/auth/adwords"),
            ("access_type", access),
            ("state", "a b"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ];
        client.get(format!("{}/o/oauth2/v2/auth", sandbox.base())).query(&query).send()
    };
    let code = |response: reqwest::Response| {
        assert_eq!(response.status(), 302);
        let target = reqwest::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let mut pairs: HashMap<String, String> = target.query_pairs().into_owned().collect();
        assert_eq!(pairs["state"], "a b");
        pairs.remove("code").unwrap()
    };
    let first = code(ask("offline").await.unwrap());
    let exchange = |code: &str, verifier: &str| {
        vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", fields[1].1.clone()),
            ("client_secret", fields[2].1.clone()),
            ("code", code.to_owned()),
            ("redirect_uri", back.to_owned()),
            ("code_verifier", verifier.to_owned()),
        ]
    };
    let (status, body) = sandbox.token_answer(&exchange(&first, verifier)).await;
    assert_eq!((status, body["expires_in"].as_i64()), (200, Some(3_599)), "{body}");
    assert!(body["refresh_token"].is_string());
    assert_eq!(sandbox.token_answer(&exchange(&first, verifier)).await.0, 400, "a code works once");
    let second = code(ask("offline").await.unwrap());
    assert_eq!(sandbox.token_answer(&exchange(&second, "wrong")).await.0, 400);
    let third = code(ask("online").await.unwrap());
    let (_, body) = sandbox.token_answer(&exchange(&third, verifier)).await;
    assert!(body["access_token"].is_string() && body["refresh_token"].is_null(), "{body}");
}
