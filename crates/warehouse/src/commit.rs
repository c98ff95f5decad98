//! Committing a page: the rows, the unit costs they reveal and the cursor, all or nothing.

mod choice;
mod delete;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::engine::Connection;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Record, Row, Table, Value};

use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::profit::{settlements, touched};
use crate::quarantine::Quarantined;
use crate::root_key::{near, root_key};
use crate::schema;
use crate::warehouse::Warehouse;
use crate::{costs, cursors, dialect, profit, quarantine, read_log};

pub(crate) use choice::Chosen;
pub(crate) use choice::{Choice, choose};
pub use delete::{Gone, Swept};

const DOING: &str = "commit rows";

/// One page of a stream, mapped to records.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The connection that the page came over.
    pub connection: ConnectionId,
    /// The platform's id, such as the manifest's `id`.
    pub source: String,
    /// The stream.
    pub stream: String,
    /// When the page was read from the platform; the stored `observed_at`.
    pub observed_at: Timestamp,
    /// The records, each with its pointer into the raw archive.
    pub records: Vec<(Record, String)>,
    /// The position after this page, as JSON; without one the stored position stays.
    pub cursor: Option<String>,
    /// What is kept beside the rows.
    pub aside: Aside,
}

/// What is kept beside a page's rows, in the same transaction.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    /// The name of the page's account in the raw archive, so that a replay finds it.
    pub read: Option<String>,
    /// Records of the page that are set aside.
    pub quarantined: Vec<Quarantined>,
    /// Pointers of records that were set aside and are mapped now.
    pub mended: Vec<String>,
}

/// What a commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitReport {
    /// Rows written, by table.
    pub rows_by_table: BTreeMap<Table, u64>,
    /// Records that were not there before.
    pub roots_new: u64,
    /// Records that replaced an older or equal version.
    pub roots_changed: u64,
    /// Records left alone because the store has the same version and the same content.
    pub unchanged: u64,
    /// Records left out because the store, or the batch itself, has a later version.
    pub stale: u64,
    /// Records deleted because the platform has them no more.
    pub deleted: u64,
    /// Unit costs that were seen for the first time or differ from the last.
    pub unit_costs: u64,
    /// Unit costs left out because neither the variant nor its shop's account names their currency.
    pub unit_costs_without_currency: u64,
    /// Records that were set aside before and are kept now.
    pub mended: u64,
}

impl Warehouse {
    /// Writes a page. Of several versions of one record the highest stays (on a tie the later or new one); it replaces
    /// the record with every row it owned. A record that says nothing new is left alone with its pointer and its time
    /// of reading, and so is the profit computed from it. Where the platform tells no version, the time of reading
    /// stands for it and says nothing new by itself.
    ///
    /// The contents depend on the batches alone, never on the clock or on chance, so a page that is committed
    /// again changes nothing.
    ///
    /// # Errors
    /// Nothing is written when a row does not fit its table, an amount cannot be kept exactly, or the engine fails.
    pub fn commit(&self, batch: &Batch) -> Result<CommitReport> {
        self.commit_noting(batch, &mut |_, _| {})
    }

    /// Like [`Warehouse::commit`], and calls `note` with the table and key of each record that was new or changed. What
    /// it heard does not count when the commit fails.
    ///
    /// # Errors
    /// Those of [`Warehouse::commit`].
    pub fn commit_noting(&self, batch: &Batch, note: &mut dyn FnMut(Table, &str)) -> Result<CommitReport> {
        self.commit_with(batch, &[], note)
    }

    /// Like [`Warehouse::commit_noting`], and deletes what is gone behind the records, in the same transaction.
    ///
    /// # Errors
    /// Those of [`Warehouse::commit`]; a column of a [`Swept`] that its table has not.
    pub fn commit_with(
        &self,
        batch: &Batch,
        gone: &[Gone],
        note: &mut dyn FnMut(Table, &str),
    ) -> Result<CommitReport> {
        let chosen = choose(batch)?;
        self.write(DOING, |writer| commit_on(writer, batch, chosen, gone, note))
    }
}

