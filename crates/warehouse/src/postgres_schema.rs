//! The tables of facts in PostgreSQL: the same list as in a file, in one schema that all workspaces share.
//!
//! Every key begins with `workspace_id`, so a table can be partitioned or spread over machines by it. Row-level security
//! is forced: a connection sees and writes the rows of the workspace it was given to (`netgain.workspace`), and one that
//! was given to none fails. The column fills itself, so statements name no workspace.

use std::collections::HashSet;
use std::sync::Arc;

use netgain_domain::{Kind, Table};

use crate::dialect::literal;
use crate::engine::Connection;
use crate::engine::postgres::column_type;
use crate::error::{Context, Error, Result};
use crate::fences;
use crate::profit;
use crate::reading::rows;
use crate::schema::{self, MIGRATIONS, Spec, quoted, spec};

/// Where the tables of facts lie.
pub(crate) const SCHEMA: &str = "netgain_facts";
/// The session setting that names a connection's workspace.
pub(crate) const WORKSPACE_SETTING: &str = "netgain.workspace";
/// The role under which facts are read and written where the login could bypass row-level security.
const ROLE: &str = "netgain_facts_user";

const DOING: &str = "prepare the tables of the database";

/// What was found and made.
pub(crate) struct Prepared {
    /// Texts are in the order of their bytes, and upper and lower case are known of all letters where the server can.
    pub collation: Arc<str>,
    /// The role to take on after logging in.
    pub role: Option<&'static str>,
}

/// Functions of the other engine that statements use, and one by which the role of the program, which owns nothing, has the
/// server look at a table: with the rights of the owner, and for tables of facts alone. Where the server knows of as many
/// rows as were written, it has looked by itself. Gives the rows that it knows of.
const FUNCTIONS: &str = "\
    CREATE OR REPLACE FUNCTION netgain_facts.epoch_us(at timestamp) RETURNS bigint \
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE \
      AS $$ SELECT CAST(extract(epoch FROM at) * 1000000 AS bigint) $$; \
    CREATE OR REPLACE FUNCTION netgain_facts.make_timestamp(micros bigint) RETURNS timestamp \
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE \
      AS $$ SELECT TIMESTAMP '1970-01-01' + micros / 1000000 * INTERVAL '1 second' \
        + micros % 1000000 * INTERVAL '1 microsecond' $$; \
    CREATE OR REPLACE FUNCTION netgain_facts.look_at(facts text, written bigint) RETURNS bigint \
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ \
      DECLARE \
        place oid; \
        known bigint; \
      BEGIN \
        SELECT c.oid, c.reltuples INTO STRICT place, known FROM pg_class AS c \
          JOIN pg_namespace AS n ON n.oid = c.relnamespace \
          WHERE n.nspname = 'netgain_facts' AND c.relkind IN ('r', 'p') AND c.relname = facts; \
        IF known <= written THEN \
          EXECUTE format('ANALYZE (SKIP_LOCKED) netgain_facts.%I', facts); \
          SELECT reltuples INTO known FROM pg_class WHERE oid = place; \
        END IF; \
        RETURN greatest(known, 0); \
      END $$; \
    REVOKE ALL ON FUNCTION netgain_facts.look_at(text, bigint) FROM PUBLIC";

/// Calls it.
pub(crate) const LOOK: &str = "SELECT netgain_facts.look_at(?, ?)";

/// Creates what is missing. Whoever comes meanwhile waits and finds it done.
/// With `user`, the role of the program, which is then another one than the owner's, may use them.
pub(crate) fn prepare(connection: &Connection, user: Option<&str>) -> Result<Prepared> {
    let transaction = connection.transaction().doing(DOING)?;
    // any number will do, so long as every version of the program takes the same
    transaction.execute_batch("SELECT pg_advisory_xact_lock(7310579803221)").doing(DOING)?;
    let prepared = Prepared { collation: collation(&transaction)?.into(), role: role(&transaction)? };
    let existing = existing_columns(&transaction)?;
    let is_there = |table: &str, column: &str| existing.contains(&(table.to_owned(), column.to_owned()));
    let views = profit::views().into_iter().map(|(view, columns, _)| (view, columns));
    let is_whole = all_tables()
        .into_iter()
        .chain(views)
        .all(|(table, columns)| columns.iter().all(|column| is_there(table, column.name)));
    let role = user.or(prepared.role);
    if is_whole && has_functions(&transaction, role)? && may_use(&transaction, role)? {
        // nothing to do: neither rights to change tables are needed, nor does anybody wait
        transaction.commit().doing(DOING)?;
        return Ok(prepared);
    }
    if existing.is_empty() {
        transaction.execute_batch(&format!("CREATE SCHEMA IF NOT EXISTS {SCHEMA}")).doing(DOING)?;
    }
    transaction.execute_batch(&format!("SET LOCAL search_path = {SCHEMA}")).doing(DOING)?;
    transaction.execute_batch(FUNCTIONS).doing(DOING)?;
    for (table, columns) in all_tables() {
        bring_up_to_date(&transaction, table, &columns, &existing, &prepared.collation)?;
    }
    let views = profit::views();
    if !views.iter().all(|(view, columns, _)| columns.iter().all(|column| is_there(view, column.name))) {
        // all of them anew: the server replaces none whose columns are others, and one may stand on another
        for (view, _, _) in views.iter().rev() {
            transaction.execute_batch(&format!("DROP VIEW IF EXISTS {view}")).doing(DOING)?;
        }
        for (view, _, sql) in views {
            // with the rights of who asks: those of the owner might see everything
            let view = format!("CREATE VIEW {view} WITH (security_invoker = true) AS {sql}");
            transaction.execute_batch(&view).doing(DOING)?;
        }
    }
    if let Some(role) = role {
        let role = format!("\"{}\"", role.replace('"', "\"\""));
        transaction
            .execute_batch(&format!(
                "GRANT USAGE ON SCHEMA {SCHEMA} TO {role}; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}; \
                 GRANT EXECUTE ON FUNCTION {SCHEMA}.look_at(text, bigint) TO {role}; \
                 DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %s', current_database(), {}); END $$",
                literal(&role)
            ))
            .doing(DOING)?;
    }
    transaction.commit().doing(DOING)?;
    Ok(prepared)
}

