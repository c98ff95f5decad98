//! Customers by the month of their first order, and what they were worth as they grew older.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Currency, Decimal};
use netgain_profit::Quotient;
use netgain_profit::attribution::History;
use netgain_profit::customers::{
    Cell, Cohort, Cohorts, Month, Payback, ltv, ltv_curve, ltv_to_cac, payback, repeat_rate, simple_ltv,
};
use netgain_warehouse::By;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::{Params, word};
use crate::growth::{People, Ratio};
use crate::problem::Problem;

/// The age at which values are held against the cost of a customer, where a cohort has reached it.
pub(crate) const FIXED_AGE: u32 = 12;

/// A cohort at one age.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortCell {
    /// Months since the cohort's own.
    age: u32,
    /// The measure that was asked for: customers, a fraction of them (4 digits), or money per customer (4 digits).
    value: Option<String>,
    /// Customers who ordered in that month.
    active: u64,
    /// Their orders in that month.
    orders: u64,
    /// Customers with two orders or more by the end of that month.
    repeated: u64,
    /// Net sales of that month. Reporting currency.
    net_sales: String,
    /// Second contribution margin of that month. Reporting currency.
    cm2: String,
    /// Net sales from the first order to the end of that month. Reporting currency.
    cumulative_net_sales: String,
    /// Second contribution margin from the first order to the end of that month. Reporting currency.
    cumulative_cm2: String,
    /// Whether the month is over; the figures of one that is not will still grow.
    complete: bool,
}

/// When a cohort has paid for winning it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaybackAge {
    /// Whether it has.
    reached: bool,
    /// The age in months at which it had, else the last one that is known.
    age: u32,
    /// What is missing for each customer; null once it has paid. Reporting currency.
    missing: Option<String>,
}

/// The customers who first ordered in one month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortRow {
    /// The month (YYYY-MM).
    month: String,
    /// How many they are.
    customers: u64,
    /// Money spent on advertising in that month. Reporting currency.
    ad_spend: String,
    /// What winning one of them cost; no value in a month without ad spend.
    ncac: Ratio,
    /// When they had paid for it by their own curve; null without ad spend.
    payback: Option<PaybackAge>,
    /// Historical value at `ltv_to_cac_age` / what winning them cost; null without ad spend.
    ltv_to_cac: Option<Ratio>,
    /// The age of `ltv_to_cac`: 12 months, or the last one that is over; null while none is over.
    ltv_to_cac_age: Option<u32>,
    /// Whether some of them may have ordered before the first order that is known.
    short_history: bool,
    /// One for each month from their own to the last one, without gaps.
    cells: Vec<CohortCell>,
}

/// What a customer of any cohort has brought on average by an age.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LtvPoint {
    /// Months since the first order's month.
    age: u32,
    /// Customers of the cohorts that have lived through this age.
    customers: u64,
    /// Second contribution margin per customer up to the end of this age, 4 digits. Reporting currency.
    ltv: String,
}

/// A value under an assumption; never to be read in one column with the historical one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimpleValue {
    /// Margin of a month per customer who ordered in it.
    margin_per_month: Ratio,
    /// Customers of a month who ordered in the next one too.
    retention: Ratio,
    /// Margin / (1 - retention).
    value: Ratio,
    /// What has to hold for it.
    assumption: &'static str,
}

/// What belongs to no cohort.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnassignedSums {
    /// Orders without a known customer.
    orders: u64,
    /// Their net sales. Reporting currency.
    net_sales: String,
    /// Their second contribution margin. Reporting currency.
    cm2: String,
}

