//! What an answer means: the manifest's error rules in their order, then what HTTP itself says.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_domain::ErrorClass;
use netgain_manifest::{ErrorRule, Wait, When};
use netgain_mapping::word_of;
use sonic_rs::{JsonValueTrait, Value};

use crate::Response;
use crate::look::Look;

/// Most characters of the platform's words in an error.
const WORDS: usize = 300;

/// The error rules of a manifest, compiled.
pub(crate) struct Rules(Vec<Rule>);

struct Rule {
    rule: ErrorRule,
    path: Option<Look>,
    also: Option<Look>,
    wait: Option<Look>,
}

/// What an answer means.
#[derive(Debug, PartialEq)]
pub(crate) struct Meaning {
    pub class: ErrorClass,
    /// How long the platform asks to wait.
    pub wait: Option<Duration>,
    /// The platform's words and the cure.
    pub message: String,
}

impl Rules {
    pub fn new(rules: &[ErrorRule]) -> Self {
        let compile = |rule: &ErrorRule| Rule {
            path: rule.when.path.as_deref().map(Look::at),
            also: rule.when.also_path.as_deref().map(Look::at),
            wait: match &rule.wait {
                Wait::BodyDuration { path, .. } => Some(Look::at(path)),
                Wait::Backoff | Wait::Header { .. } => None,
            },
            rule: rule.clone(),
        };
        Self(rules.iter().map(compile).collect())
    }

    /// The meaning of an answer; none when it is a good one. `at` is the platform's time of answering, against which
    /// a date to wait for is read.
    pub fn judge(&self, response: &Response, body: Option<&Value>, at: Timestamp) -> Option<Meaning> {
        match self.0.iter().find(|rule| rule.fits(response, body)) {
            Some(rule) if matches!(rule.rule.class, ErrorClass::Ok | ErrorClass::Partial) => None,
            Some(rule) => {
                let mut message = words(response.status, &response.body, body);
                if let Some(cure) = &rule.rule.message {
                    message = format!("{message}: {cure}");
                }
                Some(Meaning { class: rule.rule.class, wait: rule.wait(response, body, at), message })
            }
            None => {
                let class = match response.status {
                    429 => ErrorClass::RateLimited,
                    401 => ErrorClass::AuthExpired,
                    500.. => ErrorClass::Transient,
                    400..500 => ErrorClass::Invalid,
                    300..400 => ErrorClass::Invalid,
                    _ => return None,
                };
                let wait = response.header("retry-after").and_then(|text| duration(text, at));
                Some(Meaning { class, wait, message: words(response.status, &response.body, body) })
            }
        }
    }
}

impl Rule {
    fn fits(&self, response: &Response, body: Option<&Value>) -> bool {
        let When { status, values, text, also_values, .. } = &self.rule.when;
        let has = |look: &Option<Look>, words: &[String]| match (look, body) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(look), Some(body)) => look.all(body).into_iter().any(|value| {
                words.is_empty() || word_of(value).is_some_and(|word| words.iter().any(|one| *one == word))
            }),
        };
        (status.is_empty() || status.contains(&response.status))
            && has(&self.path, values)
            && has(&self.also, also_values)
            && text.as_deref().is_none_or(|text| contains(&response.body, text))
    }

    fn wait(&self, response: &Response, body: Option<&Value>, at: Timestamp) -> Option<Duration> {
        match &self.rule.wait {
            // a platform that names a time is believed, whatever the rule expects
            Wait::Backoff => response.header("retry-after").and_then(|text| duration(text, at)),
            Wait::Header { name } => {
                response.header(&name.to_ascii_lowercase()).and_then(|text| duration(text, at))
            }
            Wait::BodyDuration { unit_s, .. } => {
                let said = self.wait.as_ref()?.all(body?);
                // `30s` is how some write thirty seconds
                let number = |value: &&Value| word_of(value)?.trim_end_matches('s').parse::<f64>().ok();
                let number = said.iter().find_map(number)?.max(0.0);
                Duration::try_from_secs_f64(number * f64::from(*unit_s)).ok()
            }
        }
    }
}

/// Seconds, or a date after `at`.
fn duration(text: &str, at: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(at)).unwrap_or_default())
}

fn contains(body: &[u8], text: &str) -> bool {
    text.is_empty() || body.windows(text.len()).any(|part| part == text.as_bytes())
}

