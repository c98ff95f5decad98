//! A period's profit by any definition, and what stands between two of them.

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Currency;
use netgain_domain::facts::{Cell, CostRuleKind, Line};
use netgain_profit::bridge::Figure;
use netgain_profit::profile::{self, Reading};
use netgain_profit::{CostRules, RefundBasis};
use netgain_warehouse::By;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::{Params, word};
use crate::problem::Problem;
use crate::why::{Moving, SourceClock, Within, clocks, final_day};

/// A definition of profit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileInfo {
    /// Its name in requests and settings.
    id: &'static str,
    /// Its name for people.
    label: &'static str,
    /// The formula in words, as its owner states it.
    source: &'static str,
    /// What the source leaves open and how it is read here.
    notes: Vec<&'static str>,
}

/// All definitions of profit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profiles {
    /// The default one first.
    profiles: Vec<ProfileInfo>,
}

/// A period's profit by one definition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statement {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The definition.
    profile: ProfileInfo,
    /// The day of what is given back: `return_day`, `order_day` or `cash_day`.
    basis: &'static str,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// `total`, `day`, `month` or `channel`.
    by: String,
    /// By day, month or channel, in order; none by total.
    rows: Vec<StatementRow>,
    /// The sum of the whole period.
    total: StatementRow,
    /// The day on which the period is final (YYYY-MM-DD); null where it is, and where nobody knows.
    final_on: Option<String>,
    /// The sources that may still restate days of it.
    clocks: Vec<SourceClock>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// The figures of a day, a month, a channel or the whole period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StatementRow {
    /// Local day, or the first day of the month (YYYY-MM-DD).
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// Sales channel, or `advertising:<provider>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// Orders that the definition counts.
    orders: i64,
    /// The definition's steps from top to bottom.
    steps: Vec<StatementStep>,
    /// What ratios are taken of.
    revenue: String,
    /// What the definition ends in.
    result: String,
    /// Money spent on advertising, whether the definition subtracts it or not.
    ad_spend: String,
    /// Result as a fraction of revenue, 4 digits; null without revenue.
    margin: Option<String>,
    /// Revenue / ad spend, 4 digits; null without spend.
    roas: Option<String>,
    /// Fraction of the net sales of goods whose cost is recorded, 0 to 1, 4 digits; null without such sales.
    cost_coverage: Option<String>,
    /// The result at the least, if goods without a recorded cost cost nothing or all they were sold for; null where it
    /// holds no cost of goods.
    result_low: Option<String>,
    /// The same at the most.
    result_high: Option<String>,
}

/// What a definition makes of a day, a channel, an order or the whole period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Told {
    /// Orders that the definition counts.
    orders: i64,
    /// What it takes ratios of.
    revenue: String,
    /// What it ends in.
    result: String,
    /// Result as a fraction of revenue, 4 digits; null without revenue.
    margin: Option<String>,
    /// Revenue / ad spend, 4 digits; null without spend.
    roas: Option<String>,
}

/// The definition that figures follow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Definition {
    /// The definition.
    profile: ProfileInfo,
    /// The day of what is given back: `return_day`, `order_day` or `cash_day`.
    basis: &'static str,
    /// Its own name of what ratios are taken of.
    revenue_label: &'static str,
    /// Its own name of what it ends in.
    result_label: &'static str,
}

/// A step of a definition.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StatementStep {
    /// Stable name.
    key: &'static str,
    /// Name for people.
    label: &'static str,
    /// `+` added, `-` a positive amount is subtracted, `=` the result so far, `sum` told aside.
    sign: &'static str,
    /// The amount. Reporting currency.
    amount: String,
}

/// What leads from one definition's figure to another's: `first` plus all steps is `second`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bridge {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// `result` or `revenue`.
    figure: &'static str,
    /// The definition to start from.
    first: BridgeEnd,
    /// The definition to arrive at.
    second: BridgeEnd,
    /// What leads from one to the other; parts of nothing are left out.
    steps: Vec<BridgeStep>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// One end of a bridge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BridgeEnd {
    /// The definition.
    profile: ProfileInfo,
    /// The day of what is given back.
    basis: &'static str,
    /// Name of the figure in its own terms.
    label: &'static str,
    /// The figure.
    amount: String,
}

