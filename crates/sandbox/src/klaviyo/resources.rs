//! Which resource a path names, and its listing.
use super::call::Call;
use super::error::ApiError;
use super::events::{Event, METRICS, Metric};
use super::filter::{Key, MOMENT};
use super::groups::{GROUPS, Group};
use super::listing::{Spec, sparse};
use super::mailings::Campaign;
use super::people::Person;
use super::render::Renderer;
use super::reports::{self, Kind};
use axum::http::Method;
use serde_json::{Map, Value, json};

const AFTER_BEFORE: &[&str] = &["greater-than", "less-than"];
const ONE_OR_ANY: &[&str] = &["equals", "any"];
const ONE: &[&str] = &["equals"];

const PROFILES: Spec = Spec {
    kind: "profile",
    default_size: 20,
    max_size: 100,
    sorts: &["id", "created", "email", "updated"],
    filters: &[
        ("id", ONE_OR_ANY),
        ("email", ONE_OR_ANY),
        ("phone_number", ONE_OR_ANY),
        ("external_id", ONE_OR_ANY),
        ("created", AFTER_BEFORE),
        ("updated", AFTER_BEFORE),
    ],
};
const MEMBERS: Spec = Spec {
    kind: "profile",
    default_size: 20,
    max_size: 100,
    sorts: &["joined_group_at"],
    filters: &[("email", ONE_OR_ANY), ("phone_number", ONE_OR_ANY), ("joined_group_at", MOMENT)],
};
const LISTS: Spec = Spec {
    kind: "list",
    default_size: 10,
    max_size: 10,
    sorts: &["id", "created", "name", "updated"],
    filters: &[
        ("name", ONE_OR_ANY),
        ("id", ONE_OR_ANY),
        ("created", &["greater-than"]),
        ("updated", &["greater-than"]),
    ],
};
const SEGMENTS: Spec = Spec { kind: "segment", ..LISTS };
const CAMPAIGNS: Spec = Spec {
    kind: "campaign",
    default_size: 100,
    max_size: 100,
    sorts: &["created_at", "id", "name", "scheduled_at", "updated_at"],
    filters: &[
        ("id", &["any"]),
        ("messages.channel", ONE),
        ("name", &["contains"]),
        ("status", ONE_OR_ANY),
        ("archived", ONE),
        ("created_at", MOMENT),
        ("scheduled_at", MOMENT),
        ("updated_at", MOMENT),
    ],
};
const MOMENT_OR_EQUAL: &[&str] =
    &["equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than"];
const FLOWS: Spec = Spec {
    kind: "flow",
    default_size: 50,
    max_size: 50,
    sorts: &["created", "id", "name", "status", "trigger_type", "updated"],
    filters: &[
        ("id", &["any"]),
        ("name", &["contains", "ends-with", "equals", "starts-with"]),
        ("status", ONE),
        ("archived", ONE),
        ("created", MOMENT_OR_EQUAL),
        ("updated", MOMENT_OR_EQUAL),
        ("trigger_type", ONE),
    ],
};
const METRIC_SPEC: Spec = Spec {
    kind: "metric",
    default_size: 200,
    max_size: 200,
    sorts: &["id"],
    filters: &[("integration.name", ONE), ("integration.category", ONE)],
};
const EVENTS: Spec = Spec {
    kind: "event",
    default_size: 200,
    max_size: 1_000,
    sorts: &["datetime", "timestamp"],
    filters: &[("metric_id", ONE), ("profile_id", ONE), ("datetime", MOMENT), ("timestamp", MOMENT)],
};

