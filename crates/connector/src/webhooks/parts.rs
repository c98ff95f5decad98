//! Looking up the parts of a delivery: headers, query parameters, values in the body.

use std::borrow::Cow;

use netgain_manifest::{At, Within};
use netgain_mapping::word_of;
use sonic_rs::Value;

use super::{Delivery, Refused};
use crate::look::Look;

/// A delivery whose body is read when it is asked for.
pub(super) struct Parts<'a> {
    pub delivery: Delivery<'a>,
    body: Option<Result<Value, String>>,
}

impl<'a> Parts<'a> {
    pub fn new(delivery: Delivery<'a>) -> Self {
        Self { delivery, body: None }
    }

    /// The body as a document: JSON, or a form as an object of texts; nothing at all is an empty object.
    pub fn body(&mut self) -> Result<&Value, Refused> {
        let delivery = self.delivery;
        let read = self.body.get_or_insert_with(|| document(delivery));
        read.as_ref().map_err(|problem| Refused::Unreadable(problem.clone()))
    }

    /// Every text at that place, prefix removed. `event` is what [`Within::Event`] means.
    pub fn all(&mut self, at: &At, event: Option<&Value>) -> Vec<String> {
        let found: Vec<String> = match at.place {
            Within::Header => {
                let of_name =
                    self.delivery.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&at.name));
                of_name.map(|(_, value)| value.trim().to_owned()).collect()
            }
            Within::Query => pairs(query(self.delivery.url).as_bytes())
                .filter(|(name, _)| *name == at.name)
                .map(|(_, value)| value.into_owned())
                .collect(),
            Within::Body | Within::Event => {
                let look = Look::at(&at.name);
                let body = match event.filter(|_| at.place == Within::Event) {
                    Some(event) => Some(event),
                    None => self.body().ok(),
                };
                let words = body.into_iter().flat_map(|body| look.all(body));
                words.filter_map(|value| word_of(value).map(Cow::into_owned)).collect()
            }
        };
        let picked = found.into_iter().flat_map(|text| {
            if at.kv.is_empty() {
                vec![text]
            } else {
                let parts = text.split(',').filter_map(|part| part.trim().split_once('='));
                parts.filter(|(key, _)| *key == at.kv).map(|(_, value)| value.to_owned()).collect()
            }
        });
        picked.filter_map(|text| text.strip_prefix(&at.prefix).map(str::to_owned)).collect()
    }

    /// The first text at that place.
    pub fn first(&mut self, at: &At, event: Option<&Value>) -> Option<String> {
        self.all(at, event).into_iter().next()
    }

    /// The fields of a form body, sorted by name, each name directly before its value.
    pub fn sorted_form(&self) -> Vec<u8> {
        if !is_form(self.delivery) {
            return Vec::new();
        }
        let mut fields: Vec<_> = pairs(self.delivery.body).collect();
        fields.sort();
        fields.dedup();
        fields.into_iter().flat_map(|(name, value)| [name, value]).collect::<String>().into_bytes()
    }
}

fn document(delivery: Delivery<'_>) -> Result<Value, String> {
    let text = std::str::from_utf8(delivery.body).map_err(|_| "it is not UTF-8".to_owned())?;
    let parse = |text: &str| netgain_mapping::parse(text).map_err(|error| error.to_string());
    if is_form(delivery) {
        let fields: serde_json::Map<String, serde_json::Value> = pairs(delivery.body)
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect();
        return parse(&serde_json::Value::from(fields).to_string());
    }
    parse(if text.trim().is_empty() { "{}" } else { text })
}

fn is_form(delivery: Delivery<'_>) -> bool {
    let mut types = delivery.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    types.any(|(_, value)| value.starts_with("application/x-www-form-urlencoded"))
}

fn query(url: &str) -> &str {
    url.split_once('?').map_or("", |(_, query)| query)
}

fn pairs(text: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    url::form_urlencoded::parse(text)
}
