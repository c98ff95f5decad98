//! Where any figure comes from, level by level.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Decimal;
use netgain_profit::RULES_VERSION;
use netgain_profit::question::Question;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use super::orders::order_token;
use super::raw::{Raw, payloads_of};
use super::statement::ProfileInfo;
use crate::amount::{money, number};
use crate::app::{App, Place, Shared};
use crate::extract::{Params, limit, word};
use crate::problem::Problem;
use crate::why::{Ask, Explained, Part, Role, SourceClock, Unit, Way, explain, mistake};

/// Parts that one answer holds without a limit.
const PARTS: usize = 100;
/// Parts that one answer holds at most.
const MAX_PARTS: usize = 1_000;

/// A figure with the parts that it is the sum of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureExplanation {
    /// The figure as it is always written; ask for it with the same text.
    figure: String,
    /// Its name for people.
    label: String,
    /// `money`, `count` or `ratio`.
    unit: &'static str,
    /// Its value: an amount in `currency`, a number, or a quotient of 4 digits; null where there is nothing to divide by.
    value: Option<String>,
    /// The currency of its amounts (ISO 4217).
    currency: String,
    /// How it is worked out, in words.
    formula: String,
    /// The same as figures with signs; none where it is no sum of other figures.
    terms: Vec<FigureTerm>,
    /// The definition of profit, where one is behind it.
    profile: Option<ProfileInfo>,
    /// The day of what is given back: `return_day`, `order_day` or `cash_day`.
    basis: Option<&'static str>,
    /// The rules of reckoning under which it was worked out.
    settings: SettingsUsed,
    /// Further choices behind it, such as the model of attribution.
    choices: BTreeMap<&'static str, String>,
    /// First local day (YYYY-MM-DD); null where no days are asked for.
    from: Option<String>,
    /// Last local day (YYYY-MM-DD), included.
    to: Option<String>,
    /// The order that it is about.
    order: Option<PartOrder>,
    /// By what it is broken down here; null at the end of the way.
    by: Option<&'static str>,
    /// By what it can be broken down.
    ways: Vec<&'static str>,
    /// The parts. With those on other pages they come to the value exactly, unless they are the sides of a ratio.
    parts: Vec<FigurePart>,
    /// Parts on all pages.
    count: u64,
    /// The parts that are not on this page, all together; null where all are.
    others: Option<OtherParts>,
    /// While there are more: send it as `after`, with the same figure and `by`, to go on.
    next: Option<String>,
    /// Fraction of the net sales of goods whose cost is recorded, 0 to 1, 4 digits; null without such sales.
    cost_coverage: Option<String>,
    /// What of the value is estimated cost of goods, signed as it counts in it; null where it holds no cost of goods.
    estimated: Option<String>,
    /// The value at the least, if goods without a recorded cost cost nothing or all they were sold for; null where it
    /// holds no cost of goods.
    low: Option<String>,
    /// The same at the most.
    high: Option<String>,
    /// Whether a platform may still restate some of it.
    provisional: bool,
    /// The day on which it is final (YYYY-MM-DD); null where it is, and where nobody knows.
    final_on: Option<String>,
    /// The sources that may still restate days of it.
    clocks: Vec<SourceClock>,
    /// What a reader of the figure must know.
    notices: Vec<Notice>,
    /// What platforms sent of the rows on this page, each payload once; nothing unless `raw` was asked for.
    raw: Vec<Raw>,
}

/// A term of a formula.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureTerm {
    /// `+` or `-`.
    sign: &'static str,
    /// Its name for people.
    label: String,
    /// It as a figure.
    figure: String,
}

/// The rules of reckoning behind a figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsUsed {
    /// Which state of the workspace's rules: 1 for the first, then counting.
    version: i64,
    /// A short name of the rules and of the program's own: equal names, equal results.
    key: String,
    /// Version of the program's own rules.
    rules: u32,
}

