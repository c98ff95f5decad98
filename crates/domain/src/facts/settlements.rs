//! What a payment provider or a marketplace booked for an order on the merchant's balance there: the actual fee beside the
//! shop's own record of it.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::Currency;

/// A movement on the merchant's balance that belongs to an order (`balance_transactions`).
#[derive(Debug, Clone, PartialEq)]
pub struct SettlementFacts {
    /// `balance_transactions.source_id`.
    pub settlement_id: String,
    /// What moved the money.
    pub kind: SettlementKind,
    /// Whether the platform that sold the order booked it: then its fee is a marketplace's, else a payment provider's.
    pub by_seller: bool,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// Signed, before the fee: positive where the merchant got money.
    pub gross: Decimal,
    /// Positive where it was charged.
    pub fee: Decimal,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Who booked it.
    pub provider: String,
}

/// What moved money on the merchant's balance (`balance_transactions.kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementKind {
    /// A customer paid.
    Charge,
    /// Money went back to the customer.
    Refund,
    /// A customer called money back over the bank, or a bank gave it to the merchant again.
    Dispute,
}

impl SettlementKind {
    /// The kind by its stored word; none of what belongs to no order.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "charge" => Some(Self::Charge),
            "refund" => Some(Self::Refund),
            "dispute" => Some(Self::Dispute),
            _ => None,
        }
    }
}