/// All cohorts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortTriangle {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The IANA time zone of the months.
    time_zone: String,
    /// `customers`, `repeat_rate`, `contribution` or `net_sales`.
    measure: String,
    /// The last local day that is looked at (YYYY-MM-DD).
    as_of: String,
    /// The cohorts, the oldest one first.
    rows: Vec<CohortRow>,
    /// The average value of a customer by age.
    curve: Vec<LtvPoint>,
    /// What winning a customer cost over the whole time.
    ncac: Ratio,
    /// The first age at which the average value covers `ncac`; null where it never did or nothing was spent.
    payback_age: Option<u32>,
    /// The value under an assumption.
    simple: SimpleValue,
    /// What belongs to no cohort.
    unassigned: UnassignedSums,
    /// Customer rows that were found to be somebody known already, by their e-mail address.
    merged_customers: usize,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// What the cells show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CohortParams {
    /// `customers` (default; who ordered in the month), `repeat_rate` (with two orders or more so far),
    /// `contribution` (second contribution margin per customer so far) or `net_sales` (per customer so far).
    measure: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Customers,
    RepeatRate,
    Contribution,
    NetSales,
}

const MEASURES: [(&str, Shown); 4] = [
    ("customers", Shown::Customers),
    ("repeat_rate", Shown::RepeatRate),
    ("contribution", Shown::Contribution),
    ("net_sales", Shown::NetSales),
];

