//! All persons of the facts: their words, and taking out everybody of a connection.

use std::collections::BTreeSet;

use netgain_domain::{ConnectionId, Kind, Table};

use super::{DOING, KEYS, NULLED, RENAMED};
use crate::dialect::literal;
use crate::error::{Context, Result};
use crate::reading::each_row;
use crate::schema::{self, quoted};
use crate::warehouse::Warehouse;

/// Addresses that are put in place by one statement.
const AT_ONCE: usize = 200;
/// What an address in a free text looks like.
const ADDRESS: &str = r#"[^[:space:],;<>()"]+@[^[:space:],;<>()"]+"#;

impl Warehouse {
    /// Every address and phone number of persons that the facts hold.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn words_of_persons(&self) -> Result<BTreeSet<String>> {
        self.words("true")
    }

    /// Every address and phone number of persons that the facts have from a connection.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn words_of_connection(&self, connection: &ConnectionId) -> Result<BTreeSet<String>> {
        self.words(&format!("connection_id = {}", literal(connection.as_str())))
    }

    /// The full names and the phone numbers of all persons that the facts hold.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn names_of_persons(&self) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
        let sql = "SELECT name, CAST(NULL AS VARCHAR) FROM customers WHERE name IS NOT NULL \
                   UNION SELECT customer_name, CAST(NULL AS VARCHAR) FROM orders WHERE customer_name IS NOT NULL \
                   UNION SELECT concat_ws(' ', first_name, last_name), phone FROM contacts";
        let (mut names, mut phones) = (BTreeSet::new(), BTreeSet::new());
        each_row(&*self.reader()?, "list persons", sql, [], |cells| {
            names.extend(cells.maybe_string(0)?.filter(|name| !name.trim().is_empty()));
            phones.extend(cells.maybe_string(1)?);
            Ok(())
        })?;
        Ok((names, phones))
    }

    fn words(&self, condition: &str) -> Result<BTreeSet<String>> {
        let of = |table: &str, column: &str| {
            format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {condition}")
        };
        let sql = [
            of("customers", "email"),
            of("orders", "customer_email"),
            of("contacts", "email"),
            of("contacts", "phone"),
        ];
        let mut words = BTreeSet::new();
        each_row(&*self.reader()?, "list persons", &sql.join(" UNION "), [], |cells| {
            words.insert(cells.string(0)?);
            Ok(())
        })?;
        Ok(words)
    }

    /// Takes everybody of a connection out of its rows, in one transaction, and says how many rows were changed. `instead`
    /// says what stands in the place of an address.
    ///
    /// # Errors
    /// When the engine fails; nothing is changed then.
    pub fn erase_connection(
        &self,
        connection: &ConnectionId,
        instead: &dyn Fn(&str) -> String,
    ) -> Result<u64> {
        let words = self.words_of_connection(connection)?;
        let here = format!("connection_id = {}", literal(connection.as_str()));
        let addresses: Vec<&String> =
            words.iter().filter(|word| word.contains('@') && !word.starts_with("erased-")).collect();
        self.write(DOING, |writer| {
            let mut done = 0;
            for (table, column) in RENAMED {
                let name = quoted(column);
                for some in addresses.chunks(AT_ONCE) {
                    let cases: String = some
                        .iter()
                        .map(|word| format!(" WHEN {} THEN {}", literal(word), literal(&instead(word))))
                        .collect();
                    let list: Vec<String> = some.iter().map(|word| literal(word)).collect();
                    let sql = format!(
                        "UPDATE {} SET {name} = CASE {name}{cases} ELSE {name} END WHERE {here} AND {name} IN ({})",
                        table.name(),
                        list.join(", ")
                    );
                    done += writer.execute(&sql, []).doing(DOING)? as u64;
                }
            }
            for (table, column) in NULLED {
                let name = quoted(column);
                let sql =
                    format!("UPDATE {} SET {name} = NULL WHERE {here} AND {name} IS NOT NULL", table.name());
                done += writer.execute(&sql, []).doing(DOING)? as u64;
            }
            for table in Table::ALL {
                done += erase_addresses(writer, table, &here)?;
            }
            Ok(done)
        })
    }
}

/// Takes whatever looks like an address out of a table's texts.
fn erase_addresses(writer: &crate::engine::Connection, table: Table, here: &str) -> Result<u64> {
    let mut done = 0;
    for column in schema::canonical(table) {
        let known = RENAMED.iter().any(|(of, name)| *of == table && *name == column.name);
        if known || !matches!(column.kind, Kind::Text | Kind::Json) || KEYS.contains(&column.name) {
            continue;
        }
        let name = quoted(column.name);
        let sql = format!(
            "UPDATE {} SET {name} = regexp_replace({name}, {}, '[erased]', 'g') \
             WHERE {here} AND {name} LIKE '%@%'",
            table.name(),
            literal(ADDRESS)
        );
        done += writer.execute(&sql, []).doing(DOING)? as u64;
    }
    Ok(done)
}
