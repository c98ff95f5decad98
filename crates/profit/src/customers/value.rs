//! What a customer is worth, and how soon winning one has paid.

use netgain_domain::Decimal;
use serde::Serialize;

use super::{Cohort, Cohorts};
use crate::Quotient;

/// Customers of a cohort with two orders or more by an age ÷ its customers. None beyond the cohort's last month.
#[must_use]
pub fn repeat_rate(cohort: &Cohort, age: u32) -> Option<Quotient> {
    let cell = cohort.cells.get(usize::try_from(age).ok()?)?;
    let formula = "customers with 2 orders or more by this age / customers of the cohort";
    Some(Quotient::new("repeat_rate", formula, cell.repeated.into(), cohort.customers.into()))
}

/// Historical value: CM2 from the first order to an age ÷ customers of the cohort. None beyond its last month.
#[must_use]
pub fn ltv(cohort: &Cohort, age: u32) -> Option<Quotient> {
    let cell = cohort.cells.get(usize::try_from(age).ok()?)?;
    let formula = "cumulative cm2 by this age / customers of the cohort";
    Some(Quotient::new("ltv_historical", formula, cell.cumulative_cm2, cohort.customers.into()))
}

/// When a cohort has paid for winning it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Payback {
    /// At the end of the month of this age its CM2 covered the cost.
    Reached {
        /// The first such age in months.
        age: u32,
    },
    /// Not yet.
    NotYet {
        /// The last age that is known.
        age: u32,
        /// What is missing for each customer then.
        missing: Decimal,
    },
}

/// The first age at which a cohort's cumulative CM2 covers what its customers cost, by its own curve. None for a
/// cohort without customers.
#[must_use]
pub fn payback(cohort: &Cohort, ncac: Decimal) -> Option<Payback> {
    let customers = Decimal::from(cohort.customers);
    let cost = ncac.checked_mul(customers)?;
    if let Some(cell) = cohort.cells.iter().find(|cell| cell.cumulative_cm2 >= cost) {
        return (cohort.customers > 0).then_some(Payback::Reached { age: cell.age });
    }
    let last = cohort.cells.last()?;
    let missing = (cost - last.cumulative_cm2).checked_div(customers)?.round_dp(4);
    Some(Payback::NotYet { age: last.age, missing })
}

/// Historical value at a fixed age ÷ cost of a new customer. Read it with the payback: a good ratio may come late.
#[must_use]
pub fn ltv_to_cac(cohort: &Cohort, age: u32, ncac: Decimal) -> Option<Quotient> {
    let cell = cohort.cells.get(usize::try_from(age).ok()?)?;
    let cost = ncac.checked_mul(cohort.customers.into())?;
    let formula = "historical ltv at this age / ncac";
    Some(Quotient::new("ltv_to_cac", formula, cell.cumulative_cm2, cost))
}

/// A value under an assumption. It is never shown in one column with the historical one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimpleLtv {
    /// CM2 of one month ÷ customers who ordered in it.
    pub margin_per_month: Quotient,
    /// Customers who ordered in the next month as well ÷ customers of a month.
    pub retention: Quotient,
    /// `margin / (1 - retention)`.
    pub value: Quotient,
    /// What has to hold for it.
    pub assumption: &'static str,
}

/// Simple value from all months that are over: margin per month ÷ (1 − retention).
#[must_use]
pub fn simple_ltv(cohorts: &Cohorts) -> SimpleLtv {
    let over = || cohorts.cohorts.iter().flat_map(|cohort| &cohort.cells).filter(|cell| cell.complete);
    let cm2: Decimal = over().map(|cell| cell.cm2).sum();
    let active: u64 = over().map(|cell| cell.active).sum();
    let (stayed, asked) = cohorts.retention();
    let (stayed, asked, active) = (Decimal::from(stayed), Decimal::from(asked), Decimal::from(active));
    // (cm2 / active) / (1 - stayed / asked), as one division of whole sums
    let over_all = cm2.checked_mul(asked).unwrap_or_default();
    let under_all = active.checked_mul(asked - stayed).unwrap_or_default();
    SimpleLtv {
        margin_per_month: Quotient::new("margin_per_month", "cm2 / active customers of a month", cm2, active),
        retention: Quotient::new(
            "retention",
            "ordered in the next month too / active customers",
            stayed,
            asked,
        ),
        value: Quotient::new("ltv_simple", "margin_per_month / (1 - retention)", over_all, under_all),
        assumption: "every customer stays from month to month with the same chance, whatever their age, and brings \
                     the same margin for as long as they stay",
    }
}

/// What a customer has brought on average by an age, whatever cohort they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CurvePoint {
    /// Months since the first order's month.
    pub age: u32,
    /// Customers of the cohorts that have lived through this age; fewer the higher it is.
    pub customers: u64,
    /// CM2 of a customer from the first order to the end of this age.
    pub ltv: Decimal,
}

/// The curve over all cohorts: at each age the month's CM2 ÷ customers of the cohorts for which that month is over,
/// added up. So a young cohort bends no age that it has not reached.
#[must_use]
pub fn ltv_curve(cohorts: &Cohorts) -> Vec<CurvePoint> {
    let (mut curve, mut sum) = (Vec::new(), Decimal::ZERO);
    for age in 0.. {
        let (mut customers, mut cm2) = (0, Decimal::ZERO);
        for cohort in &cohorts.cohorts {
            let cell = usize::try_from(age).ok().and_then(|age| cohort.cells.get(age));
            if let Some(cell) = cell.filter(|cell| cell.complete) {
                customers += cohort.customers;
                cm2 += cell.cm2;
            }
        }
        let Some(each) = cm2.checked_div(customers.into()) else { break };
        sum += each;
        curve.push(CurvePoint { age, customers, ltv: sum.round_dp(4) });
    }
    curve
}