/// Customers by the month of their first order, with what they were worth at each age.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/customers/cohorts", operation_id = "cohorts", tag = "customers",
    params(("w" = String, Path, description = "the workspace's id"), CohortParams),
    responses((status = 200, description = "the cohorts, the oldest one first", body = CohortTriangle),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn cohorts(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<CohortParams>,
) -> Result<Json<CohortTriangle>, Problem> {
    app.on(w, move |_, place| {
        let measure = word("measure", params.measure.as_deref(), &MEASURES, Shown::Customers)?;
        triangle(place, measure).map(Json)
    })
    .await
}

fn triangle(place: &Place, measure: Shown) -> Result<CohortTriangle, Problem> {
    let currency = place.workspace.currency;
    let days = place.warehouse.days()?;
    let today = Timestamp::now().to_zoned(place.settings.zone().clone()).date();
    let as_of = days.map_or(today, |(_, last)| last);
    let people = People::load(&place.warehouse)?;
    let cohorts = Cohorts::new(&people.purchases, as_of);
    let spend = ad_spend(place)?;
    let known_since = people.known_since().unwrap_or(as_of);
    let history = |month: Month| History { from: month.first_day(), known_since, is_complete: false };
    let rows: Vec<CohortRow> = cohorts
        .cohorts
        .iter()
        .map(|cohort| {
            let spent = spend.get(&cohort.month).copied().unwrap_or_default();
            let short = history(cohort.month).notice().is_some();
            row(cohort, measure, spent, short, currency)
        })
        .collect();
    let customers: u64 = cohorts.cohorts.iter().map(|cohort| cohort.customers).sum();
    let ncac = ncac(spend.values().sum(), customers);
    let curve = ltv_curve(&cohorts);
    let covered = ncac.value.filter(|cost| *cost > Decimal::ZERO);
    let payback_age =
        covered.and_then(|cost| curve.iter().find(|point| point.ltv >= cost)).map(|point| point.age);
    let simple = simple_ltv(&cohorts);
    let mut notices: Vec<Notice> = Vec::new();
    notices.extend(cohorts.cohorts.first().and_then(|first| history(first.month).notice()).map(Notice::from));
    if cohorts.unassigned.orders > 0 {
        let message = format!(
            "{} orders have no known customer and belong to no cohort: let the shop ask for an e-mail address at the \
             checkout",
            cohorts.unassigned.orders
        );
        notices.push(Notice::new("unknown_customers", message));
    }
    if covered.is_none() {
        let message = "no ad spend is known: what a new customer cost and when it is paid back cannot be told; connect \
                       the ad accounts"
            .to_owned();
        notices.push(Notice::new("no_ad_spend", message));
    }
    let point = |point: netgain_profit::customers::CurvePoint| LtvPoint {
        age: point.age,
        customers: point.customers,
        ltv: money(point.ltv, currency),
    };
    Ok(CohortTriangle {
        currency: currency.to_string(),
        time_zone: place.workspace.time_zone.clone(),
        measure: MEASURES
            .iter()
            .find(|(_, one)| *one == measure)
            .map_or("customers", |(name, _)| name)
            .to_owned(),
        as_of: as_of.to_string(),
        rows,
        curve: curve.into_iter().map(point).collect(),
        ncac: Ratio::from(&ncac),
        payback_age,
        simple: SimpleValue {
            margin_per_month: Ratio::from(&simple.margin_per_month),
            retention: Ratio::from(&simple.retention),
            value: Ratio::from(&simple.value),
            assumption: simple.assumption,
        },
        unassigned: UnassignedSums {
            orders: cohorts.unassigned.orders,
            net_sales: money(cohorts.unassigned.net_sales, currency),
            cm2: money(cohorts.unassigned.cm2, currency),
        },
        merged_customers: people.merged,
        notices,
    })
}

/// Ad spend by month of the workspace.
pub(crate) fn ad_spend(place: &Place) -> Result<BTreeMap<Month, Decimal>, Problem> {
    let Some((first, last)) = place.warehouse.days()? else { return Ok(BTreeMap::new()) };
    let rows = place.warehouse.pnl(first, last, By::Month)?;
    Ok(rows.iter().filter_map(|row| Some((Month::of(row.day?), row.ladder.ad_spend))).collect())
}

pub(crate) fn ncac(spent: Decimal, customers: u64) -> Quotient {
    let formula = "ad_spend of the time / customers whose first order lies in it";
    let mut ncac = Quotient::new("ncac", formula, spent, customers.into());
    // a month without ads has no price for a customer, which is not a price of nothing
    if spent.is_zero() {
        ncac.value = None;
    }
    ncac
}

fn row(cohort: &Cohort, measure: Shown, spent: Decimal, short: bool, currency: Currency) -> CohortRow {
    let ncac = ncac(spent, cohort.customers);
    let cost = ncac.value;
    let last_complete = cohort.cells.iter().rev().find(|cell| cell.complete).map(|cell| cell.age);
    let age = last_complete.map(|last| last.min(FIXED_AGE));
    let paid = cost.and_then(|cost| payback(cohort, cost)).map(|paid| match paid {
        Payback::Reached { age } => PaybackAge { reached: true, age, missing: None },
        Payback::NotYet { age, missing } => {
            PaybackAge { reached: false, age, missing: Some(money(missing, currency)) }
        }
    });
    let ratio = cost.zip(age).and_then(|(cost, age)| ltv_to_cac(cohort, age, cost));
    CohortRow {
        month: cohort.month.to_string(),
        customers: cohort.customers,
        ad_spend: money(spent, currency),
        ncac: Ratio::from(&ncac),
        payback: paid,
        ltv_to_cac: ratio.as_ref().map(Ratio::from),
        ltv_to_cac_age: age,
        short_history: short,
        cells: cohort.cells.iter().map(|cell| of_cell(cohort, cell, measure, currency)).collect(),
    }
}

fn of_cell(cohort: &Cohort, cell: &Cell, measure: Shown, currency: Currency) -> CohortCell {
    let value = match measure {
        Shown::Customers => Some(Decimal::from(cell.active)),
        Shown::RepeatRate => repeat_rate(cohort, cell.age).and_then(|rate| rate.value),
        Shown::Contribution => ltv(cohort, cell.age).and_then(|value| value.value),
        Shown::NetSales => {
            let formula = "cumulative net_sales by this age / customers of the cohort";
            Quotient::new("net_sales", formula, cell.cumulative_net_sales, cohort.customers.into()).value
        }
    };
    CohortCell {
        age: cell.age,
        value: value.map(|value| value.to_string()),
        active: cell.active,
        orders: cell.orders,
        repeated: cell.repeated,
        net_sales: money(cell.net_sales, currency),
        cm2: money(cell.cm2, currency),
        cumulative_net_sales: money(cell.cumulative_net_sales, currency),
        cumulative_cm2: money(cell.cumulative_cm2, currency),
        complete: cell.complete,
    }
}