/// A named part of a difference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BridgeStep {
    /// Stable name.
    key: &'static str,
    /// Name for people.
    label: &'static str,
    /// What it adds, signed. Reporting currency.
    amount: String,
}

/// Which definition, days and breakdown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementParams {
    /// The definition; the workspace's own without it.
    profile: Option<String>,
    /// The day of what is given back: `return_day`, `order_day` or `cash_day`; the definition's own without it.
    #[param(pattern = "^(return_day|order_day|cash_day)$")]
    basis: Option<String>,
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
    /// `total` (default), `day`, `month` or `channel`.
    #[param(pattern = "^(total|day|month|channel)$")]
    by: Option<String>,
}

/// Which two definitions and days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BridgeParams {
    /// The definition to start from; the workspace's own without it.
    first: Option<String>,
    /// The definition to arrive at.
    second: Option<String>,
    /// The first one's day of what is given back; its own without it.
    #[param(pattern = "^(return_day|order_day|cash_day)$")]
    first_basis: Option<String>,
    /// The second one's day of what is given back; its own without it.
    #[param(pattern = "^(return_day|order_day|cash_day)$")]
    second_basis: Option<String>,
    /// `result` (default) or `revenue`.
    #[param(pattern = "^(result|revenue)$")]
    figure: Option<String>,
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
}

const BREAKDOWNS: [(&str, By); 4] =
    [("total", By::Total), ("day", By::Day), ("month", By::Month), ("channel", By::Channel)];

const FIGURES: [(&str, Figure); 2] = [("result", Figure::Result), ("revenue", Figure::Revenue)];

impl ProfileInfo {
    pub(crate) fn of(profile: &'static profile::Profile) -> Self {
        Self {
            id: &profile.id,
            label: &profile.label,
            source: &profile.source,
            notes: profile.notes.iter().map(String::as_str).collect(),
        }
    }
}

