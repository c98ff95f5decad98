//! One fault rule: where, when and what.
use crate::Error;
use crate::draw::chance;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where, when and what goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The point's name, `shopify.graphql`; a trailing `*` matches every continuation.
    pub point: String,
    /// Act on every n-th hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// Act with this probability (0 to 1), drawn from `seed` and the hit's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Seed of `probability`.
    #[serde(default)]
    pub seed: u64,
    /// Act on the first n hits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Let n hits pass before counting begins.
    #[serde(default)]
    pub after: u64,
    /// Act at most n times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What to do.
    pub fault: Fault,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Answer with this status instead.
    Status {
        /// HTTP status.
        status: u16,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body: a string is sent as text, anything else as JSON.
        #[serde(default)]
        body: Option<serde_json::Value>,
        /// `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Answer as the platform does when a limit is exceeded.
    Throttled {
        /// HTTP status in place of the usual one: refusals also come inside 200, 403 and 429.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// Announce the whole body and drop the connection after some bytes.
    Reset {
        /// Bytes of the body that still arrive; default half of it.
        #[serde(default)]
        after_bytes: Option<usize>,
    },
    /// Send half of the body as if it were all.
    Truncate,
    /// Answer late.
    Slow {
        /// Milliseconds of real time.
        ms: u64,
    },
    /// Answer as the platform does when the token has expired.
    ExpiredToken {
        /// HTTP status in place of the usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// Leave records out of the answer.
    DropRecords {
        /// Percent of the records, 0 to 100.
        percent: u8,
        /// Seed of the choice.
        #[serde(default)]
        seed: u64,
    },
    /// Change the type of the values at a path, for example `data.*.spend`.
    WrongType {
        /// Keys separated by dots; `*` is every element.
        path: String,
    },
    /// Put another value in place of those at a path, for example a word that the documents do not know.
    Value {
        /// Keys separated by dots; `*` is every element.
        path: String,
        /// The value.
        value: serde_json::Value,
    },
    /// The credentials of the call are not known any more: the platform answers as to a stranger.
    RevokedToken,
    /// A bulk job ends as failed.
    BulkFail,
    /// A bulk job ends as failed with part of its data.
    BulkPartial,
    /// A report run ends as failed.
    JobFailed,
    /// A report run never leaves zero percent.
    JobStuck,
    /// A report run ends as skipped.
    JobSkipped,
    /// A page without records that still names a next page.
    EmptyPage,
}

impl Fault {
    /// Whether the layer acts the fault out on the wire (otherwise the face does, in a job or page).
    pub fn is_wire(&self) -> bool {
        !matches!(
            self,
            Fault::BulkFail
                | Fault::BulkPartial
                | Fault::JobFailed
                | Fault::JobStuck
                | Fault::JobSkipped
                | Fault::EmptyPage
        )
    }
}

impl Rule {
    /// Whether the rule is about `point`.
    pub fn matches(&self, point: &str) -> bool {
        match self.point.strip_suffix('*') {
            Some(prefix) => point.starts_with(prefix),
            None => self.point == point,
        }
    }

    /// Whether hit number `seen` (from 1) is acted on, after `fired` earlier actions.
    pub fn is_due(&self, seen: u64, fired: u64) -> bool {
        let Some(hit) = seen.checked_sub(self.after).filter(|hit| *hit > 0) else { return false };
        self.times.is_none_or(|times| fired < times)
            && self.first.is_none_or(|first| hit <= first)
            && self.every.is_none_or(|every| hit % every.max(1) == 0)
            && self.probability.is_none_or(|share| chance(self.seed, hit) < share)
    }

    fn check(&self) -> Result<(), Error> {
        let fail = |text: &str| Err(Error::Faults(format!("rule at point {}: {text}", self.point)));
        if self.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return fail("probability must lie between 0 and 1");
        }
        if self.every == Some(0) {
            return fail("every must be at least 1");
        }
        match &self.fault {
            Fault::Status { status, .. }
            | Fault::Throttled { status: Some(status) }
            | Fault::ExpiredToken { status: Some(status) }
                if !(200..=599).contains(status) =>
            {
                fail("status must lie between 200 and 599")
            }
            Fault::DropRecords { percent, .. } if *percent > 100 => fail("percent must be at most 100"),
            _ => Ok(()),
        }
    }
}

/// Reads one rule, a list of rules, or an object with `rules`.
pub fn parse(value: serde_json::Value) -> Result<Vec<Rule>, Error> {
    let list = match value {
        serde_json::Value::Array(list) => list,
        serde_json::Value::Object(mut map) => match map.remove("rules") {
            Some(serde_json::Value::Array(list)) => list,
            Some(_) => return Err(Error::Faults("rules must be a list".to_owned())),
            None => vec![serde_json::Value::Object(map)],
        },
        _ => {
            return Err(Error::Faults("expected a rule, a list of rules or an object with rules".to_owned()));
        }
    };
    let mut rules = Vec::with_capacity(list.len());
    for (index, item) in list.into_iter().enumerate() {
        let rule: Rule = serde_json::from_value(item)
            .map_err(|error| Error::Faults(format!("rule {}: {error}", index + 1)))?;
        rule.check()?;
        rules.push(rule);
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refuses_what_cannot_be_meant() {
        for (value, word) in [
            (json!({"point": "meta.ads", "fault": {"kind": "nonsense"}}), "nonsense"),
            (json!({"point": "meta.ads", "evry": 2, "fault": {"kind": "truncate"}}), "evry"),
            (json!([{"point": "m", "probability": 2.0, "fault": {"kind": "truncate"}}]), "probability"),
            (json!({"rules": [{"point": "m", "fault": {"kind": "status", "status": 99}}]}), "status"),
        ] {
            let error = parse(value).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_rule_survives_its_own_json() {
        let rules = parse(json!({"point": "meta.*", "every": 2, "fault":
            {"kind": "status", "status": 429, "retry_after": 3, "body": {"error": "slow down"}}}))
        .unwrap();
        let again = parse(serde_json::to_value(&rules).unwrap()).unwrap();
        assert_eq!(rules, again);
    }
}
