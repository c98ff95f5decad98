//! Cursor pages: opaque cursors, a `next` address, and pages that are sometimes shorter than asked for.
use super::call::Call;
use super::error::GraphError;
use crate::AppState;
use crate::faults::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use std::ops::Range;
use url::form_urlencoded::Serializer;

const DEFAULT_LIMIT: usize = 25;
const LARGEST_LIMIT: usize = 5_000;

/// The part of a list that one answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Positions of the records shown.
    pub shown: Range<usize>,
    total: usize,
    limit: usize,
}

impl Page {
    /// Chooses the page that a call asks for among `total` records.
    pub fn choose(call: &Call, total: usize, state: &AppState, point: &str) -> Result<Page, GraphError> {
        let limit = match call.param("limit") {
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|limit| *limit > 0)
                .ok_or_else(|| GraphError::parameter("Param limit must be a positive integer"))?
                .min(state.largest_page(LARGEST_LIMIT)),
            None => DEFAULT_LIMIT,
        };
        if let Some(cursor) = call.param("before") {
            let end = decode(cursor)?.min(total);
            return Ok(Page { shown: end.saturating_sub(limit)..end, total, limit });
        }
        let start = call.param("after").map_or(Ok(0), decode)?.min(total);
        let empty = |fault: &Fault| matches!(fault, Fault::EmptyPage);
        if start < total && state.faults.hit_if(point, empty).is_some() {
            return Ok(Page { shown: start..start, total, limit });
        }
        // Every third page is short, as happens when records are filtered out after paging.
        let taken = if limit > 2 && (start / limit) % 3 == 1 { limit - limit / 3 } else { limit };
        Ok(Page { shown: start..(start + taken).min(total), total, limit })
    }

    /// The answer around the records of this page.
    pub fn answer(&self, call: &Call, state: &AppState, records: Vec<Value>) -> Map<String, Value> {
        let mut paging = Map::new();
        if self.total > 0 {
            paging.insert(
                "cursors".to_owned(),
                json!({"before": encode(self.shown.start), "after": encode(self.shown.end)}),
            );
        }
        if self.shown.start > 0 {
            let previous = self.address(call, state, "before", self.shown.start);
            paging.insert("previous".to_owned(), json!(previous));
        }
        if self.shown.end < self.total {
            paging.insert("next".to_owned(), json!(self.address(call, state, "after", self.shown.end)));
        }
        let mut answer = Map::new();
        answer.insert("data".to_owned(), Value::Array(records));
        if !paging.is_empty() {
            answer.insert("paging".to_owned(), Value::Object(paging));
        }
        answer
    }

    /// As on the platform, the address carries the token and all parameters of the call.
    fn address(&self, call: &Call, state: &AppState, direction: &str, position: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("access_token", call.token.as_deref().unwrap_or(""));
        for (name, value) in &call.params {
            if !matches!(name.as_str(), "after" | "before" | "limit" | "appsecret_proof" | "method") {
                query.append_pair(name, value);
            }
        }
        query.append_pair("limit", &self.limit.to_string());
        query.append_pair(direction, &encode(position));
        format!("{}/meta/{}/{}/{}?{}", state.address, call.version, call.node, call.edge, query.finish())
    }
}

fn encode(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("cursor:{position}"))
}

fn decode(cursor: &str) -> Result<usize, GraphError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("cursor:").and_then(|digits| digits.parse().ok()))
        .ok_or_else(|| GraphError::parameter("Invalid cursor for the paging parameter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_opaque_and_checked() {
        assert_eq!(decode(&encode(42)).unwrap(), 42);
        assert_eq!(decode("42").unwrap_err().code, 100);
    }
}
