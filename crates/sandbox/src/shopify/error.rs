//! Errors in the platform's GraphQL dialect.
use serde_json::{Map, Value, json};

/// An entry of `errors` in a response.
#[derive(Clone, Debug)]
pub struct GraphqlError {
    /// What is wrong, in the platform's words.
    pub message: String,
    /// `extensions.code`.
    pub code: &'static str,
    /// Line and column, from 1.
    pub at: Option<(usize, usize)>,
    /// Path of field names from the operation.
    pub path: Vec<String>,
    /// Further `extensions`.
    pub extensions: Map<String, Value>,
}

impl GraphqlError {
    /// An error with a code and no place.
    pub fn new(code: &'static str, message: impl Into<String>) -> GraphqlError {
        GraphqlError { message: message.into(), code, at: None, path: Vec::new(), extensions: Map::new() }
    }

    /// Adds the place in the query.
    pub fn placed(mut self, at: graphql_parser::Pos, path: &[String]) -> GraphqlError {
        self.at = Some((at.line, at.column));
        self.path = path.to_vec();
        self
    }

    /// Adds an extension.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> GraphqlError {
        self.extensions.insert(name.into(), value.into());
        self
    }

    /// The entry as JSON.
    pub fn to_json(&self) -> Value {
        let mut extensions = self.extensions.clone();
        extensions.insert("code".into(), self.code.into());
        let mut entry = json!({ "message": self.message, "extensions": extensions });
        if let Some((line, column)) = self.at {
            entry["locations"] = json!([{ "line": line, "column": column }]);
        }
        if !self.path.is_empty() {
            entry["path"] = json!(self.path);
        }
        entry
    }
}
