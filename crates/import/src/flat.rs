//! Files whose every row is a record of its own: cost sheets, customers, points of other numbers.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::{Currency, Row, Table, Value};

use crate::Error;
use crate::customers::cell;
use crate::header::Header;
use crate::import::{Fault, Occurrences, Out, RowKind, fingerprint, required, text};
use crate::mapping::{CostColumns, CustomerColumns, KpiColumns, Mapping, Scope};
use crate::table_reader::Line;
use crate::values::Values;

/// Rows in the order of their lines; a later row about the same takes the place of an earlier one.
#[derive(Default)]
pub(crate) struct LastOfEach {
    at: HashMap<String, usize>,
    rows: Vec<Option<(Row, Vec<u8>)>>,
}

impl LastOfEach {
    /// Takes a row by what it is about.
    pub(crate) fn put(&mut self, about: String, row: Row, raw: Vec<u8>) {
        if let Some(earlier) = self.at.insert(about, self.rows.len()).and_then(|at| self.rows.get_mut(at)) {
            *earlier = None;
        }
        self.rows.push(Some((row, raw)));
    }

    pub(crate) fn finish(&mut self, out: &mut Out<'_>) -> Result<u64, Error> {
        self.at.clear();
        let mut count = 0;
        for (row, raw) in std::mem::take(&mut self.rows).into_iter().flatten() {
            count += 1;
            out.push(row, Vec::new(), raw)?;
        }
        Ok(count)
    }
}

/// A cost sheet. The id of a cost is made of everything it says, so that a correction is a row of its own and the
/// same sheet imported again adds nothing. Of several lines on one thing and day the last counts.
pub(crate) struct Costs<'m> {
    values: Values<'m>,
    scope: Scope,
    scope_id: usize,
    unit_cost: usize,
    currency_column: Option<usize>,
    currency: Option<Currency>,
    valid_from: Option<usize>,
    valid_to: Option<usize>,
    country: Option<usize>,
    min_quantity: Option<usize>,
    kind: &'static str,
    recorded_at: Timestamp,
    rows: LastOfEach,
}

