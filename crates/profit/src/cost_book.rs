//! The cost book: what one unit cost on a day, by the dated rows of the platform and of the merchant, and the rules by
//! which the other costs of an order are reckoned.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::{CostKind, CostRuleFact, CostScope, LineFacts, UnitCostFact};
use netgain_domain::{Currency, Decimal};

use crate::RateBook;
use crate::cost_rules::CostRules;

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
    /// What it holds for.
    pub scope: CostScope,
}

/// What a unit cost is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostQuery<'q> {
    /// The delivery from the supplier.
    pub lot: Option<&'q str>,
    /// The platform's variant id.
    pub variant_id: Option<&'q str>,
    /// The stock keeping unit.
    pub sku: Option<&'q str>,
    /// The platform's product id.
    pub product_id: Option<&'q str>,
    /// The product's type.
    pub product_type: Option<&'q str>,
    /// The product's vendor.
    pub vendor: Option<&'q str>,
    /// The country of delivery.
    pub country: Option<&'q str>,
    /// Units of the order line.
    pub quantity: i64,
    /// The local day.
    pub day: Date,
}

impl<'q> CostQuery<'q> {
    /// Asks for a line's goods.
    #[must_use]
    pub fn of_line(line: &'q LineFacts, country: Option<&'q str>, day: Date) -> Self {
        Self {
            lot: line.lot.as_deref(),
            variant_id: line.variant_id.as_deref(),
            sku: line.sku.as_deref(),
            product_id: line.product_id.as_deref(),
            product_type: line.product_type.as_deref(),
            vendor: line.vendor.as_deref(),
            country,
            quantity: line.quantity,
            day,
        }
    }
}

#[derive(Debug, Clone)]
struct Row {
    cost: Cost,
    country: Option<String>,
    min_quantity: i64,
    valid_to: Option<Date>,
    recorded_at: Timestamp,
}

impl Row {
    /// Within one scope, higher wins: a record over an estimate, a country's own row over one of any, the higher tier
    /// of quantity, the later start, the merchant's word over the platform's, the variant over the stock keeping unit,
    /// then the later record. The cost itself comes last, so that the order of the rows never matters.
    fn rank(&self) -> impl Ord + use<> {
        let recorded = self.cost.kind != CostKind::Estimate;
        let manual = self.cost.kind == CostKind::Manual;
        let variant = self.cost.scope == CostScope::Variant;
        let narrow = (recorded, self.country.is_some(), self.min_quantity);
        let end = self.valid_to.map(Reverse);
        let said = (self.cost.unit_cost, self.cost.currency, end);
        (narrow, self.cost.valid_from, manual, variant, self.recorded_at, said)
    }

    fn holds(&self, query: &CostQuery<'_>) -> bool {
        self.cost.valid_from.is_none_or(|from| from <= query.day)
            && self.valid_to.is_none_or(|to| query.day <= to)
            && self.min_quantity <= query.quantity.max(1)
            && self
                .country
                .as_deref()
                .is_none_or(|own| query.country.is_some_and(|asked| own.eq_ignore_ascii_case(asked)))
    }
}

type Index = HashMap<String, Vec<Row>>;

/// Unit costs by what they hold for, and the rules of the other costs.
#[derive(Debug, Clone, Default)]
pub struct CostBook {
    lots: Index,
    variants: Index,
    skus: Index,
    products: Index,
    product_types: Index,
    suppliers: Index,
    shop: Vec<Row>,
    rules: CostRules,
    rates: Arc<RateBook>,
}

