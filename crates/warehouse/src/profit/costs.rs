//! The cost book as stored: unit costs and rules, only ever added to.

use std::collections::{HashMap, HashSet};

use crate::engine::Connection;
use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, UnitCostFact};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Kind, Row, Table, Value};

use super::{spec, touched};
use crate::columnar::TableWriter;
use crate::error::{Error, Result};
use crate::reading::{Cells, rows};
use crate::root_key::root_key;
use crate::schema::{self, Spec};
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

impl Warehouse {
    /// What people call the products, variants and stock keeping units of the cost book, where the catalogue says.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn cost_scope_titles(&self) -> Result<HashMap<(CostScope, String), String>> {
        let sql = "WITH goods AS (SELECT v.source_id, v.sku, concat_ws(' / ', p.title, v.title) AS title \
                 FROM variants AS v LEFT JOIN products AS p ON p.connection_id = v.connection_id \
                   AND p.source_id = v.product_id), \
             named AS (SELECT 'variant' AS scope, source_id AS id, title FROM goods UNION ALL \
                 SELECT 'sku', sku, title FROM goods UNION ALL SELECT 'product', source_id, title FROM products) \
             SELECT n.scope, n.id, min(n.title) FROM named AS n \
             JOIN (SELECT DISTINCT scope, scope_id FROM unit_costs) AS c ON c.scope = n.scope AND c.scope_id = n.id \
             WHERE n.title <> '' GROUP BY n.scope, n.id";
        let found = rows(&*self.reader()?, "load unit costs", sql, [], |cells| {
            Ok(((word(cells, 0, CostScope::from_name)?, cells.string(1)?), cells.string(2)?))
        })?;
        Ok(found.into_iter().collect())
    }
}

/// Rows to add to the cost book.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CostBookChange {
    /// Unit costs, each with a `cost_id` of its own: connection and `source_id`.
    pub costs: Vec<UnitCostFact>,
    /// Rules, each with a `rule_id` of its own.
    pub rules: Vec<CostRuleFact>,
    /// The person who records them, where known.
    pub recorded_by: Option<String>,
    /// What they note.
    pub note: Option<String>,
}

const RECORDING: &str = "record costs";

impl Warehouse {
    /// Adds rows to the cost book and marks the orders that they, or the rows that they replace, can touch. A row whose
    /// id is there already is left out, so that recording twice is recording once. Returns how many are new.
    ///
    /// # Errors
    /// Nothing is added when an id has no connection, an amount cannot be kept exactly, or the engine fails.
    pub fn record_costs(&self, change: &CostBookChange) -> Result<u64> {
        let known: HashSet<String> = self.load_unit_costs()?.into_iter().map(|cost| cost.cost_id).collect();
        let known_rules: HashSet<String> =
            self.load_cost_rules()?.into_iter().map(|rule| rule.rule_id).collect();
        let costs: Vec<_> = change.costs.iter().filter(|cost| !known.contains(&cost.cost_id)).collect();
        let rules: Vec<_> = change.rules.iter().filter(|rule| !known_rules.contains(&rule.rule_id)).collect();
        if costs.is_empty() && rules.is_empty() {
            return Ok(0);
        }
        let touched = self.with_replaced(&change.costs, &change.rules)?;
        self.write(RECORDING, |writer| {
            put_costs(writer, &costs, change)?;
            put_rules(writer, &rules, change)?;
            touched::mark(writer, &touched::of_facts(&touched.0, &touched.1))?;
            Ok((costs.len() + rules.len()) as u64)
        })
    }

