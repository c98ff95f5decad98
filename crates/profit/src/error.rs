//! What stops an order from being computed at all.

use netgain_domain::Decimal;

/// An amount that no real order holds; computing on would lose digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An amount is larger or finer than exact arithmetic over an order allows.
    #[error(
        "order {order_id}: {field} of {row} is {amount}, beyond 14 digits before or 10 after the decimal point: correct it at the source and sync the order again"
    )]
    Amount {
        /// The order's source id.
        order_id: String,
        /// The field, as in the tables.
        field: &'static str,
        /// The source id of the row.
        row: String,
        /// The amount.
        amount: Decimal,
    },
    /// A number of units that no real order holds.
    #[error(
        "order {order_id}: quantity of {row} is {quantity}, beyond 100,000,000 units: correct it at the source and sync the order again"
    )]
    Quantity {
        /// The order's source id.
        order_id: String,
        /// The source id of the row.
        row: String,
        /// The number of units.
        quantity: i64,
    },
}
