//! The cost book as stored: unit costs and rules, only ever added to.

use netgain_domain::Kind;
use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, UnitCostFact};

use super::spec;
use crate::error::{Error, Result};
use crate::reading::{Cells, rows};
use crate::schema::Spec;
use crate::warehouse::Warehouse;

/// Rules of the costs that no platform states; `terms` is JSON.
pub(crate) const COST_RULES: [Spec; 12] = [
    spec("rule_id", Kind::Text),
    spec("kind", Kind::Text),
    spec("currency", Kind::Text),
    spec("valid_from", Kind::Date),
    spec("valid_to", Kind::Date),
    spec("recorded_at", Kind::Time),
    spec("source", Kind::Text),
    spec("recorded_by", Kind::Text),
    spec("note", Kind::Text),
    spec("replaces", Kind::Text),
    spec("withdrawn", Kind::Bool),
    spec("terms", Kind::Json),
];

/// A row of the cost book with who recorded it and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<T> {
    /// The row.
    pub fact: T,
    /// The person who recorded it, where known.
    pub recorded_by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
}

impl Warehouse {
    /// All unit costs ever recorded, in the order of scope and time.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_unit_costs(&self) -> Result<Vec<UnitCostFact>> {
        Ok(self.recorded_unit_costs()?.into_iter().map(|row| row.fact).collect())
    }

    /// As [`Warehouse::load_unit_costs`], with who recorded each.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn recorded_unit_costs(&self) -> Result<Vec<Recorded<UnitCostFact>>> {
        let sql = "SELECT connection_id || '/' || source_id, scope, scope_id, country, coalesce(min_quantity, 1), \
             unit_cost, currency, valid_from, valid_to, kind, recorded_at, source, replaces, \
             coalesce(withdrawn, false), recorded_by, note FROM unit_costs \
             ORDER BY scope, scope_id, valid_from NULLS FIRST, recorded_at, connection_id, source_id";
        rows(&*self.reader()?, "load unit costs", sql, [], |cells| {
            let fact = UnitCostFact {
                cost_id: cells.string(0)?,
                scope: word(cells, 1, CostScope::from_name)?,
                scope_id: cells.string(2)?,
                country: cells.maybe_string(3)?,
                min_quantity: cells.int(4)?,
                unit_cost: cells.decimal(5)?,
                currency: cells.currency(6)?,
                valid_from: cells.maybe_date(7)?,
                valid_to: cells.maybe_date(8)?,
                kind: word(cells, 9, CostKind::from_name)?,
                recorded_at: cells.time(10)?,
                source: cells.string(11)?,
                replaces: cells.maybe_string(12)?,
                withdrawn: cells.maybe_bool(13)?.unwrap_or(false),
            };
            Ok(Recorded { fact, recorded_by: cells.maybe_string(14)?, note: cells.maybe_string(15)? })
        })
    }

    /// All rules ever recorded, in the order of kind and time.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_cost_rules(&self) -> Result<Vec<CostRuleFact>> {
        Ok(self.recorded_cost_rules()?.into_iter().map(|row| row.fact).collect())
    }

    /// As [`Warehouse::load_cost_rules`], with who recorded each.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn recorded_cost_rules(&self) -> Result<Vec<Recorded<CostRuleFact>>> {
        let sql = "SELECT rule_id, kind, currency, valid_from, valid_to, recorded_at, source, replaces, \
             coalesce(withdrawn, false), terms, recorded_by, note FROM cost_rules \
             ORDER BY kind, valid_from NULLS FIRST, recorded_at, rule_id";
        rows(&*self.reader()?, "load cost rules", sql, [], |cells| {
            let terms = cells.string(9)?;
            let fact = CostRuleFact {
                rule_id: cells.string(0)?,
                kind: word(cells, 1, CostRuleKind::from_name)?,
                currency: cells.currency(2)?,
                valid_from: cells.maybe_date(3)?,
                valid_to: cells.maybe_date(4)?,
                recorded_at: cells.time(5)?,
                source: cells.string(6)?,
                replaces: cells.maybe_string(7)?,
                withdrawn: cells.maybe_bool(8)?.unwrap_or(false),
                terms: serde_json::from_str(&terms).map_err(|error| Error::Stored {
                    column: "terms".to_owned(),
                    reason: error.to_string(),
                })?,
            };
            Ok(Recorded { fact, recorded_by: cells.maybe_string(10)?, note: cells.maybe_string(11)? })
        })
    }
}

fn word<T>(cells: &Cells<'_>, at: usize, read: fn(&str) -> Option<T>) -> Result<T> {
    let text = cells.string(at)?;
    read(&text).ok_or_else(|| Error::Stored {
        column: "scope or kind".to_owned(),
        reason: format!("`{text}` is not a known word"),
    })
}
