//! Damage to an answer's body: cut, dropped records, wrong types.
use crate::draw::{chance, mix};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// The parts of an answer with its whole body in memory.
async fn collect(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // A body that cannot be read is already damaged enough: the client sees it empty.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, bytes)
}

/// Announces the whole length, sends `after_bytes` (default half) and drops the connection.
pub async fn reset(response: Response, after_bytes: Option<usize>) -> Response {
    let (mut parts, bytes) = collect(response).await;
    let keep = after_bytes.unwrap_or(bytes.len() / 2).min(bytes.len().saturating_sub(1));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len() as u64));
    let sent = bytes.slice(..keep);
    let chunks = stream::unfold(Some(sent), |state| async move {
        match state {
            Some(chunk) if !chunk.is_empty() => Some((Ok(chunk), Some(Bytes::new()))),
            Some(_) => {
                // Gives the first part time to leave, so that it is a cut in mid-body.
                tokio::time::sleep(Duration::from_millis(30)).await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
            }
            None => None,
        }
    });
    Response::from_parts(parts, Body::from_stream(chunks))
}

/// Sends half of the body as if it were all.
pub async fn truncate(response: Response) -> Response {
    let (mut parts, bytes) = collect(response).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// Leaves out `percent` of the records of a JSON answer or of JSON lines: the same ones wherever the sandbox listens, whose
/// `own` address stands in the links of some.
pub async fn drop_records(response: Response, percent: u8, seed: u64, own: &str) -> Response {
    let keep = |record: &[u8]| {
        let record = String::from_utf8_lossy(record).replace(own, "");
        let hash = record.bytes().fold(seed, |hash, byte| mix(hash ^ u64::from(byte)));
        chance(seed, hash) * 100.0 >= f64::from(percent)
    };
    change(
        response,
        |value| drop_in(value, &keep),
        |line| if keep(line) { Some(line.to_vec()) } else { None },
    )
    .await
}

/// Changes the type of the values at `path`.
pub async fn wrong_type(response: Response, path: &str) -> Response {
    at(response, path, &|value| {
        *value = if value.is_object() { json!("unexpected") } else { json!({"unexpected": true}) };
    })
    .await
}

/// Puts `new` in place of the values at `path`.
pub async fn set(response: Response, path: &str, new: &Value) -> Response {
    at(response, path, &|value| *value = new.clone()).await
}

/// Does something to the values at `path`, in a document and in lines alike.
async fn at(response: Response, path: &str, act: &impl Fn(&mut Value)) -> Response {
    let keys: Vec<&str> = path.split('.').collect();
    let line = |line: &[u8]| match serde_json::from_slice::<Value>(line) {
        Ok(mut value) => {
            each(&mut value, &keys, act);
            Some(value.to_string().into_bytes())
        }
        Err(_) => Some(line.to_vec()),
    };
    change(response, |value| each(value, &keys, act), line).await
}

/// Applies `document` to a JSON body, or `line` to each line of JSON lines.
async fn change(
    response: Response,
    document: impl Fn(&mut Value),
    line: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Response {
    let (mut parts, bytes) = collect(response).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    let changed = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut value) => {
            document(&mut value);
            value.to_string().into_bytes()
        }
        Err(_) => {
            let mut out = Vec::with_capacity(bytes.len());
            for kept in bytes.split(|byte| *byte == b'\n').filter(|part| !part.is_empty()).filter_map(line) {
                out.extend_from_slice(&kept);
                out.push(b'\n');
            }
            out
        }
    };
    Response::from_parts(parts, Body::from(changed))
}

/// The names under which platforms put the records of an answer.
const RECORDS: [&str; 12] = [
    "data",
    "nodes",
    "edges",
    "results",
    "rows",
    "contacts",
    "opportunities",
    "subscribers",
    "ordersWithJourneys",
    "orders",
    "transactions",
    "keywords",
];

/// Drops elements of the outermost record arrays, also where the answer is an array of pages.
fn drop_in(value: &mut Value, keep: &impl Fn(&[u8]) -> bool) {
    if let Value::Array(pages) = value {
        pages.iter_mut().for_each(|page| drop_in(page, keep));
        return;
    }
    let Value::Object(map) = value else { return };
    for (key, child) in map.iter_mut() {
        match child {
            Value::Array(items) if RECORDS.contains(&key.as_str()) => {
                items.retain(|item| keep(item.to_string().as_bytes()));
            }
            Value::Object(_) => drop_in(child, keep),
            _ => {}
        }
    }
}

fn each(value: &mut Value, keys: &[&str], act: &impl Fn(&mut Value)) {
    let Some((key, rest)) = keys.split_first() else {
        act(value);
        return;
    };
    match value {
        Value::Array(items) if *key == "*" => items.iter_mut().for_each(|item| each(item, rest, act)),
        Value::Array(items) => {
            if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                each(item, rest, act);
            }
        }
        Value::Object(map) if *key == "*" => map.values_mut().for_each(|item| each(item, rest, act)),
        Value::Object(map) => {
            if let Some(item) = map.get_mut(*key) {
                each(item, rest, act);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> String {
        String::from_utf8(collect(response).await.1.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn wrong_type_in_a_document_and_in_lines() {
        let body = Response::new(Body::from(r#"{"data":[{"a":"1"},{"b":2}]}"#));
        assert_eq!(
            text(wrong_type(body, "data.*.a").await).await,
            r#"{"data":[{"a":{"unexpected":true}},{"b":2}]}"#
        );
        let body = Response::new(Body::from(r#"[{"a":"1"},{"a":"2"}]"#));
        assert_eq!(text(set(body, "1.a", &json!("x")).await).await, r#"[{"a":"1"},{"a":"x"}]"#);
        let lines = Response::new(Body::from("{\"a\":1}\n{\"b\":2}\n"));
        assert_eq!(text(wrong_type(lines, "a").await).await, "{\"a\":{\"unexpected\":true}}\n{\"b\":2}\n");
    }

    #[tokio::test]
    async fn drops_about_the_share_asked_for() {
        let left = async |own: &str| {
            let records: Vec<Value> =
                (0..1000).map(|id| json!({ "id": id, "self": format!("{own}/{id}") })).collect();
            let body = json!({"data": {"orders": {"nodes": records}}}).to_string();
            text(drop_records(Response::new(Body::from(body)), 10, 3, own).await).await
        };
        let first = left("http://127.0.0.1:4000").await;
        let count = first.matches("\"id\"").count();
        assert!((850..950).contains(&count), "{count}");
        assert_eq!(left("http://127.0.0.1:51234").await.replace("51234", "4000"), first);
    }
}
