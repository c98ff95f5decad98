//! The tables of a workspace: derived from the domain's list, brought up to date when the file is opened.

use std::collections::HashSet;

use crate::engine::Connection;
use netgain_domain::{Kind, Table, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::{dialect, profit};

/// A column of any table: name and kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    pub name: &'static str,
    pub kind: Kind,
}

pub(crate) const fn spec(name: &'static str, kind: Kind) -> Spec {
    Spec { name, kind }
}

/// The columns that every canonical row carries, in stored order; `root_key` only speeds up searches. `workspace_id` stands before them: it is the
/// same for the whole file and filled by its default.
pub(crate) const COMMON: [Spec; 7] = [
    spec("connection_id", Kind::Text),
    spec("source", Kind::Text),
    spec("source_id", Kind::Text),
    spec("version", Kind::Int),
    spec("observed_at", Kind::Time),
    spec("raw_ref", Kind::Text),
    spec("root_key", Kind::Int),
];

/// What a root row says together with the rows it owns, as one number; null where nobody reckoned it, and then nothing
/// is known about it.
pub(crate) const CONTENT_HASH: Spec = spec("content_hash", Kind::Int);

/// Where each stream of a connection stands.
pub(crate) const CURSORS: [Spec; 4] = [
    spec("connection_id", Kind::Text),
    spec("stream", Kind::Text),
    spec("state", Kind::Json),
    spec("updated_at", Kind::Time),
];

/// All columns of a canonical table beside `workspace_id`.
pub(crate) fn canonical(table: Table) -> Vec<Spec> {
    let own = table.columns().iter().map(|column| spec(column.name, column.kind));
    // rows that have an owner are replaced with it
    let hash = table.owner().is_none().then_some(CONTENT_HASH);
    COMMON.into_iter().chain(hash).chain(own).collect()
}

/// Every table with its columns, canonical ones first.
pub(crate) fn tables() -> Vec<(&'static str, Vec<Spec>)> {
    let mut all = facts();
    all.push(("archive_reads", crate::read_log::READS.to_vec()));
    all.push(("quarantine", crate::quarantine::QUARANTINE.to_vec()));
    all.push(("cost_book_changes", profit::touched::COST_BOOK_CHANGES.to_vec()));
    all.push(("goods_asked", profit::touched::GOODS_ASKED.to_vec()));
    all.push(("completeness", crate::completeness::COMPLETENESS.to_vec()));
    // how far they reach and what they say beside the facts depends on when platforms were asked, and on people
    all.push(("kpi_values", crate::kpis::KPI_VALUES.to_vec()));
    all.push(("kpi_reads", crate::kpis::KPI_READS.to_vec()));
    all.push(("kpi_overrides", crate::kpis::KPI_OVERRIDES.to_vec()));
    all.push(("kpi_audit", crate::kpis::KPI_AUDIT.to_vec()));
    all
}

/// The tables whose contents depend on what platforms said alone, never on how often or when they were asked.
pub(crate) fn facts() -> Vec<(&'static str, Vec<Spec>)> {
    let mut all: Vec<_> = Table::ALL.into_iter().map(|table| (table.name(), canonical(table))).collect();
    all.push(("cursors", CURSORS.to_vec()));
    all.extend(profit::tables());
    all
}

/// A change of stored data or of tables that the list of columns cannot express. Never edited once released.
pub(crate) struct Migration {
    pub number: i64,
    pub sql: &'static str,
}

/// The migration since which amounts of computed orders have zero as their default.
const ZEROS: i64 = 4;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: "" },
    // `referrer_source` takes its place; nothing ever wrote to it
    Migration { number: 2, sql: "ALTER TABLE touchpoints DROP COLUMN IF EXISTS source_name" },
    // days without orders have base lines too
    Migration { number: 3, sql: "INSERT INTO dirty_days (day) SELECT day FROM daily_pnl" },
    // amounts of computed orders are zero unless they are written, see `apply`
    Migration { number: ZEROS, sql: "" },
];

/// Creates what is missing and applies migrations that the file has not seen, in one transaction.
pub(crate) fn bring_up_to_date(connection: &Connection, workspace: &WorkspaceId) -> Result<()> {
    const DOING: &str = "prepare the workspace's tables";
    connection.execute_batch("BEGIN").doing(DOING)?;
    let done = apply(connection, workspace);
    connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).doing(DOING)?;
    done
}

