//! Files of exchange rates, as the merchant states them.

use jiff::Timestamp;
use netgain_domain::{Currency, CurrencyError, Row, Table, Value};

use crate::Error;
use crate::flat::LastOfEach;
use crate::header::Header;
use crate::import::{Fault, Out, RowKind, required};
use crate::mapping::{Mapping, RateColumns};
use crate::table_reader::Line;
use crate::values::Values;

/// A list of rates. The last line of a day and pair counts, and a file imported again under the same connection takes
/// the place of what it said before.
pub(crate) struct Rates<'m> {
    values: Values<'m>,
    day: usize,
    base: usize,
    quote: usize,
    rate: usize,
    recorded_at: Timestamp,
    rows: LastOfEach,
}

impl<'m> Rates<'m> {
    pub fn new(
        mapping: &'m Mapping,
        columns: &RateColumns,
        header: &Header,
        recorded_at: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self {
            values: Values::new(&mapping.format),
            day: header.find("rates.day", &columns.day)?,
            base: header.find("rates.base", &columns.base)?,
            quote: header.find("rates.quote", &columns.quote)?,
            rate: header.find("rates.rate", &columns.rate)?,
            recorded_at,
            rows: LastOfEach::default(),
        })
    }

    fn read(&self, fields: &[String]) -> Result<Row, Fault> {
        let day = self.values.date(required(fields, self.day)?);
        let day = day.map_err(|reason| Fault::at(self.day, reason))?;
        let (base, quote) = (currency(fields, self.base)?, currency(fields, self.quote)?);
        if base == quote {
            return Err(Fault::at(self.quote, "is the same currency as the base: write the other one"));
        }
        let rate = self.values.decimal(required(fields, self.rate)?);
        let rate = rate.map_err(|reason| Fault::at(self.rate, reason))?;
        if rate.is_zero() || rate.is_sign_negative() {
            let reason = "is not positive: write how many units of the quote one unit of the base is worth";
            return Err(Fault::at(self.rate, reason));
        }
        let mut row = Row::empty(Table::FxRates, format!("{base}/{quote}@{day}"));
        row.set("day", Value::Date(day));
        row.set("base", Value::Text(base.code().to_owned()));
        row.set("quote", Value::Text(quote.code().to_owned()));
        row.set("rate", Value::Decimal(rate));
        row.set("manual", Value::Bool(true));
        row.set("recorded_at", Value::Time(self.recorded_at));
        Ok(row)
    }
}

fn currency(fields: &[String], at: usize) -> Result<Currency, Fault> {
    required(fields, at)?.parse().map_err(|error: CurrencyError| Fault::at(at, error.to_string()))
}

impl RowKind for Rates<'_> {
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
        out.summary.rates = self.rows.finish(out)?;
        Ok(())
    }
}
