//! What kind of order an order is, and whether the settings count it.

use netgain_domain::facts::{EventAction, EventFacts, EventKind, ExcludedReason, OrderClass, OrderFacts};

use crate::Settings;

/// The kind of an order: the first that fits, in the order of [`OrderClass`].
pub(crate) fn of(facts: &OrderFacts) -> OrderClass {
    if facts.is_test {
        return OrderClass::Test;
    }
    let status = facts.financial_status.as_deref();
    match status {
        Some("voided") => return OrderClass::Voided,
        Some("expired") => return OrderClass::Expired,
        _ => {}
    }
    if facts.cancelled_at.is_some() {
        return OrderClass::Cancelled;
    }
    match status {
        Some("pending") => OrderClass::Pending,
        Some("authorized") => OrderClass::Authorized,
        Some("partially_paid") => OrderClass::PartiallyPaid,
        None | Some("paid" | "refunded" | "partially_refunded") => {
            if is_free(facts) {
                OrderClass::Free
            } else {
                OrderClass::Paid
            }
        }
        Some(_) => OrderClass::Other,
    }
}

/// Why an order does not count, if so. Costs are not looked at here.
pub(crate) fn excluded(facts: &OrderFacts, settings: &Settings) -> Option<ExcludedReason> {
    let orders = &settings.orders;
    if facts.is_test && !orders.count_tests {
        return Some(ExcludedReason::Test);
    }
    if let Some(status) = &facts.financial_status
        && !orders.financial_statuses.iter().any(|counted| counted == status)
    {
        return Some(ExcludedReason::FinancialStatus);
    }
    if facts.cancelled_at.is_some() && !orders.count_cancelled {
        return Some(ExcludedReason::Cancelled);
    }
    if !orders.count_free && is_free(facts) {
        return Some(ExcludedReason::Free);
    }
    let ours = settings.currency;
    if facts.currency != ours || facts.events.iter().any(|event| event.currency != ours) {
        return Some(ExcludedReason::MissingRate);
    }
    None
}

/// Whether an order's amounts are all in the reporting currency.
pub(crate) fn is_ours(facts: &OrderFacts, settings: &Settings) -> bool {
    let ours = settings.currency;
    facts.currency == ours && facts.events.iter().all(|event| event.currency == ours)
}

/// Whether goods were sold, all of them for nothing.
fn is_free(facts: &OrderFacts) -> bool {
    let mut sold = facts.events.iter().filter(|event| {
        matches!(event.kind, EventKind::Product | EventKind::GiftCard) && event.action == EventAction::Order
    });
    sold.clone().next().is_some() && sold.all(|event| event.total_amount.is_zero())
}

/// Whether an entry of the ledger gives something back. One of an unknown action does if its net amount is negative.
pub(crate) fn gives_back(event: &EventFacts) -> bool {
    match event.action {
        EventAction::Return => true,
        EventAction::Order | EventAction::Update => false,
        EventAction::Unknown => event.total_amount < event.tax_amount,
    }
}

/// Whether money was only ever given back here. It lowers sales, but nobody placed an order. Without any money, as
/// where stock was written off or a gift was sent back, it stays what the source calls it: an order.
pub(crate) fn is_credit_note(facts: &OrderFacts) -> bool {
    facts.events.iter().all(gives_back)
        && facts.events.iter().any(|event| event.total_amount != event.tax_amount)
}
