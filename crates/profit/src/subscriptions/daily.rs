//! Recurring revenue day by day: one walk over the movements instead of one bridge for each day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_domain::{Currency, Decimal};

use super::definition::Definition;
use super::movement::{Position, movements};
use super::snapshot::Snapshot;

/// Days over which lost customers are counted.
pub const CHURN_DAYS: usize = 30;

/// How recurring revenue stands at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringDay {
    /// The local day.
    pub day: Date,
    /// Monthly recurring revenue by currency; currencies without any are left out.
    pub mrr: BTreeMap<Currency, Decimal>,
    /// Positions that pay: subscriptions, or customers where the definition nets by them.
    pub active: u64,
    /// Customers who paid at the end of the day [`CHURN_DAYS`] before.
    pub paid_before: u64,
    /// Those of them who pay no more.
    pub lost: u64,
}

/// Every day from the first movement to `last`, both included.
#[must_use]
pub fn recurring_days(
    snapshots: &[Snapshot],
    definition: &Definition,
    zone: &TimeZone,
    last: Date,
) -> Vec<RecurringDay> {
    let all = movements(snapshots, definition);
    let mut rest = all.iter().map(|one| (zone.to_datetime(one.at).date(), one)).peekable();
    let Some((first, _)) = rest.peek().copied() else { return Vec::new() };
    let mut held: BTreeMap<Position, Decimal> = BTreeMap::new();
    // how many positions of a customer pay, and whether they paid at the end of each day so far
    let mut customers: BTreeMap<&str, (u64, Vec<bool>)> = BTreeMap::new();
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        while let Some((_, movement)) = rest.next_if(|(on, _)| *on <= day) {
            let customer = customers.entry(&movement.customer_id).or_default();
            let before = held.insert(movement.position(), movement.after).unwrap_or_default();
            match (before.is_zero(), movement.after.is_zero()) {
                (true, false) => customer.0 += 1,
                (false, true) => customer.0 = customer.0.saturating_sub(1),
                _ => {}
            }
        }
        held.retain(|_, value| !value.is_zero());
        let mut mrr: BTreeMap<Currency, Decimal> = BTreeMap::new();
        for ((_, _, currency), value) in &held {
            *mrr.entry(*currency).or_default() += *value;
        }
        let at = days.len();
        let (mut paid_before, mut lost) = (0, 0);
        for (pays, paid) in customers.values_mut() {
            // one who came later paid on no day before
            paid.resize(at, false);
            paid.push(*pays > 0);
            let before = at.checked_sub(CHURN_DAYS).and_then(|before| paid.get(before)).copied();
            if before == Some(true) {
                paid_before += 1;
                lost += u64::from(*pays == 0);
            }
        }
        days.push(RecurringDay { day, mrr, active: held.len() as u64, paid_before, lost });
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    days
}
