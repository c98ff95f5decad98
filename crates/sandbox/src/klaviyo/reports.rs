//! Reports: what campaigns and flows reached and brought, by the day of sending, as known now.
use super::call::Call;
use super::error::ApiError;
use super::events::{Credit, METRICS, Metric};
use super::filter::{self, Key, Term, moment};
use super::index::Index;
use super::mailings::{Figures, reach_of_campaign, reach_of_flow};
use super::render::{Renderer, time};
use super::statistics;
use crate::world::days;
use crate::world::shop::Seconds;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

const YEAR: Seconds = 366 * 86_400;

/// Which report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Campaigns, in all.
    Campaigns,
    /// Flows, in all.
    Flows,
    /// Flows by interval.
    FlowSeries,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Campaigns => "campaign-values-report",
            Kind::Flows => "flow-values-report",
            Kind::FlowSeries => "flow-series-report",
        }
    }

    fn object(self) -> &'static str {
        if self == Kind::Campaigns { "campaign" } else { "flow" }
    }
}

/// A report's request, read and checked.
struct Request<'a> {
    statistics: Vec<&'static str>,
    from: Seconds,
    to: Seconds,
    /// Whether the metric that conversions are counted by is the placed order.
    counts_orders: bool,
    group_by: Vec<&'a str>,
    terms: Vec<Term>,
}

/// Answers a report's call.
pub fn answer(call: &Call, kind: Kind, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let data = &call.body["data"];
    if data["type"].as_str() != Some(kind.word()) {
        return Err(ApiError::body("/data/type", format!("The type must be {}.", kind.word())));
    }
    let attributes = &data["attributes"];
    let request = read(attributes, kind, show)?;
    let (results, more) = match kind {
        Kind::Campaigns => (campaigns(&request, show)?, None),
        Kind::Flows => (flows(&request, show, None)?, None),
        Kind::FlowSeries => {
            let starts = interval_starts(attributes, &request, show)?;
            let shown: Vec<Value> = starts.iter().map(|day| zoned_start(*day, show)).collect();
            (flows(&request, show, Some(&starts))?, Some(json!(shown)))
        }
    };
    let mut attributes = json!({ "results": results });
    if let Some(times) = more {
        attributes["date_times"] = times;
    }
    let own = format!("{}{}", show.base, call.whole_path);
    Ok(json!({
        "data": {"type": kind.word(), "id": report_id(call), "attributes": attributes, "relationships": {}},
        "links": {"self": own, "next": null, "prev": null},
    }))
}

fn report_id(call: &Call) -> String {
    let sum = call.body.to_string().bytes().fold(7, |sum, byte| crate::draw::mix(sum ^ u64::from(byte)));
    super::ids::uuid(&[sum])
}

