//! Webhook endpoints: made, listed, changed and deleted; the signing secret is shown once.
use super::Own;
use super::call::Call;
use super::error::StripeError;
use crate::AppState;
use crate::draw::mix;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const MOST: usize = 16;
const NOUN: &str = "webhook endpoint";

#[derive(Debug, Default)]
struct Kept {
    made: u64,
    /// Endpoints by id, without their secrets.
    list: BTreeMap<String, Value>,
    /// Answers to calls with an idempotency key, with the parameters they had.
    answers: BTreeMap<String, (Vec<(String, String)>, Value)>,
}

/// The endpoints of the account.
#[derive(Debug, Default)]
pub struct Endpoints {
    kept: Mutex<Kept>,
}

/// Answers `/v1/webhook_endpoints[/{id}]`.
pub fn answer(state: &AppState, own: &Own, call: &Call, id: Option<&str>) -> Result<Response, StripeError> {
    let mut kept = own.endpoints.kept.lock().unwrap_or_else(PoisonError::into_inner);
    let value = match (&call.method, id) {
        (&Method::POST, None) => return create(state, &mut kept, call),
        (&Method::GET, None) => {
            call.only(&["limit", "starting_after", "ending_before", "expand"])?;
            let data: Vec<Value> = kept.list.values().rev().cloned().collect();
            json!({"object": "list", "data": data, "has_more": false, "url": "/v1/webhook_endpoints"})
        }
        (&Method::GET, Some(id)) => {
            kept.list.get(id).cloned().ok_or_else(|| StripeError::missing(NOUN, id))?
        }
        (&Method::POST, Some(id)) => {
            let endpoint = kept.list.get_mut(id).ok_or_else(|| StripeError::missing(NOUN, id))?;
            change(endpoint, call)?;
            endpoint.clone()
        }
        (&Method::DELETE, Some(id)) => {
            kept.list.remove(id).ok_or_else(|| StripeError::missing(NOUN, id))?;
            json!({"id": id, "object": "webhook_endpoint", "deleted": true})
        }
        _ => return Err(StripeError::unknown_address(&call.method, &call.raw_path)),
    };
    Ok(Json(value).into_response())
}

fn create(state: &AppState, kept: &mut Kept, call: &Call) -> Result<Response, StripeError> {
    if let Some(key) = &call.idempotency_key
        && let Some((params, value)) = kept.answers.get(key)
    {
        if *params != call.params {
            return Err(StripeError::other_request(key));
        }
        let mut response = Json(value).into_response();
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
        return Ok(response);
    }
    call.only(&["url", "enabled_events", "api_version", "description", "metadata", "connect", "expand"])?;
    let url = call.require("url")?;
    if !(url.starts_with("https://")
        || url.starts_with("http://127.0.0.1")
        || url.starts_with("http://localhost"))
    {
        return Err(StripeError::bad_param(
            "url",
            "Invalid URL: An explicit scheme (such as https) must be provided.",
        ));
    }
    if call.list("enabled_events").is_empty() {
        return Err(StripeError::missing_param("enabled_events"));
    }
    if kept.list.len() >= MOST {
        let text = format!("You have reached the maximum of {MOST} webhook endpoints.");
        return Err(StripeError::bad_param("url", text));
    }
    kept.made += 1;
    // ids sort by when they were made
    let id = format!("we_1S{:04}{:012x}", kept.made, mix(kept.made ^ state.options.seed) >> 16);
    let mut endpoint = json!({
        "id": id, "object": "webhook_endpoint", "api_version": call.param("api_version"), "application": null,
        "created": state.world.now().as_second(), "description": null, "enabled_events": [], "livemode": true,
        "metadata": {}, "status": "enabled", "url": "",
    });
    change(&mut endpoint, call)?;
    kept.list.insert(id.clone(), endpoint.clone());
    endpoint["secret"] = json!(format!("whsec_{}", &state.secrets.word(&id)[..32]));
    if let Some(key) = &call.idempotency_key {
        kept.answers.insert(key.clone(), (call.params.clone(), endpoint.clone()));
    }
    Ok(Json(endpoint).into_response())
}

fn change(endpoint: &mut Value, call: &Call) -> Result<(), StripeError> {
    for name in ["url", "description"] {
        if let Some(value) = call.param(name) {
            endpoint[name] = json!(value);
        }
    }
    let events = call.list("enabled_events");
    if !events.is_empty() {
        endpoint["enabled_events"] = json!(events);
    }
    match call.param("disabled") {
        Some("true") => endpoint["status"] = json!("disabled"),
        Some("false") => endpoint["status"] = json!("enabled"),
        Some(_) => return Err(StripeError::bad_param("disabled", "Invalid boolean.")),
        None => {}
    }
    let mut metadata: Map<String, Value> = endpoint["metadata"].as_object().cloned().unwrap_or_default();
    for (name, value) in &call.params {
        let key = name.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']'));
        if let Some(key) = key {
            metadata.insert(key.to_owned(), json!(value));
        }
    }
    endpoint["metadata"] = Value::Object(metadata);
    Ok(())
}
