//! The local days on which what happens to an order counts.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use netgain_domain::facts::{EventAction, EventFacts, EventReason, OrderFacts, PaymentFacts};

use crate::Settings;
use crate::posting::{Back, When};
use crate::settings::OrderDay;

/// The local days on which things count.
pub(crate) struct Clock<'s> {
    settings: &'s Settings,
    placed: (Timestamp, Date),
    payments: &'s [PaymentFacts],
    pub(crate) order_day: Date,
}

/// Platforms write a refund and its payment moments apart, in either order.
const PAYMENT_BEFORE_REFUND: SignedDuration = SignedDuration::from_hours(1);

impl<'s> Clock<'s> {
    pub(crate) fn new(facts: &'s OrderFacts, settings: &'s Settings) -> Self {
        let local = |at| settings.zone().to_datetime(at).date();
        let placed = (facts.placed_at, local(facts.placed_at));
        let order_day = match (settings.revenue.order_day, facts.created_at) {
            (OrderDay::CreatedAt, Some(created)) => local(created),
            _ => placed.1,
        };
        Self { settings, placed, payments: &facts.payments, order_day }
    }

    /// The local day of an instant. Most things happen the moment the order is placed.
    pub(crate) fn local(&self, at: Timestamp) -> Date {
        if at == self.placed.0 { self.placed.1 } else { self.settings.zone().to_datetime(at).date() }
    }

    /// The days on which something given back counts. Its money moved with the first payment to the customer
    /// after it came back; where no such payment is known, then.
    pub(crate) fn back(&self, at: Timestamp) -> When {
        let return_day = self.local(at);
        let after =
            |paid: &Timestamp| at.checked_sub(PAYMENT_BEFORE_REFUND).is_ok_and(|earliest| *paid >= earliest);
        let refunds = self.payments.iter().filter(|payment| payment.is_refund);
        let paid = refunds.filter_map(|refund| refund.processed_at).filter(after).min();
        let cash_day = paid.map_or(return_day, |paid| self.local(paid));
        When::Back(Back { return_day, order_day: self.order_day, cash_day })
    }

    /// When a ledger entry counts. What belongs to the placing of the order counts on the order's day even where
    /// it was recorded later, as with imported orders.
    pub(crate) fn event(&self, event: &EventFacts) -> When {
        match (event.reason, event.action) {
            (EventReason::Refund | EventReason::Return, _) | (_, EventAction::Return) => {
                self.back(event.happened_at)
            }
            (EventReason::Order, _) | (EventReason::Unknown, EventAction::Order) => When::On(self.order_day),
            _ => When::On(self.local(event.happened_at)),
        }
    }
}