/// A part of a figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigurePart {
    /// `term` is added with its sign; `over` is divided by `under`.
    role: &'static str,
    /// Its name for people.
    label: String,
    /// It as a figure, to be asked for in turn; null at the end of the way.
    figure: Option<String>,
    /// `+`, or `-` where its own value is subtracted.
    sign: &'static str,
    /// Its own value.
    value: Option<String>,
    /// What it gives to the figure, signed; null for the sides of a ratio.
    amount: Option<String>,
    /// `money`, `count` or `ratio`.
    unit: &'static str,
    /// Its local day (YYYY-MM-DD).
    day: Option<String>,
    /// Its channel.
    channel: Option<String>,
    /// The order that it comes from.
    order: Option<PartOrder>,
    /// Units, signed.
    quantity: Option<i64>,
    /// How it was worked out.
    formula: Option<String>,
    /// The rows that it comes from.
    rows: Vec<PartRow>,
}

/// An order behind a figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartOrder {
    /// Opaque; use it in paths. Its explanation holds the payloads of its rows.
    order_id: String,
    /// The name people know it by.
    name: String,
}

/// A row behind a figure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartRow {
    /// Its table.
    table: String,
    /// Its id; the setting's name under table `settings`.
    source_id: String,
    /// The payload that it was read from; null where it has none.
    raw_ref: Option<String>,
}

/// Parts that are not on a page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OtherParts {
    /// How many.
    count: u64,
    /// What they come to.
    amount: String,
}

/// Which figure, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FigureParams {
    /// The figure: a measure with filters behind commas, such as `net_profit,day=2026-05-03,channel=web`,
    /// `margin,from=2026-05-01,to=2026-05-31,profile=seed`, `order:#1001`,
    /// `campaign:roas_attributed,campaign=7,model=linear`, `cohort:ltv,month=2026-01,age=3` or `mrr:churn`.
    figure: String,
    /// By what to break it down: one of `ways`; without it as suits it best.
    by: Option<String>,
    /// Parts per answer, 1 to 1000; 100 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `next` of the answer before.
    after: Option<String>,
    /// `true` for the payloads of the rows as well.
    #[param(value_type = Option<bool>)]
    raw: Option<String>,
}

