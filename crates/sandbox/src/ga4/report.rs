//! A report: rows by dimension values, with what the platform folds, samples and leaves out.
use super::fields::{METRICS, dimension, metric};
use super::request::Request;
use super::traffic::{Figures, Known};
use crate::world::days;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Orders on one day from which rare values of the day are folded into one row.
const BUSY: i64 = 110;
/// Sources from this index on are rare.
const RARE: usize = 7;
/// Days of one range from which a report over five or more dimensions is reckoned from a sample.
const SAMPLED_DAYS: i64 = 190;

/// The body of a report, and the quota tokens it costs.
pub fn run(request: &Request, known: &Known, currency: &str, zone: &str) -> (Value, u64) {
    let sampled =
        request.dimensions.len() >= 5 && request.ranges.iter().any(|range| span(range) >= SAMPLED_DAYS);
    let several = request.ranges.len() > 1;
    let mut folded_any = false;
    let mut groups: BTreeMap<Vec<String>, Figures> = BTreeMap::new();
    let mut total = Figures::default();
    for range in &request.ranges {
        let mut day = range.first.max(known.opened);
        while day <= range.last.min(known.today) {
            let busy = known.busy(day) >= BUSY;
            for kind in Known::kinds() {
                let figures = known.on(day, kind);
                if figures == Figures::default() {
                    continue;
                }
                // only a report that would have many rows a day loses some
                let folded = busy && kind.source >= RARE && request.dimensions.len() >= 5;
                let value = |name: &str| dimension(name, day, kind, folded).unwrap_or_default();
                if request.filter.as_ref().is_some_and(|filter| !filter.admits(&value)) {
                    continue;
                }
                let mut key: Vec<String> = request.dimensions.iter().map(|name| value(name)).collect();
                if several {
                    key.push(range.name.clone());
                }
                folded_any |= folded;
                groups.entry(key).or_default().add(figures);
                total.add(figures);
            }
            day = days::plus(day, 1);
        }
    }
    if sampled {
        groups.values_mut().for_each(estimate);
    }
    let unique = request.dimensions.iter().any(|name| name == "date");
    let mut rows: Vec<(Vec<String>, Figures)> = groups.into_iter().collect();
    if !request.keep_empty {
        rows.retain(|(_, figures)| {
            request.metrics.is_empty()
                || request
                    .metrics
                    .iter()
                    .any(|name| metric(name, figures, unique).is_some_and(|value| value != "0"))
        });
    }
    sort(&mut rows, request);
    let count = rows.len();
    let cells = |values: &mut dyn Iterator<Item = String>| -> Vec<Value> {
        values.map(|value| json!({ "value": value })).collect()
    };
    let show = |key: &[String], figures: &Figures| {
        let mut metrics =
            request.metrics.iter().map(|name| metric(name, figures, unique).unwrap_or_default());
        json!({
            "dimensionValues": cells(&mut key.iter().cloned()),
            "metricValues": cells(&mut metrics),
        })
    };
    let shown: Vec<Value> = rows
        .iter()
        .skip(request.offset)
        .take(request.limit)
        .map(|(key, figures)| show(key, figures))
        .collect();
    let mut metadata = json!({ "currencyCode": currency, "timeZone": zone });
    if folded_any {
        metadata["dataLossFromOtherRow"] = json!(true);
    }
    if sampled && count > 0 {
        metadata["samplingMetadatas"] =
            json!([{ "samplesReadCount": "10000000", "samplingSpaceSize": "13400000" }]);
    }
    let mut body = json!({ "kind": "analyticsData#runReport" });
    let mut headers: Vec<Value> = request.dimensions.iter().map(|name| json!({ "name": name })).collect();
    if several {
        headers.push(json!({ "name": "dateRange" }));
    }
    // lists and numbers that are empty are left out, as everywhere in this family of APIs
    if !headers.is_empty() {
        body["dimensionHeaders"] = Value::Array(headers);
    }
    if !request.metrics.is_empty() {
        let kind =
            |name: &str| METRICS.iter().find(|(known, ..)| *known == name).map_or("", |(_, kind, _)| *kind);
        body["metricHeaders"] =
            request.metrics.iter().map(|name| json!({ "name": name, "type": kind(name) })).collect();
    }
    if request.total && count > 0 {
        let key = vec!["RESERVED_TOTAL".to_owned(); request.dimensions.len()];
        body["totals"] = json!([show(&key, &total)]);
    }
    let cost = cost(request, shown.len());
    if !shown.is_empty() {
        body["rows"] = Value::Array(shown);
    }
    if count > 0 {
        body["rowCount"] = json!(count);
    } else {
        metadata["emptyReason"] = json!("NO_DATA");
    }
    body["metadata"] = metadata;
    (body, cost)
}

fn span(range: &super::request::Range) -> i64 {
    i64::from((range.last - range.first).get_days()) + 1
}

/// What a sample makes of a row: multiples of the sampling rate.
fn estimate(figures: &mut Figures) {
    let coarse = |count: i64| (count * 10 / 13) * 13 / 10;
    *figures = Figures {
        sessions: coarse(figures.sessions),
        engaged: coarse(figures.engaged),
        users: coarse(figures.users),
        new_users: coarse(figures.new_users),
        views: coarse(figures.views),
        ..*figures
    };
}

/// Tokens: mostly about ten, more for long ranges and many rows.
fn cost(request: &Request, rows: usize) -> u64 {
    let days: i64 = request.ranges.iter().map(span).sum();
    let width = (request.dimensions.len() + request.metrics.len()) as u64;
    2 + width / 2 + days.unsigned_abs() / 30 + rows as u64 / 2_000
}

fn sort(rows: &mut [(Vec<String>, Figures)], request: &Request) {
    let value = |row: &(Vec<String>, Figures), name: &str| -> Result<String, i64> {
        match request.dimensions.iter().position(|known| known == name) {
            Some(index) => Ok(row.0[index].clone()),
            None => Err(amount(name, &row.1)),
        }
    };
    rows.sort_by(|one, two| {
        let orders = request.order.iter().map(|(name, descends)| {
            let order = value(one, name).cmp(&value(two, name));
            if *descends { order.reverse() } else { order }
        });
        let asked = orders.fold(Ordering::Equal, Ordering::then);
        // without an order the largest come first
        let usual = request
            .metrics
            .first()
            .map_or(Ordering::Equal, |name| amount(name, &two.1).cmp(&amount(name, &one.1)));
        if request.order.is_empty() { usual } else { asked }
    });
}

fn amount(name: &str, figures: &Figures) -> i64 {
    match name {
        "engagedSessions" => figures.engaged,
        "totalUsers" | "activeUsers" => figures.users,
        "newUsers" => figures.new_users,
        "screenPageViews" => figures.views,
        "keyEvents" | "transactions" | "ecommercePurchases" => figures.purchases,
        "purchaseRevenue" | "totalRevenue" => figures.revenue,
        _ => figures.sessions,
    }
}
