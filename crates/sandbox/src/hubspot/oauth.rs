//! The OAuth paths: authorize, token, introspect, revoke.
use super::Face;
use super::error::{ApiError, CORRELATION};
use super::objects::PORTAL;
use crate::grants::{Refusal, Standing, Tokens};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

fn refuse(error: &str, status: &str, words: &str) -> Response {
    let body = json!({"error": error, "error_description": words, "status": status, "message": words,
        "correlationId": CORRELATION});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// `GET /oauth/authorize`: the user agrees at once.
pub async fn authorize(
    State(face): State<Arc<Face>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| query.get(name).map(String::as_str);
    if field("client_id") != Some(face.client_id.as_str()) {
        return refuse("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id");
    }
    let scope = field("scope").or(field("scopes")).unwrap_or_default();
    if !scope.split([' ', '+']).any(|one| one == "oauth") {
        return refuse("invalid_scope", "MISSING_SCOPES", "the scope oauth is required");
    }
    let redirect = field("redirect_uri").unwrap_or_default();
    let Ok(mut target) = url::Url::parse(redirect) else {
        return refuse("invalid_request", "MISSING_REDIRECT_URI", "missing or invalid redirect uri");
    };
    let now = face.app.world.now().as_second();
    let Some(code) = face.grants.code(redirect, field("code_challenge"), scope, now) else {
        return refuse("invalid_request", "BAD_REQUEST", "missing code challenge");
    };
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = field("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response()
}

fn fields(body: &Bytes) -> HashMap<String, String> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn is_client(face: &Face, fields: &HashMap<String, String>) -> bool {
    fields.get("client_id") == Some(&face.client_id)
        && fields.get("client_secret") == Some(&face.client_secret)
}

/// `POST /oauth/{version}/token`, form-encoded, the secrets in the body.
pub async fn token(State(face): State<Arc<Face>>, body: Bytes) -> Response {
    let fields = fields(&body);
    if !is_client(&face, &fields) {
        return refuse("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret");
    }
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let now = face.app.world.now().as_second();
    let issued = match field("grant_type") {
        "authorization_code" => {
            let verifier = fields.get("code_verifier").map(String::as_str);
            face.grants.redeem(field("code"), field("redirect_uri"), verifier, now)
        }
        "refresh_token" => face.grants.refresh(field("refresh_token"), now),
        _ => return refuse("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type"),
    };
    match issued {
        Ok(Tokens { access, refresh, scope }) => Json(json!({
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "bearer",
            "token_use": "access_token",
            "expires_in": face.grants.access_life(),
            "hub_id": PORTAL,
            "user_id": 1,
            "scopes": scope.split([' ', '+']).collect::<Vec<_>>(),
        }))
        .into_response(),
        Err(Refusal::Code) => refuse("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code"),
        Err(Refusal::Redirect) => refuse(
            "invalid_grant",
            "MISMATCH_REDIRECT_URI_AUTH_CODE",
            "redirect uri does not match the auth code",
        ),
        Err(Refusal::Proof) => refuse("invalid_grant", "BAD_CODE_VERIFIER", "code verifier does not match"),
        Err(Refusal::Refresh) => {
            refuse("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        }
    }
}

/// `POST /oauth/{version}/token/introspect`.
pub async fn introspect(State(face): State<Arc<Face>>, body: Bytes) -> Response {
    let fields = fields(&body);
    let token = fields.get("token").map_or("", String::as_str);
    let good = face.grants.standing(token, face.app.world.now().as_second()) == Standing::Good;
    Json(json!({
        "active": good, "token": token, "token_type": "bearer", "token_use": "access_token", "hub_id": PORTAL,
        "user_id": 1, "app_id": super::objects::APP, "client_id": face.client_id, "scopes": ["oauth"],
        "expires_in": face.grants.access_life(), "is_private_distribution": true,
    }))
    .into_response()
}

/// `POST /oauth/{version}/token/revoke`.
pub async fn revoke(State(face): State<Arc<Face>>, body: Bytes) -> Response {
    let fields = fields(&body);
    if !is_client(&face, &fields) {
        return refuse("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret");
    }
    face.grants.revoke(fields.get("token").map_or("", String::as_str));
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /oauth/{version}/access-tokens/{token}`.
pub async fn access_token(
    State(face): State<Arc<Face>>,
    Path((_, token)): Path<(String, String)>,
) -> Response {
    let now = face.app.world.now().as_second();
    match face.grants.standing(&token, now) {
        Standing::Good => Json(json!({
            "token": token, "user": "owner@example.com", "hub_domain": "demo.example", "scopes": ["oauth"],
            "hub_id": PORTAL, "app_id": super::objects::APP, "user_id": 1, "token_type": "access",
            "expires_in": face.grants.access_life(),
        }))
        .into_response(),
        Standing::Expired(until) => ApiError::expired(until, now).into_response(),
        Standing::Unknown => ApiError::not_found("access token is not valid").into_response(),
    }
}

/// `DELETE /oauth/{version}/refresh-tokens/{token}`.
pub async fn forget(State(face): State<Arc<Face>>, Path((_, token)): Path<(String, String)>) -> Response {
    face.grants.revoke(&token);
    StatusCode::NO_CONTENT.into_response()
}
