//! The parameters of an insights call.
use crate::meta::call::Call;
use crate::meta::entities::Object;
use crate::meta::error::GraphError;
use crate::meta::fields;
use crate::meta::filter::{self, Condition};
use crate::world::days;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

/// What rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The whole account.
    Account,
    /// Each campaign.
    Campaign,
    /// Each ad set.
    AdSet,
    /// Each ad.
    Ad,
}

/// How many days a row spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Increment {
    /// All days in one row.
    AllDays,
    /// This many days a row, 1 to 90.
    Days(i64),
    /// A calendar month a row.
    Monthly,
}

/// A checked insights request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The node whose insights are asked for.
    pub node: Object,
    /// What rows are about.
    pub level: Level,
    /// First local day.
    pub since: Date,
    /// Last local day.
    pub until: Date,
    /// How many days a row spans.
    pub increment: Increment,
    /// Fields of a row.
    pub fields: Vec<String>,
    /// Attribution windows to list beside `value`.
    pub windows: Vec<String>,
    /// Conditions on objects and figures.
    pub conditions: Vec<Condition>,
    /// Whether the sum over all rows is wanted.
    pub summary: bool,
}

const WINDOWS: [&str; 10] = [
    "1d_click",
    "7d_click",
    "28d_click",
    "1d_view",
    "7d_view",
    "28d_view",
    "1d_ev",
    "default",
    "dda",
    "incrementality",
];

#[derive(Deserialize)]
struct Range {
    since: Date,
    until: Date,
}

impl Request {
    /// Reads and checks the parameters of a call on `node`; `today` is the account's local day.
    pub fn read(call: &Call, node: Object, today: Date) -> Result<Request, GraphError> {
        for name in ["breakdowns", "sort", "time_ranges", "product_id_limit"] {
            if call.list(name)?.is_some_and(|list| !list.is_empty()) {
                return Err(GraphError::parameter(format!("Param {name} is not served here")));
            }
        }
        let own = match node {
            Object::Account => Level::Account,
            Object::Campaign(_) => Level::Campaign,
            Object::AdSet(_) => Level::AdSet,
            Object::Ad(_) => Level::Ad,
        };
        let level = match call.param("level") {
            None => own,
            Some("account") => Level::Account,
            Some("campaign") => Level::Campaign,
            Some("adset") => Level::AdSet,
            Some("ad") => Level::Ad,
            Some(other) => {
                let text =
                    format!("Param level must be one of {{ad, adset, campaign, account}} - got {other:?}");
                return Err(GraphError::parameter(text));
            }
        };
        let (since, until) = span(call, today)?;
        if since.saturating_add(37.months()) < today {
            return Err(GraphError::too_old());
        }
        let windows = call.list("action_attribution_windows")?.unwrap_or_default();
        if let Some(unknown) = windows.iter().find(|window| !WINDOWS.contains(&window.as_str())) {
            let text = format!("Param action_attribution_windows has an unknown value {unknown:?}");
            return Err(GraphError::parameter(text));
        }
        let fields: Vec<String> = match call.param("fields") {
            Some(text) => fields::parse(text)?.into_iter().map(|field| field.name).collect(),
            None => ["account_id", "impressions", "spend"].map(str::to_owned).to_vec(),
        };
        if let Some(unknown) = fields.iter().find(|name| !super::render::is_field(name)) {
            return Err(GraphError::parameter(format!("{unknown} is not valid for fields param")));
        }
        let summary = call.flag("default_summary") || call.param("summary").is_some();
        Ok(Request {
            node,
            level: level.max(own),
            since,
            until,
            increment: increment(call)?,
            fields,
            windows,
            conditions: filter::conditions(call)?,
            summary,
        })
    }
}

fn increment(call: &Call) -> Result<Increment, GraphError> {
    match call.param("time_increment") {
        None | Some("all_days") => Ok(Increment::AllDays),
        Some("monthly") => Ok(Increment::Monthly),
        Some(text) => match text.parse::<i64>() {
            Ok(count) if (1..=90).contains(&count) => Ok(Increment::Days(count)),
            _ => Err(GraphError::parameter("Param time_increment must be 1 to 90, monthly or all_days")),
        },
    }
}

fn span(call: &Call, today: Date) -> Result<(Date, Date), GraphError> {
    if let Some(text) = call.param("time_range") {
        let range: Range =
            serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace('\'', "\""))).map_err(
                |_| GraphError::parameter("Param time_range must be {since, until} with YYYY-MM-DD days"),
            )?;
        if range.since > range.until {
            return Err(GraphError::parameter("Param time_range: since must not be after until"));
        }
        return Ok((range.since, range.until));
    }
    let last = |count: i64| (days::plus(today, -count), days::plus(today, -1));
    Ok(match call.param("date_preset") {
        None | Some("last_30d") => last(30),
        Some("today") => (today, today),
        Some("yesterday") => last(1),
        Some("last_3d") => last(3),
        Some("last_7d") => last(7),
        Some("last_14d") => last(14),
        Some("last_28d") => last(28),
        Some("last_90d") => last(90),
        Some("this_month") => (today.first_of_month(), today),
        Some("last_month") => {
            let end = days::plus(today.first_of_month(), -1);
            (end.first_of_month(), end)
        }
        Some("maximum") => (today.saturating_sub(37.months()), today),
        Some(other) => {
            return Err(GraphError::parameter(format!("Param date_preset: unknown value {other:?}")));
        }
    })
}
