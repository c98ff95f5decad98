//! What follows from an order's own data: prices of lines, totals, returns, payments.
use super::money::{Cents, scale, share, tax_inside};
use super::shop::*;

/// Prices a line or a shipping charge: `displayed` before discount, both with tax when `included`.
pub fn agree(displayed: Cents, discount: Cents, rate: u16, included: bool) -> Amounts {
    let rate = i64::from(rate);
    let after = displayed - discount;
    if included {
        Amounts {
            total: after,
            tax: tax_inside(after, rate),
            discount_net: scale(discount, 1000, 1000 + rate),
            discount_gross: discount,
        }
    } else {
        let tax = scale(after, rate, 1000);
        Amounts {
            total: after + tax,
            tax,
            discount_net: discount,
            discount_gross: scale(discount, 1000 + rate, 1000),
        }
    }
}

/// Takes a fee of `rate` ten-thousandths and `flat` from `amount`.
pub fn take_fee(amount: Cents, rate: u16, flat: u16) -> Fee {
    Fee { rate, flat, amount: scale(amount, i64::from(rate), 10_000) + i64::from(flat) }
}

impl Line {
    /// A line of an order whose prices include tax as `included` says.
    pub fn new(
        kind: LineKind,
        variant: Option<u32>,
        quantity: u32,
        unit_price: Cents,
        tax_rate: u16,
    ) -> Line {
        Line {
            kind,
            variant,
            quantity,
            unit_price,
            tax_rate,
            line_discount: 0,
            order_discount: 0,
            sold: Amounts::default(),
            added_at: None,
        }
    }

    /// Displayed price of all units before discounts.
    pub fn displayed(&self) -> Cents {
        self.unit_price * i64::from(self.quantity)
    }

    /// Fixes the line's money from its price and discounts.
    pub fn settle(&mut self, included: bool) {
        self.sold =
            agree(self.displayed(), self.line_discount + self.order_discount, self.tax_rate, included);
    }
}

impl Shipping {
    /// Shipping with its money fixed.
    pub fn new(
        title: &'static str,
        price: Cents,
        discount: Cents,
        tax_rate: u16,
        included: bool,
    ) -> Shipping {
        Shipping { title, price, discount, tax_rate, sold: agree(price, discount, tax_rate, included) }
    }
}

impl Order {
    /// The refunds in time order.
    pub fn refunds(&self) -> impl Iterator<Item = (Seconds, &Refund)> {
        self.happenings.iter().filter_map(|happening| match &happening.what {
            What::Refunded(refund) => Some((happening.at, &**refund)),
            _ => None,
        })
    }

    /// Units of a line that came back so far.
    pub fn returned_units(&self, line: usize) -> u32 {
        self.refunds()
            .flat_map(|(_, refund)| &refund.lines)
            .filter(|returned| usize::from(returned.line) == line)
            .map(|returned| returned.quantity)
            .sum()
    }

    /// The money of a line with later discounts.
    fn line_money(&self, line: usize) -> Amounts {
        let mut money = self.lines[line].sold;
        for happening in &self.happenings {
            if let What::Discounted(index, amounts) = &happening.what
                && usize::from(*index) == line
            {
                money.total += amounts.total;
                money.tax += amounts.tax;
                money.discount_net += amounts.discount_net;
                money.discount_gross += amounts.discount_gross;
            }
        }
        money
    }

    /// The next `quantity` units of a line coming back. What earlier returns gave back is taken from the line's
    /// money first, so that the last unit carries the remainder and nothing is left over.
    pub fn return_units(&self, line: usize, quantity: u32, restock: Restock) -> ReturnedLine {
        let money = self.line_money(line);
        let units = i64::from(self.lines[line].quantity);
        let from = i64::from(self.returned_units(line));
        let to = from + i64::from(quantity);
        let mut amounts = Amounts {
            total: share(money.total, from, to, units),
            tax: share(money.tax, from, to, units),
            discount_net: share(money.discount_net, from, to, units),
            discount_gross: share(money.discount_gross, from, to, units),
        };
        if to == units {
            // a discount between two returns shifts the shares: the last unit takes what is really left
            let mut left = money;
            for returned in self.refunds().flat_map(|(_, refund)| &refund.lines) {
                if usize::from(returned.line) == line {
                    left.total -= returned.amounts.total;
                    left.tax -= returned.amounts.tax;
                    left.discount_net -= returned.amounts.discount_net;
                    left.discount_gross -= returned.amounts.discount_gross;
                }
            }
            amounts = left;
        }
        ReturnedLine { line: line as u8, quantity, restock, amounts }
    }

    /// Everything sold with edits, before returns, with tax: the platform's total price.
    pub fn total(&self) -> Cents {
        let edits: Cents = self
            .happenings
            .iter()
            .map(|happening| match &happening.what {
                What::Discounted(_, amounts) => amounts.total,
                _ => 0,
            })
            .sum();
        self.lines.iter().map(|line| line.sold.total).sum::<Cents>() + self.shipping_sold().total + edits
    }

    /// The total as first agreed, without lines and discounts that edits brought.
    pub fn original_total(&self) -> Cents {
        let lines: Cents =
            self.lines.iter().filter(|line| line.added_at.is_none()).map(|line| line.sold.total).sum();
        lines + self.shipping_sold().total
    }

    /// The money of shipping; nothing when nothing was sent.
    pub fn shipping_sold(&self) -> Amounts {
        self.shipping.as_ref().map_or_else(Amounts::default, |shipping| shipping.sold)
    }

