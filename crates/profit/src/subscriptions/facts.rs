//! From the rows of a source to a history of snapshots.
//!
//! A source tells how a subscription stands now and, as far back as it keeps events, when its status changed. What it
//! does not tell is not guessed: a past amount that no row holds is taken as the present one, and said so.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::facts::{SubscriptionChangeFacts, SubscriptionDiscount, SubscriptionFacts};

use super::pricing::price_of;
use super::snapshot::{Discount, Duration, Interval, Item, Off, Snapshot};
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

/// A discount on a period's price, without tax as the price. One that holds for a single invoice ends with the running
/// period; one whose end is not told is none.
fn discount(
    said: &SubscriptionDiscount,
    facts: &SubscriptionFacts,
    untaxed: &dyn Fn(Decimal) -> Decimal,
) -> Option<Discount> {
    let off =
        said.percent.map(Off::Percent).or_else(|| said.amount.map(|amount| Off::Amount(untaxed(amount))))?;
    let duration = match said.duration.as_deref() {
        Some("once") => Duration::Until(said.ends_at.or(facts.period_end)?),
        Some("repeating") => Duration::Until(said.ends_at?),
        _ => said.ends_at.map_or(Duration::Forever, Duration::Until),
    };
    Some(Discount { off, duration })
}

/// What the items cost in one period, each with its place in the list of items; none where one of them has no price.
/// What is charged by use is no part of it.
fn prices(facts: &SubscriptionFacts) -> Option<Vec<(usize, Decimal)>> {
    let fixed = facts.items.iter().enumerate().filter(|(_, item)| !item.metered);
    fixed.map(|(at, item)| Some((at, price_of(item.quantity, &item.price)?))).collect()
}

/// The items with discounts of their own, without tax. Each is the difference of two rounded sums, so that all of them
/// come to the whole.
fn items(
    facts: &SubscriptionFacts,
    prices: &[(usize, Decimal)],
    untaxed: &dyn Fn(Decimal) -> Decimal,
) -> Vec<Item> {
    let mut items = Vec::new();
    let mut sum = Decimal::ZERO;
    for (at, price) in prices {
        let before = untaxed(sum);
        sum += *price;
        let Some(item) = facts.items.get(*at).filter(|item| !item.discounts.is_empty()) else { continue };
        let discounts = item.discounts.iter().filter_map(|said| discount(said, facts, untaxed)).collect();
        items.push(Item { amount: untaxed(sum) - before, discounts });
    }
    items
}

fn one(
    facts: &SubscriptionFacts,
    changes: &[&SubscriptionChangeFacts],
    out: &mut Vec<Snapshot>,
    counts: &mut Counts,
) {
    let interval = facts.interval.as_deref().and_then(Interval::from_name);
    // prices of the items know of tiers and packages, which a sum of unit prices does not
    let prices = prices(facts);
    let own = match (facts.items.is_empty(), &prices) {
        (true, _) => facts.amount,
        (false, prices) => prices.as_ref().map(|prices| prices.iter().map(|(_, price)| *price).sum()),
    };
    let (Some(amount), Some(currency), Some(interval)) = (own, facts.currency, interval) else {
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
    let items = items(facts, &prices.unwrap_or_default(), &untaxed);
    let snapshot = |row: String, at, status: &str, paid: Decimal| Snapshot {
        row,
        subscription_id: id.clone(),
        customer_id: facts.customer_id.clone().unwrap_or_else(|| id.clone()),
        at,
        status: status.to_owned(),
        currency,
        amount: untaxed(paid),
        metered: Decimal::ZERO,
        discounts: facts.discounts.iter().filter_map(|said| discount(said, facts, &untaxed)).collect(),
        // of another amount nobody says which items it was made of
        items: if paid == amount { items.clone() } else { Vec::new() },
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
    // what a change says of unit prices is not what tiers and packages come to
    let is_by_number =
        facts.items.iter().any(|item| item.price.tiers_mode.is_some() || item.price.package.is_some());
    for change in changes {
        if change.status.is_some() {
            status.clone_from(&change.status);
        }
        match change.amount.filter(|_| !is_by_number) {
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
