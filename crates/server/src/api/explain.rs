//! Why an order earned what it did, down to what the platform sent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::facts::OrderRate;
use netgain_domain::{Currency, Decimal, Table, Value};
use netgain_profit::{CostBook, RateBook, Sign, StepKind};
use netgain_warehouse::{OrderKey, StoredRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::Notice;
use super::orders::{OrderRow, order_key, row_of};
use super::raw::Raw;
use crate::amount::{money, number};
use crate::app::{App, Place, Shared};
use crate::problem::{Code, Problem};

/// Why an order earned what it did. Amounts are in the reporting currency, days are local days of the workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// The order with its ladder.
    order: OrderRow,
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The ladder from top to bottom.
    steps: Vec<Step>,
    /// The settings that made the figures what they are.
    settings: Vec<Setting>,
    /// What is not counted, estimated or unusual.
    notices: Vec<Notice>,
    /// The amounts that are not in the reporting currency, with the exchange rates of their days.
    rates: Vec<RateApplied>,
    /// The stored rows by table, in the currency of their source.
    #[schema(value_type = BTreeMap<String, Vec<BTreeMap<String, serde_json::Value>>>)]
    rows: BTreeMap<&'static str, Vec<BTreeMap<&'static str, serde_json::Value>>>,
    /// What the platform sent.
    raw: Vec<Raw>,
}

/// A step of the ladder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Step {
    /// The ladder's field.
    key: &'static str,
    /// Its name for people.
    label: &'static str,
    /// The amount; with sign `-` a positive amount is subtracted.
    amount: String,
    /// `+`, `-`, or `=` for the result so far.
    sign: &'static str,
    /// `line` for a sum of entries, `subtotal` for a sum of the steps above.
    kind: &'static str,
    /// The rule in words.
    rule: &'static str,
    /// What the amount is the sum of; none under a subtotal.
    entries: Vec<StepEntry>,
}

/// One amount of a step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepEntry {
    /// What it is for.
    label: String,
    /// The local day on which it counts (YYYY-MM-DD).
    day: String,
    /// The amount, in the sense of its step.
    amount: String,
    /// Units, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i64>,
    /// How it was worked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    formula: Option<String>,
    /// The row it comes from; the setting's name under table `settings`.
    source_id: String,
    /// The row's table.
    table: &'static str,
    /// The row's payload in `raw`.
    raw_ref: Option<String>,
}

/// A setting with the value that held on the order's day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Setting {
    /// Its name.
    key: &'static str,
    /// The value that held.
    value: String,
    /// First local day it holds (YYYY-MM-DD); null where it is not dated.
    valid_from: Option<String>,
    /// The step of the ladder it works on, or `all`.
    applied_to: &'static str,
}

/// An amount in another currency than the reporting one, with the exchange rate of its day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RateApplied {
    /// The row that holds the amount: a ledger entry, a fee or a payment; of a unit cost the order line.
    source_id: String,
    /// The currency in which the source wrote it (ISO 4217).
    currency: String,
    /// The amount in that currency.
    amount: String,
    /// The local day of the event (YYYY-MM-DD).
    day: String,
    /// Units of the reporting currency for one of `currency`; null where no rate is known.
    rate: Option<String>,
    /// The day for which the rate was published (YYYY-MM-DD).
    rate_day: Option<String>,
    /// Who published it: a provider, or `csv` for the merchant's own file.
    source: Option<String>,
}

impl From<&OrderRate> for RateApplied {
    fn from(rate: &OrderRate) -> Self {
        let applied = rate.applied.as_ref();
        Self {
            source_id: rate.row_id.clone(),
            currency: rate.from.to_string(),
            amount: number(rate.amount),
            day: rate.day.to_string(),
            rate: applied.map(|applied| number(applied.rate)),
            rate_day: applied.map(|applied| applied.rate_day.to_string()),
            source: applied.map(|applied| applied.source.to_string()),
        }
    }
}

