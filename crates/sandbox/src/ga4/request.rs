//! A report request: read, and refused where the platform refuses.
use super::fields::{DIMENSIONS, METRICS};
use crate::google::Refusal;
use crate::world::days;
use jiff::civil::Date;
use serde_json::Value;

const MAX_DIMENSIONS: usize = 9;
const MAX_METRICS: usize = 10;
const MAX_RANGES: usize = 4;
const DEFAULT_LIMIT: usize = 10_000;
const MAX_LIMIT: usize = 250_000;

/// A range of days with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// First local day.
    pub first: Date,
    /// Last local day.
    pub last: Date,
    /// `date_range_0`, or as the caller named it.
    pub name: String,
}

/// A filter over dimension values.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All must hold.
    All(Vec<Filter>),
    /// One must hold.
    Any(Vec<Filter>),
    /// Must not hold.
    Not(Box<Filter>),
    /// A dimension's value is one of these.
    In(String, Vec<String>),
    /// A dimension's value begins with, ends with or contains a text.
    Text(String, &'static str, String),
}

/// A report request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Dimensions asked for.
    pub dimensions: Vec<String>,
    /// Metrics asked for.
    pub metrics: Vec<String>,
    /// Ranges of days.
    pub ranges: Vec<Range>,
    /// Which rows count.
    pub filter: Option<Filter>,
    /// Order: dimension or metric, and whether it descends.
    pub order: Vec<(String, bool)>,
    /// First row shown.
    pub offset: usize,
    /// Rows shown at most.
    pub limit: usize,
    /// Whether the property's quota is wanted.
    pub quota: bool,
    /// Whether the total over all rows is wanted.
    pub total: bool,
    /// Whether rows in which all metrics are zero are wanted.
    pub keep_empty: bool,
}

fn names(body: &Value, list: &str) -> Vec<String> {
    let items = body[list].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|item| item["name"].as_str().unwrap_or("").to_owned()).collect()
}

/// A number that may be sent as text, as JSON does with 64 bits.
fn number(value: &Value, name: &str) -> Result<Option<usize>, Refusal> {
    let read = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    };
    read.map(Some).ok_or_else(|| Refusal::invalid(format!("Invalid value at '{name}' (TYPE_INT64)")))
}

fn day(text: &str, today: Date) -> Result<Date, Refusal> {
    let back = text.strip_suffix("daysAgo").and_then(|count| count.parse::<i64>().ok());
    match (text, back) {
        ("today", _) => Ok(today),
        ("yesterday", _) => Ok(days::plus(today, -1)),
        (_, Some(count)) => Ok(days::plus(today, -count)),
        _ => text.parse().map_err(|_| {
            Refusal::invalid(format!(
                "Invalid startDate or endDate : {text}. The date must be formatted as YYYY-MM-DD, NdaysAgo, yesterday or today."
            ))
        }),
    }
}

const SCHEMA: &str = "For a list of valid dimensions and metrics, see \
    https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema ";

fn check_names(dimensions: &[String], metrics: &[String]) -> Result<(), Refusal> {
    for name in dimensions {
        if !DIMENSIONS.iter().any(|(known, _)| known == name) {
            return Err(Refusal::invalid(format!("Field {name} is not a valid dimension. {SCHEMA}")));
        }
    }
    for name in metrics {
        if !METRICS.iter().any(|(known, ..)| known == name) {
            return Err(Refusal::invalid(format!("Field {name} is not a valid metric. {SCHEMA}")));
        }
    }
    if dimensions.len() > MAX_DIMENSIONS {
        let words = format!("Requests are limited to {MAX_DIMENSIONS} dimensions within a single request.");
        return Err(Refusal::invalid(words));
    }
    if metrics.len() > MAX_METRICS {
        return Err(Refusal::invalid(format!("Requests are limited to {MAX_METRICS} metrics.")));
    }
    Ok(())
}

