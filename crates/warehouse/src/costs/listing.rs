//! The cost book as a merchant's own listing tells it. A listing holds what is said now; the book keeps each word with
//! the time at which it was first read, so that what was known on an earlier day can be told.
//!
//! * A line with a first day is a statement about those days: a change of it takes the place of the earlier row.
//! * A line without one holds since ever when it is first seen, and a change of it holds from the day on which it was
//!   read, as for the costs that a shop reveals: the past stays as it was.
//! * A line that is gone ends with the day before.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::{Decimal, Row, Table, Value};

use super::DOING;
use crate::commit::{Batch, CommitReport, put_keys};
use crate::engine::Connection;
use crate::error::Result;
use crate::profit::touched;
use crate::reading::{Cells, rows};

/// What a cost holds for: of one listing, two lines of one place say the same thing, and the later counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    scope: String,
    scope_id: String,
    country: Option<String>,
    min_quantity: i64,
    /// The first day that the line names.
    since: Option<Date>,
}

/// What is said of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    unit_cost: Decimal,
    currency: String,
    kind: String,
    valid_to: Option<Date>,
}

/// A line of the listing.
struct Line {
    said: Said,
    version: i64,
    raw_ref: String,
}

/// A row of the book that counts.
#[derive(Clone)]
struct Entry {
    source_id: String,
    said: Said,
    valid_from: Option<Date>,
    version: i64,
    raw_ref: String,
}

impl Entry {
    fn holds_on(&self, day: Date) -> bool {
        self.said.valid_to.is_none_or(|last| last >= day)
    }
}

/// Brings the book up to a listing that was read whole.
pub(crate) fn follow_listing(writer: &Connection, batch: &Batch, report: &mut CommitReport) -> Result<()> {
    let (listed, mut book) = (listed(writer, batch)?, entries(writer, batch)?);
    let today = batch.observed_at.to_zoned(TimeZone::UTC).date();
    let mut notes = Notes { batch, today, rows: Vec::new(), touched: BTreeSet::new() };
    for (place, line) in &listed {
        notes.change(place, line, &book.remove(place).unwrap_or_default());
    }
    for (place, gone) in &book {
        notes.end(place, gone, today.yesterday().unwrap_or(today));
    }
    if notes.rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Row, i64, &str)> =
        notes.rows.iter().map(|(row, version, raw_ref)| (row.clone(), *version, raw_ref.as_str())).collect();
    super::put(writer, batch, &rows, report)?;
    // the rows that were replaced, too, decide what a change touches
    put_keys(writer, notes.touched.iter().map(String::as_str))?;
    touched::mark(writer, &touched::of_stored(writer, batch.connection.as_str())?)
}

/// What is added to the book.
struct Notes<'b> {
    batch: &'b Batch,
    today: Date,
    rows: Vec<(Row, i64, String)>,
    /// Ids of the new rows and of those that they replace.
    touched: BTreeSet<String>,
}

impl Notes<'_> {
    /// Takes what a line says into the book, where that is new.
    fn change(&mut self, place: &Place, line: &Line, known: &[Entry]) {
        let last = known.last();
        if last.is_some_and(|last| last.said == line.said) {
            return;
        }
        let (valid_from, replaced) = match (place.since, last) {
            (Some(since), last) => (Some(since), last),
            (None, None) => (None, None),
            (None, Some(last)) => {
                let from = last.valid_from.map_or(self.today, |day| day.max(self.today));
                // a second change on one day, or an end in the past, is about the days of the row before
                let over = line.said.valid_to.is_some_and(|end| end < from);
                if over || last.valid_from == Some(from) {
                    (last.valid_from, Some(last))
                } else {
                    (Some(from), None)
                }
            }
        };
        self.add(place, &line.said, valid_from, replaced, (line.version, &line.raw_ref));
        // once it ends, what was said before it must not hold again
        if let Some(end) = line.said.valid_to {
            let earlier: Vec<Entry> = known
                .iter()
                .filter(|entry| replaced.is_none_or(|replaced| replaced.source_id != entry.source_id))
                .cloned()
                .collect();
            self.end(place, &earlier, end);
        }
    }

    /// Lets rows hold until a day; those that would begin later are taken back.
    fn end(&mut self, place: &Place, entries: &[Entry], last: Date) {
        let Some(after) = last.tomorrow().ok() else { return };
        for entry in entries.iter().filter(|entry| entry.holds_on(after)) {
            let said = Said { valid_to: Some(last), ..entry.said.clone() };
            let from = (entry.version, entry.raw_ref.as_str());
            self.add(place, &said, entry.valid_from, Some(entry), from);
            let begins_later = entry.valid_from.is_some_and(|first| first > last);
            if let Some((row, ..)) = self.rows.last_mut().filter(|_| begins_later) {
                row.set("valid_to", Value::Null);
                row.set("withdrawn", Value::Bool(true));
            }
        }
    }

    fn add(
        &mut self,
        place: &Place,
        said: &Said,
        valid_from: Option<Date>,
        replaced: Option<&Entry>,
        (version, raw_ref): (i64, &str),
    ) {
        let text = |text: &str| Value::Text(text.to_owned());
        let date = |day: Option<Date>| day.map_or(Value::Null, Value::Date);
        let id = self.id(place);
        let mut row = Row::empty(Table::UnitCosts, id.clone());
        row.set("scope", text(&place.scope));
        row.set("scope_id", text(&place.scope_id));
        row.set("country", place.country.as_deref().map_or(Value::Null, text));
        row.set("min_quantity", Value::Int(place.min_quantity));
        row.set("unit_cost", Value::Decimal(said.unit_cost));
        row.set("currency", text(&said.currency));
        row.set("kind", text(&said.kind));
        row.set("valid_from", date(valid_from));
        row.set("valid_to", date(said.valid_to));
        row.set("recorded_at", Value::Time(self.batch.observed_at));
        if let Some(replaced) = replaced {
            row.set("replaces", Value::Text(format!("{}/{}", self.batch.connection, replaced.source_id)));
            self.touched.insert(replaced.source_id.clone());
        }
        self.touched.insert(id);
        self.rows.push((row, version, raw_ref.to_owned()));
    }

    /// The place, the time of reading, and a number where one reading says several things of a place.
    fn id(&self, place: &Place) -> String {
        let since = place.since.map_or_else(|| EVER.to_owned(), |day| day.to_string());
        let Place { scope, scope_id, country, min_quantity, .. } = place;
        let country = country.as_deref().unwrap_or_default();
        let at = self.batch.observed_at.as_microsecond();
        let id = format!("{scope}:{scope_id}:{country}:{min_quantity}:{since}@{at}");
        let again = self.rows.iter().filter(|(row, ..)| row.source_id.starts_with(&id)).count();
        if again == 0 { id } else { format!("{id}.{again}") }
    }
}

