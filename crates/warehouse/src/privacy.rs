//! A person of a shop's customers: what is stored of them, and taking them out. Amounts, days and countries stay, and so
//! do the platforms' ids, so that every figure stays as it was.

mod consent;
mod everybody;

use std::collections::{BTreeMap, BTreeSet};

use netgain_domain::{Kind, Table};

use crate::archive::redact::{NAMELESS, Redaction};
use crate::dialect::{contains, literal};
use crate::engine::Connection;
use crate::error::{Context, Result};
use crate::reading::each_row;
use crate::schema::{self, quoted};
use crate::warehouse::Warehouse;

pub use consent::Consent;

/// By what a person is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// E-mail addresses, in lower case.
    pub emails: BTreeSet<String>,
    /// Phone numbers as platforms write them.
    pub phones: BTreeSet<String>,
    /// First and last names together.
    pub names: BTreeSet<String>,
    /// Ids at platforms: connection and id of a customer or contact.
    pub ids: BTreeSet<(String, String)>,
}

/// The rows of a person in one table.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRows {
    /// The table.
    pub table: &'static str,
    /// Each row by column, texts as they are stored; what is null is left out.
    pub rows: Vec<BTreeMap<String, String>>,
}

/// What was taken out of the facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasedRows {
    /// Rows of the person that were changed.
    pub rows: u64,
    /// Rows elsewhere that named the person.
    pub mentions: u64,
    /// Rows whose key names the person still: a source that uses e-mail addresses as ids.
    pub keys_left: u64,
}

/// Columns that tell of a person: what becomes null, and what gets the name in place.
const NULLED: &[(Table, &str)] = &[
    (Table::Customers, "name"),
    (Table::Orders, "customer_name"),
    (Table::Contacts, "phone"),
    (Table::Contacts, "first_name"),
    (Table::Contacts, "last_name"),
    (Table::Deals, "name"),
    (Table::ProfileEvents, "properties"),
];
const RENAMED: &[(Table, &str)] =
    &[(Table::Customers, "email"), (Table::Orders, "customer_email"), (Table::Contacts, "email")];

const DOING: &str = "take a person out of the facts";

