//! Limits within which decimal arithmetic is exact: 96 bits hold 28 digits, beyond them digits would be lost.

use netgain_domain::Decimal;

use crate::Error;

/// Digits after the decimal point that an amount may have.
pub(crate) const MAX_SCALE: u32 = 10;
const WHOLE_DIGITS: u32 = 14;
const MAX_QUANTITY: u64 = 100_000_000;
const COST_LIMIT: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

/// 10^(14 + scale): the first mantissa that is too large.
const LIMITS: [u128; MAX_SCALE as usize + 1] = {
    let mut limits = [0; MAX_SCALE as usize + 1];
    let mut scale = 0;
    while scale <= MAX_SCALE {
        limits[scale as usize] = 10_u128.pow(WHOLE_DIGITS + scale);
        scale += 1;
    }
    limits
};

/// Whether sums and differences over an order stay exact with this amount.
pub(crate) fn is_exact(amount: Decimal) -> bool {
    LIMITS.get(amount.scale() as usize).is_some_and(|limit| amount.mantissa().unsigned_abs() < *limit)
}

/// Whether a unit cost times any allowed number of units stays exact.
pub(crate) fn is_exact_cost(cost: Decimal) -> bool {
    cost.scale() <= MAX_SCALE && cost.abs() < COST_LIMIT
}

/// Refuses an amount outside of [`is_exact`].
pub(crate) fn check(
    order_id: &str,
    row: &str,
    field: &'static str,
    amount: Decimal,
) -> Result<Decimal, Error> {
    // stored decimals come with a fixed scale; trailing zeros are not digits
    let amount = if amount.scale() > MAX_SCALE { amount.normalize() } else { amount };
    if is_exact(amount) {
        Ok(amount)
    } else {
        Err(Error::Amount { order_id: order_id.to_owned(), field, row: row.to_owned(), amount })
    }
}

/// Refuses a number of units that cannot be multiplied by a cost exactly.
pub(crate) fn check_quantity(order_id: &str, row: &str, quantity: i64) -> Result<i64, Error> {
    if quantity.unsigned_abs() <= MAX_QUANTITY {
        Ok(quantity)
    } else {
        Err(Error::Quantity { order_id: order_id.to_owned(), row: row.to_owned(), quantity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept_or_refused() {
        let check = |text: &str| check("o", "r", "total_amount", text.parse().unwrap());
        assert_eq!(check("99999999999999.9999999999").unwrap().to_string(), "99999999999999.9999999999");
        assert_eq!(check("12.500000000000000").unwrap().to_string(), "12.5");
        assert!(check("-100000000000000").is_err());
        let refused = check("0.00000000001").unwrap_err().to_string();
        assert!(refused.contains("total_amount") && refused.contains("0.00000000001"), "{refused}");
        assert!(check_quantity("o", "r", -100_000_001).is_err());
        assert_eq!(check_quantity("o", "r", -100_000_000), Ok(-100_000_000));
    }
}
