//! Base lines summed by kind of order and basis: all that a definition needs to know of a period.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{Basis, Cell, Ladder, Line, Lines, OrderClass, OrderProfit};

use crate::posting::field_of;

/// Cells as they are summed from orders and costs of days.
#[derive(Debug, Clone, Default)]
pub struct Cells(BTreeMap<(OrderClass, bool, Basis), Cell>);

impl Cells {
    fn cell(&mut self, class: OrderClass, counted: bool, basis: Basis) -> &mut Cell {
        self.0.entry((class, counted, basis)).or_insert_with(|| Cell {
            class,
            counted,
            basis,
            orders: 0,
            lines: Lines::default(),
        })
    }

    /// Adds what an order posted from one day to another, both included.
    pub fn add_order(&mut self, order: &OrderProfit, from: Date, to: Date) {
        for ((basis, day), entry) in order.postings.entries() {
            if (from..=to).contains(&day) {
                let cell = self.cell(order.class, order.included, basis);
                cell.orders += entry.orders;
                cell.lines += &entry.lines;
            }
        }
    }

    /// Adds a cost that belongs to no order.
    pub fn add_cost(&mut self, line: Line, amount: Decimal) {
        self.cell(OrderClass::None, true, Basis::All).lines[line] += amount;
    }

    /// The cells in the order of kind and basis.
    #[must_use]
    pub fn into_vec(self) -> Vec<Cell> {
        self.0.into_values().collect()
    }
}

/// The ladder of the orders that count, by the days of a basis.
#[must_use]
pub fn ladder_of(cells: &[Cell], basis: Basis) -> Ladder {
    let mut ladder = Ladder::default();
    let read = |cell: &&Cell| cell.counted && (cell.basis == Basis::All || cell.basis == basis);
    for cell in cells.iter().filter(read) {
        for line in Line::ALL {
            let amount = cell.lines[*line];
            match field_of(*line) {
                _ if amount.is_zero() => {}
                Some((field, true)) => *field.of(&mut ladder) -= amount,
                Some((field, false)) => *field.of(&mut ladder) += amount,
                None => match line {
                    Line::AdSpend => ladder.ad_spend += amount,
                    Line::MessagingCosts | Line::AffiliateCosts | Line::OperatingCosts => {
                        ladder.operating_costs += amount;
                    }
                    _ => {}
                },
            }
        }
    }
    ladder.derive();
    ladder
}