/// Answers a call that was let in.
pub fn answer(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let report = match path[..] {
        ["campaign-values-reports"] => Some(Kind::Campaigns),
        ["flow-values-reports"] => Some(Kind::Flows),
        ["flow-series-reports"] => Some(Kind::FlowSeries),
        _ => None,
    };
    match (report, &call.method) {
        (Some(kind), &Method::POST) => return reports::answer(call, kind, show),
        (None, &Method::GET) => {}
        _ => return Err(ApiError::method(call.method.as_str())),
    }
    match path[..] {
        ["accounts"] => {
            let own = format!("{}{}", show.base, call.whole_path);
            let mut account = show.account();
            sparse(call, "account", &mut account)?;
            Ok(json!({"data": [account], "links": {"self": own, "next": null, "prev": null}}))
        }
        ["accounts", id] => one(call, "account", id, (show.account_id() == id).then(|| show.account())),
        ["profiles"] => profiles(call, show),
        ["profiles", id] => {
            let found = show.index.people.iter().find(|person| person.id == id);
            one(call, "profile", id, found.map(|person| show.profile(person, with_subscriptions(call))))
        }
        [path @ ("lists" | "segments"), ref rest @ ..] => groups(call, show, path == "lists", rest),
        ["campaigns"] => campaigns(call, show),
        ["campaigns", id] => one(call, "campaign", id, campaign(show, id).map(|found| show.campaign(found))),
        ["campaigns", id, "campaign-messages"] => {
            let found = campaign(show, id).ok_or_else(|| ApiError::not_found("campaign", id))?;
            let own = format!("{}{}", show.base, call.whole_path);
            Ok(json!({"data": [show.message(found)], "links": {"self": own, "next": null, "prev": null}}))
        }
        ["campaign-messages", id] => {
            let found = show.index.campaigns.iter().find(|campaign| campaign.message_id == id);
            one(call, "campaign-message", id, found.map(|campaign| show.message(campaign)))
        }
        ["flows"] => flows(call, show),
        ["flows", id] => {
            let found = show.index.flows.iter().find(|flow| flow.id == id);
            one(call, "flow", id, found.map(|flow| show.flow(flow)))
        }
        ["metrics"] => metrics(call, show),
        ["metrics", id] => {
            let found = METRICS.iter().find(|(metric, _, _)| metric.id(show.state.options.seed) == id);
            one(call, "metric", id, found.map(|(metric, _, _)| show.metric(*metric)))
        }
        ["events"] => events(call, show),
        ["events", id] => {
            let shop = show.state.world.shop();
            let found = show.index.events.iter().find(|event| event.id == id);
            one(call, "event", id, found.map(|event| show.event(event, &shop)))
        }
        _ => Err(ApiError::no_path(&call.whole_path)),
    }
}

fn one(call: &Call, kind: &str, id: &str, found: Option<Value>) -> Result<Value, ApiError> {
    let mut resource = found.ok_or_else(|| ApiError::not_found(kind, id))?;
    sparse(call, kind, &mut resource)?;
    let links = resource["links"].clone();
    Ok(json!({ "data": resource, "links": links }))
}

fn text(value: &str) -> Option<Key> {
    Some(Key::Text(value.to_owned()))
}

fn with_subscriptions(call: &Call) -> bool {
    call.list("additional-fields[profile]").contains(&"subscriptions")
}

fn person_key(person: &Person, field: &str) -> Option<Key> {
    match field {
        "id" => text(&person.id),
        "email" => text(&person.email),
        "phone_number" => person.phone.as_deref().and_then(text),
        "external_id" => person.external_id.map(|id| Key::Text(id.to_string())),
        "created" => Some(Key::Time(person.created)),
        "updated" => Some(Key::Time(person.updated)),
        _ => None,
    }
}

fn shown(call: &Call, kind: &str, resources: impl Iterator<Item = Value>) -> Result<Vec<Value>, ApiError> {
    resources
        .map(|mut resource| {
            sparse(call, kind, &mut resource)?;
            Ok(resource)
        })
        .collect()
}