/// Whether the newest of the functions is there, and so all are, and a role may call it.
fn has_functions(connection: &Connection, role: Option<&str>) -> Result<bool> {
    let sql = format!(
        "SELECT has_function_privilege(coalesce(?, current_user), p.oid, 'EXECUTE') FROM pg_proc AS p \
         JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = '{SCHEMA}' AND p.proname = 'look_at'"
    );
    let found = rows(connection, DOING, &sql, [&role.map(str::to_owned)], |cells| cells.maybe_bool(0))?;
    Ok(found.first() == Some(&Some(true)))
}

/// Whether a role may read and write the tables; the owner always may.
fn may_use(connection: &Connection, role: Option<&str>) -> Result<bool> {
    let Some(role) = role else { return Ok(true) };
    let sql = format!(
        "SELECT count(*) = 0 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = '{SCHEMA}' AND c.relkind IN ('r', 'p', 'v') AND NOT (has_table_privilege(?, c.oid, 'SELECT') \
         AND has_table_privilege(?, c.oid, 'INSERT') AND has_table_privilege(?, c.oid, 'UPDATE') \
         AND has_table_privilege(?, c.oid, 'DELETE'))"
    );
    let found = rows(connection, DOING, &sql, [role, role, role, role], |cells| cells.maybe_bool(0))?;
    Ok(found.first() == Some(&Some(true)))
}

/// The migrations that a workspace has seen lie beside its facts.
fn all_tables() -> Vec<(&'static str, Vec<Spec>)> {
    let mut all = schema::tables();
    all.push(("schema_version", vec![spec("number", Kind::Int)]));
    all.push(("fences", fences::FENCES.to_vec()));
    all
}

/// The names of all tables.
pub(crate) fn table_names() -> impl Iterator<Item = &'static str> {
    all_tables().into_iter().map(|(table, _)| table)
}

fn collation(connection: &Connection) -> Result<String> {
    let sql = "SELECT collname FROM pg_collation WHERE collname IN ('pg_c_utf8', 'C.utf8') \
               AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding())) \
               ORDER BY collname = 'pg_c_utf8' DESC LIMIT 1";
    let found = rows(connection, DOING, sql, [], |cells| cells.string(0))?;
    Ok(found.into_iter().next().unwrap_or_else(|| "C".to_owned()))
}

/// The role to take on, made where there is none: a login that may bypass row-level security must not read facts.
pub(crate) fn role(connection: &Connection) -> Result<Option<&'static str>> {
    let sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
    let bypasses = rows(connection, DOING, sql, [], |cells| cells.maybe_bool(0))?;
    if bypasses.first() != Some(&Some(true)) {
        return Ok(None);
    }
    let sql = format!("SELECT count(*) FROM pg_roles WHERE rolname = '{ROLE}'");
    if rows(connection, DOING, &sql, [], |cells| cells.int(0))?.first() == Some(&0) {
        // roles belong to the whole server: another database's program may make it at the same moment
        connection
            .execute_batch(&format!(
                "DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ))
            .doing(DOING)?;
    }
    Ok(Some(ROLE))
}

fn existing_columns(connection: &Connection) -> Result<HashSet<(String, String)>> {
    let sql = format!(
        "SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid \
         JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = '{SCHEMA}' AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped"
    );
    let found = rows(connection, DOING, &sql, [], |cells| Ok((cells.string(0)?, cells.string(1)?)))?;
    Ok(found.into_iter().collect())
}

fn bring_up_to_date(
    connection: &Connection,
    table: &str,
    columns: &[Spec],
    existing: &HashSet<(String, String)>,
    collation: &str,
) -> Result<()> {
    let column = |column: &Spec| format!("{} {}", quoted(column.name), column_type(column.kind, collation));
    if !existing.contains(&(table.to_owned(), "workspace_id".to_owned())) {
        let own: Vec<String> = columns.iter().map(column).collect();
        connection
            .execute_batch(&format!(
                "CREATE TABLE {table} (workspace_id {} NOT NULL DEFAULT current_setting('{WORKSPACE_SETTING}'), {})",
                column_type(Kind::Text, collation),
                own.join(", ")
            ))
            .doing(DOING)?;
        for index in indexes(table) {
            connection.execute_batch(&index).doing(DOING)?;
        }
        // whoever starts later must not wait for those who work
        return protect(connection, table);
    }
    for missing in columns.iter().filter(|c| !existing.contains(&(table.to_owned(), c.name.to_owned()))) {
        connection
            .execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {}", column(missing)))
            .doing(DOING)?;
    }
    Ok(())
}

/// Shows and takes rows of the connection's workspace alone, whoever asks.
fn protect(connection: &Connection, table: &str) -> Result<()> {
    let own = format!("(workspace_id = current_setting('{WORKSPACE_SETTING}'))");
    connection
        .execute_batch(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
             CREATE POLICY own_workspace ON {table} USING {own} WITH CHECK {own}"
        ))
        .doing(DOING)
}