/// Writes what was chosen of a batch, and deletes what is gone, inside the caller's transaction.
pub(crate) fn commit_on(
    writer: &Connection,
    batch: &Batch,
    chosen: Choice<'_>,
    gone: &[Gone],
    note: &mut dyn FnMut(Table, &str),
) -> Result<CommitReport> {
    let mut report = CommitReport { stale: chosen.superseded, ..CommitReport::default() };
    let again = match chosen.by_table.get(&Table::UnitCosts) {
        Some(roots) => costs::said_again(writer, batch, roots)?,
        None => Vec::new(),
    };
    let mut tables = Vec::with_capacity(chosen.by_table.len());
    for (table, roots) in chosen.by_table {
        let mut roots: Vec<Chosen<'_>> = roots;
        if table == Table::UnitCosts {
            for (at, record) in &again {
                roots[*at].record = record;
            }
        }
        let known = stored_versions(writer, batch, table, &roots)?;
        let before = roots.len();
        roots.retain(|one| known.get(one.id()).is_none_or(|stored| stored.version <= one.record.version));
        report.stale += (before - roots.len()) as u64;
        if table == Table::Variants {
            // also of unchanged ones: what their cost is in may be known only now
            costs::snapshot(writer, batch, &roots, &mut report)?;
        }
        tables.push((table, roots, known));
    }
    // records of one line point to the same place, so that they can be found when the line's record is gone: when one
    // is written anew, all are
    let moved = moved_lines(&tables, batch);
    for (table, mut roots, known) in tables {
        let before = roots.len();
        roots.retain(|one| match known.get(one.id()) {
            None => true,
            // a cost that was once recorded stays as it was, so that what was known then can be told
            Some(_) if table == Table::UnitCosts => false,
            Some(stored) => !stored.says(one, batch) || moved.contains(one.raw_ref),
        });
        report.unchanged += (before - roots.len()) as u64;
        roots.iter().for_each(|one| note(table, one.id()));
        let changed: Vec<&str> = roots.iter().map(Chosen::id).filter(|id| known.contains_key(*id)).collect();
        report.roots_changed += changed.len() as u64;
        report.roots_new += (roots.len() - changed.len()) as u64;
        if table == Table::AdDays {
            mark_ad_days(writer, batch, &roots, &changed)?;
        }
        if matches!(table, Table::Products | Table::BalanceTransactions) {
            // what they were, too, decides what they touch
            mark_costs(writer, batch, table, changed.iter().copied())?;
        }
        remove(writer, batch, table, &changed)?;
        insert(writer, batch, table, &roots, &mut report)?;
        mark_costs(writer, batch, table, roots.iter().map(Chosen::id))?;
    }
    for gone in gone {
        report.deleted += delete::apply(writer, batch, gone)?;
        if let Some(swept) = &gone.swept {
            quarantine::swept(writer, batch, gone.table, swept)?;
            // a listing that holds nothing may be one that was renamed: what was recorded of it stays
            if gone.table == Table::ListedCosts && !swept.kept.is_empty() {
                costs::follow_listing(writer, batch, &mut report)?;
            }
        }
    }
    if let Some(state) = &batch.cursor {
        cursors::put(writer, &batch.connection, &batch.stream, state, batch.observed_at)?;
    }
    let Aside { read, quarantined, mended } = &batch.aside;
    if let Some(name) = read {
        read_log::put(writer, &batch.connection, &batch.stream, name)?;
    }
    let place = (&batch.connection, batch.stream.as_str());
    let ids = batch.records.iter().map(|(record, _)| record.root.source_id.as_str());
    report.mended = quarantine::clear(writer, place, batch.observed_at, ids, mended)?;
    quarantine::put(writer, place.0, place.1, quarantined)?;
    Ok(report)
}

type Read<'a> = (Table, Vec<Chosen<'a>>, HashMap<String, Stored>);

/// Lines that became records of several tables, of which one says something new.
fn moved_lines<'a>(tables: &[Read<'a>], batch: &Batch) -> HashSet<&'a str> {
    let mut lines: HashMap<&str, (usize, bool)> = HashMap::new();
    if tables.len() < 2 {
        return HashSet::new();
    }
    for (_, roots, known) in tables {
        for one in roots {
            let (records, says_new) = lines.entry(one.raw_ref).or_default();
            *records += 1;
            *says_new |= known.get(one.id()).is_none_or(|stored| !stored.says(one, batch));
        }
    }
    lines.into_iter().filter(|(_, (records, new))| *records > 1 && *new).map(|(line, _)| line).collect()
}

/// What is compared of a stored record.
struct Stored {
    version: i64,
    /// None where nobody reckoned it.
    content: Option<i64>,
    /// Whether the time of reading stands for its version.
    by_reading: bool,
}

impl Stored {
    /// Whether it says the same as a record that is not older.
    fn says(&self, one: &Chosen<'_>, batch: &Batch) -> bool {
        let both_by_reading = self.by_reading && one.record.version == batch.observed_at.as_microsecond();
        self.content == Some(one.content) && (self.version == one.record.version || both_by_reading)
    }
}

/// Fills the writer's temporary list of keys.
pub(crate) fn put_keys<'a>(writer: &Connection, ids: impl Iterator<Item = &'a str>) -> Result<()> {
    const KEYS: [schema::Spec; 1] = [schema::Spec { name: "source_id", kind: netgain_domain::Kind::Text }];
    writer.temporary("batch_keys", &KEYS).doing(DOING)?;
    let mut keys = TableWriter::new(writer, "batch_keys", KEYS.to_vec())?;
    for id in ids {
        keys.text(id)?;
        keys.end_row()?;
    }
    keys.finish()
}

