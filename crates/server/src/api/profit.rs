//! The ladder by day, channel or order.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use netgain_domain::facts::{Basis, Cell, ExcludedReason, Flag};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};
use netgain_profit::profile::{Reading, ladder_of};
use netgain_profit::{HOLDS_DAYS, Metrics};
use netgain_warehouse::{
    By, LineRow, MissingRates, OrderCursor, OrderFilter, OrderKey, OrderSort, PnlRow, Remark,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Notice, Sums, with_ladder};
use super::orders::{order_token, sums_of};
use super::statement::{Definition, StatementRow, Told, basis, lines_notices, reading};
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::{Params, limit, range, word};
use crate::problem::Problem;
use crate::why::{Moving, SourceClock, Within, clocks, final_day};

/// Rows that one answer by order holds at most.
const MAX_ORDERS: usize = 10_000;

with_ladder! {
    /// The ladder of a day, a channel, an order or the whole period, in the reporting currency and without tax.
    LadderRow {
        /// Local day (YYYY-MM-DD), by day.
        #[serde(skip_serializing_if = "Option::is_none")]
        day: Option<String>,
        /// Sales channel, or `advertising:<provider>` with that provider's ad spend, by channel.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
        /// The order, by order; use it in paths.
        #[serde(skip_serializing_if = "Option::is_none")]
        order_id: Option<String>,
        /// The name people know the order by, by order.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }
    then {
        /// The same by the definition that is shown; left out while the orders are being computed anew.
        #[serde(skip_serializing_if = "Option::is_none")]
        told: Option<Told>,
    }
}

/// The ladder of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profit {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The IANA time zone of the days.
    time_zone: String,
    /// The definition that `told` and `statement` follow: the workspace's own, or the one that was asked for.
    profile: &'static str,
    /// What that definition is.
    definition: Definition,
    /// First local day (YYYY-MM-DD).
    from: String,
    /// Last local day (YYYY-MM-DD), included.
    to: String,
    /// `day`, `channel` or `order`.
    by: String,
    /// The rows: days in order, channels by name, orders by day.
    rows: Vec<LadderRow>,
    /// The sum of the rows; by order, of those on all pages.
    total: LadderRow,
    /// The total by the definition that is shown, step by step; left out while the orders are being computed anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<StatementRow>,
    /// Net profit of the whole at the least, if goods without a recorded cost cost nothing or all they were sold for.
    net_profit_low: String,
    /// The same at the most.
    net_profit_high: String,
    /// The day on which the period is final (YYYY-MM-DD); null where it is, and where nobody knows.
    final_on: Option<String>,
    /// The sources that may still restate days of it.
    clocks: Vec<SourceClock>,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
    /// By order, while there are more: send it as `after`, with the same days, to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What to sum and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProfitParams {
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
    /// `day` (default), `channel` or `order`.
    #[param(pattern = "^(day|channel|order)$")]
    by: Option<String>,
    /// The definition of profit that is shown; the workspace's own without it.
    profile: Option<String>,
    /// The day of what is given back: `return_day`, `order_day` or `cash_day`; the workspace's own without it. Not by
    /// order.
    #[param(pattern = "^(return_day|order_day|cash_day)$")]
    basis: Option<String>,
    /// By order: rows per answer, 1 to 10000; 10000 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 10000)]
    limit: Option<String>,
    /// By order: `next` of the answer before, with the same days.
    after: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Day,
    Channel,
    Order,
}

const GROUPINGS: [(&str, Grouping); 3] =
    [("day", Grouping::Day), ("channel", Grouping::Channel), ("order", Grouping::Order)];