fn apply(connection: &Connection, workspace: &WorkspaceId) -> Result<()> {
    const DOING: &str = "prepare the workspace's tables";
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL)")
        .doing(DOING)?;
    let found: i64 = connection
        .query_row("SELECT coalesce(max(number), 0) FROM schema_version", [], |row| row.get(0))
        .doing(DOING)?;
    let known = MIGRATIONS.last().map_or(0, |last| last.number);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    keep_days_of_orders(connection)?;
    let existing = existing_columns(connection)?;
    let missing_of = |table: &str, columns: &[Spec]| -> Vec<Spec> {
        let there = |column: &Spec| existing.contains(&(table.to_owned(), column.name.to_owned()));
        columns.iter().filter(|column| !there(column)).copied().collect()
    };
    for (table, columns) in tables() {
        let missing = missing_of(table, &columns);
        if missing.len() == columns.len() {
            let mut parts = vec![format!(
                "workspace_id VARCHAR NOT NULL DEFAULT {}",
                dialect::literal(workspace.as_str())
            )];
            parts.extend(columns.iter().map(|column| definition(table, column)));
            connection.execute_batch(&format!("CREATE TABLE {table} ({})", parts.join(", "))).doing(DOING)?;
        } else {
            for column in missing {
                let definition = definition(table, &column);
                connection
                    .execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {definition}"))
                    .doing(DOING)?;
            }
        }
    }
    for (view, columns, sql) in profit::views() {
        if !missing_of(view, &columns).is_empty() {
            connection.execute_batch(&format!("CREATE OR REPLACE VIEW {view} AS {sql}")).doing(DOING)?;
        }
    }
    if (1..ZEROS).contains(&found) {
        for (table, columns) in tables().into_iter().filter(|(table, _)| profit::ZEROS.contains(table)) {
            for column in columns.iter().filter(|column| column.kind == Kind::Decimal) {
                let name = quoted(column.name);
                connection
                    .execute_batch(&format!("ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT 0"))
                    .doing(DOING)?;
            }
        }
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        connection.execute_batch(migration.sql).doing(DOING)?;
        connection
            .execute("INSERT INTO schema_version (number) VALUES (?)", [migration.number])
            .doing(DOING)?;
    }
    Ok(())
}

/// A column's name, type and default.
fn definition(table: &str, column: &Spec) -> String {
    let zero = profit::ZEROS.contains(&table) && column.kind == Kind::Decimal;
    let default = if zero { " DEFAULT 0" } else { "" };
    format!("{} {}{default}", quoted(column.name), dialect::column_type(column.kind))
}

/// In older files `order_profit_days` is a table with the days of every order. They are right until the orders are
/// computed again.
fn keep_days_of_orders(connection: &Connection) -> Result<()> {
    const DOING: &str = "prepare the workspace's tables";
    let table: bool = connection
        .query_row(
            "SELECT count(*) > 0 FROM information_schema.tables WHERE table_schema = 'main' \
             AND table_name = 'order_profit_days' AND table_type = 'BASE TABLE'",
            [],
            |row| row.get(0),
        )
        .doing(DOING)?;
    if table {
        connection.execute_batch("ALTER TABLE order_profit_days RENAME TO order_split_days").doing(DOING)?;
    }
    Ok(())
}

fn existing_columns(connection: &Connection) -> Result<HashSet<(String, String)>> {
    const DOING: &str = "read the workspace's tables";
    let statement = connection
        .prepare("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'")
        .doing(DOING)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing(DOING)?;
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

/// A column name in quotes, since some (`timestamp`, `position`) are words of SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_names_a_column_twice() {
        for (table, columns) in tables() {
            let names: HashSet<_> = columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), columns.len(), "{table}");
        }
    }

    #[test]
    fn a_column_that_was_renamed_is_gone_from_older_files() {
        let file = Connection::Duck(duckdb::Connection::open_in_memory().unwrap());
        let workspace: WorkspaceId = "old".parse().unwrap();
        let has = |file: &Connection, column: &str| {
            let wanted = ("touchpoints".to_owned(), column.to_owned());
            existing_columns(file).unwrap().contains(&wanted)
        };
        bring_up_to_date(&file, &workspace).unwrap();
        file.execute_batch(
            "ALTER TABLE touchpoints RENAME referrer_source TO source_name; DELETE FROM schema_version; \
             INSERT INTO schema_version (number) VALUES (1)",
        )
        .unwrap();
        assert!(has(&file, "source_name") && !has(&file, "referrer_source"));
        bring_up_to_date(&file, &workspace).unwrap();
        assert!(!has(&file, "source_name") && has(&file, "referrer_source"));
    }

    #[test]
    fn days_of_orders_in_older_files_are_kept() {
        let file = Connection::Duck(duckdb::Connection::open_in_memory().unwrap());
        let workspace: WorkspaceId = "old".parse().unwrap();
        bring_up_to_date(&file, &workspace).unwrap();
        // as it was
        file.execute_batch(
            "DROP VIEW order_profit_days; ALTER TABLE order_split_days RENAME TO order_profit_days; \
             ALTER TABLE order_profit DROP COLUMN split; \
             ALTER TABLE order_profit ALTER COLUMN cogs DROP DEFAULT; \
             INSERT INTO order_profit (order_id, cogs) VALUES ('1', 0); \
             INSERT INTO order_profit_days (order_id, cogs) VALUES ('1', 7); \
             DELETE FROM schema_version; INSERT INTO schema_version (number) VALUES (3)",
        )
        .unwrap();
        for _ in 0..2 {
            bring_up_to_date(&file, &workspace).unwrap();
        }
        file.execute_batch("INSERT INTO order_profit (order_id, split) VALUES ('2', false)").unwrap();
        let days: String = file
            .query_row(
                "SELECT string_agg(order_id || '=' || CAST(CAST(cogs AS INTEGER) AS VARCHAR), ' ' ORDER BY order_id) \
                 FROM order_profit_days",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(days, "1=7 2=0");
    }
}