impl CostBook {
    /// Builds the book; the order of the rows does not matter. A row that another one replaces is left out, and so is
    /// a cost that exact arithmetic cannot carry (100 million and more, or more than 10 digits after the point), so
    /// that its goods count as without a cost.
    #[must_use]
    pub fn new(facts: impl IntoIterator<Item = UnitCostFact>) -> Self {
        let facts: Vec<UnitCostFact> = facts.into_iter().collect();
        let replaced: HashSet<&str> = facts.iter().filter_map(|fact| fact.replaces.as_deref()).collect();
        let gone: Vec<bool> =
            facts.iter().map(|fact| fact.withdrawn || replaced.contains(fact.cost_id.as_str())).collect();
        let mut book = Self::default();
        for (fact, gone) in facts.into_iter().zip(gone) {
            let unit_cost = fact.unit_cost.normalize();
            if gone || !crate::amount::is_exact_cost(unit_cost) {
                continue;
            }
            let row = Row {
                cost: Cost {
                    unit_cost,
                    currency: fact.currency,
                    kind: fact.kind,
                    valid_from: fact.valid_from,
                    scope: fact.scope,
                },
                country: fact.country,
                min_quantity: fact.min_quantity,
                valid_to: fact.valid_to,
                recorded_at: fact.recorded_at,
            };
            let index = match fact.scope {
                CostScope::Lot => &mut book.lots,
                CostScope::Variant => &mut book.variants,
                CostScope::Sku => &mut book.skus,
                CostScope::Product => &mut book.products,
                CostScope::ProductType => &mut book.product_types,
                CostScope::Supplier => &mut book.suppliers,
                CostScope::Shop => {
                    book.shop.push(row);
                    continue;
                }
            };
            index.entry(fact.scope_id).or_default().push(row);
        }
        let indexes = [
            &mut book.lots,
            &mut book.variants,
            &mut book.skus,
            &mut book.products,
            &mut book.product_types,
            &mut book.suppliers,
        ];
        let rows = indexes.into_iter().flat_map(HashMap::values_mut).chain([&mut book.shop]);
        rows.for_each(|rows| rows.sort_by_cached_key(|row| Reverse(row.rank())));
        book
    }

    /// The book as it stood at an instant: what was recorded later is not in it, and what was replaced later still is.
    #[must_use]
    pub fn as_known(
        costs: impl IntoIterator<Item = UnitCostFact>,
        rules: impl IntoIterator<Item = CostRuleFact>,
        at: Timestamp,
    ) -> Self {
        Self::new(costs.into_iter().filter(|fact| fact.recorded_at <= at))
            .with_rules(rules.into_iter().filter(|fact| fact.recorded_at <= at))
    }

    /// The book with these rules in the place of any it has.
    #[must_use]
    pub fn with_rules(mut self, rules: impl IntoIterator<Item = CostRuleFact>) -> Self {
        self.rules = CostRules::new(rules);
        self
    }

    /// The book with these exchange rates: what an order says in another currency than the reporting one, and what its
    /// goods cost in one, is converted by them. Without any, such an order is not counted.
    #[must_use]
    pub fn with_rates(mut self, rates: Arc<RateBook>) -> Self {
        self.rates = rates;
        self
    }

    /// The exchange rates.
    #[must_use]
    pub fn rates(&self) -> &RateBook {
        &self.rates
    }

    /// The rules of the other costs.
    #[must_use]
    pub fn rules(&self) -> &CostRules {
        &self.rules
    }

    /// The cost of one unit on a local day: of the rows that hold then, one of the narrowest scope. Of these a record
    /// beats an estimate, a row of the country one of any country, a higher tier of quantity a lower, a later
    /// beginning an earlier (a row without a beginning comes last), and at the same beginning the merchant's word the
    /// platform's. A row that begins later never reaches back.
    #[must_use]
    pub fn find(&self, query: &CostQuery<'_>) -> Option<Cost> {
        let narrow = |index, id| first(index, id, query);
        narrow(&self.lots, query.lot)
            .or_else(|| match (narrow(&self.variants, query.variant_id), narrow(&self.skus, query.sku)) {
                (Some(variant), Some(sku)) => Some(if sku.rank() > variant.rank() { sku } else { variant }),
                (found, other) => found.or(other),
            })
            .or_else(|| narrow(&self.products, query.product_id))
            .or_else(|| narrow(&self.product_types, query.product_type))
            .or_else(|| narrow(&self.suppliers, query.vendor))
            .or_else(|| self.shop.iter().find(|row| row.holds(query)))
            .map(|row| row.cost)
    }

    /// [`CostBook::find`] for one unit of a variant or stock keeping unit, whatever its product and country.
    #[must_use]
    pub fn resolve(&self, variant_id: Option<&str>, sku: Option<&str>, day: Date) -> Option<Cost> {
        self.find(&CostQuery {
            lot: None,
            variant_id,
            sku,
            product_id: None,
            product_type: None,
            vendor: None,
            country: None,
            quantity: 1,
            day,
        })
    }
}

/// The best of the rows of one scope that hold.
fn first<'b>(index: &'b Index, id: Option<&str>, query: &CostQuery<'_>) -> Option<&'b Row> {
    // most books know two of the scopes
    if index.is_empty() {
        return None;
    }
    index.get(id?)?.iter().find(|row| row.holds(query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fact(scope: CostScope, id: &str, cost: i64, from: Option<Date>, kind: CostKind) -> UnitCostFact {
        let mut fact = UnitCostFact::new(scope, id, Decimal::new(cost, 2), "GBP".parse().unwrap());
        (fact.valid_from, fact.kind) = (from, kind);
        fact
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
