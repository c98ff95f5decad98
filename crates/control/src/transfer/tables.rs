//! The tables of the store, as its own schema tells them: those that others refer to come first.

use std::sync::{Arc, Mutex};

use crate::db::{self, Db, Engine, Scope, Value};
use crate::error::{Context, Result};
use crate::schema::STEPS;

const DOING: &str = "list its tables";

/// A table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// Places of the columns that tell its rows apart.
    key: Vec<usize>,
    /// Tables that it refers to.
    pub(super) parents: Vec<String>,
    /// The column whose numbers the store may count by itself.
    pub(super) counted: Option<String>,
}

impl Table {
    /// What tells this row apart.
    pub(super) fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.key.iter().filter_map(|at| row.get(*at)).cloned().collect()
    }

    /// A query for rows in the order of their key, from its beginning or after a key.
    pub(super) fn select(&self, after: bool, limit: usize) -> String {
        let key: Vec<String> =
            self.key.iter().filter_map(|at| self.columns.get(*at)).map(|name| quoted(name)).collect();
        let key = key.join(", ");
        let from = if after {
            let marks = vec!["?"; self.key.len()].join(", ");
            format!("WHERE ({key}) > ({marks}) ")
        } else {
            String::new()
        };
        format!("SELECT {} FROM {} {from}ORDER BY {key} LIMIT {limit}", self.names(), quoted(&self.name))
    }

    /// A statement that adds so many rows.
    pub(super) fn insert(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        format!("INSERT INTO {} ({}) VALUES {}", quoted(&self.name), self.names(), vec![row; rows].join(", "))
    }

    fn names(&self) -> String {
        self.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Every table, those that others refer to before them. Both engines have the same, made by the same steps.
pub(super) fn all() -> Result<Vec<Table>> {
    let empty = rusqlite::Connection::open_in_memory().doing(DOING)?;
    db::prepare_sqlite(&empty, &STEPS, "").doing(DOING)?;
    let engine = Engine::Sqlite(Arc::new(Mutex::new(empty)));
    let db = engine.scoped(Scope::All);
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut waiting = Vec::new();
    for name in texts(&db, sql, &[])? {
        waiting.push(table(&db, name)?);
    }
    let mut placed: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let known = |name: &String| placed.iter().any(|table| table.name == *name);
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|table| table.parents.iter().all(known));
        // tables that refer to one another in a ring could be filled in no order at all
        let stuck = ready.is_empty();
        placed.extend(ready);
        waiting = rest;
        if stuck {
            placed.append(&mut waiting);
        }
    }
    Ok(placed)
}

fn table(db: &Db<'_>, name: String) -> Result<Table> {
    let mut statement =
        db.prepare_cached("SELECT name, pk, type FROM pragma_table_info(?) ORDER BY cid").doing(DOING)?;
    let found = statement.query_map([name.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let found: Vec<_> = found.doing(DOING)?.collect::<std::result::Result<_, _>>().doing(DOING)?;
    let mut key: Vec<(i64, usize)> = found
        .iter()
        .enumerate()
        .filter(|(_, (_, pk, _))| *pk > 0)
        .map(|(at, (_, pk, _))| (*pk, at))
        .collect();
    key.sort_unstable();
    let counted = match key.as_slice() {
        [(_, at)] => found.get(*at).filter(|(_, _, kind)| kind == "INTEGER").map(|(name, _, _)| name.clone()),
        _ => None,
    };
    let parents = texts(
        db,
        "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1) WHERE \"table\" <> ?1",
        &[name.as_str()],
    )?;
    let columns = found.into_iter().map(|(name, _, _)| name).collect();
    Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect(), parents, counted })
}

fn texts(db: &Db<'_>, sql: &str, of: &[&str]) -> Result<Vec<String>> {
    let values: Vec<Value> = of.iter().map(|text| Value::Text((*text).to_owned())).collect();
    let mut statement = db.prepare_cached(sql).doing(DOING)?;
    let rows = statement.query_map(values, |row| row.get(0)).doing(DOING)?;
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_table_has_a_key_and_comes_after_those_that_it_refers_to() {
        let tables = all().unwrap();
        assert!(tables.len() > 20);
        for (at, table) in tables.iter().enumerate() {
            assert!(!table.key.is_empty(), "`{}` needs a primary key to be copied", table.name);
            for parent in &table.parents {
                let parent_at = tables.iter().position(|other| other.name == *parent).unwrap();
                assert!(parent_at < at, "`{}` comes before `{parent}`, to which it refers", table.name);
            }
        }
        let of = |name: &str| tables.iter().find(|table| table.name == name).unwrap();
        assert_eq!(of("secrets").parents, ["connections"]);
        assert_eq!(of("webhook_events").counted.as_deref(), Some("id"));
        assert_eq!(
            of("key_rotations").select(true, 5),
            "SELECT \"kind\", \"target\", \"started_at\", \"finished_at\" FROM \"key_rotations\" \
             WHERE (\"kind\") > (?) ORDER BY \"kind\" LIMIT 5"
        );
    }
}