fn filter(value: &Value) -> Result<Filter, Refusal> {
    let list = |group: &Value| -> Result<Vec<Filter>, Refusal> {
        group["expressions"].as_array().map_or(&[][..], Vec::as_slice).iter().map(filter).collect()
    };
    if value["andGroup"].is_object() {
        return Ok(Filter::All(list(&value["andGroup"])?));
    }
    if value["orGroup"].is_object() {
        return Ok(Filter::Any(list(&value["orGroup"])?));
    }
    if value["notExpression"].is_object() {
        return Ok(Filter::Not(Box::new(filter(&value["notExpression"])?)));
    }
    let leaf = &value["filter"];
    let field = leaf["fieldName"].as_str().unwrap_or("").to_owned();
    check_names(std::slice::from_ref(&field), &[])?;
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    if let Some(values) = leaf["inListFilter"]["values"].as_array() {
        return Ok(Filter::In(field, values.iter().map(text).collect()));
    }
    let wanted = text(&leaf["stringFilter"]["value"]);
    match leaf["stringFilter"]["matchType"].as_str() {
        None | Some("EXACT" | "MATCH_TYPE_UNSPECIFIED") if leaf["stringFilter"].is_object() => {
            Ok(Filter::In(field, vec![wanted]))
        }
        Some("BEGINS_WITH") => Ok(Filter::Text(field, "BEGINS_WITH", wanted)),
        Some("ENDS_WITH") => Ok(Filter::Text(field, "ENDS_WITH", wanted)),
        Some("CONTAINS") => Ok(Filter::Text(field, "CONTAINS", wanted)),
        _ => Err(Refusal::invalid("The filter is not one that is served: use stringFilter or inListFilter.")),
    }
}

impl Request {
    /// Reads a request as of `today` in the property's time zone.
    pub fn read(body: &Value, today: Date) -> Result<Request, Refusal> {
        let (dimensions, metrics) = (names(body, "dimensions"), names(body, "metrics"));
        check_names(&dimensions, &metrics)?;
        if dimensions.is_empty() && metrics.is_empty() {
            return Err(Refusal::invalid("A request must have at least one dimension or metric."));
        }
        let asked = body["dateRanges"].as_array().map_or(&[][..], Vec::as_slice);
        if asked.is_empty() || asked.len() > MAX_RANGES {
            return Err(Refusal::invalid(format!("Requests need 1 to {MAX_RANGES} dateRanges.")));
        }
        let mut ranges = Vec::new();
        for (index, range) in asked.iter().enumerate() {
            let side = |name: &str| day(range[name].as_str().unwrap_or(""), today);
            let (first, last) = (side("startDate")?, side("endDate")?);
            if first > last {
                return Err(Refusal::invalid(format!("startDate {first} is after endDate {last}.")));
            }
            let name = range["name"].as_str().filter(|name| !name.is_empty());
            ranges.push(Range {
                first,
                last,
                name: name.map_or_else(|| format!("date_range_{index}"), str::to_owned),
            });
        }
        let mut order = Vec::new();
        for item in body["orderBys"].as_array().map_or(&[][..], Vec::as_slice) {
            let name =
                item["dimension"]["dimensionName"].as_str().or_else(|| item["metric"]["metricName"].as_str());
            let Some(name) = name.filter(|name| dimensions.iter().chain(&metrics).any(|known| known == name))
            else {
                return Err(Refusal::invalid("orderBys must name a dimension or metric of the request."));
            };
            order.push((name.to_owned(), item["desc"].as_bool().unwrap_or(false)));
        }
        let limit = number(&body["limit"], "limit")?.filter(|limit| *limit > 0).unwrap_or(DEFAULT_LIMIT);
        let flag = |name: &str| body[name].as_bool().unwrap_or(false);
        let aggregations = body["metricAggregations"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(Request {
            dimensions,
            metrics,
            ranges,
            filter: body["dimensionFilter"]
                .as_object()
                .map(|_| filter(&body["dimensionFilter"]))
                .transpose()?,
            order,
            offset: number(&body["offset"], "offset")?.unwrap_or(0),
            limit: limit.min(MAX_LIMIT),
            quota: flag("returnPropertyQuota"),
            // 1 is the number of TOTAL in the enum
            total: aggregations.iter().any(|item| item.as_str() == Some("TOTAL") || item.as_u64() == Some(1)),
            keep_empty: flag("keepEmptyRows"),
        })
    }
}

impl Filter {
    /// Whether a row passes, given a way to look up its dimensions.
    pub fn admits(&self, value: &impl Fn(&str) -> String) -> bool {
        match self {
            Filter::All(list) => list.iter().all(|filter| filter.admits(value)),
            Filter::Any(list) => list.iter().any(|filter| filter.admits(value)),
            Filter::Not(filter) => !filter.admits(value),
            Filter::In(field, values) => values.contains(&value(field)),
            Filter::Text(field, how, text) => match *how {
                "BEGINS_WITH" => value(field).starts_with(text),
                "ENDS_WITH" => value(field).ends_with(text),
                _ => value(field).contains(text),
            },
        }
    }
}