/// The ladder from gross sales to net profit, by day, channel or order, with its total.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/profit", operation_id = "profit", tag = "profit",
    params(("w" = String, Path, description = "the workspace's id"), ProfitParams),
    responses((status = 200, description = "the ladder of the period", body = Profit),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn profit(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<ProfitParams>,
) -> Result<Json<Profit>, Problem> {
    app.on(w, move |shared, place| {
        let by = word("by", params.by.as_deref(), &GROUPINGS, Grouping::Day)?;
        let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
        let currency = place.workspace.currency;
        let basis = basis("basis", params.basis.as_deref())?;
        let reading = reading(place, "profile", params.profile.as_deref(), basis)?;
        let lines = basis.map(|basis| Lines { place, from, to, basis: basis.basis() });
        if by == Grouping::Order && lines.is_some() {
            return Err(Problem::parameter(
                "basis",
                "basis is for by=day and by=channel",
                "leave basis out: an order's total is the same by every basis",
            ));
        }
        if by != Grouping::Order {
            refuse("limit", params.limit.as_deref())?;
            refuse("after", params.after.as_deref())?;
        }
        let shown = Shown { place, reading, from, to, ready: place.warehouse.has_lines()? };
        let (rows, total, next) = if by == Grouping::Order {
            let limit = limit("limit", params.limit.as_deref(), MAX_ORDERS, MAX_ORDERS)?;
            let after = params.after.as_deref().map(read_bookmark).transpose()?;
            by_order(&shown, after.as_ref(), limit)?
        } else {
            let grouping = if by == Grouping::Day { By::Day } else { By::Channel };
            let read = |by| {
                let rows = place.warehouse.pnl(from, to, by)?;
                lines.as_ref().map_or(Ok(rows.clone()), |lines| lines.ladders(rows, by))
            };
            let total = read(By::Total)?.first().map(sums).unwrap_or_default();
            (shown.rows(read(grouping)?, grouping)?, total, None)
        };
        // orders bring no advertising, and nothing of theirs is restated
        let clocks = if by == Grouping::Order {
            Vec::new()
        } else {
            clocks(shared, place, Within::days((from, to)), Moving::ALL)?
        };
        let (low, high) = band(&total);
        let all = shown.total(by)?;
        let mut notices = notices(place, from, to, &total)?;
        notices.extend(lines_notices(place)?);
        Ok(Json(Profit {
            net_profit_low: money(low, currency),
            net_profit_high: money(high, currency),
            final_on: final_day(&clocks),
            clocks,
            currency: currency.to_string(),
            time_zone: place.workspace.time_zone.clone(),
            profile: &reading.profile.id,
            definition: Definition::of(&reading),
            from: from.to_string(),
            to: to.to_string(),
            by: GROUPINGS.iter().find(|(_, other)| *other == by).map_or("day", |(name, _)| name).to_owned(),
            rows,
            notices,
            total: LadderRow::of(&total, currency, None, None, None, None, shown.told(&all)),
            statement: shown.ready.then(|| StatementRow::of(&reading, &all, currency, None, None)),
            next,
        }))
    })
    .await
}

/// The base lines of a period by one basis.
struct Lines<'p> {
    place: &'p Place,
    from: Date,
    to: Date,
    basis: Basis,
}

impl Lines<'_> {
    /// The same rows with the ladder of this basis.
    fn ladders(&self, mut rows: Vec<PnlRow>, by: By) -> Result<Vec<PnlRow>, Problem> {
        let stored = self.place.warehouse.line_sums(self.from, self.to, by)?;
        for row in &mut rows {
            let own = stored.iter().filter(|line| line.day == row.day && line.channel == row.channel);
            let cells: Vec<Cell> = own.map(|line| line.cell.clone()).collect();
            row.ladder = ladder_of(&cells, self.basis);
        }
        Ok(rows)
    }
}

/// A period by the definition that is shown.
struct Shown<'p> {
    place: &'p Place,
    reading: Reading,
    from: Date,
    to: Date,
    /// Whether the base lines are there; not so until what an earlier version computed was computed anew.
    ready: bool,
}