impl Warehouse {
    /// Adds to what is known of a person what the facts know: further addresses, names and ids.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn known_person(&self, person: &Person) -> Result<Person> {
        const DOING: &str = "find a person";
        let mut known = person.clone();
        // an id leads to an address, which leads to the ids of other platforms; then there is nothing more to find
        for _ in 0..3 {
            let before = known.clone();
            let reader = self.reader()?;
            let sql = format!(
                "SELECT connection_id, source_id, email, name, CAST(NULL AS VARCHAR) FROM customers WHERE {} \
                 UNION ALL SELECT connection_id, source_id, email, \
                 concat_ws(' ', first_name, last_name), phone FROM contacts WHERE {} \
                 UNION ALL SELECT connection_id, customer_id, customer_email, customer_name, CAST(NULL AS VARCHAR) \
                 FROM orders WHERE {}",
                of_person(&before, "source_id", Some("email"), None),
                of_person(&before, "source_id", Some("email"), Some("phone")),
                of_person(&before, "customer_id", Some("customer_email"), None),
            );
            each_row(&reader, DOING, &sql, [], |cells| {
                if let Some(id) = cells.maybe_string(1)? {
                    known.ids.insert((cells.string(0)?, id));
                }
                known.emails.extend(cells.maybe_string(2)?.map(|email| email.trim().to_lowercase()));
                // one word may be anybody's
                let name = cells.maybe_string(3)?.map(|name| name.trim().to_owned());
                known.names.extend(name.filter(|name| name.contains(' ')));
                known.phones.extend(cells.maybe_string(4)?);
                Ok(())
            })?;
            known.emails.retain(|email| email.contains('@'));
            known.phones.retain(|phone| phone.len() >= 6);
            if known == before {
                break;
            }
        }
        Ok(known)
    }

    /// Every row of a person, by table.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn person_rows(&self, person: &Person) -> Result<Vec<PersonRows>> {
        const DOING: &str = "read the rows of a person";
        let reader = self.reader()?;
        let mut found = Vec::new();
        for table in Table::ALL {
            let Some(condition) = rows_of(table, person) else { continue };
            let columns = schema::canonical(table);
            let texts: Vec<String> =
                columns.iter().map(|column| format!("CAST({} AS VARCHAR)", quoted(column.name))).collect();
            let sql = format!("SELECT {} FROM {} WHERE {condition}", texts.join(", "), table.name());
            let mut rows = Vec::new();
            each_row(&reader, DOING, &sql, [], |cells| {
                let mut row = BTreeMap::new();
                for (at, column) in columns.iter().enumerate() {
                    if let Some(text) = cells.maybe_string(at)? {
                        row.insert(column.name.to_owned(), text);
                    }
                }
                rows.push(row);
                Ok(())
            })?;
            if !rows.is_empty() {
                found.push(PersonRows { table: table.name(), rows });
            }
        }
        Ok(found)
    }

    /// Takes a person out of every table, in one transaction. An address that is not among the words gets what stands in
    /// the place of the first one.
    ///
    /// # Errors
    /// When the engine fails; nothing is changed then.
    pub fn erase_person(&self, person: &Person, taken: &Redaction) -> Result<ErasedRows> {
        let words = taken.words.as_slice();
        let instead = words.first().map_or("erased", |(_, instead)| instead.as_str());
        self.write(DOING, |writer| {
            let mut done = ErasedRows::default();
            // last the tables by which rows are known to be the person's
            let mut tables = Table::ALL.to_vec();
            tables.sort_by_key(|table| matches!(table, Table::Orders | Table::Customers | Table::Contacts));
            let mut counted = 0;
            for table in tables {
                counted += erase_own(writer, table, person, words, instead)?;
            }
            done.rows = counted;
            for (table, columns) in schema::tables() {
                let texts: Vec<&str> = columns
                    .iter()
                    .filter(|column| matches!(column.kind, Kind::Text | Kind::Json))
                    .map(|column| column.name)
                    .filter(|name| !KEYS.contains(name))
                    .collect();
                done.mentions += erase_mentions(writer, table, &texts, words)?;
                // a column of names tells of its own row's person, who may have the same one
                let free: Vec<&str> = texts.into_iter().filter(|name| !is_name(table, name)).collect();
                let names: Vec<(String, String)> =
                    taken.names.iter().map(|name| (name.clone(), NAMELESS.to_owned())).collect();
                done.mentions += erase_mentions(writer, table, &free, &names)?;
                if columns.iter().any(|column| column.name == "source_id") {
                    done.keys_left += count_keys(writer, table, words)?;
                }
            }
            Ok(done)
        })
    }
}

/// What rows are found by; another text there would be another row.
const KEYS: &[&str] = &["connection_id", "source", "source_id", "raw_ref", "order_id", "name_of_read"];

fn is_name(table: &str, column: &str) -> bool {
    NULLED.iter().any(|(of, name)| of.name() == table && *name == column)
}

fn erase_own(
    writer: &Connection,
    table: Table,
    person: &Person,
    words: &[(String, String)],
    instead: &str,
) -> Result<u64> {
    let Some(condition) = rows_of(table, person) else { return Ok(0) };
    let mut sets: Vec<String> = Vec::new();
    for (_, column) in NULLED.iter().filter(|(of, _)| *of == table) {
        sets.push(format!("{} = NULL", quoted(column)));
    }
    for (_, column) in RENAMED.iter().filter(|(of, _)| *of == table) {
        let column = quoted(column);
        let cases: String = words
            .iter()
            .map(|(word, instead)| {
                format!(" WHEN lower({column}) = {} THEN {}", literal(word), literal(instead))
            })
            .collect();
        let kept = format!("WHEN {column} IS NULL OR {column} LIKE 'erased-%' THEN {column}");
        sets.push(format!("{column} = CASE {kept}{cases} ELSE {} END", literal(instead)));
    }
    if sets.is_empty() {
        return Ok(0);
    }
    let sql = format!("UPDATE {} SET {} WHERE {condition}", table.name(), sets.join(", "));
    Ok(writer.execute(&sql, []).doing(DOING)? as u64)
}

