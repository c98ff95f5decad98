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

/// What a statement for the shared database may call; everything else is refused, since the functions there are many
/// and some change settings. Names are those of the tree, which writes some syntax as calls.
const CALLABLE: &str = " abs age any_value arg_max arg_min array_agg avg bool_and bool_or btrim ceil ceiling chr \
    concat concat_ws contains corr count count_star current_date current_timestamp date_part date_trunc dense_rank \
    epoch_us exp first_value floor generate_series get_current_timestamp greatest ilike_escape initcap lag \
    last_value lead least left length like_escape ln log lower lpad ltrim make_date make_timestamp max md5 min mod \
    not_ilike_escape not_like_escape now ntile nullif percent_rank percentile_cont percentile_disc position power \
    quantile_cont quantile_disc rank regexp_matches regexp_replace replace reverse right round row row_number rpad \
    rtrim sign split_part sqrt starts_with stddev stddev_pop stddev_samp string_agg strpos substr substring sum \
    timezone to_char to_days to_hours to_minutes to_months to_seconds to_years today translate trim trunc unnest \
    upper var_pop var_samp variance ";

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
    let tree = parse(connection, sql)?;
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

fn parse(connection: &Connection, sql: &str) -> Result<Value> {
    let text: String = connection
        .query_row("SELECT json_serialize_sql(CAST(? AS VARCHAR))", [sql], |row| row.get(0))
        .doing("parse a query")?;
    serde_json::from_str(&text)
        .map_err(|error| Error::Engine { what: "parse a query", reason: error.to_string() })
}

/// As [`check`], for a statement that another parser than this one will read: nothing may be spelt in a way that the
/// two could read differently, and only listed functions may be called.
///
/// # Errors
/// Those of [`check`].
pub(super) fn check_strictly(connection: &Connection, sql: &str) -> Result<()> {
    plainly_spelt(sql)?;
    check(connection, sql)?;
    let mut called = Vec::new();
    calls(&parse(connection, sql)?, &mut called);
    let plain = |name: &str| name.chars().all(|c| !c.is_alphanumeric() && c != '_');
    match called.into_iter().find(|name| !plain(name) && !CALLABLE.contains(&format!(" {name} "))) {
        Some(name) => Err(Error::Refused(format!("the function `{name}` is not allowed"))),
        None => Ok(()),
    }
}

/// Refuses comments, statements in a row, dollar quotes, escapes, and texts or names with a prefix.
fn plainly_spelt(sql: &str) -> Result<()> {
    let refused = |what: &str| Err(Error::Refused(format!("{what} is not allowed, leave it out")));
    let mut quote = None;
    let mut before = ' ';
    for c in sql.chars() {
        match (quote, c) {
            (Some('"'), c) if c != '"' && !c.is_alphanumeric() && !" _-".contains(c) => {
                return refused(&format!("`{c}` in a name"));
            }
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            // a quote right behind another is one inside of the text
            (None, '\'' | '"') if before == '&' || before == '_' || before.is_alphanumeric() => {
                return refused("a quote right behind a word");
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, ';' | '$' | '\\' | '`' | '\0' | '?' | '@') => return refused(&format!("`{c}`")),
            (None, '-') if before == '-' => return refused("a comment"),
            (None, '*') if before == '/' => return refused("a comment"),
            (None, _) => {}
        }
        before = c;
    }
    Ok(())
}

/// The names of all functions that a tree calls.
fn calls(tree: &Value, names: &mut Vec<String>) {
    match tree {
        Value::Object(object) if text(object, "class") == "CONSTANT" => {}
        Value::Object(object) => {
            names.extend(object.get("function_name").and_then(Value::as_str).map(str::to_lowercase));
            object.values().for_each(|value| calls(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| calls(value, names)),
        _ => {}
    }
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
