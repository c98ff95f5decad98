//! The columns of a file, found by name.

use crate::Error;

/// The columns' names in the file's order. Names are made unique and never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    names: Vec<String>,
}

impl Header {
    pub fn new(fields: Vec<String>) -> Self {
        let mut names: Vec<String> = Vec::with_capacity(fields.len());
        for (at, field) in fields.into_iter().enumerate() {
            let wanted = match field.trim() {
                "" => format!("column {}", at + 1),
                name => name.to_owned(),
            };
            let mut name = wanted.clone();
            let mut copy = 1;
            while names.contains(&name) {
                copy += 1;
                name = format!("{wanted} ({copy})");
            }
            names.push(name);
        }
        Self { names }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn name(&self, at: usize) -> Option<&str> {
        self.names.get(at).map(String::as_str)
    }

    /// Position of the column that a key of the mapping names.
    pub fn find(&self, key: &str, column: &str) -> Result<usize, Error> {
        self.names.iter().position(|name| name == column.trim()).ok_or_else(|| Error::MissingColumn {
            key: key.to_owned(),
            column: column.to_owned(),
            available: self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// As [`Header::find`] where the key is optional.
    pub fn find_optional(&self, key: &str, column: Option<&String>) -> Result<Option<usize>, Error> {
        column.map(|column| self.find(key, column)).transpose()
    }
}