fn profiles(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let page = PROFILES
        .choose(call, show.index.people.iter().collect(), |person, field| person_key(person, field))?;
    let more = with_subscriptions(call);
    let data = shown(call, "profile", page.shown.iter().map(|person| show.profile(person, more)))?;
    Ok(Value::Object(page.answer(call, &show.base, data)))
}

fn groups(call: &Call, show: &Renderer<'_>, lists: bool, rest: &[&str]) -> Result<Value, ApiError> {
    let seed = show.state.options.seed;
    // an empty account has not even a list
    let all = GROUPS.iter().filter(|group| group.is_list == lists && !show.index.people.is_empty());
    let spec = if lists { LISTS } else { SEGMENTS };
    let Some((id, rest)) = rest.split_first() else {
        let opened_at = show.state.world.shop().opened_at;
        let page = spec.choose(call, all.collect(), |group: &&Group, field| match field {
            "id" => Some(Key::Text(group.id(seed))),
            "name" => text(group.name),
            _ => Some(Key::Time(group.created(opened_at))),
        })?;
        let data = shown(call, spec.kind, page.shown.iter().map(|group| show.group(group)))?;
        return Ok(Value::Object(page.answer(call, &show.base, data)));
    };
    let found = all.into_iter().find(|group| group.id(seed) == **id);
    let group = found.ok_or_else(|| ApiError::not_found(spec.kind, id))?;
    match rest {
        [] => one(call, spec.kind, id, Some(show.group(group))),
        ["profiles"] => {
            let members = show.index.people.iter().filter_map(|person| Some((person, group.joined(person)?)));
            let page = MEMBERS.choose(call, members.collect(), |(person, joined), field| match field {
                "joined_group_at" => Some(Key::Time(*joined)),
                _ => person_key(person, field),
            })?;
            let each = page.shown.iter().map(|(person, joined)| {
                let mut profile = show.profile(person, with_subscriptions(call));
                profile["attributes"]["joined_group_at"] = json!(super::render::time(*joined));
                profile
            });
            let data = shown(call, "profile", each)?;
            Ok(Value::Object(page.answer(call, &show.base, data)))
        }
        _ => Err(ApiError::no_path(&call.whole_path)),
    }
}

fn campaign<'a>(show: &Renderer<'a>, id: &str) -> Option<&'a Campaign> {
    show.index.campaigns.iter().find(|campaign| campaign.id == id)
}

fn campaigns(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let terms = CAMPAIGNS.terms(call)?;
    if !terms.iter().any(|term| term.field == "messages.channel") {
        let detail =
            "A channel filter is required to list campaigns, such as equals(messages.channel,'email').";
        return Err(ApiError::parameter("filter", detail));
    }
    // what was put away is listed only when it is asked for
    let hides = !terms.iter().any(|term| term.field == "archived");
    let all = show.index.campaigns.iter().filter(|campaign| !(hides && campaign.archived));
    let page = CAMPAIGNS.choose(call, all.collect(), |campaign: &&Campaign, field| match field {
        "id" => text(&campaign.id),
        "messages.channel" => text(campaign.channel.word()),
        "name" => text(&campaign.name),
        "status" => text(campaign.status),
        "archived" => Some(Key::Flag(campaign.archived)),
        "created_at" => Some(Key::Time(campaign.created)),
        "scheduled_at" => campaign.scheduled.map(Key::Time),
        "updated_at" => Some(Key::Time(campaign.updated)),
        _ => None,
    })?;
    let data = shown(call, "campaign", page.shown.iter().map(|campaign| show.campaign(campaign)))?;
    let mut answer = page.answer(call, &show.base, data);
    if includes(call, &["campaign-messages", "tags"], "campaign-messages")? {
        let messages = page.shown.iter().map(|campaign| show.message(campaign));
        answer.insert("included".to_owned(), shown(call, "campaign-message", messages)?.into());
    }
    Ok(Value::Object(answer))
}

