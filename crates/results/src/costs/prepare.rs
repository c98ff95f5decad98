//! Rows that a person wants to add to the cost book: checked, completed and named.

use std::collections::HashSet;

use netgain_domain::facts::{CostRuleFact, UnitCostFact};
use netgain_profit::{CostBookError, check_cost, check_rule};
use netgain_warehouse::{CostBookChange, Warehouse};
use sha2::{Digest, Sha256};

use crate::Error;

/// The connection under which rows stand that people record.
pub const COST_BOOK: &str = "cost-book";

/// A row of the cost book that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{list}[{at}].{error}")]
pub struct RefusedRow {
    /// `costs` or `rules`.
    pub list: &'static str,
    /// Its place, counted from 0.
    pub at: usize,
    /// Which field, and why.
    pub error: CostBookError,
}

/// Checks the rows of a change against the book and gives each its name. A row that only takes back another one says
/// what that one said.
///
/// # Errors
/// [`Error::CostRow`] with the first row that cannot be, or that replaces one that does not count; when the warehouse
/// fails.
pub fn prepare_costs(warehouse: &Warehouse, mut change: CostBookChange) -> Result<CostBookChange, Error> {
    let refused = |list, at, error| Error::CostRow(RefusedRow { list, at, error });
    let known = warehouse.load_unit_costs()?;
    let mut replaced: HashSet<String> = known.iter().filter_map(|cost| cost.replaces.clone()).collect();
    for (at, cost) in change.costs.iter_mut().enumerate() {
        let name_of = |cost: &UnitCostFact| (cost.cost_id.clone(), cost.withdrawn);
        let old = find(&cost.replaces, &known, name_of, &mut replaced);
        match old.map_err(|error| refused("costs", at, error))? {
            Some(old) if cost.withdrawn => {
                *cost = UnitCostFact {
                    source: std::mem::take(&mut cost.source),
                    recorded_at: cost.recorded_at,
                    replaces: cost.replaces.take(),
                    withdrawn: true,
                    ..old.clone()
                };
            }
            _ => check_cost(cost).map_err(|error| refused("costs", at, error))?,
        }
        cost.cost_id.clear();
        cost.cost_id = format!("{COST_BOOK}/{}", name(&format!("{cost:?}")));
    }
    let known = warehouse.load_cost_rules()?;
    let mut replaced: HashSet<String> = known.iter().filter_map(|rule| rule.replaces.clone()).collect();
    for (at, rule) in change.rules.iter_mut().enumerate() {
        let name_of = |rule: &CostRuleFact| (rule.rule_id.clone(), rule.withdrawn);
        let old = find(&rule.replaces, &known, name_of, &mut replaced);
        match old.map_err(|error| refused("rules", at, error))? {
            Some(old) if rule.withdrawn => {
                *rule = CostRuleFact {
                    source: std::mem::take(&mut rule.source),
                    recorded_at: rule.recorded_at,
                    replaces: rule.replaces.take(),
                    withdrawn: true,
                    ..old.clone()
                };
            }
            _ => check_rule(rule).map_err(|error| refused("rules", at, error))?,
        }
        rule.rule_id.clear();
        rule.rule_id = name(&format!("{rule:?}"));
    }
    Ok(change)
}

/// The row to be replaced, if any: it must be there and count.
fn find<'k, T>(
    replaces: &Option<String>,
    known: &'k [T],
    name_of: impl Fn(&T) -> (String, bool),
    replaced: &mut HashSet<String>,
) -> Result<Option<&'k T>, CostBookError> {
    let Some(id) = replaces else { return Ok(None) };
    let found = known.iter().find(|row| name_of(row) == (id.clone(), false));
    // one row can take the place of another only once
    match found.filter(|_| replaced.insert(id.clone())) {
        Some(row) => Ok(Some(row)),
        None => Err(CostBookError {
            field: "replaces",
            reason: "names a row that does not count: take the id of one that does".to_owned(),
        }),
    }
}

/// A name made of all that a row says, so that the same row recorded twice at one instant is one.
fn name(said: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in Sha256::digest(said.as_bytes()).iter().take(10) {
        // writing to a string cannot fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