fn read<'a>(attributes: &'a Value, kind: Kind, show: &Renderer<'_>) -> Result<Request<'a>, ApiError> {
    let list = |name: &str| attributes[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut statistics = Vec::new();
    for name in list("statistics") {
        let known = statistics::NAMES.iter().find(|known| name.as_str() == Some(known));
        let wrong = || ApiError::body("/data/attributes/statistics", format!("{name} is not a statistic."));
        statistics.push(*known.ok_or_else(wrong)?);
    }
    if statistics.is_empty() {
        return Err(ApiError::body("/data/attributes/statistics", "At least one statistic is required."));
    }
    let wanted = attributes["conversion_metric_id"].as_str().unwrap_or_default();
    let seed = show.state.options.seed;
    let metric = METRICS.iter().find(|(metric, _, _)| metric.id(seed) == wanted);
    let Some((metric, _, _)) = metric else {
        return Err(ApiError::body(
            "/data/attributes/conversion_metric_id",
            format!("No metric has id '{wanted}'."),
        ));
    };
    let object = kind.object();
    let own_id = format!("{object}_id");
    let group_by: Vec<&str> = list("group_by").iter().filter_map(Value::as_str).collect();
    let known = |name: &&str| {
        **name == *"send_channel"
            || name.strip_prefix(object).is_some_and(|rest| {
                matches!(rest, "_id" | "_message_id" | "_message_name")
                    || (rest == "_name" && object == "flow")
            })
    };
    if let Some(name) = group_by.iter().find(|name| !known(name)) {
        return Err(ApiError::body(
            "/data/attributes/group_by",
            format!("'{name}' cannot be grouped by here."),
        ));
    }
    if !group_by.is_empty() && !group_by.iter().any(|name| **name == *own_id) {
        return Err(ApiError::body(
            "/data/attributes/group_by",
            format!("{own_id} is required to group by."),
        ));
    }
    let allowed: &[filter::Allowed] = match kind {
        Kind::Campaigns => {
            &[("campaign_id", &["equals", "contains-any"]), ("send_channel", &["equals", "contains-any"])]
        }
        _ => &[("flow_id", &["equals", "contains-any"]), ("send_channel", &["equals", "contains-any"])],
    };
    let terms = attributes["filter"].as_str().map_or(Ok(Vec::new()), |text| filter::parse(text, allowed))?;
    let (from, to) = timeframe(&attributes["timeframe"], show)?;
    Ok(Request { statistics, from, to, counts_orders: *metric == Metric::PlacedOrder, group_by, terms })
}

fn timeframe(value: &Value, show: &Renderer<'_>) -> Result<(Seconds, Seconds), ApiError> {
    let wrong = |detail: &str| ApiError::body("/data/attributes/timeframe", detail);
    let zone = &show.state.world.brand.time_zone;
    let today = days::day_of(show.index.now, zone);
    if let Some(key) = value["key"].as_str() {
        let back = match key {
            "today" => 0,
            "yesterday" => 1,
            "last_7_days" => 7,
            "last_30_days" => 30,
            "last_90_days" => 90,
            "last_365_days" | "last_12_months" => 365,
            _ => return Err(wrong(&format!("The timeframe '{key}' cannot be used here."))),
        };
        let end = if key == "yesterday" { days::start_of(today, zone) } else { show.index.now + 1 };
        return Ok((days::start_of(days::plus(today, -back), zone), end));
    }
    let read = |name: &str| value[name].as_str().and_then(moment).map(Timestamp::as_second);
    let (Some(from), Some(to)) = (read("start"), read("end")) else {
        return Err(wrong("A timeframe needs a key, or a start and an end."));
    };
    if to <= from {
        return Err(wrong("The end must lie after the start."));
    }
    if to - from > YEAR {
        return Err(wrong("The timeframe must not be longer than 1 year."));
    }
    Ok((from, to))
}

/// What campaigns and flows brought: by what was sent and when.
fn conversions(index: &Index) -> HashMap<(Credit, Seconds), (Figures, HashSet<u32>)> {
    let mut found: HashMap<(Credit, Seconds), (Figures, HashSet<u32>)> = HashMap::new();
    for event in &index.events {
        if let (Metric::PlacedOrder, Some(credit)) = (event.metric, event.credit) {
            let (figures, people) = found.entry(credit).or_default();
            figures.conversions += 1;
            figures.value += event.value.unwrap_or_default();
            figures.converted += i64::from(people.insert(event.person));
        }
    }
    found
}

fn with_orders(mut figures: Figures, brought: &Figures) -> Figures {
    figures.add(brought);
    // whoever bought has clicked, and whoever clicked has opened
    figures.clicks_unique = figures.clicks_unique.max(brought.converted);
    figures.clicks = figures.clicks.max(figures.clicks_unique);
    figures
}

fn passes(request: &Request<'_>, fields: &[(&str, &str)]) -> Result<bool, ApiError> {
    for term in &request.terms {
        let value = fields.iter().find(|(name, _)| *name == term.field).map(|(_, value)| (*value).to_owned());
        if !term.holds(value.map(Key::Text).as_ref())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The asked-for groupings of a row; without any, those of the platform's own report.
fn groupings(request: &Request<'_>, fields: &[(&str, &str)], usual: &[&str]) -> Value {
    let wanted: &[&str] = if request.group_by.is_empty() { usual } else { &request.group_by };
    let chosen = fields.iter().filter(|(name, _)| wanted.contains(name));
    chosen.map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into()
}

fn campaigns(request: &Request<'_>, show: &Renderer<'_>) -> Result<Vec<Value>, ApiError> {
    let (index, seed) = (show.index, show.state.options.seed);
    let brought = conversions(index);
    let mut rows = Vec::new();
    for (number, campaign) in index.campaigns.iter().enumerate() {
        let Some(sent) = campaign.sent().filter(|sent| (request.from..request.to).contains(sent)) else {
            continue;
        };
        let fields = [
            ("campaign_id", campaign.id.as_str()),
            ("campaign_message_id", &campaign.message_id),
            ("campaign_message_name", &campaign.name),
            ("send_channel", campaign.channel.word()),
        ];
        if !passes(request, &fields)? {
            continue;
        }
        let reached = reach_of_campaign(campaign, &index.people, seed, index.now);
        let credit = brought.get(&(Credit::Campaign(number as u32), sent)).filter(|_| request.counts_orders);
        let figures = credit.map_or(reached, |(figures, _)| with_orders(reached, figures));
        let usual = ["campaign_id", "campaign_message_id", "send_channel"];
        rows.push(json!({
            "groupings": groupings(request, &fields, &usual),
            "statistics": statistics::values(&request.statistics, &figures),
        }));
    }
    Ok(rows)
}

/// A row for each flow that sent; with `starts`, its statistics are lists with a value for each interval.
fn flows(
    request: &Request<'_>,
    show: &Renderer<'_>,
    starts: Option<&[Date]>,
) -> Result<Vec<Value>, ApiError> {
    let (index, seed) = (show.index, show.state.options.seed);
    let zone = &show.state.world.brand.time_zone;
    let (first, last) = (days::day_of(request.from, zone), days::day_of(request.to - 1, zone));
    let today = days::day_of(index.now, zone);
    let mut brought: BTreeMap<(usize, Date), Figures> = BTreeMap::new();
    for ((credit, sent), (figures, _)) in conversions(index) {
        if let Credit::Flow(flow) = credit
            && request.counts_orders
        {
            brought.entry((usize::from(flow), days::day_of(sent, zone))).or_default().add(&figures);
        }
    }
    let mut rows = Vec::new();
    for (number, flow) in index.flows.iter().enumerate() {
        let fields = [
            ("flow_id", flow.id.as_str()),
            ("flow_name", flow.name),
            ("flow_message_id", &flow.message_id),
            ("flow_message_name", flow.name),
            ("send_channel", "email"),
        ];
        if !passes(request, &fields)? {
            continue;
        }
        let mut parts = vec![Figures::default(); starts.map_or(1, <[Date]>::len)];
        let mut day = first.max(days::day_of(flow.created, zone));
        while day <= last {
            let reached = reach_of_flow(number, flow, day, today, seed);
            let figures =
                brought.get(&(number, day)).map_or(reached, |brought| with_orders(reached, brought));
            let place = starts.map_or(1, |starts| starts.partition_point(|start| *start <= day));
            if let Some(part) = place.checked_sub(1).and_then(|place| parts.get_mut(place)) {
                part.add(&figures);
            }
            day = days::plus(day, 1);
        }
        if parts.iter().all(|part| *part == Figures::default()) {
            continue;
        }
        let usual = ["flow_id", "flow_message_id", "send_channel"];
        let shown = match starts {
            None => statistics::values(&request.statistics, &parts[0]),
            Some(_) => statistics::series(&request.statistics, &parts),
        };
        rows.push(json!({ "groupings": groupings(request, &fields, &usual), "statistics": shown }));
    }
    Ok(rows)
}

/// The first days of the intervals of a series.
fn interval_starts(
    attributes: &Value,
    request: &Request<'_>,
    show: &Renderer<'_>,
) -> Result<Vec<Date>, ApiError> {
    let zone = &show.state.world.brand.time_zone;
    let (first, last) = (days::day_of(request.from, zone), days::day_of(request.to - 1, zone));
    let length = i64::from((last - first).get_days()) + 1;
    let interval = attributes["interval"].as_str().unwrap_or_default();
    let wrong = |detail: String| Err(ApiError::body("/data/attributes/interval", detail));
    let mut starts = vec![first];
    let mut day = first;
    while day < last {
        day = days::plus(day, 1);
        let begins = match interval {
            "daily" if length > 60 => return wrong("A daily interval spans at most 60 days.".to_owned()),
            "daily" => true,
            "weekly" => day.weekday() == jiff::civil::Weekday::Monday,
            "monthly" => day.day() == 1,
            _ => return wrong(format!("The interval '{interval}' cannot be used here.")),
        };
        if begins {
            starts.push(day);
        }
    }
    Ok(starts)
}

/// The beginning of a local day, in the account's own time.
fn zoned_start(day: Date, show: &Renderer<'_>) -> Value {
    let zone = &show.state.world.brand.time_zone;
    let start = days::start_of(day, zone);
    match Timestamp::from_second(start) {
        Ok(moment) => json!(moment.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
        Err(_) => json!(time(start)),
    }
}