/// Why a figure is what it is: its formula, its definition, and the parts of which it is the exact sum.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/explain", operation_id = "explainFigure", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), FigureParams),
    responses((status = 200, description = "the figure with a level of its parts", body = FigureExplanation),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explain_figure(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<FigureParams>,
) -> Result<Json<FigureExplanation>, Problem> {
    app.on(w, move |shared, place| answer(shared, place, &params).map(Json)).await
}

fn answer(shared: &Shared, place: &Place, params: &FigureParams) -> Result<FigureExplanation, Problem> {
    let question = Question::parse(&params.figure).map_err(|error| mistake(&error))?;
    let by = params.by.as_deref().map(|by| word("by", Some(by), Way::ALL, Way::Days)).transpose()?;
    let limit = limit("limit", params.limit.as_deref(), PARTS, MAX_PARTS)?;
    let skip = match params.after.as_deref() {
        None => 0,
        Some(after) => after.parse().map_err(|_| {
            let cure = "use next of the answer before, or begin without after";
            Problem::parameter("after", "after cannot be read", cure)
        })?,
    };
    let ask = Ask { shared, place, question, by, skip, limit };
    let explained = explain(&ask)?;
    let raw = word("raw", params.raw.as_deref(), &[("true", true), ("false", false)], false)?;
    let mut answer = shape(shared, place, &ask, explained)?;
    with_payloads(shared, place, &mut answer, raw)?;
    Ok(answer)
}

/// Says of every row where its payload lies, and reads the payloads where they are wanted.
fn with_payloads(
    shared: &Shared,
    place: &Place,
    answer: &mut FigureExplanation,
    wanted: bool,
) -> Result<(), Problem> {
    let rows = answer.parts.iter().flat_map(|part| &part.rows);
    let found = payloads_of(place, rows.map(|row| (row.table.as_str(), row.source_id.as_str())))?;
    let archive = shared.archive(&place.workspace.id)?;
    let mut seen = BTreeSet::new();
    for row in answer.parts.iter_mut().flat_map(|part| &mut part.rows) {
        let payload = found.get(&(row.table.clone(), row.source_id.clone()));
        let place_of = || payload.map(|payload| payload.raw_ref.clone());
        row.raw_ref = row.raw_ref.take().or_else(place_of);
        let Some(raw_ref) = row.raw_ref.as_deref().filter(|_| wanted) else { continue };
        if seen.insert(raw_ref.to_owned()) {
            let observed = payload.map(|payload| payload.observed_at.to_string()).unwrap_or_default();
            answer.raw.push(Raw::read(&archive, raw_ref, observed));
        }
    }
    Ok(())
}

fn shape(
    shared: &Shared,
    place: &Place,
    ask: &Ask<'_>,
    explained: Explained,
) -> Result<FigureExplanation, Problem> {
    let unit = explained.unit;
    let versions = shared.control.settings_versions(&place.workspace.id)?;
    let settings = SettingsUsed {
        version: versions.first().map_or(1, |version| version.number),
        key: place.settings.key().map_err(|error| Problem::internal(&error))?,
        rules: RULES_VERSION,
    };
    let shown = explained.parts.page.len() as u64;
    let on_page: Decimal = explained.parts.page.iter().map(Part::amount).sum();
    let ratio = unit == Unit::Ratio;
    let others = (explained.parts.count > shown && !ratio).then(|| OtherParts {
        count: explained.parts.count - shown,
        amount: told(explained.parts.whole - on_page, unit),
    });
    let behind = ask.skip.saturating_add(shown);
    let order = |order: &(netgain_warehouse::OrderKey, String)| PartOrder {
        order_id: order_token(&order.0.connection_id, &order.0.order_id),
        name: order.1.clone(),
    };
    let part = |part: Part| FigurePart {
        role: match part.role {
            Role::Term => "term",
            Role::Over => "over",
            Role::Under => "under",
        },
        figure: part.figure.as_ref().map(Question::to_string),
        sign: if part.weight < 0 { "-" } else { "+" },
        value: part.value.map(|value| told(value, part.unit)),
        amount: (part.role == Role::Term).then(|| told(part.amount(), part.unit)),
        unit: unit_name(part.unit),
        day: part.day.map(|day| day.to_string()),
        order: part.order.as_ref().map(order),
        label: part.label,
        channel: part.channel,
        quantity: part.quantity,
        formula: part.formula,
        rows: part
            .rows
            .into_iter()
            .map(|row| PartRow { table: row.table, source_id: row.source_id, raw_ref: row.raw_ref })
            .collect(),
    };
    let trust = explained.trust;
    let currency = match unit {
        Unit::Money(currency) => currency,
        Unit::Count | Unit::Ratio => place.workspace.currency,
    };
    Ok(FigureExplanation {
        figure: explained.question.to_string(),
        label: explained.label,
        unit: unit_name(unit),
        value: explained.value.map(|value| told(value, unit)),
        currency: currency.to_string(),
        formula: explained.formula,
        terms: explained
            .terms
            .into_iter()
            .map(|term| FigureTerm { sign: term.sign, label: term.label, figure: term.figure.to_string() })
            .collect(),
        profile: explained.reading.map(|reading| ProfileInfo::of(reading.profile)),
        basis: explained.reading.map(|reading| reading.basis().name()),
        settings,
        choices: explained.choices,
        from: explained.days.map(|days| days.0.to_string()),
        to: explained.days.map(|days| days.1.to_string()),
        order: explained.order.as_ref().map(order),
        by: explained.by.map(Way::name),
        ways: explained.ways.into_iter().map(Way::name).collect(),
        next: (explained.parts.count > behind).then(|| behind.to_string()),
        parts: explained.parts.page.into_iter().map(part).collect(),
        count: explained.parts.count,
        others,
        cost_coverage: trust.cost_coverage.map(|part| part.to_string()),
        estimated: trust.estimated.map(|amount| told(amount, unit)),
        low: trust.band.map(|band| told(band.0, unit)),
        high: trust.band.map(|band| told(band.1, unit)),
        provisional: !trust.clocks.is_empty(),
        final_on: trust.final_on(),
        clocks: trust.clocks,
        notices: explained.notices,
        raw: Vec::new(),
    })
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Money(_) => "money",
        Unit::Count => "count",
        Unit::Ratio => "ratio",
    }
}

fn told(value: Decimal, unit: Unit) -> String {
    match unit {
        Unit::Money(currency) => money(value, currency),
        Unit::Count => number(value),
        // it comes with its 4 digits already
        Unit::Ratio => value.to_string(),
    }
}