/// The name of a step.
fn label(profile: &'static profile::Profile, key: &str) -> &'static str {
    profile.step(key).map_or("", |step| step.label.as_str())
}

impl Definition {
    pub(crate) fn of(reading: &Reading) -> Self {
        let profile = reading.profile;
        Self {
            profile: ProfileInfo::of(profile),
            basis: reading.basis().name(),
            revenue_label: label(profile, &profile.revenue),
            result_label: label(profile, &profile.result),
        }
    }
}

impl Told {
    /// Sums base lines by a definition.
    pub(crate) fn of(reading: &Reading, cells: &[Cell], currency: Currency) -> Self {
        let statement = profile::Statement::of(reading, cells);
        let text = |ratio: Option<netgain_domain::Decimal>| ratio.map(|ratio| ratio.to_string());
        Self {
            orders: statement.orders,
            revenue: money(statement.revenue, currency),
            result: money(statement.result, currency),
            margin: text(statement.margin()),
            roas: text(statement.roas()),
        }
    }
}

impl StatementRow {
    pub(crate) fn of(
        reading: &Reading,
        cells: &[Cell],
        currency: Currency,
        day: Option<String>,
        channel: Option<String>,
    ) -> Self {
        let statement = profile::Statement::of(reading, cells);
        let text = |ratio: Option<netgain_domain::Decimal>| ratio.map(|ratio| ratio.to_string());
        let (margin, roas) = (text(statement.margin()), text(statement.roas()));
        let step = |step: profile::StatementStep| StatementStep {
            key: step.key,
            label: step.label,
            sign: step.sign.text(),
            amount: money(step.amount, currency),
        };
        Self {
            day,
            channel,
            orders: statement.orders,
            steps: statement.steps.into_iter().map(step).collect(),
            revenue: money(statement.revenue, currency),
            result: money(statement.result, currency),
            ad_spend: money(statement.ad_spend, currency),
            margin,
            roas,
            cost_coverage: text(statement.cost_coverage),
            result_low: statement.band.map(|band| money(band.0, currency)),
            result_high: statement.band.map(|band| money(band.1, currency)),
        }
    }
}

/// The refund basis of a request; none where none is named.
pub(crate) fn basis(field: &'static str, text: Option<&str>) -> Result<Option<RefundBasis>, Problem> {
    let words = [
        ("return_day", Some(RefundBasis::ReturnDay)),
        ("order_day", Some(RefundBasis::OrderDay)),
        ("cash_day", Some(RefundBasis::CashDay)),
    ];
    word(field, text, &words, None)
}

/// A definition of a request as the workspace reads it.
pub(crate) fn reading(
    place: &Place,
    field: &'static str,
    profile: Option<&str>,
    basis: Option<RefundBasis>,
) -> Result<Reading, Problem> {
    place.settings.reading(profile, basis).ok_or_else(|| {
        let known: Vec<&str> = profile::all().iter().map(|profile| profile.id.as_str()).collect();
        let shown: String = profile.unwrap_or_default().chars().take(60).collect();
        let cure = format!("write one of {}", known.join(", "));
        Problem::parameter(field, format!("{field} `{shown}` is not known"), cure)
    })
}

/// What a reader of base lines must know.
pub(crate) fn lines_notices(place: &Place) -> Result<Vec<Notice>, Problem> {
    let key = place.settings.key().map_err(|error| Problem::internal(&error))?;
    let outdated = place.warehouse.outdated_orders(&key)?;
    if outdated == 0 && place.warehouse.has_lines()? {
        return Ok(Vec::new());
    }
    let message = format!(
        "{outdated} orders were computed by earlier rules, and figures follow both until they are computed anew: the \
         server does so in the background, and every sync does"
    );
    Ok(vec![Notice::new("lines_outdated", message)])
}

/// Which lines of a definition have no source, so that they are 0 because nobody tells them.
fn source_notices(place: &Place, reading: &Reading) -> Result<Vec<Notice>, Problem> {
    let rules = CostRules::new(place.warehouse.load_cost_rules()?);
    let told = place.warehouse.cost_sources()?;
    let ruled = |kind| !rules.of_kind(kind).is_empty();
    let operating = |marketing: bool| {
        rules.of_kind(CostRuleKind::Operating).iter().any(|rule| rule.terms.marketing == marketing)
    };
    let sources = [
        (
            Line::ShippingCosts,
            ruled(CostRuleKind::Shipping) || !place.settings.shipping.cost_per_order.is_empty(),
        ),
        (Line::Handling, ruled(CostRuleKind::Handling)),
        (Line::ReturnHandling, ruled(CostRuleKind::ReturnHandling)),
        (Line::PaymentFees, told.payment_fees || told.bookings || ruled(CostRuleKind::PaymentFee)),
        (Line::MarketplaceFees, told.marketplace_fees || ruled(CostRuleKind::MarketplaceFee)),
        (Line::Chargebacks, told.bookings),
        (Line::AdSpend, told.ad_spend),
        (Line::MessagingCosts, told.messages),
        (Line::AffiliateCosts, told.marketing_costs || operating(true)),
        (Line::OperatingCosts, told.operating_costs || operating(false)),
    ];
    let read = |line: &Line| {
        reading.profile.steps.iter().any(|step| step.lines.iter().any(|term| term.line == *line))
    };
    let without = sources.iter().filter(|(line, has)| !has && read(line)).map(|(line, _)| line.name());
    let without: Vec<&str> = without.collect();
    if without.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!(
        "no source is connected for {}: they count as 0, so connect one or record them in the cost book",
        without.join(", ")
    );
    Ok(vec![Notice::new("no_source", message)])
}

/// Lists the definitions of profit.
#[utoipa::path(get, path = "/api/v1/profiles", operation_id = "profiles", tag = "profit",
    responses((status = 200, description = "the definitions, the default one first", body = Profiles),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn profiles() -> Json<Profiles> {
    Json(Profiles { profiles: profile::all().iter().map(ProfileInfo::of).collect() })
}

/// A period's profit by one definition, step by step.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/profit/statement", operation_id = "statement", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), StatementParams),
    responses((status = 200, description = "the statement", body = Statement),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn statement(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<StatementParams>,
) -> Result<Json<Statement>, Problem> {
    app.on(w, move |shared, place| {
        let by = word("by", params.by.as_deref(), &BREAKDOWNS, By::Total)?;
        let asked = basis("basis", params.basis.as_deref())?;
        let reading = reading(place, "profile", params.profile.as_deref(), asked)?;
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let stored = place.warehouse.line_sums(from, to, by)?;
        let rows = stored.chunk_by(|a, b| (a.day, &a.channel) == (b.day, &b.channel)).filter_map(|rows| {
            let first = rows.first().filter(|_| by != By::Total)?;
            let cells: Vec<Cell> = rows.iter().map(|row| row.cell.clone()).collect();
            let day = first.day.map(|day| day.to_string());
            Some(StatementRow::of(&reading, &cells, currency, day, first.channel.clone()))
        });
        let all: Vec<Cell> = stored.iter().map(|row| row.cell.clone()).collect();
        let clocks = clocks(shared, place, Within::days((from, to)), Moving::ALL)?;
        Ok(Json(Statement {
            final_on: final_day(&clocks),
            clocks,
            currency: currency.to_string(),
            profile: ProfileInfo::of(reading.profile),
            basis: reading.basis().name(),
            from: from.to_string(),
            to: to.to_string(),
            by: BREAKDOWNS
                .iter()
                .find(|(_, other)| *other == by)
                .map_or("total", |(name, _)| name)
                .to_owned(),
            rows: rows.collect(),
            total: StatementRow::of(&reading, &all, currency, None, None),
            notices: [lines_notices(place)?, source_notices(place, &reading)?].concat(),
        }))
    })
    .await
}

/// What stands between two definitions of profit over the same days.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/profit/bridge", operation_id = "bridge", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), BridgeParams),
    responses((status = 200, description = "the bridge: first plus all steps is second", body = Bridge),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn bridge(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<BridgeParams>,
) -> Result<Json<Bridge>, Problem> {
    app.on(w, move |_, place| {
        let figure = word("figure", params.figure.as_deref(), &FIGURES, Figure::Result)?;
        let bases = (
            basis("first_basis", params.first_basis.as_deref())?,
            basis("second_basis", params.second_basis.as_deref())?,
        );
        let first = reading(place, "first", params.first.as_deref(), bases.0)?;
        let second = reading(place, "second", params.second.as_deref(), bases.1)?;
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let stored = place.warehouse.line_sums(from, to, By::Total)?;
        let cells: Vec<Cell> = stored.into_iter().map(|row| row.cell).collect();
        let bridge = netgain_profit::bridge::bridge(&first, &second, figure, &cells);
        let end = |reading: &Reading, amount| {
            let key = match figure {
                Figure::Result => &reading.profile.result,
                Figure::Revenue => &reading.profile.revenue,
            };
            BridgeEnd {
                profile: ProfileInfo::of(reading.profile),
                basis: reading.basis().name(),
                label: label(reading.profile, key),
                amount: money(amount, currency),
            }
        };
        let step = |step: netgain_profit::bridge::BridgeStep| BridgeStep {
            key: step.key,
            label: step.label,
            amount: money(step.amount, currency),
        };
        Ok(Json(Bridge {
            currency: currency.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            figure: FIGURES.iter().find(|(_, other)| *other == figure).map_or("result", |(name, _)| name),
            first: end(&first, bridge.from),
            second: end(&second, bridge.to),
            steps: bridge.steps.into_iter().map(step).collect(),
            notices: lines_notices(place)?,
        }))
    })
    .await
}