impl Shown<'_> {
    /// What the definition makes of base lines.
    fn told(&self, cells: &[Cell]) -> Option<Told> {
        self.ready.then(|| Told::of(&self.reading, cells, self.place.workspace.currency))
    }

    /// Days or channels by the ladder and by the definition.
    fn rows(&self, rows: Vec<PnlRow>, by: By) -> Result<Vec<LadderRow>, Problem> {
        let stored = match self.ready {
            true => self.place.warehouse.line_sums(self.from, self.to, by)?,
            false => Vec::new(),
        };
        let mut cells: HashMap<(Option<Date>, Option<String>), Vec<Cell>> = HashMap::new();
        for LineRow { day, channel, cell } in stored {
            cells.entry((day, channel)).or_default().push(cell);
        }
        let row = |row: &PnlRow| {
            let day = row.day.map(|day| day.to_string());
            let own = cells.get(&(row.day, row.channel.clone()));
            let told = self.told(own.map_or(&[], Vec::as_slice));
            LadderRow::of(
                &sums(row),
                self.place.workspace.currency,
                day,
                row.channel.clone(),
                None,
                None,
                told,
            )
        };
        Ok(rows.iter().map(row).collect())
    }

    /// The base lines of the whole: of the days, or of the orders of these days.
    fn total(&self, by: Grouping) -> Result<Vec<Cell>, Problem> {
        if !self.ready {
            return Ok(Vec::new());
        }
        if by == Grouping::Order {
            return Ok(self.place.warehouse.line_sums_of_orders(&self.orders())?);
        }
        let stored = self.place.warehouse.line_sums(self.from, self.to, By::Total)?;
        Ok(stored.into_iter().map(|row| row.cell).collect())
    }

    fn orders(&self) -> OrderFilter {
        OrderFilter { from: Some(self.from), to: Some(self.to), ..OrderFilter::default() }
    }
}

fn sums(row: &PnlRow) -> Sums {
    Sums { orders: row.orders, ladder: row.ladder, provisional: row.provisional }
}

/// Net profit at the least and at the most, if goods without a recorded cost cost nothing or all they were sold for.
fn band(sums: &Sums) -> (Decimal, Decimal) {
    let metrics = Metrics::of(&sums.ladder);
    let with = |cogs: Decimal| sums.ladder.net_profit + sums.ladder.cogs - cogs;
    let (none, all) = (with(metrics.cogs_low), with(metrics.cogs_high));
    (none.min(all), none.max(all))
}

/// What only means something by order.
fn refuse(field: &'static str, value: Option<&str>) -> Result<(), Problem> {
    match value {
        None => Ok(()),
        Some(_) => Err(Problem::parameter(
            field,
            format!("{field} is for by=order"),
            format!("leave {field} out: days and channels come in one answer"),
        )),
    }
}

fn bookmark(at: &OrderCursor) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(at).unwrap_or_default())
}

fn read_bookmark(text: &str) -> Result<OrderCursor, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).filter(fits).ok_or_else(|| {
        Problem::parameter(
            "after",
            "after cannot be read",
            "use next of the answer before, or begin without after",
        )
    })
}

/// Whether a bookmark is one of a list by day.
fn fits(at: &OrderCursor) -> bool {
    at.value.parse::<Date>().is_ok()
}

/// A page of orders by day, with the sum over all pages.
fn by_order(
    shown: &Shown<'_>,
    after: Option<&OrderCursor>,
    limit: usize,
) -> Result<(Vec<LadderRow>, Sums, Option<String>), Problem> {
    let Shown { place, .. } = shown;
    let filter = shown.orders();
    let page = place.warehouse.orders_page(&filter, OrderSort::Day, false, after, limit)?;
    let key = |order: &netgain_warehouse::OrderRow| OrderKey {
        connection_id: order.connection_id.clone(),
        order_id: order.order_id.clone(),
    };
    let keys: Vec<OrderKey> = page.orders.iter().map(key).collect();
    let cells = place.warehouse.lines_of_orders(&keys)?;
    let row = |(order, cells): (&netgain_warehouse::OrderRow, &Vec<Cell>)| {
        let id = order_token(&order.connection_id, &order.order_id);
        let (currency, name) = (place.workspace.currency, order.name.clone());
        LadderRow::of(&sums_of(order), currency, None, None, Some(id), Some(name), shown.told(cells))
    };
    let (orders, ladder) = place.warehouse.sum_orders(&filter)?;
    let rows = page.orders.iter().zip(&cells).map(row).collect();
    Ok((rows, Sums { orders, ladder, provisional: false }, page.next.as_ref().map(bookmark)))
}

