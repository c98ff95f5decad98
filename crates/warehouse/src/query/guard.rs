//! What a user's statement may be. It is judged by the tree that the engine's own parser makes of it, because
//! looking for words in the text can be fooled by quotes, comments and case.

use std::collections::HashSet;

use duckdb::Connection;
use serde_json::{Map, Value};

use crate::error::{Context, Error, Result, first_line};
use crate::schema;

/// Functions that may stand where a table does. All others read files, settings or the engine's insides.
const TABLE_FUNCTIONS: [&str; 3] = ["range", "generate_series", "unnest"];

/// Functions that tell of settings and sessions, leave a trace, or only waste time.
const FUNCTIONS: [&str; 20] = [
    "create_sort_key",
    "current_connection_id",
    "current_database",
    "current_catalog",
    "current_query",
    "current_query_id",
    "current_setting",
    "current_transaction_id",
    "currval",
    "get_block_size",
    "getenv",
    "getvariable",
    "json_deserialize_sql",
    "json_serialize_plan",
    "json_serialize_sql",
    "nextval",
    "setseed",
    "sleep_ms",
    "stats",
    "write_log",
];
const FUNCTION_PREFIXES: [&str; 6] = ["duckdb_", "has_", "inet_", "pg_", "pragma_", "read_"];

/// What may stand after FROM (and the select itself, which the parser describes with the same key).
const RELATIONS: [&str; 9] = [
    "BASE_TABLE",
    "EMPTY",
    "EXPRESSION_LIST",
    "JOIN",
    "PIVOT",
    "SELECT_NODE",
    "SHOW_REF",
    "SUBQUERY",
    "TABLE_FUNCTION",
];

/// Views of the workspace's own tables and columns.
const INFORMATION_SCHEMA: [&str; 2] = ["tables", "columns"];

/// Refuses everything but one statement that only reads this workspace's tables.
///
/// # Errors
/// [`Error::Refused`] says what is not allowed, [`Error::Query`] where the statement cannot be parsed.
pub(super) fn check(connection: &Connection, sql: &str) -> Result<()> {
    let text: String = connection
        .query_row("SELECT json_serialize_sql(CAST(? AS VARCHAR))", [sql], |row| row.get(0))
        .doing("parse a query")?;
    let tree: Value = serde_json::from_str(&text)
        .map_err(|error| Error::Engine { what: "parse a query", reason: error.to_string() })?;
    if tree.get("error").and_then(Value::as_bool) != Some(false) {
        return Err(refusal(&tree));
    }
    let statements = tree.get("statements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let [statement] = statements else {
        return Err(Error::Refused(format!("it has {} statements, write one SELECT", statements.len())));
    };
    if statement.get("named_param_map").and_then(Value::as_array).is_some_and(|map| !map.is_empty()) {
        return Err(Error::Refused("it has parameters, write their values".to_owned()));
    }
    let mut known: HashSet<String> =
        schema::tables().into_iter().map(|(table, _)| table.to_owned()).collect();
    names_of_ctes(statement, &mut known)?;
    judge(statement, &known)
}

fn refusal(tree: &Value) -> Error {
    let message = tree.get("error_message").and_then(Value::as_str).unwrap_or("it cannot be parsed");
    let only_reading = "only a SELECT that reads the workspace's tables is allowed".to_owned();
    match tree.get("error_type").and_then(Value::as_str) {
        Some("not implemented") => Error::Refused(only_reading),
        // the parser's own words for writing inside WITH and for SELECT INTO
        _ if message.contains("CTE needs a SELECT") || message.contains("SELECT INTO") => {
            Error::Refused(only_reading)
        }
        _ => Error::Query(first_line(message)),
    }
}

/// Names that the statement itself defines. They must be plain, so that none can be mistaken for a file.
fn names_of_ctes(value: &Value, names: &mut HashSet<String>) -> Result<()> {
    match value {
        Value::Object(object) => {
            let defined = object.get("cte_map").and_then(|map| map.get("map")).and_then(Value::as_array);
            for entry in defined.into_iter().flatten() {
                let name = entry.get("key").and_then(Value::as_str).unwrap_or_default();
                if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    return Err(Error::Refused(format!("`{name}` in WITH is not a plain name")));
                }
                names.insert(name.to_lowercase());
            }
            object.values().try_for_each(|value| names_of_ctes(value, names))
        }
        Value::Array(values) => values.iter().try_for_each(|value| names_of_ctes(value, names)),
        _ => Ok(()),
    }
}

fn judge(value: &Value, known: &HashSet<String>) -> Result<()> {
    match value {
        // a constant's text may look like anything
        Value::Object(object) if text(object, "class") == "CONSTANT" => Ok(()),
        Value::Object(object) => {
            judge_one(object, known)?;
            object.values().try_for_each(|value| judge(value, known))
        }
        Value::Array(values) => values.iter().try_for_each(|value| judge(value, known)),
        _ => Ok(()),
    }
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn judge_one(object: &Map<String, Value>, known: &HashSet<String>) -> Result<()> {
    let kind = text(object, "type");
    if object.contains_key("sample") && !RELATIONS.contains(&kind) {
        return Err(Error::Refused(format!("{} is not supported", kind.to_lowercase())));
    }
    match kind {
        "BASE_TABLE" => table(object, known)?,
        "TABLE_FUNCTION" => {
            let name = object.get("function").map_or("", |function| {
                function.get("function_name").and_then(Value::as_str).unwrap_or_default()
            });
            if !TABLE_FUNCTIONS.contains(&name.to_lowercase().as_str()) {
                return Err(Error::Refused(format!("the table function `{name}` is not allowed")));
            }
        }
        // DESCRIBE and SUMMARIZE of a select, which is judged in turn; SHOW tells of more than the workspace
        "SHOW_REF" if object.get("query").is_none_or(Value::is_null) => {
            return Err(Error::Refused("SHOW is not allowed, query information_schema.tables".to_owned()));
        }
        _ => {}
    }
    if let Some(name) = object.get("function_name").and_then(Value::as_str) {
        let name = name.to_lowercase();
        if FUNCTIONS.contains(&name.as_str()) || FUNCTION_PREFIXES.iter().any(|p| name.starts_with(p)) {
            return Err(Error::Refused(format!("the function `{name}` is not allowed")));
        }
    }
    Ok(())
}

fn table(object: &Map<String, Value>, known: &HashSet<String>) -> Result<()> {
    let name = text(object, "table_name").to_lowercase();
    let allowed = text(object, "catalog_name").is_empty()
        && match text(object, "schema_name").to_lowercase().as_str() {
            "" | "main" => known.contains(&name),
            "information_schema" => INFORMATION_SCHEMA.contains(&name.as_str()),
            _ => false,
        };
    if allowed { Ok(()) } else { Err(Error::Refused(format!("`{name}` is not a table of this workspace"))) }
}
