//! Who the customers are, when each first bought, and what the customers of one month brought as they grew older.
//!
//! Months are calendar months of the workspace's zone. Money counts in the month in which it was earned or given
//! back, so a refund lowers the value at the age at which it happened.

mod cohorts;
mod identity;
mod value;

pub use cohorts::{Cell, Cohort, Cohorts, Measure, Month, Purchase, PurchaseDay, Unassigned};
pub use identity::{Identities, Person, normal_email};
pub use value::{
    CurvePoint, Payback, SimpleLtv, ltv, ltv_curve, ltv_to_cac, payback, repeat_rate, simple_ltv,
};
