//! Lines of orders to orders: grouped by number whatever their order in the file, each with its lines and the signed
//! ledger that the profit is computed from.

use std::collections::{HashMap, HashSet};

use netgain_domain::{Row, Table, Value};
use rust_decimal::Decimal;

use crate::Error;
use crate::customers::{MetCustomers, cell};
use crate::header::Header;
use crate::import::{Fault, Occurrences, Out, RowKind, fingerprint, text};
use crate::mapping::{Mapping, OrderColumns};
use crate::order_line::{LineReader, OrderLine};
use crate::table_reader::Line;

/// The tag of an order that lacks a rejected line.
const PARTIAL: &str = "partial_import";
/// What is put behind an order's number where its returned lines form a credit note.
const CREDIT_SUFFIX: &str = "/credit";

/// Collects lines. To hold a million of them, a line is kept as its text and read again when its order is complete.
pub(crate) struct Orders<'m> {
    columns: LineReader<'m>,
    tax_included: bool,
    split_credits: bool,
    per_line: Option<Occurrences>,
    groups: HashMap<String, u32>,
    names: Vec<Group>,
    lines: Vec<Kept>,
    texts: String,
    partial: HashSet<String>,
    customers: MetCustomers,
}

struct Group {
    name: String,
    credit: bool,
}

/// A line in `texts`.
struct Kept {
    group: u32,
    line: u64,
    begin: usize,
    end: usize,
}

impl<'m> Orders<'m> {
    pub fn new(mapping: &'m Mapping, columns: &'m OrderColumns, header: &Header) -> Result<Self, Error> {
        Ok(Self {
            columns: LineReader::new(mapping, columns, header)?,
            tax_included: columns.tax_included,
            split_credits: columns.credit_note.as_ref().is_some_and(|rule| rule.negative_quantity),
            per_line: columns.order_per_line.then(Occurrences::default),
            groups: HashMap::new(),
            names: Vec::new(),
            lines: Vec::new(),
            texts: String::new(),
            partial: HashSet::new(),
            customers: MetCustomers::default(),
        })
    }

    fn keep(&mut self, line: &Line, read: &OrderLine) -> Result<(), Error> {
        let name = text(&line.fields, self.columns.order_id).unwrap_or_default();
        let id = self.source_id(name, read.credit);
        let group = match self.groups.get(&id) {
            Some(group) => *group,
            None => {
                let group = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                self.names.push(Group { name: name.to_owned(), credit: read.credit });
                self.groups.insert(id, group);
                group
            }
        };
        let begin = self.texts.len();
        self.texts.push_str(&serde_json::to_string(&line.fields)?);
        self.lines.push(Kept { group, line: line.number, begin, end: self.texts.len() });
        Ok(())
    }

    fn source_id(&self, name: &str, credit: bool) -> String {
        if credit && self.split_credits { format!("{name}{CREDIT_SUFFIX}") } else { name.to_owned() }
    }

    fn emit_group(&self, lines: &[Kept], out: &mut Out<'_>) -> Result<(), Error> {
        let Some(group) = lines.first().and_then(|line| self.names.get(line.group as usize)) else {
            return Ok(());
        };
        let mut rows = Vec::with_capacity(lines.len());
        for kept in lines {
            let text = self.texts.get(kept.begin..kept.end).unwrap_or_default();
            let fields: Vec<String> = serde_json::from_str(text)?;
            // it was read before it was kept, so it reads now
            if let Ok(read) = self.columns.read(&fields) {
                rows.push((kept.line, fields, read));
            }
        }
        let id = self.source_id(&group.name, group.credit);
        self.emit(&id, &group.name, &rows, self.partial.contains(&group.name), out)
    }