impl<'m> Costs<'m> {
    pub fn new(
        mapping: &'m Mapping,
        columns: &CostColumns,
        header: &Header,
        recorded_at: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self {
            values: Values::new(&mapping.format),
            scope: columns.scope,
            scope_id: header.find("costs.scope_id", &columns.scope_id)?,
            unit_cost: header.find("costs.unit_cost", &columns.unit_cost)?,
            currency_column: header.find_optional("costs.currency", columns.currency.as_ref())?,
            currency: mapping.currency,
            valid_from: header.find_optional("costs.valid_from", columns.valid_from.as_ref())?,
            valid_to: header.find_optional("costs.valid_to", columns.valid_to.as_ref())?,
            country: header.find_optional("costs.country", columns.country.as_ref())?,
            min_quantity: header.find_optional("costs.min_quantity", columns.min_quantity.as_ref())?,
            kind: if columns.estimate { "estimate" } else { "manual" },
            recorded_at,
            rows: LastOfEach::default(),
        })
    }

    fn day(&self, fields: &[String], column: Option<usize>) -> Result<Option<Date>, Fault> {
        match (column, text(fields, column)) {
            (Some(at), Some(text)) => {
                self.values.date(text).map(Some).map_err(|reason| Fault::at(at, reason))
            }
            _ => Ok(None),
        }
    }

    fn country(&self, fields: &[String]) -> Result<Option<String>, Fault> {
        let (Some(at), Some(country)) = (self.country, text(fields, self.country)) else { return Ok(None) };
        if country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(Some(country.to_ascii_uppercase()));
        }
        Err(Fault::at(at, "is not a country: write its two letters, such as GB"))
    }

    fn min_quantity(&self, fields: &[String]) -> Result<i64, Fault> {
        let (Some(at), Some(units)) = (self.min_quantity, text(fields, self.min_quantity)) else {
            return Ok(1);
        };
        match units.parse() {
            Ok(units) if units >= 1 => Ok(units),
            _ => Err(Fault::at(at, "is not a number of units: write 1 or more")),
        }
    }

    /// The row, and what it is about: of several lines about the same the last counts.
    fn read(&self, line: &Line) -> Result<(Row, String), Fault> {
        let fields = &line.fields;
        let scope_id = required(fields, self.scope_id)?;
        let cost = required(fields, self.unit_cost)?;
        let cost = self.values.decimal(cost).map_err(|reason| Fault::at(self.unit_cost, reason))?;
        if cost.is_sign_negative() && !cost.is_zero() {
            return Err(Fault::at(self.unit_cost, "is negative: write what one unit costs"));
        }
        let currency = match (text(fields, self.currency_column), self.currency) {
            (None, Some(currency)) => currency,
            (code, _) => {
                code.unwrap_or_default().parse().map_err(|error: netgain_domain::CurrencyError| Fault {
                    column: self.currency_column,
                    reason: error.to_string(),
                })?
            }
        };
        let valid_from = self.day(fields, self.valid_from)?;
        let valid_to = self.day(fields, self.valid_to)?;
        if let (Some(from), Some(to), Some(at)) = (valid_from, valid_to, self.valid_to)
            && to < from
        {
            return Err(Fault::at(at, "lies before the first day"));
        }
        let (country, min_quantity) = (self.country(fields)?, self.min_quantity(fields)?);
        let scope = self.scope.name();
        let day = valid_from.map(|day| day.to_string()).unwrap_or_default();
        let amount = cost.to_string();
        // what a plain sheet says comes first and alone, so that its rows keep the ids they ever had
        let plain = [scope, scope_id, &day, currency.code(), &amount];
        let to = valid_to.map(|day| day.to_string()).unwrap_or_default();
        let (units, of) = (min_quantity.to_string(), country.as_deref().unwrap_or_default());
        let more = [of, &units, &to, self.kind];
        let is_plain = more == ["", "1", "", "manual"];
        let said = plain.into_iter().chain(more.into_iter().filter(|_| !is_plain));
        let id = fingerprint(said);
        let about = fingerprint([scope, scope_id, &day, of, &units].into_iter());
        let mut row = Row::empty(Table::UnitCosts, id);
        row.set("scope", Value::Text(scope.to_owned()));
        row.set("scope_id", Value::Text(scope_id.to_owned()));
        row.set("unit_cost", Value::Decimal(cost));
        row.set("currency", Value::Text(currency.code().to_owned()));
        row.set("valid_from", valid_from.map_or(Value::Null, Value::Date));
        row.set("valid_to", valid_to.map_or(Value::Null, Value::Date));
        row.set("country", country.map_or(Value::Null, Value::Text));
        if min_quantity != 1 {
            row.set("min_quantity", Value::Int(min_quantity));
        }
        row.set("kind", Value::Text(self.kind.to_owned()));
        // a later line of one sheet wins over an earlier one of the same day
        let later = jiff::SignedDuration::from_micros(i64::try_from(line.number).unwrap_or(0));
        let recorded_at = self.recorded_at.checked_add(later).unwrap_or(self.recorded_at);
        row.set("recorded_at", Value::Time(recorded_at));
        Ok((row, about))
    }
}

impl RowKind for Costs<'_> {
    fn row(&mut self, line: &Line, out: &mut Out<'_>) -> Result<Result<(), Fault>, Error> {
        match self.read(line) {
            Ok((row, about)) => self.rows.put(about, row, out.raw_json(&[(line.number, &line.fields)])?),
            Err(fault) => return Ok(Err(fault)),
        }
        Ok(Ok(()))
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        out.summary.unit_costs = self.rows.finish(out)?;
        Ok(())
    }
}