    /// These rows with those that they replace.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn with_replaced(
        &self,
        costs: &[UnitCostFact],
        rules: &[CostRuleFact],
    ) -> Result<(Vec<UnitCostFact>, Vec<CostRuleFact>)> {
        let (mut costs, mut rules) = (costs.to_vec(), rules.to_vec());
        let replaced: HashSet<String> = costs.iter().filter_map(|cost| cost.replaces.clone()).collect();
        if !replaced.is_empty() {
            costs.extend(self.load_unit_costs()?.into_iter().filter(|cost| replaced.contains(&cost.cost_id)));
        }
        let replaced: HashSet<String> = rules.iter().filter_map(|rule| rule.replaces.clone()).collect();
        if !replaced.is_empty() {
            rules.extend(self.load_cost_rules()?.into_iter().filter(|rule| replaced.contains(&rule.rule_id)));
        }
        Ok((costs, rules))
    }
}

fn put_costs(writer: &Connection, costs: &[&UnitCostFact], change: &CostBookChange) -> Result<()> {
    let mut out = TableWriter::new(writer, Table::UnitCosts.name(), schema::canonical(Table::UnitCosts))?;
    for cost in costs {
        let (connection, id) = cost.cost_id.split_once('/').ok_or_else(|| Error::Stored {
            column: "cost_id".to_owned(),
            reason: format!("`{}` names no connection", cost.cost_id),
        })?;
        let mut row = Row::empty(Table::UnitCosts, id.to_owned());
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let date = |date: Option<Date>| date.map_or(Value::Null, Value::Date);
        row.set("scope", Value::Text(cost.scope.name().to_owned()));
        row.set("scope_id", Value::Text(cost.scope_id.clone()));
        row.set("unit_cost", Value::Decimal(cost.unit_cost));
        row.set("currency", Value::Text(cost.currency.code().to_owned()));
        row.set("valid_from", date(cost.valid_from));
        row.set("kind", Value::Text(cost.kind.name().to_owned()));
        row.set("recorded_at", Value::Time(cost.recorded_at));
        row.set("country", text(&cost.country));
        row.set("min_quantity", Value::Int(cost.min_quantity));
        row.set("valid_to", date(cost.valid_to));
        row.set("replaces", text(&cost.replaces));
        row.set("withdrawn", Value::Bool(cost.withdrawn));
        row.set("recorded_by", text(&change.recorded_by));
        row.set("note", text(&change.note));
        let common = [connection, &cost.source, id];
        common.into_iter().try_for_each(|cell| out.text(cell))?;
        out.int(cost.recorded_at.as_microsecond())?;
        out.time(cost.recorded_at)?;
        // no platform sent it, so it points nowhere
        out.text("")?;
        out.int(root_key(id))?;
        out.cell(&Value::Null)?;
        row.cells.iter().try_for_each(|cell| out.cell(cell))?;
        out.end_row()?;
    }
    out.finish()
}

fn put_rules(writer: &Connection, rules: &[&CostRuleFact], change: &CostBookChange) -> Result<()> {
    let mut out = TableWriter::new(writer, "cost_rules", COST_RULES.to_vec())?;
    let date = |date: Option<Date>| date.map_or(Value::Null, Value::Date);
    for rule in rules {
        let terms = serde_json::to_string(&rule.terms)
            .map_err(|error| Error::Stored { column: "terms".to_owned(), reason: error.to_string() })?;
        out.text(&rule.rule_id)?;
        out.text(rule.kind.name())?;
        out.text(rule.currency.code())?;
        out.cell(&date(rule.valid_from))?;
        out.cell(&date(rule.valid_to))?;
        out.time(rule.recorded_at)?;
        out.text(&rule.source)?;
        out.text_or_null(change.recorded_by.as_deref())?;
        out.text_or_null(change.note.as_deref())?;
        out.text_or_null(rule.replaces.as_deref())?;
        out.cell(&Value::Bool(rule.withdrawn))?;
        out.cell(&Value::Json(terms))?;
        out.end_row()?;
    }
    out.finish()
}

fn word<T>(cells: &Cells<'_>, at: usize, read: fn(&str) -> Option<T>) -> Result<T> {
    let text = cells.string(at)?;
    read(&text).ok_or_else(|| Error::Stored {
        column: "scope or kind".to_owned(),
        reason: format!("`{text}` is not a known word"),
    })
}
