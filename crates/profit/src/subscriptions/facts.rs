//! From the rows of a source to a history of snapshots.
//!
//! A source tells how a subscription stands now and, as far back as it keeps events, when its status changed. What it
//! does not tell is not guessed: a past amount that no row holds is taken as the present one, and said so.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::facts::{SubscriptionChangeFacts, SubscriptionFacts};

use super::snapshot::{Discount, Duration, Interval, Snapshot};
use crate::Notice;

/// A history with what must be said of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Snapshots by subscription and time.
    pub snapshots: Vec<Snapshot>,
    /// What is not in the history, or only assumed.
    pub notices: Vec<Notice>,
}

#[derive(Default)]
struct Counts {
    unpriced: usize,
    undated: usize,
    assumed: usize,
}

/// Builds the history of all subscriptions.
#[must_use]
pub fn histories(subscriptions: &[SubscriptionFacts], changes: &[SubscriptionChangeFacts]) -> History {
    let mut by_subscription: BTreeMap<&str, Vec<&SubscriptionChangeFacts>> = BTreeMap::new();
    for change in changes {
        by_subscription.entry(&change.subscription_id).or_default().push(change);
    }
    let mut history = History::default();
    let mut counts = Counts::default();
    for facts in subscriptions {
        let mut changes = by_subscription.remove(facts.subscription_id.as_str()).unwrap_or_default();
        changes.sort_by(|a, b| (a.changed_at, &a.change_id).cmp(&(b.changed_at, &b.change_id)));
        one(facts, &changes, &mut history.snapshots, &mut counts);
    }
    let unknown = by_subscription.len();
    let mut notice = |count: usize, code, what: &str| {
        if count > 0 {
            history.notices.push(Notice { code, message: format!("{count} {what}") });
        }
    };
    notice(
        counts.unpriced,
        "subscription_without_price",
        "subscriptions have no amount, currency or interval and are not counted",
    );
    notice(counts.undated, "subscription_without_start", "subscriptions have no start and are not counted");
    notice(
        counts.assumed,
        "subscription_amount_assumed",
        "changes name no amount: the subscription's present one is taken for them, so expansion and contraction \
         before today may be missing",
    );
    notice(
        unknown,
        "subscription_unknown",
        "subscriptions have changes but no row of their own and are not counted: sync them",
    );
    history
}

/// What is taken off a period's price, without tax as the price. One that holds for a single invoice ends with the
/// running period.
fn discount(
    facts: &SubscriptionFacts,
    amount: Decimal,
    untaxed: &dyn Fn(Decimal) -> Decimal,
) -> Option<Discount> {
    let said = facts.discount.as_ref()?;
    let part = said.percent.and_then(|percent| amount.checked_mul(percent / Decimal::ONE_HUNDRED));
    let off = part.or(said.amount)?;
    let duration = match said.duration.as_deref() {
        Some("once") => Duration::Until(said.ends_at.or(facts.period_end)?),
        Some("repeating") => Duration::Until(said.ends_at?),
        _ => said.ends_at.map_or(Duration::Forever, Duration::Until),
    };
    Some(Discount { amount: untaxed(off), duration })
}

fn one(
    facts: &SubscriptionFacts,
    changes: &[&SubscriptionChangeFacts],
    out: &mut Vec<Snapshot>,
    counts: &mut Counts,
) {
    let interval = facts.interval.as_deref().and_then(Interval::from_name);
    let (Some(amount), Some(currency), Some(interval)) = (facts.amount, facts.currency, interval) else {
        counts.unpriced += 1;
        return;
    };
    let Some(started) = facts.started_at.or_else(|| changes.first().map(|change| change.changed_at)) else {
        counts.undated += 1;
        return;
    };
    let id = &facts.subscription_id;
    let untaxed =
        |amount: Decimal| match facts.invoiced.filter(|(total, _)| facts.tax_included && !total.is_zero()) {
            // the share of tax is the invoice's; what was paid is in the smallest coin
            Some((total, tax)) => {
                let tax = amount.checked_mul(tax).and_then(|tax| tax.checked_div(total)).unwrap_or_default();
                amount - currency.round(tax)
            }
            None => amount,
        };
    let ends_at = facts.ended_at.or(if facts.cancel_at_period_end { facts.period_end } else { None });
    let snapshot = |row: String, at, status: &str, amount: Decimal| Snapshot {
        row,
        subscription_id: id.clone(),
        customer_id: facts.customer_id.clone().unwrap_or_else(|| id.clone()),
        at,
        status: status.to_owned(),
        currency,
        amount: untaxed(amount),
        metered: Decimal::ZERO,
        discounts: discount(facts, amount, &untaxed).into_iter().collect(),
        interval,
        interval_count: facts.interval_count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        cancel_requested_at: facts.canceled_at,
        ends_at,
    };
    let begin = out.len();
    let own = || format!("subscriptions/{id}");
    // a subscription that has ended was paid for until then, whatever it is called now
    let was = |status: &str| -> String {
        let ended = facts.ended_at.is_some() || facts.canceled_at.is_some();
        let over = matches!(status, "canceled" | "cancelled" | "incomplete_expired");
        if over && ended { "active".to_owned() } else { status.to_owned() }
    };
    let first_status = changes.first().filter(|change| change.changed_at <= started);
    let first_status = first_status.and_then(|change| change.status.as_deref());
    match facts.trial_ends_at.filter(|end| *end > started) {
        Some(end) => {
            out.push(snapshot(own(), started, "trialing", amount));
            // one that ended within its trial never paid
            if ends_at.is_none_or(|ends| ends > end) && facts.status != "trialing" {
                out.push(snapshot(own(), end, &was(&facts.status), amount));
            }
        }
        None => out.push(snapshot(own(), started, &was(first_status.unwrap_or(&facts.status)), amount)),
    }
    let mut status = None;
    let mut paid = amount;
    for change in changes {
        if change.status.is_some() {
            status.clone_from(&change.status);
        }
        match change.amount {
            Some(amount) => paid = amount,
            None => counts.assumed += 1,
        }
        let Some(status) = status.as_deref() else { continue };
        // its end is told by the subscription's own times, which the definition chooses from
        let over = matches!(status, "canceled" | "cancelled");
        if over && (facts.ended_at.is_some() || facts.canceled_at.is_some()) {
            continue;
        }
        out.push(snapshot(
            format!("subscription_changes/{}", change.change_id),
            change.changed_at.max(started),
            status,
            paid,
        ));
    }
    out[begin..].sort_by_key(|snapshot| snapshot.at);
}