/// A list of customers; the last row of an id counts.
pub(crate) struct Customers<'m> {
    values: Values<'m>,
    id: usize,
    texts: [(&'static str, Option<usize>); 3],
    created_at: Option<usize>,
    rows: LastOfEach,
}

impl<'m> Customers<'m> {
    pub fn new(mapping: &'m Mapping, columns: &CustomerColumns, header: &Header) -> Result<Self, Error> {
        Ok(Self {
            values: Values::new(&mapping.format),
            id: header.find("customers.customer_id", &columns.customer_id)?,
            texts: [
                ("name", header.find_optional("customers.name", columns.name.as_ref())?),
                ("email", header.find_optional("customers.email", columns.email.as_ref())?),
                ("country", header.find_optional("customers.country", columns.country.as_ref())?),
            ],
            created_at: header.find_optional("customers.created_at", columns.created_at.as_ref())?,
            rows: LastOfEach::default(),
        })
    }

    fn read(&self, fields: &[String]) -> Result<Row, Fault> {
        let mut row = Row::empty(Table::Customers, required(fields, self.id)?.to_owned());
        for (name, column) in self.texts {
            row.set(name, cell(text(fields, column)));
        }
        if let (Some(at), Some(text)) = (self.created_at, text(fields, self.created_at)) {
            let created_at = self.values.instant(text).map_err(|reason| Fault::at(at, reason))?;
            row.set("created_at", Value::Time(created_at));
        }
        Ok(row)
    }
}

impl RowKind for Customers<'_> {
    fn row(&mut self, line: &Line, out: &mut Out<'_>) -> Result<Result<(), Fault>, Error> {
        match self.read(&line.fields) {
            Ok(row) => {
                let raw = out.raw_json(&[(line.number, &line.fields)])?;
                self.rows.put(row.source_id.clone(), row, raw);
            }
            Err(fault) => return Ok(Err(fault)),
        }
        Ok(Ok(()))
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        out.summary.customers = self.rows.finish(out)?;
        Ok(())
    }
}

/// Other numbers over time. The id is made of metric, time and metadata, so that a restated value replaces the old;
/// rows that agree in all three are told apart by counting them.
pub(crate) struct KpiPoints<'m> {
    values: Values<'m>,
    metric: Option<usize>,
    metric_name: &'m str,
    value: usize,
    timestamp: usize,
    metadata: Vec<(&'m str, usize)>,
    occurrences: Occurrences,
}

impl<'m> KpiPoints<'m> {
    pub fn new(mapping: &'m Mapping, columns: &'m KpiColumns, header: &Header) -> Result<Self, Error> {
        let metadata = columns
            .metadata
            .iter()
            .map(|column| Ok((column.as_str(), header.find("kpi_points.metadata", column)?)));
        Ok(Self {
            values: Values::new(&mapping.format),
            metric: header.find_optional("kpi_points.metric", columns.metric.as_ref())?,
            metric_name: columns.metric_name.as_deref().unwrap_or_default(),
            value: header.find("kpi_points.value", &columns.value)?,
            timestamp: header.find("kpi_points.timestamp", &columns.timestamp)?,
            metadata: metadata.collect::<Result<_, Error>>()?,
            occurrences: Occurrences::default(),
        })
    }

    fn read(&mut self, fields: &[String]) -> Result<Row, Fault> {
        let metric = self.metric.map_or(Ok(self.metric_name), |at| required(fields, at))?;
        let value = self.values.decimal(required(fields, self.value)?);
        let value = value.map_err(|reason| Fault::at(self.value, reason))?;
        let timestamp = self.values.instant(required(fields, self.timestamp)?);
        let timestamp = timestamp.map_err(|reason| Fault::at(self.timestamp, reason))?;
        let metadata: BTreeMap<_, _> =
            self.metadata.iter().filter_map(|(name, at)| Some((*name, text(fields, Some(*at))?))).collect();
        let metadata = serde_json::to_string(&metadata).unwrap_or_default();
        let key = fingerprint([metric, &timestamp.to_string(), &metadata].into_iter());
        let mut row = Row::empty(Table::KpiPoints, self.occurrences.id(key));
        row.set("metric", Value::Text(metric.to_owned()));
        row.set("value", Value::Decimal(value));
        row.set("timestamp", Value::Time(timestamp));
        if !self.metadata.is_empty() {
            row.set("metadata", Value::Json(metadata));
        }
        Ok(row)
    }
}

impl RowKind for KpiPoints<'_> {
    fn row(&mut self, line: &Line, out: &mut Out<'_>) -> Result<Result<(), Fault>, Error> {
        match self.read(&line.fields) {
            Ok(row) => {
                out.summary.kpi_points += 1;
                let raw = out.raw_json(&[(line.number, &line.fields)])?;
                out.push(row, Vec::new(), raw)?;
            }
            Err(fault) => return Ok(Err(fault)),
        }
        Ok(Ok(()))
    }

    fn finish(&mut self, _: &mut Out<'_>) -> Result<(), Error> {
        Ok(())
    }
}
