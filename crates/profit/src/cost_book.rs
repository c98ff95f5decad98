//! The cost book: what one unit cost on a day, by the dated rows of the platform and of the merchant.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::{CostKind, CostScope, UnitCostFact};
use netgain_domain::{Currency, Decimal};

/// The cost of one unit that held on the day asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Without tax, in major units of `currency`.
    pub unit_cost: Decimal,
    /// The cost's own currency; it is the caller's to compare it with the reporting currency.
    pub currency: Currency,
    /// Who recorded it.
    pub kind: CostKind,
    /// First local day it holds; none: since ever.
    pub valid_from: Option<Date>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    cost: Cost,
    scope: CostScope,
    recorded_at: Timestamp,
}

impl Row {
    /// Higher wins: the later start, then the merchant's word over the platform's, then the narrower scope,
    /// then the later record. The cost itself comes last, so that the order of the rows never matters.
    fn rank(&self) -> impl Ord + use<> {
        let manual = self.cost.kind == CostKind::Manual;
        let variant = self.scope == CostScope::Variant;
        (self.cost.valid_from, manual, variant, self.recorded_at, self.cost.unit_cost, self.cost.currency)
    }
}

/// Unit costs by variant and by stock keeping unit.
#[derive(Debug, Clone, Default)]
pub struct CostBook {
    variants: HashMap<String, Vec<Row>>,
    skus: HashMap<String, Vec<Row>>,
}

impl CostBook {
    /// Builds the book; the order of the rows does not matter. A cost that exact arithmetic cannot carry (100
    /// million and more, or more than 10 digits after the point) is left out, so that its goods count as without a cost.
    #[must_use]
    pub fn new(facts: impl IntoIterator<Item = UnitCostFact>) -> Self {
        let mut book = Self::default();
        for fact in facts {
            let unit_cost = fact.unit_cost.normalize();
            if !crate::amount::is_exact_cost(unit_cost) {
                continue;
            }
            let row = Row {
                cost: Cost {
                    unit_cost,
                    currency: fact.currency,
                    kind: fact.kind,
                    valid_from: fact.valid_from,
                },
                scope: fact.scope,
                recorded_at: fact.recorded_at,
            };
            let scope = match fact.scope {
                CostScope::Variant => &mut book.variants,
                CostScope::Sku => &mut book.skus,
            };
            scope.entry(fact.scope_id).or_default().push(row);
        }
        for rows in book.variants.values_mut().chain(book.skus.values_mut()) {
            rows.sort_by_cached_key(|row| Reverse(row.rank()));
        }
        book
    }

    /// The cost of one unit on a local day: of the rows that began by then the latest wins, a row without a
    /// beginning comes last, and at the same beginning the merchant's word beats the platform's. A row that
    /// begins later never reaches back.
    #[must_use]
    pub fn resolve(&self, variant_id: Option<&str>, sku: Option<&str>, day: Date) -> Option<Cost> {
        let holds = |rows: &'_ Vec<Row>| {
            rows.iter().find(|row| row.cost.valid_from.is_none_or(|from| from <= day)).copied()
        };
        let variant = variant_id.and_then(|id| self.variants.get(id)).and_then(holds);
        let sku = sku.and_then(|id| self.skus.get(id)).and_then(holds);
        match (variant, sku) {
            (Some(variant), Some(sku)) => {
                Some(if sku.rank() > variant.rank() { sku.cost } else { variant.cost })
            }
            (found, other) => found.or(other).map(|row| row.cost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fact(scope: CostScope, id: &str, cost: i64, from: Option<Date>, kind: CostKind) -> UnitCostFact {
        UnitCostFact {
            scope,
            scope_id: id.into(),
            unit_cost: Decimal::new(cost, 2),
            currency: "GBP".parse().unwrap(),
            valid_from: from,
            kind,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn at(book: &CostBook, day: Date) -> Option<String> {
        book.resolve(Some("v"), Some("s"), day).map(|cost| cost.unit_cost.to_string())
    }

    #[test]
    fn the_latest_row_that_began_wins() {
        use CostKind::{Actual, Manual};
        use CostScope::{Sku, Variant};
        let (march, june) = (date(2026, 3, 1), date(2026, 6, 1));
        let mut rows = vec![
            fact(Variant, "v", 100, None, Actual),
            fact(Variant, "v", 200, Some(march), Actual),
            fact(Sku, "s", 300, Some(june), Actual),
            fact(Sku, "s", 400, Some(june), Manual),
            fact(Variant, "v", 500, Some(june), Actual),
        ];
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let book = CostBook::new(rows.clone());
            assert_eq!(at(&book, date(2026, 2, 28)).as_deref(), Some("1"));
            assert_eq!(at(&book, march).as_deref(), Some("2"));
            assert_eq!(at(&book, date(2026, 5, 31)).as_deref(), Some("2"));
            assert_eq!(at(&book, june).as_deref(), Some("4"));
        }
    }

    #[test]
    fn a_later_row_does_not_reach_back() {
        let later = fact(CostScope::Variant, "v", 100, Some(date(2026, 3, 1)), CostKind::Actual);
        let book = CostBook::new([later]);
        assert_eq!(at(&book, date(2026, 2, 28)), None);
        assert_eq!(book.resolve(None, Some("v"), date(2026, 4, 1)), None);
    }

    #[test]
    fn of_the_same_beginning_the_last_record_wins() {
        let old = fact(CostScope::Sku, "s", 100, None, CostKind::Manual);
        let mut new = fact(CostScope::Sku, "s", 50, None, CostKind::Manual);
        new.recorded_at = "2026-01-01T00:00:00Z".parse().unwrap();
        for rows in [[old.clone(), new.clone()], [new, old]] {
            assert_eq!(at(&CostBook::new(rows), date(2026, 1, 1)).as_deref(), Some("0.5"));
        }
    }
}