/// The platform's own words for what went wrong, short and without markup.
pub(crate) fn words(status: u16, text: &Bytes, body: Option<&Value>) -> String {
    const PLACES: [&str; 12] = [
        "error.error_user_msg",
        "error.details[].errors[].message",
        "[].error.details[].errors[].message",
        "[].error.message",
        "errors[].message",
        "error.message",
        "error_description",
        "errors[].detail",
        "message",
        "errors",
        "error",
        "errors[]",
    ];
    let said = body.and_then(|body| {
        PLACES.iter().find_map(|place| {
            let found = Look::at(place);
            let texts: Vec<&str> =
                found.all(body).into_iter().filter_map(JsonValueTrait::as_str).take(3).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        })
    });
    let said = match (said, body) {
        (Some(said), _) => said,
        // whoever answered with a page of markup was no interface
        (None, None) if text.trim_ascii_start().starts_with(b"<") => String::new(),
        (None, _) => {
            String::from_utf8_lossy(text.get(..text.len().min(4 * WORDS)).unwrap_or(text)).into_owned()
        }
    };
    let short: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORDS).collect();
    let short = short.trim_end_matches('.');
    if short.is_empty() { format!("status {status}") } else { format!("status {status}, {short}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-03-31T12:00:00Z";

    fn rules(yaml: &str) -> Rules {
        let text = include_str!("../../manifest/tests/data/shop.yaml");
        let begin = text.find("errors:").unwrap();
        let end = text.find("check:").unwrap();
        let text = format!("{}errors:\n{yaml}{}", &text[..begin], &text[end..]);
        Rules::new(&netgain_manifest::Manifest::from_yaml(&text).unwrap().errors)
    }

    fn judge(rules: &Rules, status: u16, headers: &[(&str, &str)], body: &str) -> Option<Meaning> {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let response = Response { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) };
        rules.judge(&response, netgain_mapping::parse(body).ok().as_ref(), AT.parse().unwrap())
    }

    #[test]
    fn the_first_rule_that_fits_counts_whatever_the_status() {
        let rules = rules(
            "  - {when: {path: \"errors[].extensions.code\", values: [THROTTLED]}, class: rate_limited}\n  \
               - {when: {status: [400], path: error.code, values: [\"17\"], also_path: error.sub, also_values: [\"9\"]}, class: rate_limited, wait: {kind: body_duration, path: error.minutes, unit_s: 60}}\n  \
               - {when: {status: [400], text: too much data}, class: too_large, message: ask for less}\n  \
               - {when: {path: error.ignored}, class: ok}\n  \
               - {when: {path: error}, class: invalid}\n",
        );
        let class = |status, body: &str| judge(&rules, status, &[], body).map(|meaning| meaning.class);
        let throttled =
            r#"{"errors": [{"extensions": {"code": "OTHER"}}, {"extensions": {"code": "THROTTLED"}}]}"#;
        assert_eq!(class(200, throttled), Some(ErrorClass::RateLimited));
        let coded = judge(&rules, 400, &[], r#"{"error": {"code": 17, "sub": 9, "minutes": 3}}"#).unwrap();
        assert_eq!((coded.class, coded.wait), (ErrorClass::RateLimited, Some(Duration::from_secs(180))));
        assert_eq!(class(400, r#"{"error": {"code": 17, "sub": 8}}"#), Some(ErrorClass::Invalid));
        let large = judge(&rules, 400, &[], r#"{"x": "Too bad: too much data."}"#).unwrap();
        assert_eq!(large.class, ErrorClass::TooLarge);
        assert!(large.message.starts_with("status 400, ") && large.message.ends_with(": ask for less"));
        assert_eq!(class(500, r#"{"error": {"ignored": true}}"#), None);
        assert_eq!(class(200, r#"{"error": {"message": "no"}}"#), Some(ErrorClass::Invalid));
        assert_eq!(class(200, r#"{"error": null}"#), None);
    }

    #[test]
    fn without_a_rule_the_status_speaks() {
        let rules = rules("  []\n");
        for (status, class) in [
            (200, None),
            (302, Some(ErrorClass::Invalid)),
            (401, Some(ErrorClass::AuthExpired)),
            (404, Some(ErrorClass::Invalid)),
            (429, Some(ErrorClass::RateLimited)),
            (503, Some(ErrorClass::Transient)),
        ] {
            assert_eq!(judge(&rules, status, &[], "{}").map(|meaning| meaning.class), class, "{status}");
        }
    }

    #[test]
    fn a_date_to_wait_for_is_read_by_the_platforms_own_clock() {
        let rules = rules(
            "  - {when: {status: [429]}, class: rate_limited, wait: {kind: header, name: Retry-After}}\n",
        );
        let wait = |text| judge(&rules, 429, &[("retry-after", text)], "").unwrap().wait;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Tue, 31 Mar 2026 12:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(wait("Tue, 31 Mar 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn a_duration_may_have_its_unit_and_the_words_lie_deep() {
        let rules = rules(
            "  - {when: {status: [429]}, class: rate_limited, wait: {kind: body_duration, path: \"[].error.details[].errors[].delay\", unit_s: 1}}\n",
        );
        let body = r#"[{"error": {"message": "no", "details": [{"errors": [{"message": "too many", "delay": "2.5s"}]}]}}]"#;
        let meaning = judge(&rules, 429, &[], body).unwrap();
        assert_eq!(meaning.wait, Some(Duration::from_millis(2_500)));
        assert_eq!(meaning.message, "status 429, too many");
    }

    #[test]
    fn the_platforms_words_are_short_and_no_page() {
        let body = format!(r#"{{"errors": "{}"}}"#, "word ".repeat(500));
        let said = words(500, &Bytes::from(body.clone()), netgain_mapping::parse(&body).ok().as_ref());
        assert!(said.starts_with("status 500, word word") && said.len() < 330, "{said}");
        assert_eq!(words(502, &Bytes::from_static(b"<html><h1>Bad gateway</h1>"), None), "status 502");
    }
}
