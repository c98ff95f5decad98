//! The `filtering`, `effective_status` and `updated_since` parameters.
use super::call::Call;
use super::entities::Object;
use super::error::GraphError;
use crate::world::ads::{Ads, Figures};
use serde::Deserialize;
use serde_json::Value;

/// One condition of `filtering`.
#[derive(Clone, Debug, Deserialize)]
pub struct Condition {
    /// `ad.effective_status`, `spend` …
    pub field: String,
    /// `IN`, `EQUAL`, `GREATER_THAN` …
    pub operator: String,
    /// What to compare with.
    #[serde(default)]
    pub value: Value,
}

const STATUSES: [&str; 12] = [
    "ACTIVE",
    "PAUSED",
    "DELETED",
    "PENDING_REVIEW",
    "DISAPPROVED",
    "PREAPPROVED",
    "PENDING_BILLING_INFO",
    "CAMPAIGN_PAUSED",
    "ARCHIVED",
    "ADSET_PAUSED",
    "IN_PROCESS",
    "WITH_ISSUES",
];

/// Reads `filtering`.
pub fn conditions(call: &Call) -> Result<Vec<Condition>, GraphError> {
    let Some(text) = call.param("filtering") else { return Ok(Vec::new()) };
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
        .map_err(|_| GraphError::parameter("Param filtering must be an array of {field, operator, value}"))
}

/// Reads `effective_status`.
pub fn statuses(call: &Call) -> Result<Option<Vec<String>>, GraphError> {
    let Some(list) = call.list("effective_status")? else { return Ok(None) };
    for (index, status) in list.iter().enumerate() {
        if !STATUSES.contains(&status.as_str()) {
            let words = STATUSES.join(", ");
            let text = format!("Param effective_status[{index}] must be one of {{{words}}} - got {status:?}");
            return Err(GraphError::parameter(text));
        }
    }
    Ok(Some(list))
}

fn prefix(object: Object) -> &'static str {
    match object {
        Object::Account => "account",
        Object::Campaign(_) => "campaign",
        Object::AdSet(_) => "adset",
        Object::Ad(_) => "ad",
    }
}

impl Condition {
    /// The level and attribute the condition is about, such as (`ad`, `effective_status`).
    fn target<'a>(&'a self, own: &'a str) -> (&'a str, &'a str) {
        self.field.split_once('.').unwrap_or((own, self.field.as_str()))
    }

    /// Whether the condition chooses by the status of objects like `object`.
    pub fn is_about_status_of(&self, object: Object) -> bool {
        self.target(prefix(object)) == (prefix(object), "effective_status")
    }

    /// Whether the condition is about the figures of a row.
    pub fn is_about_figures(&self) -> bool {
        matches!(self.target("ad").1, "spend" | "impressions" | "clicks")
    }

    /// Whether a row's figures meet the condition.
    pub fn admits_figures(&self, figures: &Figures) -> Result<bool, GraphError> {
        let number = match self.target("ad").1 {
            "spend" => figures.spend,
            "impressions" => figures.impressions * 100,
            _ => figures.clicks * 100,
        };
        let text = text_of(&self.value);
        let wanted = crate::world::money::parse(&text)
            .ok_or_else(|| GraphError::parameter(format!("filtering value {text:?} must be a number")))?;
        match self.operator.as_str() {
            "GREATER_THAN" => Ok(number > wanted),
            "GREATER_THAN_OR_EQUAL" => Ok(number >= wanted),
            "LESS_THAN" => Ok(number < wanted),
            "EQUAL" => Ok(number == wanted),
            other => Err(unsupported(&self.field, other)),
        }
    }

    /// Whether an object, seen with everything above it, meets the condition.
    pub fn admits(&self, object: Object, ads: &Ads) -> Result<bool, GraphError> {
        let own = prefix(object);
        let (level, attribute) = self.target(own);
        let mut at = Some(object);
        while let Some(candidate) = at {
            if prefix(candidate) == level {
                return self.compare(candidate, attribute, ads);
            }
            at = candidate.parent(ads);
        }
        // A condition on a level below the listed one does not choose among the listed.
        Ok(true)
    }

    fn compare(&self, object: Object, attribute: &str, ads: &Ads) -> Result<bool, GraphError> {
        let actual = match attribute {
            "effective_status" => object.effective_status(ads).to_owned(),
            "id" => object.id(ads),
            "name" => object.name(ads).to_owned(),
            "updated_time" => {
                let at = object.updated_at(ads);
                let wanted = text_of(&self.value).parse::<i64>();
                let wanted =
                    wanted.map_err(|_| GraphError::parameter("updated_time must be a unix timestamp"))?;
                return match self.operator.as_str() {
                    "GREATER_THAN" => Ok(at > wanted),
                    "LESS_THAN" => Ok(at < wanted),
                    other => Err(unsupported(&self.field, other)),
                };
            }
            _ => {
                let text = format!(
                    "Filtering field {:?} with operation {:?} is not supported",
                    self.field, self.operator
                );
                return Err(GraphError::parameter(text));
            }
        };
        let list = || match &self.value {
            Value::Array(items) => items.iter().map(text_of).collect(),
            single => vec![text_of(single)],
        };
        match self.operator.as_str() {
            "IN" => Ok(list().contains(&actual)),
            "NOT_IN" => Ok(!list().contains(&actual)),
            "EQUAL" => Ok(text_of(&self.value) == actual),
            "CONTAIN" => Ok(actual.contains(&text_of(&self.value))),
            other => Err(unsupported(&self.field, other)),
        }
    }
}

fn unsupported(field: &str, operator: &str) -> GraphError {
    GraphError::parameter(format!("Filtering field {field:?} with operation {operator:?} is not supported"))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Chooses among the objects of an edge: archived and deleted ones only when asked for by status.
pub fn choose(call: &Call, ads: &Ads, listed: Vec<Object>, since: bool) -> Result<Vec<Object>, GraphError> {
    let (conditions, statuses) = (conditions(call)?, statuses(call)?);
    let updated_since = match call.param("updated_since").filter(|_| since) {
        Some(text) => Some(
            text.parse::<i64>()
                .map_err(|_| GraphError::parameter("Param updated_since must be a unix timestamp"))?,
        ),
        None => None,
    };
    let mut chosen = Vec::new();
    for object in listed {
        let status = object.effective_status(ads);
        let by_status = match &statuses {
            Some(list) => list.iter().any(|wanted| wanted == status),
            None => {
                conditions.iter().any(|condition| condition.is_about_status_of(object))
                    || !matches!(status, "ARCHIVED" | "DELETED")
            }
        };
        let mut keep = by_status && updated_since.is_none_or(|since| object.updated_at(ads) >= since);
        for condition in &conditions {
            keep = keep && condition.admits(object, ads)?;
        }
        if keep {
            chosen.push(object);
        }
    }
    Ok(chosen)
}