fn flows(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let hides = !FLOWS.terms(call)?.iter().any(|term| term.field == "archived");
    let all = show.index.flows.iter().filter(|flow| !(hides && flow.archived));
    let page = FLOWS.choose(call, all.collect(), |flow, field| match field {
        "id" => text(&flow.id),
        "name" => text(flow.name),
        "status" => text(flow.status),
        "archived" => Some(Key::Flag(flow.archived)),
        "trigger_type" => text(flow.trigger),
        "created" => Some(Key::Time(flow.created)),
        "updated" => Some(Key::Time(flow.updated)),
        _ => None,
    })?;
    let data = shown(call, "flow", page.shown.iter().map(|flow| show.flow(flow)))?;
    Ok(Value::Object(page.answer(call, &show.base, data)))
}

fn metrics(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    let seed = show.state.options.seed;
    let page =
        METRIC_SPEC.choose(
            call,
            METRICS.iter().collect(),
            |(metric, _, integration), field| match field {
                "id" => Some(Key::Text(metric.id(seed))),
                "integration.name" => text(integration),
                "integration.category" => {
                    text(if *integration == "Shopify" { "eCommerce" } else { "Internal" })
                }
                _ => None,
            },
        )?;
    let data = shown(call, "metric", page.shown.iter().map(|(metric, _, _)| show.metric(*metric)))?;
    Ok(Value::Object(page.answer(call, &show.base, data)))
}

/// Whether `wanted` is among what the call includes; a name that is not `known` is refused.
fn includes(call: &Call, known: &[&str], wanted: &str) -> Result<bool, ApiError> {
    let asked = call.list("include");
    match asked.iter().find(|name| !known.contains(name)) {
        Some(name) => Err(ApiError::parameter("include", format!("'{name}' is not a valid include."))),
        None => Ok(asked.contains(&wanted)),
    }
}

fn events(call: &Call, show: &Renderer<'_>) -> Result<Value, ApiError> {
    const KNOWN: &[&str] = &["attributions", "metric", "profile"];
    let seed = show.state.options.seed;
    let ids: Vec<(Metric, String)> =
        METRICS.iter().map(|(metric, _, _)| (*metric, metric.id(seed))).collect();
    let people = &show.index.people;
    let page =
        EVENTS.choose(call, show.index.events.iter().collect(), |event: &&Event, field| match field {
            "id" => text(&event.id),
            "datetime" => Some(Key::Time(event.at)),
            "timestamp" => Some(Key::Number(event.at)),
            "metric_id" => {
                ids.iter().find(|(metric, _)| *metric == event.metric).and_then(|(_, id)| text(id))
            }
            "profile_id" => people.get(event.person as usize).and_then(|person| text(&person.id)),
            _ => None,
        })?;
    let shop = show.state.world.shop();
    let data = shown(call, "event", page.shown.iter().map(|event| show.event(event, &shop)))?;
    // `show.metric` reads the shop by itself
    drop(shop);
    let mut answer: Map<String, Value> = page.answer(call, &show.base, data);
    let mut included = Vec::new();
    if includes(call, KNOWN, "metric")? {
        let mut used: Vec<Metric> = page.shown.iter().map(|event| event.metric).collect();
        used.sort_unstable();
        used.dedup();
        included.extend(shown(call, "metric", used.into_iter().map(|metric| show.metric(metric)))?);
    }
    if includes(call, KNOWN, "profile")? {
        let mut used: Vec<u32> = page.shown.iter().map(|event| event.person).collect();
        used.sort_unstable();
        used.dedup();
        let found = used.into_iter().filter_map(|index| people.get(index as usize));
        included.extend(shown(call, "profile", found.map(|person| show.profile(person, false)))?);
    }
    if includes(call, KNOWN, "attributions")? {
        included.extend(page.shown.iter().filter_map(|event| show.attribution(event)));
    }
    if !call.list("include").is_empty() {
        answer.insert("included".to_owned(), included.into());
    }
    Ok(Value::Object(answer))
}
