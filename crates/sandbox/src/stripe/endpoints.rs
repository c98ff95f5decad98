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
    /// Endpoints by id, without their secrets, each with the number that deliveries know it by.
    list: BTreeMap<String, (u64, Value)>,
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
    // what the platform has dropped without a word is gone from the list too
    let known: Vec<u64> = state.webhooks.list("stripe").iter().map(|one| one.id).collect();
    kept.list.retain(|_, (number, _)| known.contains(number));
    let value = match (&call.method, id) {
        (&Method::POST, None) => return create(state, &mut kept, call),
        (&Method::GET, None) => {
            call.only(&["limit", "starting_after", "ending_before", "expand"])?;
            let data: Vec<Value> = kept.list.values().rev().map(|(_, endpoint)| endpoint.clone()).collect();
            json!({"object": "list", "data": data, "has_more": false, "url": "/v1/webhook_endpoints"})
        }
        (&Method::GET, Some(id)) => {
            let found = kept.list.get(id).ok_or_else(|| StripeError::missing(NOUN, id))?;
            found.1.clone()
        }
        (&Method::POST, Some(id)) => {
            let (number, endpoint) = kept.list.get_mut(id).ok_or_else(|| StripeError::missing(NOUN, id))?;
            change(endpoint, call)?;
            state.webhooks.remove("stripe", *number);
            *number = register(state, endpoint);
            endpoint.clone()
        }
        (&Method::DELETE, Some(id)) => {
            let (number, _) = kept.list.remove(id).ok_or_else(|| StripeError::missing(NOUN, id))?;
            state.webhooks.remove("stripe", number);
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
    kept.list.insert(id.clone(), (register(state, &endpoint), endpoint.clone()));
    endpoint["secret"] = json!(secret(state, &id));
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

fn secret(state: &AppState, id: &str) -> String {
    format!("whsec_{}", &state.secrets.word(id)[..32])
}

/// Has the endpoint told of its events while it is enabled.
fn register(state: &AppState, endpoint: &Value) -> u64 {
    let id = endpoint["id"].as_str().unwrap_or("");
    let enabled = endpoint["status"] == "enabled";
    let events = endpoint["enabled_events"].as_array().filter(|_| enabled);
    let topics: Vec<&str> = events.into_iter().flatten().filter_map(Value::as_str).collect();
    state.webhooks.register("stripe", endpoint["url"].as_str().unwrap_or(""), &secret(state, id), &topics)
}
