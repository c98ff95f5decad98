//! The OAuth paths: authorize with a proof key, token, revoke.
use super::Face;
use crate::grants::{Refusal, Tokens};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

fn refuse(status: StatusCode, error: &str, words: &str) -> Response {
    (status, Json(json!({ "error": error, "error_description": words }))).into_response()
}

/// `GET /oauth/authorize`: the merchant agrees at once.
pub async fn authorize(
    State(face): State<Arc<Face>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| query.get(name).map(String::as_str);
    let bad = |words: &str| refuse(StatusCode::BAD_REQUEST, "invalid_request", words);
    if field("client_id") != Some(face.client_id.as_str()) {
        return bad("No application has this client_id.");
    }
    if field("response_type") != Some("code") {
        return bad("response_type must be code.");
    }
    if field("code_challenge_method") != Some("S256") {
        return bad("code_challenge_method must be S256.");
    }
    let redirect = field("redirect_uri").unwrap_or_default();
    let Ok(mut target) = url::Url::parse(redirect) else {
        return bad("redirect_uri must be an absolute address.");
    };
    let now = face.app.world.now().as_second();
    let scope = field("scope").unwrap_or_default();
    let Some(code) = face.grants.code(redirect, field("code_challenge"), scope, now) else {
        return bad("code_challenge is required.");
    };
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = field("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response()
}

/// Whether the application names itself with its secret in the `Authorization` header.
fn is_client(face: &Face, headers: &HeaderMap) -> bool {
    let expected = STANDARD.encode(format!("{}:{}", face.client_id, face.client_secret));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|text| text.strip_prefix("Basic ")) == Some(expected.as_str())
}

/// `POST /oauth/token`, form-encoded.
pub async fn token(State(face): State<Arc<Face>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_client(&face, &headers) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "The client could not be authenticated.");
    }
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let now = face.app.world.now().as_second();
    let issued = match field("grant_type") {
        "authorization_code" => {
            let verifier = fields.get("code_verifier").map(String::as_str);
            face.grants.redeem(field("code"), field("redirect_uri"), verifier, now)
        }
        "refresh_token" => face.grants.refresh(field("refresh_token"), now),
        _ => return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type."),
    };
    match issued {
        Ok(Tokens { access, refresh, scope }) => Json(json!({
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": face.grants.access_life(),
            "scope": scope,
        }))
        .into_response(),
        Err(refusal) => {
            let words = match refusal {
                Refusal::Code => "The authorization code is invalid or has expired.",
                Refusal::Redirect => "The redirect_uri does not match the one of the authorization request.",
                Refusal::Proof => "The code_verifier does not match the code_challenge.",
                Refusal::Refresh => "The refresh token is invalid or has been revoked.",
            };
            refuse(StatusCode::BAD_REQUEST, "invalid_grant", words)
        }
    }
}

/// `POST /oauth/revoke`, form-encoded.
pub async fn revoke(State(face): State<Arc<Face>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_client(&face, &headers) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "The client could not be authenticated.");
    }
    for (name, value) in url::form_urlencoded::parse(&body) {
        if name == "token" {
            face.grants.revoke(&value);
        }
    }
    Json(json!({})).into_response()
}
