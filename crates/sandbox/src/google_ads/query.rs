//! Runs a query over the account: which rows it makes, filtered, ordered and shown.
use super::account::Account;
use super::error::Failure;
use super::fields::{Cell, RESOURCES, Row, resource_name, value};
use super::figures::{Figures, Known, Unit};
use super::gaql::{Condition, Operator, Query};
use crate::world::days;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Months of days that are kept.
const KEPT_MONTHS: i64 = 37;

/// A query's rows, shown.
#[derive(Debug)]
pub struct Answer {
    /// The rows.
    pub rows: Vec<Value>,
    /// The selected fields in the way JSON names them, separated by commas.
    pub field_mask: String,
}

/// Runs a query on a customer of the account.
pub fn run(account: &Account, known: &Known, customer: u64, query: &Query) -> Result<Answer, Failure> {
    let resources = check(account, known, customer, query)?;
    let range = date_range(query, known.today)?;
    let wants_metrics = asked(query).any(|field| field.starts_with("metrics."));
    let by_day = query.select.iter().any(|field| field == "segments.date");
    let objects = objects(account, customer, &query.from);
    let mut rows = Vec::new();
    if by_day || wants_metrics {
        let (first, last) = range.unwrap_or((account.opened, known.today));
        for object in &objects {
            let units: Vec<usize> =
                (0..known.units.len()).filter(|unit| is_part(account, known.units[*unit], object)).collect();
            let mut sum = Figures::default();
            let mut day = first;
            while day <= last.min(known.today) {
                let mut figures = Figures::default();
                units.iter().for_each(|unit| figures.add(known.on(account, *unit, day)));
                // a day without an impression makes no row
                if by_day && figures.impressions > 0 {
                    rows.push(Row { day: Some(day), figures, ..*object });
                }
                sum.add(figures);
                day = days::plus(day, 1);
            }
            if !by_day {
                rows.push(Row { figures: sum, ..*object });
            }
        }
    } else {
        rows = objects;
    }
    let cell = |field: &str, row: &Row| value(account, field, row, known.today).unwrap_or(Cell::Null);
    rows.retain(|row| {
        let mut rest = query.conditions.iter().filter(|condition| condition.field != "segments.date");
        rest.all(|condition| holds(condition, &cell(&condition.field, row)))
    });
    rows.sort_by(|one, two| {
        let by = query.order.iter().map(|(field, descends)| {
            let order = cell(field, one).order(&cell(field, two));
            if *descends { order.reverse() } else { order }
        });
        by.fold(Ordering::Equal, Ordering::then)
    });
    rows.truncate(query.limit.unwrap_or(usize::MAX));
    let shown = rows.iter().map(|row| show(account, known, query, &resources, row)).collect();
    let names: Vec<String> = query.select.iter().map(|field| camel(field)).collect();
    Ok(Answer { rows: shown, field_mask: names.join(",") })
}

/// Every field that stands anywhere in the query.
fn asked(query: &Query) -> impl Iterator<Item = &str> {
    let conditions = query.conditions.iter().map(|condition| condition.field.as_str());
    let order = query.order.iter().map(|(field, _)| field.as_str());
    query.select.iter().map(String::as_str).chain(conditions).chain(order)
}

/// Refuses what the platform refuses; the resources whose fields are selected.
fn check(
    account: &Account,
    known: &Known,
    customer: u64,
    query: &Query,
) -> Result<Vec<&'static str>, Failure> {
    let Some((from, with)) = RESOURCES.iter().find(|(name, _)| *name == query.from) else {
        let code = "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE";
        return Err(Failure::query(code, format!("invalid resource type {:?} in FROM.", query.from)));
    };
    let nothing = Row { customer, ..Row::default() };
    for field in asked(query) {
        let (resource, _) = field.split_once('.').unwrap_or((field, ""));
        let is_resource = RESOURCES.iter().any(|(name, _)| *name == resource);
        if is_resource && !with.contains(&resource) {
            let code = "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE";
            return Err(Failure::query(code, format!("{resource} cannot be selected from {from}.")));
        }
        if value(account, field, &nothing, known.today).is_none() {
            return Err(Failure::query("UNRECOGNIZED_FIELD", format!("unrecognized field {field:?}.")));
        }
        let segmented = matches!(resource, "metrics" | "segments");
        if segmented && customer == account.manager {
            let words = "metrics cannot be requested for a manager account; ask each client account.";
            return Err(Failure::query("REQUESTED_METRICS_FOR_MANAGER", words));
        }
        if segmented && matches!(*from, "customer_client" | "conversion_action") {
            let code = "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE";
            return Err(Failure::query(code, format!("{field} cannot be selected from {from}.")));
        }
    }
    Ok(with
        .iter()
        .copied()
        .filter(|resource| {
            *resource == *from
                || query
                    .select
                    .iter()
                    .any(|field| field.split_once('.').is_some_and(|(name, _)| name == *resource))
        })
        .collect())
}