    /// The total after returns, with tax.
    pub fn current_total(&self) -> Cents {
        self.total() - self.refunds().map(|(_, refund)| refund.paid_back()).sum::<Cents>()
    }

    /// Money that came in.
    pub fn received(&self) -> Cents {
        let counts = |payment: &&Payment| {
            !payment.failed && matches!(payment.kind, PaymentKind::Sale | PaymentKind::Capture)
        };
        self.payments.iter().filter(counts).map(|payment| payment.amount).sum()
    }

    /// Money that went back.
    pub fn paid_back(&self) -> Cents {
        let counts = |payment: &&Payment| !payment.failed && payment.kind == PaymentKind::Refund;
        self.payments.iter().filter(counts).map(|payment| payment.amount).sum()
    }

    /// Whether the order is real business: not a rehearsal, and paid or surely to be paid.
    pub fn counts(&self) -> bool {
        !self.test && matches!(self.settled, Settled::Paid | Settled::Authorized)
    }

    /// Adds a refund at `at` with the payment that carries it, and marks the order changed.
    pub fn refund(&mut self, at: Seconds, refund: Refund) {
        let back = refund.paid_back();
        self.happenings.push(Happening { at, what: What::Refunded(Box::new(refund)) });
        let mut left = back;
        let incoming: Vec<(usize, Cents, Gateway)> = self
            .payments
            .iter()
            .enumerate()
            .filter(|(_, p)| !p.failed && matches!(p.kind, PaymentKind::Sale | PaymentKind::Capture))
            .map(|(index, p)| (index, p.amount, p.gateway))
            .collect();
        for (index, amount, gateway) in incoming {
            let used: Cents =
                self.payments.iter().filter(|p| p.parent == Some(index as u8)).map(|p| p.amount).sum();
            let part = left.min(amount - used);
            if part > 0 {
                self.payments.push(Payment {
                    at,
                    kind: PaymentKind::Refund,
                    gateway,
                    failed: false,
                    amount: part,
                    fee: None,
                    parent: Some(index as u8),
                });
                left -= part;
            }
        }
        self.updated_at = self.updated_at.max(at);
    }

    /// Cancels the order: what was paid goes back with every unit still there, what was not paid is void.
    pub fn cancel(&mut self, at: Seconds, reason: &'static str) {
        self.cancelled = Some((at, reason));
        self.updated_at = self.updated_at.max(at);
        if self.settled == Settled::Pending {
            self.settled = Settled::Voided;
            return;
        }
        let lines = (0..self.lines.len())
            .filter_map(|index| {
                let left = self.lines[index].quantity - self.returned_units(index);
                (left > 0).then(|| self.return_units(index, left, Restock::Cancel))
            })
            .collect();
        let mut shipping = self.shipping_sold();
        for (_, refund) in self.refunds() {
            shipping.total -= refund.shipping.total;
            shipping.tax -= refund.shipping.tax;
            shipping.discount_net -= refund.shipping.discount_net;
            shipping.discount_gross -= refund.shipping.discount_gross;
        }
        self.refund(at, Refund { lines, shipping, adjustment: 0, note: "Order cancelled" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order_of(line: Line) -> Order {
        Order {
            id: 1024,
            number: 1,
            name: None,
            customer: None,
            placed_at: 0,
            updated_at: 0,
            cancelled: None,
            channel: Channel::Web,
            settled: Settled::Paid,
            test: false,
            taxes_included: true,
            presentment: None,
            payments: vec![Payment {
                at: 0,
                kind: PaymentKind::Sale,
                gateway: Gateway::Cash,
                failed: false,
                amount: line.sold.total,
                fee: None,
                parent: None,
            }],
            lines: vec![line],
            shipping: None,
            happenings: Vec::new(),
            journey: None,
            discount_code: None,
        }
    }

    proptest! {
        #[test]
        fn returning_all_units_in_any_parts_leaves_nothing(
            price in 0_i64..50_000,
            percent in 0_i64..=100,
            rate in prop::sample::select(vec![0_u16, 50, 75, 200]),
            included: bool,
            parts in prop::collection::vec(1_u32..5, 1..6),
        ) {
            let quantity = parts.iter().sum();
            let mut line = Line::new(LineKind::Product, Some(0), quantity, price, rate);
            line.order_discount = scale(line.displayed(), percent, 100);
            line.settle(included);
            let sold = line.sold;
            let mut order = order_of(line);
            for part in parts {
                let lines = vec![order.return_units(0, part, Restock::Return)];
                order.refund(60, Refund { lines, ..Refund::default() });
            }
            prop_assert_eq!(order.current_total(), 0);
            prop_assert_eq!(order.paid_back(), order.received());
            let tax: Cents = order.refunds().flat_map(|(_, refund)| &refund.lines).map(|line| line.amounts.tax).sum();
            prop_assert_eq!(tax, sold.tax);
        }

        #[test]
        fn gross_less_discount_is_net(price in 0_i64..1_000_000, percent in 0_i64..=100, rate in 0_u16..300, included: bool) {
            let discount = scale(price, percent, 100);
            let sold = agree(price, discount, rate, included);
            let gross = sold.net() + sold.discount_net;
            // the price without tax, up to one rounding of the tax and one of the discount
            let expected = if included { price - tax_inside(price, i64::from(rate)) } else { price };
            prop_assert!((gross - expected).abs() <= 1, "{} {}", gross, expected);
            prop_assert!(sold.tax >= 0 && sold.total >= sold.tax);
        }
    }
}