/// What can be the matter with orders, and what of it to say.
const REMARKS: [(&str, Remark); 7] = [
    ("missing_rate", Remark::Excluded(ExcludedReason::MissingRate)),
    ("missing_cost", Remark::Excluded(ExcludedReason::MissingCost)),
    ("estimated_cost", Remark::Flagged(Flag::EstimatedCost)),
    ("cost_currency", Remark::Flagged(Flag::CostCurrency)),
    ("fee_currency", Remark::Flagged(Flag::FeeCurrency)),
    ("estimated_fees", Remark::Flagged(Flag::EstimatedFees)),
    ("unknown_event", Remark::Flagged(Flag::UnknownEvent)),
];

fn notices(place: &Place, from: Date, to: Date, total: &Sums) -> Result<Vec<Notice>, Problem> {
    let currency = place.workspace.currency;
    let mut notices = Vec::new();
    let counts = place.warehouse.count_remarks(from, to, &REMARKS.map(|(_, remark)| remark))?;
    for ((code, _), orders) in REMARKS.into_iter().zip(counts).filter(|(_, orders)| *orders > 0) {
        let words = match code {
            // said below, by currency
            "missing_rate" => continue,
            "missing_cost" => {
                "are not counted: record the unit costs of their goods, or change cost.missing_policy"
                    .to_owned()
            }
            "estimated_cost" => {
                "hold goods without a recorded cost: it is estimated, so record their unit costs".to_owned()
            }
            "cost_currency" => format!(
                "hold goods whose unit cost is not in {currency}, or follow a cost rule that is not: no exchange rate is known, so it is treated as missing: import rates, or record it in {currency}"
            ),
            "fee_currency" => {
                format!(
                    "have payment fees that are not in {currency}, and no exchange rate is known: these fees are not counted, so import rates"
                )
            }
            "estimated_fees" => {
                "have fees that are reckoned by the cost book's rules: they are provisional until the actual ones arrive"
                    .to_owned()
            }
            _ => "hold ledger entries that this version does not know: update the program".to_owned(),
        };
        notices.push(Notice::new(code, format!("{orders} orders {words}")));
    }
    for lack in place.warehouse.missing_order_rates(from, to)? {
        let message =
            format!("{} orders in {} are not counted: {}", lack.count, lack.currency, cure(&lack, currency));
        notices.push(Notice::new("missing_rate", message));
    }
    for lack in place.warehouse.missing_ad_rates(from, to)? {
        let message = format!("ad spend in {} is not counted: {}", lack.currency, cure(&lack, currency));
        notices.push(Notice::new("ad_spend_currency", message));
    }
    for lack in place.warehouse.missing_operating_rates(from, to)? {
        let message = format!(
            "{} operating costs in {} are not counted: {}",
            lack.count,
            lack.currency,
            cure(&lack, currency)
        );
        notices.push(Notice::new("cost_currency", message));
    }
    notices.extend(super::ads::zone_notices(place, from, to)?);
    if total.provisional {
        let message = "an ad platform may still restate days of this period: net profit may move a little";
        notices.push(Notice::new("ad_spend_provisional", message.to_owned()));
    }
    Ok(notices)
}

/// What is missing, and what helps.
fn cure(lack: &MissingRates, to: Currency) -> String {
    format!(
        "no exchange rate from {} to {to} is known for {} or the {HOLDS_DAYS} days before: connect a source of rates, or import a file of them",
        lack.currency, lack.first_day
    )
}

impl Place {
    /// The days of a request, both included.
    pub(crate) fn range(&self, from: Option<&str>, to: Option<&str>) -> Result<(Date, Date), Problem> {
        let today = Timestamp::now().to_zoned(self.settings.zone().clone()).date();
        range(from, to, self.warehouse.days()?, today)
    }
}