fn stored_versions(
    writer: &Connection,
    batch: &Batch,
    table: Table,
    roots: &[Chosen<'_>],
) -> Result<HashMap<String, Stored>> {
    let name = table.name();
    let connection = batch.connection.as_str();
    let ids = || roots.iter().map(Chosen::id);
    let near = near("root_key", ids());
    let any: i64 = writer
        .query_row(
            &format!("SELECT count(*) FROM (SELECT 1 FROM {name} WHERE connection_id = ? AND {near} LIMIT 1) AS one"),
            [connection],
            |row| row.get(0),
        )
        .doing(DOING)?;
    if any == 0 {
        return Ok(HashMap::new());
    }
    put_keys(writer, ids())?;
    let statement = writer
        .prepare(&format!(
            "SELECT source_id, version, content_hash, version = {} FROM {name} \
             WHERE connection_id = ? AND {near} AND source_id IN (SELECT source_id FROM batch_keys)",
            dialect::micros("observed_at")
        ))
        .doing(DOING)?;
    let rows = statement
        .query_map([connection], |row| {
            let stored = Stored { version: row.get(1)?, content: row.get(2)?, by_reading: row.get(3)? };
            Ok((row.get(0)?, stored))
        })
        .doing(DOING)?;
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

/// Marks the orders whose costs may differ after rows of a table were written, or before they are taken away.
fn mark_costs<'a>(
    writer: &Connection,
    batch: &Batch,
    table: Table,
    ids: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let connection = batch.connection.as_str();
    match table {
        Table::UnitCosts => {
            put_keys(writer, ids)?;
            touched::mark(writer, &touched::of_stored(writer, connection)?)
        }
        Table::Products | Table::Variants => {
            put_keys(writer, ids)?;
            touched::mark_goods(writer, connection, table)
        }
        Table::BalanceTransactions => {
            put_keys(writer, ids)?;
            settlements::mark(writer, connection)
        }
        _ => Ok(()),
    }
}

/// Notes the days of changed and new ad days for the next rebuild of the daily sums.
fn mark_ad_days(writer: &Connection, batch: &Batch, roots: &[Chosen<'_>], changed: &[&str]) -> Result<()> {
    if !changed.is_empty() {
        put_keys(writer, changed.iter().copied())?;
        writer
            .execute(
                "INSERT INTO dirty_days (day) SELECT DISTINCT day FROM ad_days \
                 WHERE connection_id = ? AND source_id IN (SELECT source_id FROM batch_keys)",
                [batch.connection.as_str()],
            )
            .doing(DOING)?;
    }
    let days: BTreeSet<_> = roots
        .iter()
        .filter_map(|one| match one.record.root.get("day") {
            Value::Date(day) => Some(*day),
            _ => None,
        })
        .collect();
    profit::mark_days(writer, days)
}

/// Deletes the stored version of changed records with every row they own.
fn remove(writer: &Connection, batch: &Batch, root: Table, changed: &[&str]) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    put_keys(writer, changed.iter().copied())?;
    let near = near("root_key", changed.iter().copied());
    let owned = root.owned().filter_map(|child| child.owner().map(|(_, column)| (child, column)));
    for (table, column) in std::iter::once((root, "source_id")).chain(owned) {
        writer
            .execute(
                &format!(
                    "DELETE FROM {} WHERE connection_id = ? AND {near} \
                     AND {column} IN (SELECT source_id FROM batch_keys)",
                    table.name()
                ),
                [batch.connection.as_str()],
            )
            .doing(DOING)?;
    }
    if root == Table::Orders {
        profit::mark_changed(writer, batch.connection.as_str(), &near)
    } else {
        Ok(())
    }
}

fn insert(
    writer: &Connection,
    batch: &Batch,
    root: Table,
    roots: &[Chosen<'_>],
    report: &mut CommitReport,
) -> Result<()> {
    for table in std::iter::once(root).chain(root.owned()) {
        let mut out: Option<TableWriter<'_>> = None;
        let mut count = 0_u64;
        for Chosen { record, raw_ref, content } in roots {
            let key = root_key(&record.root.source_id);
            let rows = std::iter::once(&record.root).chain(&record.children);
            for row in rows.filter(|row| row.table == table) {
                let out = match &mut out {
                    Some(out) => out,
                    none => none.insert(TableWriter::new(writer, table.name(), schema::canonical(table))?),
                };
                write_row(out, batch, row, record.version, raw_ref, key, Some(*content))?;
                count += 1;
            }
        }
        if let Some(out) = out {
            out.finish()?;
            *report.rows_by_table.entry(table).or_default() += count;
        }
    }
    Ok(())
}

/// Appends one canonical row, the common columns first; `content` goes to tables that have a place for it.
pub(crate) fn write_row(
    out: &mut TableWriter<'_>,
    batch: &Batch,
    row: &Row,
    version: i64,
    raw_ref: &str,
    root_key: i64,
    content: Option<i64>,
) -> Result<()> {
    out.text(batch.connection.as_str())?;
    out.text(&batch.source)?;
    out.text(&row.source_id)?;
    out.int(version)?;
    out.time(batch.observed_at)?;
    out.text(raw_ref)?;
    out.int(root_key)?;
    if row.table.owner().is_none() {
        out.cell(&content.map_or(Value::Null, Value::Int))?;
    }
    for cell in &row.cells {
        out.cell(cell)?;
    }
    out.end_row()
}