/// The statements that make a table's key and indexes.
fn indexes(table: &str) -> Vec<String> {
    let key = |columns: &str| format!("ALTER TABLE {table} ADD PRIMARY KEY (workspace_id, {columns})");
    let index = |columns: &str| format!("CREATE INDEX ON {table} (workspace_id, {columns})");
    if let Some(canonical) = Table::from_name(table) {
        let mut all = vec![match canonical.owner() {
            None => key("connection_id, source_id"),
            // ids are unique beside their owner; a row that a listing of its own gave may have none
            Some((_, owner)) => format!(
                "CREATE UNIQUE INDEX ON {table} (workspace_id, connection_id, {}, source_id)",
                quoted(owner)
            ),
        }];
        all.push(index("root_key"));
        if canonical.column_index("day").is_some() {
            all.push(index("day"));
        }
        if canonical.owner().is_some() {
            all.push(index("connection_id, source_id"));
        }
        return all;
    }
    match table {
        "cursors" => vec![key("connection_id, stream")],
        "order_profit" => vec![key("connection_id, order_id"), index("root_key"), index("day")],
        "order_split_days" | "order_postings" => {
            vec![index("connection_id, order_id"), index("root_key"), index("day")]
        }
        "order_rates" => vec![index("connection_id, order_id"), index("currency, day")],
        "daily_pnl" => vec![key("day")],
        "daily_channel_pnl" => vec![key("day, channel")],
        "daily_lines" | "operating_days" | "ad_conversions" | "dirty_days" => vec![index("day")],
        "archive_reads" => vec![key("connection_id, number")],
        "kpi_reads" => vec![key("connection_id, entity")],
        "kpi_values" => vec![index("connection_id, source, metric, \"timestamp\"")],
        "kpi_overrides" => vec![key("override_id")],
        "kpi_audit" => vec![key("audit_id")],
        "cost_rules" => vec![key("rule_id")],
        "completeness" | "quarantine" => vec![index("connection_id, stream")],
        "schema_version" => vec![key("number")],
        "fences" => vec![key("connection_id, work")],
        _ => vec![format!("CREATE INDEX ON {table} (workspace_id)")],
    }
}

/// Migrations up to this one were released before facts could lie in PostgreSQL: its tables never had what they mend.
const BEFORE: i64 = 4;

/// Applies the migrations of rows that a workspace has not seen.
pub(crate) fn migrate(connection: &Connection) -> Result<()> {
    let newest = "SELECT coalesce(max(number), 0) FROM schema_version";
    let known = MIGRATIONS.last().map_or(0, |last| last.number);
    let found: i64 = connection.query_row(newest, [], |row| row.get(0)).doing(DOING)?;
    if found == known {
        return Ok(());
    }
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    let transaction = connection.transaction().doing(DOING)?;
    lock(&transaction)?;
    let found: i64 = transaction.query_row(newest, [], |row| row.get(0)).doing(DOING)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        if migration.number > BEFORE {
            transaction.execute_batch(migration.sql).doing(DOING)?;
        }
        transaction
            .execute("INSERT INTO schema_version (number) VALUES (?)", [migration.number])
            .doing(DOING)?;
    }
    transaction.commit().doing(DOING)
}

/// The number of a workspace's lock, as an expression.
fn lock_number() -> String {
    format!("hashtextextended('{SCHEMA}/' || current_setting('{WORKSPACE_SETTING}'), 0)")
}

/// Like [`lock`], but held until [`let_go`], or until the connection ends.
pub(crate) fn hold(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(&format!("SELECT pg_advisory_lock({})", lock_number()))
        .doing("wait for the workspace's other writers")
}

/// Gives back what [`hold`] took.
pub(crate) fn let_go(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(&format!("SELECT pg_advisory_unlock({})", lock_number()))
        .doing("let the workspace's other writers go on")
}

/// Waits until nobody else writes to the connection's workspace, on whatever machine; held until the transaction ends.
pub(crate) fn lock(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(&format!("SELECT pg_advisory_xact_lock({})", lock_number()))
        .doing("wait for the workspace's other writers")
}