/// The days asked for; none when the query does not say.
fn date_range(query: &Query, today: Date) -> Result<Option<(Date, Date)>, Failure> {
    let conditions: Vec<&Condition> =
        query.conditions.iter().filter(|condition| condition.field == "segments.date").collect();
    let (mut first, mut last): (Option<Date>, Option<Date>) = (None, None);
    for condition in conditions {
        let day = |index: usize| {
            let text = condition.values.get(index).map_or("", String::as_str);
            text.parse::<Date>()
                .map_err(|_| Failure::query("INVALID_DATE_FORMAT", format!("invalid date {text:?}.")))
        };
        let (from, to) = match condition.operator {
            Operator::Equal => (Some(day(0)?), Some(day(0)?)),
            Operator::Between => (Some(day(0)?), Some(day(1)?)),
            Operator::AtLeast => (Some(day(0)?), None),
            Operator::Greater => (Some(days::plus(day(0)?, 1)), None),
            Operator::AtMost => (None, Some(day(0)?)),
            Operator::Less => (None, Some(days::plus(day(0)?, -1))),
            Operator::During => {
                let (from, to) = during(&condition.values[0], today)?;
                (Some(from), Some(to))
            }
            _ => {
                return Err(Failure::query(
                    "OPERATOR_FIELD_MISMATCH",
                    "a date cannot be compared like this.",
                ));
            }
        };
        first = first.max(from);
        last = match (last, to) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
    let selected = query.select.iter().any(|field| field == "segments.date");
    match (first, last) {
        (Some(first), Some(last)) => {
            if first > last {
                return Err(Failure::date(
                    "START_DATE_AFTER_END_DATE",
                    "The start date is after the end date.",
                ));
            }
            let oldest = today.saturating_sub(jiff::Span::new().months(KEPT_MONTHS));
            if first < oldest {
                return Err(Failure::date(
                    "INVALID_DATE",
                    "The date lies before the 37 months that are kept.",
                ));
            }
            Ok(Some((first, last)))
        }
        (None, None) if !selected => Ok(None),
        _ => {
            let words = "segments.date needs a finite range of dates in WHERE.";
            Err(Failure::query("EXPECTED_FILTERS_ON_DATE_RANGE", words))
        }
    }
}

fn during(literal: &str, today: Date) -> Result<(Date, Date), Failure> {
    let back = |count: i64| days::plus(today, -count);
    Ok(match literal.to_ascii_uppercase().as_str() {
        "TODAY" => (today, today),
        "YESTERDAY" => (back(1), back(1)),
        "LAST_7_DAYS" => (back(7), back(1)),
        "LAST_14_DAYS" => (back(14), back(1)),
        "LAST_30_DAYS" => (back(30), back(1)),
        "THIS_MONTH" => (today.first_of_month(), today),
        "LAST_MONTH" => {
            let last = days::plus(today.first_of_month(), -1);
            (last.first_of_month(), last)
        }
        _ => {
            return Err(Failure::query(
                "INVALID_VALUE_WITH_DURING_OPERATOR",
                format!("invalid range {literal}."),
            ));
        }
    })
}

/// The objects of a resource that a customer has; removed ones too.
fn objects(account: &Account, customer: u64, from: &str) -> Vec<Row> {
    let row = Row { customer, ..Row::default() };
    match from {
        "customer" => return vec![row],
        "customer_client" if customer == account.manager => {
            let clients = [(account.manager, 0), (account.customer, 1), (account.empty, 1)];
            return clients.into_iter().map(|client| Row { client: Some(client), ..row }).collect();
        }
        "customer_client" => return vec![Row { client: Some((customer, 0)), ..row }],
        _ if customer != account.customer => return Vec::new(),
        _ => {}
    }
    match from {
        "campaign" | "campaign_budget" => {
            (0..account.campaigns.len()).map(|index| Row { campaign: Some(index), ..row }).collect()
        }
        "ad_group" => account
            .groups
            .iter()
            .enumerate()
            .map(|(index, group)| Row { campaign: Some(group.campaign), group: Some(index), ..row })
            .collect(),
        "ad_group_ad" => account
            .ads
            .iter()
            .enumerate()
            .map(|(index, ad)| Row {
                campaign: Some(ad.campaign),
                group: Some(ad.group),
                ad: Some(index),
                ..row
            })
            .collect(),
        _ if account.campaigns.is_empty() => Vec::new(),
        _ => vec![row],
    }
}

/// Whether a unit's figures belong to an object.
fn is_part(account: &Account, unit: Unit, object: &Row) -> bool {
    let group = unit.ad.map(|ad| account.ads[ad].group);
    object.customer == account.customer
        && object.campaign.is_none_or(|campaign| campaign == unit.campaign)
        && (object.group.is_none() || object.group == group)
        && (object.ad.is_none() || object.ad == unit.ad)
}

fn holds(condition: &Condition, cell: &Cell) -> bool {
    let first = condition.values.first().map_or("", String::as_str);
    let order = cell.compare(first);
    let is_like = || {
        let Cell::Text(text) = cell else { return false };
        like(&text.to_lowercase(), &first.to_lowercase())
    };
    let among = || condition.values.iter().any(|value| cell.compare(value) == Some(Ordering::Equal));
    match condition.operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::AtMost => order.is_some_and(Ordering::is_le),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::AtLeast => order.is_some_and(Ordering::is_ge),
        Operator::In => among(),
        Operator::NotIn => !among(),
        Operator::Like => is_like(),
        Operator::NotLike => !is_like(),
        Operator::Between => {
            let high = condition.values.get(1).and_then(|high| cell.compare(high));
            order.is_some_and(Ordering::is_ge) && high.is_some_and(Ordering::is_le)
        }
        Operator::During => false,
        Operator::IsNull => *cell == Cell::Null,
        Operator::IsNotNull => *cell != Cell::Null,
    }
}

