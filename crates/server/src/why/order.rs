//! One order: all that it brings, and the single amounts of a figure that come from it.

use std::collections::HashMap;
use std::sync::Arc;

use netgain_domain::facts::Weighing;
use netgain_domain::{Table, Value};
use netgain_profit::question::Family;
use netgain_profit::{CostBook, RateBook, Traced, trace};
use netgain_warehouse::StoredRow;

use super::ladder::Figure;
use super::{Ask, Part, Parts, RowRef, Unit};
use crate::api::explain::find;
use crate::api::orders::order_token;
use crate::problem::Problem;

/// `order:<id>` is the definition's result, of that order alone.
pub(super) fn as_ladder<'a>(ask: &Ask<'a>) -> Result<Ask<'a>, Problem> {
    let key = find(ask.place, &ask.question.measure)?;
    let token = order_token(&key.connection_id, &key.order_id);
    let question = ask.question.about(Family::Ladder, "result").with("order", token);
    Ok(Ask { question, ..*ask })
}

/// The amounts that an order gives to a figure, each with its row.
pub(super) fn postings(figure: &Figure<'_>, weighing: &Weighing, unit: Unit) -> Result<Parts, Problem> {
    let (Some((key, name)), place) = (&figure.order, figure.ask.place) else { return Ok(Parts::default()) };
    let facts = place.warehouse.load_order_facts(std::slice::from_ref(key))?;
    let Some(facts) = facts.first() else { return Ok(Parts::default()) };
    let costs = CostBook::new(place.warehouse.load_unit_costs()?)
        .with_rules(place.warehouse.load_cost_rules()?)
        .with_rates(Arc::new(RateBook::new(place.warehouse.load_rates()?)));
    let trace = trace(facts, &costs, &place.settings).map_err(|error| Problem::internal(&error))?;
    let rows = place.warehouse.order_rows(key)?;
    let refs: HashMap<(Table, &str), &str> = rows
        .iter()
        .filter_map(|row| Some(((row.table, text(row, "source_id")?), text(row, "raw_ref")?)))
        .collect();
    let raw = |table: &str, id: &str| {
        Table::from_name(table).and_then(|table| refs.get(&(table, id))).map(|raw| (*raw).to_owned())
    };
    let days = (figure.filter.from, figure.filter.to);
    if *weighing == Weighing::Orders {
        let selection = &figure.filter.orders;
        let counts = match selection {
            netgain_domain::facts::OrderSelection::Counted => trace.profit.included,
            netgain_domain::facts::OrderSelection::Classes(classes) => classes.contains(&trace.profit.class),
        };
        let placed =
            trace.profit.postings.placed.filter(|(day, _)| counts && (days.0..=days.1).contains(day));
        let parts = placed.filter(|(_, orders)| *orders != 0).map(|(day, orders)| {
            let mut part = Part::new(name.clone(), orders.into(), unit);
            let id = key.order_id.clone();
            part.rows =
                vec![RowRef { table: "orders".to_owned(), raw_ref: raw("orders", &id), source_id: id }];
            (part.day, part.order) = (Some(day), Some((key.clone(), name.clone())));
            part
        });
        return Ok(Parts::of(parts.into_iter().collect(), figure.ask));
    }
    let mut traced: Vec<(i32, &Traced)> = trace.of(weighing, &figure.filter.orders, days);
    traced.sort_by_key(|(_, one)| one.entry.day);
    let parts = traced.into_iter().map(|(weight, one)| {
        let entry = &one.entry;
        let mut part = Part::new(entry.label.clone(), entry.amount, unit).weight(weight);
        (part.day, part.quantity, part.formula) = (Some(entry.day), entry.quantity, entry.formula.clone());
        part.order = Some((key.clone(), name.clone()));
        part.rows = vec![RowRef {
            table: entry.table.to_owned(),
            raw_ref: raw(entry.table, &entry.source_id),
            source_id: entry.source_id.clone(),
        }];
        part
    });
    Ok(Parts::of(parts.collect(), figure.ask))
}

fn text<'r>(row: &'r StoredRow, column: &str) -> Option<&'r str> {
    match row.get(column) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}