/// How an id says that its line names no first day.
const EVER: &str = "ever";

/// The first day that the line of a row names, by the row's id.
fn since_of(source_id: &str) -> Option<Date> {
    let (place, _) = source_id.rsplit_once('@')?;
    let (_, since) = place.rsplit_once(':')?;
    since.parse().ok()
}

fn place(cells: &Cells<'_>, since: Option<Date>) -> Result<Place> {
    Ok(Place {
        scope: cells.string(0)?,
        scope_id: cells.string(1)?,
        country: cells.maybe_string(2)?.map(|country| country.to_ascii_uppercase()),
        min_quantity: cells.int(3)?,
        since,
    })
}

fn said(cells: &Cells<'_>) -> Result<Said> {
    Ok(Said {
        unit_cost: cells.decimal(4)?.normalize(),
        currency: cells.string(5)?,
        kind: cells.string(6)?,
        valid_to: cells.maybe_date(8)?,
    })
}

/// The columns that listing and book share, in the order in which they are read.
const SHARED: &str = "scope, scope_id, country, coalesce(min_quantity, 1), unit_cost, currency, kind, valid_from, \
                      valid_to, version, raw_ref, source_id";

/// The listing as it stands, by place; of several lines the last counts.
fn listed(writer: &Connection, batch: &Batch) -> Result<BTreeMap<Place, Line>> {
    let sql =
        format!("SELECT {SHARED} FROM listed_costs WHERE connection_id = ? AND starts_with(raw_ref, ?)");
    let connection = batch.connection.as_str();
    let of_stream = format!("{connection}/{}/", batch.stream);
    let mut lines = rows(writer, DOING, &sql, [connection, of_stream.as_str()], |cells| {
        let line = Line { said: said(cells)?, version: cells.int(9)?, raw_ref: cells.string(10)? };
        let number = cells.string(11)?;
        Ok((number.parse::<u64>().ok(), number, place(cells, cells.maybe_date(7)?)?, line))
    })?;
    // lines are known by their numbers, of which 10 comes after 9
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(lines.into_iter().map(|(_, _, place, line)| (place, line)).collect())
}

/// The rows of the book that came of the listing and count, by place, the earlier first day first.
fn entries(writer: &Connection, batch: &Batch) -> Result<BTreeMap<Place, Vec<Entry>>> {
    let sql = format!(
        "SELECT {SHARED}, replaces, coalesce(withdrawn, false) FROM unit_costs \
         WHERE connection_id = ? AND starts_with(raw_ref, ?) ORDER BY valid_from NULLS FIRST, recorded_at, source_id"
    );
    let connection = batch.connection.as_str();
    let of_stream = format!("{connection}/{}/", batch.stream);
    let all = rows(writer, DOING, &sql, [connection, of_stream.as_str()], |cells| {
        let source_id = cells.string(11)?;
        let place = place(cells, since_of(&source_id))?;
        let entry = Entry {
            said: said(cells)?,
            valid_from: cells.maybe_date(7)?,
            version: cells.int(9)?,
            raw_ref: cells.string(10)?,
            source_id,
        };
        Ok((place, entry, cells.maybe_string(12)?, cells.maybe_bool(13)?.unwrap_or(false)))
    })?;
    let replaced: HashSet<String> = all
        .iter()
        .filter_map(|(_, _, replaces, _)| Some(replaces.as_deref()?.split_once('/')?.1.to_owned()))
        .collect();
    let mut book: BTreeMap<Place, Vec<Entry>> = BTreeMap::new();
    for (place, entry, _, withdrawn) in all {
        if !withdrawn && !replaced.contains(&entry.source_id) {
            book.entry(place).or_default().push(entry);
        }
    }
    Ok(book)
}
