//! Bringing a workspace from one store to another: table by table, each whole or not at all, proved by its checksum.
//!
//! Who is interrupted begins again: a table whose checksum is the same on both sides is left alone.

use netgain_domain::{Kind, Value};

use crate::columnar::TableWriter;
use crate::dump::TableDigest;
use crate::error::{Context, Error, Result};
use crate::reading::Cells;
use crate::schema::{self, Spec, quoted};
use crate::warehouse::Warehouse;

const DOING: &str = "copy a table to another store";

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// What the store that was copied from holds of it.
    pub from: TableDigest,
    /// What the other one holds of it now, which is the same.
    pub digest: TableDigest,
    /// Whether it was copied; not so where it was the same already.
    pub copied: bool,
}

impl Warehouse {
    /// Copies everything that `from` holds into this store, which must be of the same workspace, in place of what it
    /// holds; `done` hears of each table. Nobody may write to either meanwhile.
    ///
    /// # Errors
    /// When the workspaces differ, an engine fails, or a table is not the same afterwards. Tables that were done stay.
    pub fn copy_from(&self, from: &Self, done: &mut dyn FnMut(&Transferred)) -> Result<Vec<Transferred>> {
        if self.workspace() != from.workspace() {
            let reason = format!("`{}` and `{}` are two workspaces", from.workspace(), self.workspace());
            return Err(Error::Engine { what: DOING, reason });
        }
        let mut all = Vec::new();
        for (table, columns) in schema::tables() {
            let theirs = from.digest_of(table, &columns)?;
            let mut ours = self.digest_of(table, &columns)?;
            let copied = ours != theirs;
            if copied {
                self.copy_table(from, table, &columns)?;
                ours = self.digest_of(table, &columns)?;
                if ours != theirs {
                    let reason = format!(
                        "`{table}` has {} rows ({}) where {} ({}) were copied: stop what writes to either and copy again",
                        ours.rows, ours.sha256, theirs.rows, theirs.sha256
                    );
                    return Err(Error::Engine { what: DOING, reason });
                }
            }
            let one = Transferred { from: theirs, digest: ours, copied };
            done(&one);
            all.push(one);
        }
        Ok(all)
    }

    fn copy_table(&self, from: &Self, table: &'static str, columns: &[Spec]) -> Result<()> {
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let sql = format!("SELECT {} FROM {table}", names.join(", "));
        let reader = from.reader()?;
        self.write(DOING, |writer| {
            writer.execute_batch(&format!("DELETE FROM {table}")).doing(DOING)?;
            let mut out = TableWriter::new(writer, table, columns.to_vec())?;
            reader
                .each_streamed(&sql, &mut |cells| {
                    for (at, column) in columns.iter().enumerate() {
                        out.cell(&value(cells, at, column.kind)?)?;
                    }
                    out.end_row()
                })
                .doing(DOING)??;
            out.finish()
        })
    }
}

/// A cell as its column's kind: sums aside, what was stored comes back as it was.
fn value(cells: &Cells<'_>, at: usize, kind: Kind) -> Result<Value> {
    Ok(match (cells.value(at)?, kind) {
        (Value::Text(text), Kind::Json) => Value::Json(text),
        (value, _) => value,
    })
}
