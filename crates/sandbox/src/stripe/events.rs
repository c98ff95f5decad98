//! What changed in the last 30 days: each event shows its object as it was at that moment.
use super::book::{Book, Kind, id};
use crate::world::shop::Seconds;

/// How long events are kept.
pub const KEPT: Seconds = 30 * 86_400;

/// A change.
#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub created: Seconds,
    pub name: &'static str,
    /// The object that changed.
    pub object: (Kind, usize),
}

/// The events that are still kept at `now`.
pub fn derive(book: &Book, now: Seconds) -> Vec<Event> {
    let since = now - KEPT;
    let mut found: Vec<(u64, Event)> = Vec::new();
    let mut number = 0_u64;
    let mut add = |name: &'static str, created: Seconds, object: (Kind, usize), key: u64| {
        number += 1;
        if created >= since && created <= now {
            found.push((number, Event { id: id("evt", hash(name), key), created, name, object }));
        }
    };
    for (index, customer) in book.customers.iter().enumerate() {
        let (object, key) = ((Kind::Customer, index), hash(&customer.id));
        add("customer.created", customer.created, object, key);
        if let Some(at) = customer.phone_at {
            add("customer.updated", at, object, key);
        }
        if let Some(at) = customer.deleted_at {
            add("customer.deleted", at, object, key);
        }
    }
    for (index, subscription) in book.club.subscriptions.iter().enumerate() {
        let object = (Kind::Subscription, index);
        let n = subscription.n * 4_096;
        add("customer.subscription.created", subscription.started, object, n);
        for (count, period) in subscription.periods.iter().enumerate() {
            let key = n + count as u64 * 8;
            if period.start > subscription.started {
                add("customer.subscription.updated", period.start, object, key);
            }
            if let Some(late) = period.late {
                let failed = period.start + if count == 0 { 0 } else { 3_600 };
                add("customer.subscription.updated", failed, object, key + 1);
                add("customer.subscription.updated", failed + late, object, key + 2);
            }
            let leaves = subscription.leaves_at.is_some_and(|at| (period.start..period.end).contains(&at));
            if !leaves {
                add("invoice.upcoming", period.end - 3 * 86_400, object, key);
            }
        }
        if let Some(at) = subscription.leaves_at {
            add("customer.subscription.updated", at, object, n + 4_095);
        }
        if let Some(at) = subscription.ended {
            add("customer.subscription.deleted", at, object, n);
        }
    }
    for (index, charge) in book.charges.iter().enumerate() {
        let object = (Kind::Charge, index);
        let name = if charge.failed { "charge.failed" } else { "charge.succeeded" };
        add(name, charge.created, object, charge.n);
        if let Some((at, _)) = charge.captured
            && at > charge.created
        {
            add("charge.captured", at, object, charge.n);
        }
    }
    for (index, refund) in book.refunds.iter().enumerate() {
        add("refund.created", refund.created, (Kind::Refund, index), refund.n);
        add("charge.refunded", refund.created, (Kind::Charge, refund.charge), refund.n);
    }
    for (index, invoice) in book.club.invoices.iter().enumerate() {
        let (object, n) = ((Kind::Invoice, index), invoice.charge_n);
        add("invoice.created", invoice.created, object, n);
        add("invoice.finalized", invoice.finalized, object, n);
        if let Some(at) = invoice.failed {
            add("invoice.payment_failed", at, object, n);
        }
        if let Some(at) = invoice.paid {
            add("invoice.paid", at, object, n);
        }
    }
    for (index, dispute) in book.disputes.iter().enumerate() {
        let object = (Kind::Dispute, index);
        add("charge.dispute.created", dispute.created, object, dispute.n);
        add("charge.dispute.closed", dispute.decided.0, object, dispute.n);
    }
    for (index, payout) in book.payouts.iter().enumerate() {
        let (object, n) = ((Kind::Payout, index), payout.created.unsigned_abs());
        add("payout.created", payout.created, object, n);
        add("payout.paid", payout.arrives + 6 * 3_600, object, n);
    }
    found.sort_by_key(|(number, event)| (event.created, *number));
    found.into_iter().map(|(_, event)| event).collect()
}

/// A number for each text.
fn hash(text: &str) -> u64 {
    text.bytes().fold(7, |hash, byte| crate::draw::mix(hash ^ u64::from(byte)))
}
