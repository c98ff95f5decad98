//! What moved: a history of snapshots becomes values over time, and changes of values become movements.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use super::Snapshot;
use super::definition::{ChurnWhen, Definition, NetBy};

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A customer pays for the first time.
    New,
    /// A customer pays again.
    Reactivation,
    /// A customer pays more.
    Expansion,
    /// A customer pays less.
    Contraction,
    /// A customer, or by some definitions a subscription, pays no more.
    Churn,
}

impl Kind {
    /// Whether it takes away.
    #[must_use]
    pub fn lowers(self) -> bool {
        matches!(self, Self::Contraction | Self::Churn)
    }
}

/// A change of what a customer pays in a month, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// What it is.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// The customer.
    pub customer_id: String,
    /// The subscription, where each stands by itself.
    pub subscription_id: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// How much, never below zero.
    pub amount: Decimal,
    /// The rows that say so, as `table/id`.
    pub rows: Vec<String>,
    /// What the position paid before.
    pub before: Decimal,
    /// What it pays after.
    pub after: Decimal,
}

impl Movement {
    /// What movements are told apart by: the position whose value moved.
    pub(super) fn position(&self) -> Position {
        (self.customer_id.clone(), self.subscription_id.clone(), self.currency)
    }
}

/// A customer, a subscription where each stands by itself, and a currency.
pub(super) type Position = (String, Option<String>, Currency);

/// A change of one subscription's value.
#[derive(Debug, Clone)]
struct Change {
    at: Timestamp,
    subscription_id: String,
    currency: Currency,
    after: Decimal,
    row: String,
}

/// All movements of a history, in the order of time. Snapshots may come in any order; of several of one
/// subscription and moment the last row by name counts.
pub(super) fn movements(snapshots: &[Snapshot], definition: &Definition) -> Vec<Movement> {
    let mut customers: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
    let mut sorted: Vec<&Snapshot> = snapshots.iter().collect();
    sorted.sort_by(|a, b| (&a.subscription_id, a.at, &a.row).cmp(&(&b.subscription_id, b.at, &b.row)));
    for history in sorted.chunk_by(|a, b| a.subscription_id == b.subscription_id) {
        // a subscription stays with the customer that its last snapshot names
        let Some(last) = history.last() else { continue };
        changes(history, definition, customers.entry(&last.customer_id).or_default());
    }
    let mut movements = Vec::new();
    for (customer, mut changes) in customers {
        changes.sort_by(|a, b| (a.at, &a.subscription_id).cmp(&(b.at, &b.subscription_id)));
        of_customer(customer, &changes, definition, &mut movements);
    }
    movements.sort_by(|a, b| {
        let key = |one: &Movement| (one.at, one.currency, one.kind);
        key(a).cmp(&key(b)).then_with(|| a.position().cmp(&b.position()))
    });
    movements
}

/// The moments at which one subscription's value changes.
fn changes(history: &[&Snapshot], definition: &Definition, changes: &mut Vec<Change>) {
    let mut held: Option<(Currency, Decimal)> = None;
    for (at, snapshot) in history.iter().enumerate() {
        let next = history.get(at + 1).map(|next| next.at);
        if next == Some(snapshot.at) {
            continue;
        }
        let mut moments: BTreeSet<Timestamp> = BTreeSet::from([snapshot.at]);
        moments.extend(snapshot.turns().filter(|turn| next.is_none_or(|next| *turn < next)));
        for moment in moments {
            let mut push = |currency, after| {
                changes.push(Change {
                    at: moment,
                    subscription_id: snapshot.subscription_id.clone(),
                    currency,
                    after,
                    row: snapshot.row.clone(),
                });
            };
            let value = snapshot.mrr(moment, definition);
            if let Some((currency, before)) = held {
                if currency != snapshot.currency && !before.is_zero() {
                    push(currency, Decimal::ZERO);
                }
                if currency == snapshot.currency && before == value {
                    continue;
                }
            }
            push(snapshot.currency, value);
            held = Some((snapshot.currency, value));
        }
    }
}

type Values = BTreeMap<(String, Currency), Decimal>;

/// One customer's changes, in the order of time, put together and told apart.
fn of_customer(customer: &str, changes: &[Change], definition: &Definition, out: &mut Vec<Movement>) {
    let window = SignedDuration::from_mins(i64::from(definition.merge_minutes));
    let mut values = Values::new();
    let mut has_paid = false;
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let end = rest.partition_point(|change| change.at.duration_since(first.at) <= window);
        let (group, after) = rest.split_at(end);
        rest = after;
        let before = values.clone();
        for change in group {
            values.insert((change.subscription_id.clone(), change.currency), change.after);
        }
        let at = group.last().map_or(first.at, |last| last.at);
        let paid_before = before.values().any(|value| !value.is_zero());
        let pays_after = values.values().any(|value| !value.is_zero());
        for (subscription_id, currency, old, new) in positions(&before, &values, definition.net_by) {
            if old == new {
                continue;
            }
            let ends = match definition.churn_when {
                ChurnWhen::CustomerEnds => !pays_after,
                ChurnWhen::SubscriptionEnds => new.is_zero(),
            };
            let kind = match (new > old, paid_before) {
                (true, true) => Kind::Expansion,
                (true, false) if has_paid => Kind::Reactivation,
                (true, false) => Kind::New,
                (false, _) if ends => Kind::Churn,
                (false, _) => Kind::Contraction,
            };
            let ours = |change: &&Change| {
                change.currency == currency
                    && subscription_id.as_ref().is_none_or(|id| *id == change.subscription_id)
            };
            out.push(Movement {
                kind,
                at,
                customer_id: customer.to_owned(),
                currency,
                amount: (new - old).abs(),
                rows: group.iter().filter(ours).map(|change| change.row.clone()).collect(),
                before: old,
                after: new,
                subscription_id,
            });
        }
        has_paid |= pays_after || paid_before;
    }
}

/// A subscription where each stands by itself, a currency, and the value before and after.
type Step = (Option<String>, Currency, Decimal, Decimal);

/// The positions of a customer with their values before and after.
fn positions(before: &Values, after: &Values, net_by: NetBy) -> Vec<Step> {
    type Sums = (Decimal, Decimal);
    let mut found: BTreeMap<(Option<String>, Currency), Sums> = BTreeMap::new();
    for ((subscription, currency), new) in after {
        let old = before.get(&(subscription.clone(), *currency)).copied().unwrap_or_default();
        let id = (net_by == NetBy::Subscription).then(|| subscription.clone());
        let sums = found.entry((id, *currency)).or_default();
        sums.0 += old;
        sums.1 += *new;
    }
    found.into_iter().map(|((id, currency), (old, new))| (id, currency, old, new)).collect()
}