/// Explains one order.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/orders/{order_id}/explain", operation_id = "explain", tag = "orders",
    params(("w" = String, Path, description = "the workspace's id"),
        ("order_id" = String, Path, description = "the list's order_id; the platform's own id or the order's name also serve")),
    responses((status = 200, description = "the explanation", body = Explanation),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn explain(
    State(app): State<App>,
    Path((w, order_id)): Path<(String, String)>,
) -> Result<Json<Explanation>, Problem> {
    app.on(w, move |shared, place| explanation(shared, place, &order_id).map(Json)).await
}

fn explanation(shared: &Shared, place: &Place, id: &str) -> Result<Explanation, Problem> {
    let key = find(place, id)?;
    let missing = || Problem::new(Code::OrderNotFound, format!("order `{}` does not exist", key.order_id));
    let facts = place.warehouse.load_order_facts(std::slice::from_ref(&key))?;
    let facts = facts.first().ok_or_else(missing)?;
    let costs = CostBook::new(place.warehouse.load_unit_costs()?)
        .with_rules(place.warehouse.load_cost_rules()?)
        .with_rates(Arc::new(RateBook::new(place.warehouse.load_rates()?)));
    let explained =
        netgain_profit::explain(facts, &costs, &place.settings).map_err(|error| Problem::internal(&error))?;
    let rows = place.warehouse.order_rows(&key)?;
    let currency = explained.currency;
    let refs: HashMap<(Table, &str), &str> = rows
        .iter()
        .filter_map(|row| Some(((row.table, text(row, "source_id")?), text(row, "raw_ref")?)))
        .collect();
    let steps = explained.steps.into_iter().map(|step| step_of(step, currency, &refs)).collect();
    let customer = rows
        .iter()
        .find(|row| row.table == Table::Orders)
        .and_then(|row| text(row, "customer_name"))
        .map(str::to_owned);
    let profit = &explained.profit;
    // reckoned now, from the same facts as the steps, so that the two cannot differ
    let order = netgain_warehouse::OrderRow {
        connection_id: profit.connection_id.clone(),
        order_id: profit.order_id.clone(),
        name: profit.name.clone(),
        placed_at: Some(facts.placed_at),
        day: profit.day,
        customer_name: customer,
        channel: profit.channel.clone(),
        financial_status: facts.financial_status.clone(),
        currency: Some(facts.currency),
        included: profit.included,
        orders: profit.orders(),
        excluded_reason: profit.excluded_reason,
        cogs_source: Some(profit.cogs_source),
        flags: profit.flags,
        ladder: profit.total,
        outdated: false,
    };
    Ok(Explanation {
        order: row_of(place, &order),
        currency: currency.to_string(),
        steps,
        settings: explained
            .settings
            .into_iter()
            .map(|setting| Setting {
                key: setting.key,
                value: setting.value,
                valid_from: setting.valid_from.map(|day| day.to_string()),
                applied_to: setting.applied_to,
            })
            .collect(),
        notices: explained
            .notices
            .into_iter()
            .map(|notice| Notice::new(notice.code, notice.message))
            .collect(),
        rates: explained.profit.rates.iter().map(RateApplied::from).collect(),
        raw: raw(shared, place, &rows)?,
        rows: by_table(&rows),
    })
}

/// The order of a path: by the list's id, else by the platform's id or the order's name.
pub(crate) fn find(place: &Place, id: &str) -> Result<OrderKey, Problem> {
    if let Some(key) = order_key(id) {
        return Ok(key);
    }
    let shown: String = id.chars().take(100).collect();
    let mut found = place.warehouse.find_orders(id)?;
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => Ok(key),
        (Some(_), false) => {
            Err(Problem::new(Code::OrderAmbiguous, format!("several orders are named `{shown}`")))
        }
        (None, _) => Err(Problem::new(Code::OrderNotFound, format!("order `{shown}` does not exist"))),
    }
}

fn text<'r>(row: &'r StoredRow, column: &str) -> Option<&'r str> {
    match row.get(column) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn step_of(step: netgain_profit::Step, currency: Currency, refs: &HashMap<(Table, &str), &str>) -> Step {
    let amount = |amount: Decimal| money(amount, currency);
    Step {
        key: step.key,
        label: step.label,
        amount: amount(step.amount),
        sign: match step.sign {
            Sign::Plus => "+",
            Sign::Minus => "-",
            Sign::Equals => "=",
        },
        kind: match step.kind {
            StepKind::Line => "line",
            StepKind::Subtotal => "subtotal",
        },
        rule: step.rule,
        entries: step
            .entries
            .into_iter()
            .map(|entry| StepEntry {
                raw_ref: Table::from_name(entry.table)
                    .and_then(|table| refs.get(&(table, entry.source_id.as_str())))
                    .map(|raw_ref| (*raw_ref).to_owned()),
                label: entry.label,
                day: entry.day.to_string(),
                amount: amount(entry.amount),
                quantity: entry.quantity,
                formula: entry.formula,
                source_id: entry.source_id,
                table: entry.table,
            })
            .collect(),
    }
}

/// The rows by table as JSON; the tables that an order owns are there even when they are empty.
fn by_table(rows: &[StoredRow]) -> BTreeMap<&'static str, Vec<BTreeMap<&'static str, serde_json::Value>>> {
    let mut tables: BTreeMap<_, Vec<_>> = Table::Orders
        .owned()
        .chain([Table::Orders, Table::Touchpoints])
        .map(|table| (table.name(), Vec::new()))
        .collect();
    for row in rows {
        // the store's own search key says nothing about the order
        let told = row.cells.iter().filter(|(column, _)| *column != "root_key");
        let cells = told.map(|(column, value)| (*column, cell(value))).collect();
        tables.entry(row.table.name()).or_default().push(cells);
    }
    tables
}

fn cell(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) | Value::Json(text) => text.as_str().into(),
        Value::Int(number) => (*number).into(),
        Value::Decimal(amount) => number(*amount).into(),
        Value::Bool(yes) => (*yes).into(),
        Value::Time(time) => time.to_string().into(),
        Value::Date(day) => day.to_string().into(),
    }
}

/// The payloads behind the rows, the order's own first.
fn raw(shared: &Shared, place: &Place, rows: &[StoredRow]) -> Result<Vec<Raw>, Problem> {
    let archive = shared.archive(&place.workspace.id)?;
    let mut all: Vec<Raw> = Vec::new();
    for row in rows {
        let Some(raw_ref) = text(row, "raw_ref") else { continue };
        if all.iter().any(|other| other.raw_ref == raw_ref) {
            continue;
        }
        let observed_at = match row.get("observed_at") {
            Some(Value::Time(time)) => time.to_string(),
            _ => String::new(),
        };
        all.push(Raw::read(&archive, raw_ref, observed_at));
    }
    Ok(all)
}
