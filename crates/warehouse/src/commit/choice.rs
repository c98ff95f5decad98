//! Which of a batch's records may be written: the winner among the versions of each, checked.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use netgain_domain::{Record, Row, Table, Value};

use super::Batch;
use crate::content::Hasher;
use crate::error::{Error, Result};

/// The winner among the versions of one record in a batch.
pub(crate) struct Chosen<'a> {
    pub record: &'a Record,
    /// Its pointer into the raw archive.
    pub raw_ref: &'a str,
    /// What it says, as one number.
    pub content: i64,
}

impl Chosen<'_> {
    pub(crate) fn id(&self) -> &str {
        &self.record.root.source_id
    }
}

/// What of a batch may be written.
pub(crate) struct Choice<'a> {
    pub by_table: BTreeMap<Table, Vec<Chosen<'a>>>,
    /// Records that another one in the batch takes the place of.
    pub superseded: u64,
}

/// The winner of each record within the batch, checked.
pub(crate) fn choose(batch: &Batch) -> Result<Choice<'_>> {
    let mut hasher = Hasher::default();
    let mut winners: HashMap<(Table, &str), usize> = HashMap::with_capacity(batch.records.len());
    for (at, (record, _)) in batch.records.iter().enumerate() {
        let key = (record.root.table, record.root.source_id.as_str());
        let winner = winners.entry(key).or_insert(at);
        let Some((other, _)) = batch.records.get(*winner) else { continue };
        // as if the records had come in batches of their own: one that says the same again is left alone
        let ahead = match record.version.cmp(&other.version) {
            Ordering::Less => false,
            Ordering::Equal => *winner != at && hasher.of(record) != hasher.of(other),
            Ordering::Greater => true,
        };
        if ahead {
            *winner = at;
        }
    }
    let superseded = (batch.records.len() - winners.len()) as u64;
    let mut by_table: BTreeMap<Table, Vec<Chosen<'_>>> = BTreeMap::new();
    let mut children: HashSet<(Table, &str)> = HashSet::new();
    for (at, (record, raw_ref)) in batch.records.iter().enumerate() {
        let root = &record.root;
        if winners.get(&(root.table, root.source_id.as_str())) != Some(&at) {
            continue;
        }
        check(record)?;
        for child in &record.children {
            if !children.insert((child.table, child.source_id.as_str())) {
                return Err(Error::Duplicate {
                    table: child.table.name(),
                    source_id: child.source_id.clone(),
                });
            }
        }
        let content = hasher.of(record);
        by_table.entry(root.table).or_default().push(Chosen { record, raw_ref, content });
    }
    Ok(Choice { by_table, superseded })
}

fn check(record: &Record) -> Result<()> {
    let root = &record.root;
    let fits =
        |row: &Row| row.check().map_err(|error| Error::Row { source_id: root.source_id.clone(), error });
    fits(root)?;
    for child in &record.children {
        fits(child)?;
        let owned = child.table.owner().is_some_and(|(owner, column)| {
            owner == root.table && matches!(child.get(column), Value::Text(id) if *id == root.source_id)
        });
        if !owned {
            return Err(Error::Owner { source_id: root.source_id.clone(), table: child.table.name() });
        }
    }
    Ok(())
}