/// Whether a text matches a pattern in which `%` stands for any letters.
fn like(text: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('%').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    if parts.len() == 1 {
        return text == pattern;
    }
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in parts.get(1..parts.len() - 1).unwrap_or_default() {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn show(account: &Account, known: &Known, query: &Query, resources: &[&str], row: &Row) -> Value {
    let mut shown = Map::new();
    for resource in resources {
        if let Some(name) = resource_name(account, resource, row) {
            put(&mut shown, &format!("{resource}.resource_name"), json!(name));
        }
    }
    // a message that was selected stands there even when none of its fields is set
    for field in &query.select {
        if let Some(value) = value(account, field, row, known.today).and_then(|cell| cell.show()) {
            put(&mut shown, field, value);
        }
    }
    Value::Object(shown)
}

/// Puts a value at a field's place, `ad_group_ad.ad.id` at `adGroupAd.ad.id`.
fn put(map: &mut Map<String, Value>, field: &str, value: Value) {
    match field.split_once('.') {
        None => {
            map.insert(camel(field), value);
        }
        Some((first, rest)) => {
            let inner = map.entry(camel(first)).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// `cost_micros` as JSON names it: `costMicros`.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                out.push(letter.to_ascii_uppercase());
                upper = false;
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_names() {
        assert!(like("search | brand", "%brand%") && like("brand", "brand") && like("brand x", "brand%"));
        assert!(!like("brand x", "%brand") && !like("x", "y"));
        assert_eq!(camel("ad_group_ad.ad.id"), "adGroupAd.ad.id");
    }
}