    fn emit(
        &self,
        id: &str,
        name: &str,
        rows: &[(u64, Vec<String>, OrderLine)],
        partial: bool,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let Some((_, _, first)) = rows.first() else { return Ok(()) };
        let mut order = Row::empty(Table::Orders, id.to_owned());
        let said = |column| rows.iter().find_map(|(_, fields, _)| text(fields, column));
        let placed_at = rows.iter().map(|(_, _, line)| line.placed_at).min().unwrap_or(first.placed_at);
        let sum = |amount: fn(&OrderLine) -> Decimal| -> Decimal {
            rows.iter().map(|(_, _, line)| amount(line)).sum()
        };
        let total = sum(|line| line.total);
        order.set("name", Value::Text(name.to_owned()));
        order.set("placed_at", Value::Time(placed_at));
        order.set("channel", cell(said(self.columns.channel)));
        order.set("customer_id", cell(said(self.columns.customer_id)));
        order.set("customer_name", cell(said(self.columns.customer_name)));
        let status = said(self.columns.financial_status).map(str::to_lowercase);
        order.set("financial_status", cell(status.as_deref()));
        order.set("is_test", Value::Bool(false));
        order.set("currency", Value::Text(first.currency.code().to_owned()));
        order.set("taxes_included", Value::Bool(self.tax_included));
        order.set("total_price", Value::Decimal(total));
        order.set("total_tax", Value::Decimal(sum(|line| line.tax)));
        order.set("total_discounts", Value::Decimal(sum(|line| line.discount)));
        let country = said(self.columns.shipping_country).map(str::to_ascii_uppercase);
        order.set("shipping_country", cell(country.as_deref()));
        if partial {
            order.set("tags", Value::Text(PARTIAL.to_owned()));
            out.summary.partial_orders += 1;
        }
        if first.credit {
            out.summary.credit_notes += 1;
            out.summary.credit_total += total;
        } else {
            out.summary.orders += 1;
            out.summary.sales_total += total;
        }
        let mut children = Vec::with_capacity(rows.len() * 2);
        for (at, (_, fields, line)) in rows.iter().enumerate() {
            children.push(self.line_row(id, at, fields, line));
        }
        for (at, (_, _, line)) in rows.iter().enumerate() {
            children.push(event_row(id, at, line));
        }
        let raw: Vec<_> = rows.iter().map(|(line, fields, _)| (*line, fields.as_slice())).collect();
        let raw = out.raw_json(&raw)?;
        out.push(order, children, raw)
    }

    fn line_row(&self, order_id: &str, at: usize, fields: &[String], line: &OrderLine) -> Row {
        let mut row = Row::empty(Table::OrderLines, line_id(order_id, at));
        row.set("order_id", Value::Text(order_id.to_owned()));
        row.set("variant_id", cell(text(fields, self.columns.variant_id)));
        row.set("sku", cell(text(fields, self.columns.sku)));
        row.set("title", cell(text(fields, self.columns.title)));
        row.set("lot", cell(text(fields, self.columns.lot)));
        row.set("quantity", Value::Int(line.quantity));
        row.set("unit_price", line.unit_price.map_or(Value::Null, Value::Decimal));
        row.set("is_gift_card", Value::Bool(false));
        row.set("currency", Value::Text(line.currency.code().to_owned()));
        row
    }
}

fn line_id(order_id: &str, at: usize) -> String {
    format!("{order_id}:{}", at + 1)
}

fn event_row(order_id: &str, at: usize, line: &OrderLine) -> Row {
    let id = line_id(order_id, at);
    let word = if line.returns { "return" } else { "order" };
    let mut row = Row::empty(Table::SaleEvents, id.clone());
    row.set("order_id", Value::Text(order_id.to_owned()));
    row.set("line_id", Value::Text(id));
    row.set("happened_at", Value::Time(line.placed_at));
    row.set("reason", Value::Text(word.to_owned()));
    row.set("action", Value::Text(word.to_owned()));
    row.set("kind", Value::Text("product".to_owned()));
    row.set("quantity", Value::Int(line.quantity));
    row.set("total_amount", Value::Decimal(line.total));
    row.set("tax_amount", Value::Decimal(line.tax));
    row.set("discount_amount", Value::Decimal(line.discount));
    row.set("currency", Value::Text(line.currency.code().to_owned()));
    row
}

impl RowKind for Orders<'_> {
    fn row(&mut self, line: &Line, out: &mut Out<'_>) -> Result<Result<(), Fault>, Error> {
        let read = match self.columns.read(&line.fields) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault)),
        };
        self.customers.meet(&self.columns, line, out)?;
        match &mut self.per_line {
            Some(occurrences) => {
                // blanks around a field are no difference
                let id = occurrences.id(fingerprint(line.fields.iter().map(|field| field.trim())));
                let rows = [(line.number, line.fields.clone(), read)];
                self.emit(&id, &id, &rows, false, out)?;
            }
            None => self.keep(line, &read)?,
        }
        Ok(Ok(()))
    }

    fn bad_row(&mut self, fields: &[String]) {
        if let Some(name) = text(fields, self.columns.order_id) {
            self.partial.insert(name.to_owned());
        }
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        // stable: lines of an order stay in the file's order
        self.lines.sort_by_key(|line| line.group);
        for lines in self.lines.chunk_by(|a, b| a.group == b.group) {
            self.emit_group(lines, out)?;
        }
        self.customers.finish(out)
    }
}