/// Takes words out of every text of a table, wherever they stand.
fn erase_mentions(
    writer: &Connection,
    table: &str,
    columns: &[&str],
    words: &[(String, String)],
) -> Result<u64> {
    let mut changed = 0;
    for (word, instead) in words {
        let met = |column: &str| contains(&quoted(column), word);
        let sets: Vec<String> = columns
            .iter()
            .map(|column| {
                let (name, pattern) = (quoted(column), literal(&escaped(word)));
                format!(
                    "{name} = CASE WHEN {} THEN regexp_replace({name}, {pattern}, {}, 'gi') ELSE {name} END",
                    met(column),
                    literal(instead)
                )
            })
            .collect();
        let any: Vec<String> = columns.iter().map(|column| met(column)).collect();
        if !sets.is_empty() {
            let sql = format!("UPDATE {table} SET {} WHERE {}", sets.join(", "), any.join(" OR "));
            changed += writer.execute(&sql, []).doing(DOING)? as u64;
        }
    }
    Ok(changed)
}

fn count_keys(writer: &Connection, table: &str, words: &[(String, String)]) -> Result<u64> {
    let any: Vec<String> = words.iter().map(|(word, _)| contains("source_id", word)).collect();
    if any.is_empty() {
        return Ok(0);
    }
    let sql = format!("SELECT count(*) FROM {table} WHERE {}", any.join(" OR "));
    let count: i64 = writer.query_row(&sql, [], |row| row.get(0)).doing(DOING)?;
    Ok(count.unsigned_abs())
}

/// A text as a pattern that means it alone.
fn escaped(word: &str) -> String {
    let mut pattern = String::new();
    for letter in word.chars() {
        if !letter.is_alphanumeric() && letter.is_ascii() {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// The rows of a table that are the person's; none for tables that know no persons.
fn rows_of(table: Table, person: &Person) -> Option<String> {
    let orders = || {
        format!(
            "(connection_id, order_id) IN (SELECT connection_id, source_id FROM orders WHERE {})",
            of_person(person, "customer_id", Some("customer_email"), None)
        )
    };
    let has = |column: &str| table.column_index(column).is_some();
    match table {
        Table::Customers => Some(of_person(person, "source_id", Some("email"), None)),
        Table::Contacts => Some(of_person(person, "source_id", Some("email"), Some("phone"))),
        Table::Orders => Some(of_person(person, "customer_id", Some("customer_email"), None)),
        _ if has("customer_id") => Some(of_person(person, "customer_id", None, None)),
        _ if has("contact_id") => Some(of_person(person, "contact_id", None, None)),
        _ if has("order_id") => Some(orders()),
        _ => None,
    }
}

/// A condition that holds for what names a person by id, address or phone.
fn of_person(person: &Person, id: &str, email: Option<&str>, phone: Option<&str>) -> String {
    let mut any = vec!["false".to_owned()];
    for (connection, source_id) in &person.ids {
        any.push(format!("(connection_id = {} AND {id} = {})", literal(connection), literal(source_id)));
    }
    let list =
        |texts: &BTreeSet<String>| texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", ");
    if let Some(column) = email.filter(|_| !person.emails.is_empty()) {
        any.push(format!("lower({column}) IN ({})", list(&person.emails)));
    }
    if let Some(column) = phone.filter(|_| !person.phones.is_empty()) {
        any.push(format!("{column} IN ({})", list(&person.phones)));
    }
    format!("({})", any.join(" OR "))
}

impl Warehouse {
    /// The ids of customers and contacts that a word names: the id itself, or the end of one behind a slash.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn ids_of_person(&self, word: &str) -> Result<BTreeSet<(String, String)>> {
        let (id, end) = (literal(word), literal(&format!("/{word}")));
        let of = |table: &str, column: &str| {
            format!(
                "SELECT DISTINCT connection_id, {column} FROM {table} \
                 WHERE {column} = {id} OR right({column}, length({end})) = {end}"
            )
        };
        let sql = [of("customers", "source_id"), of("contacts", "source_id"), of("orders", "customer_id")];
        let mut ids = BTreeSet::new();
        each_row(&*self.reader()?, "find a person", &sql.join(" UNION "), [], |cells| {
            ids.insert((cells.string(0)?, cells.string(1)?));
            Ok(())
        })?;
        Ok(ids)
    }
}
