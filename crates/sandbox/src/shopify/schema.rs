//! The served schema: types, fields and arguments, read once from `types.txt`.
use super::field::Field;
use std::collections::HashMap;
use std::sync::LazyLock;

mod notation;

const TEXT: &str = include_str!("types.txt");

/// The set of all object types, for selections without a type condition.
pub const ANY: u64 = u64::MAX;

/// A type with its fields.
#[derive(Debug)]
pub struct TypeDef {
    /// Its name.
    pub name: &'static str,
    /// The object types a value of this type can have, one bit each.
    pub possible: u64,
    /// Its fields.
    pub fields: Vec<FieldDef>,
    /// The values of an enum.
    pub values: Vec<&'static str>,
}

/// A field of a type.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// Its name.
    pub name: &'static str,
    /// The same as a number.
    pub field: Field,
    /// Type without list and non-null marks.
    pub base: &'static str,
    /// Type as written.
    pub written: String,
    /// Its arguments.
    pub arguments: Vec<ArgumentDef>,
}

/// An argument of a field.
#[derive(Clone, Debug)]
pub struct ArgumentDef {
    /// Its name.
    pub name: &'static str,
    /// Type without marks.
    pub base: &'static str,
    /// Type as written.
    pub written: String,
    /// Whether it must be given.
    pub required: bool,
}

/// All types by name.
#[derive(Default)]
pub struct Schema {
    types: HashMap<&'static str, TypeDef>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    // the text is part of the program and a test reads it, so a failure here cannot reach a user
    Schema::read(TEXT).unwrap_or_default()
});

/// The type of that name; connections and edges are made from the type they carry.
pub fn type_named(name: &str) -> Option<&'static TypeDef> {
    SCHEMA.types.get(name)
}

/// The bit of an object type, no bit when there is no such type.
pub fn bit(name: &str) -> u64 {
    type_named(name).map_or(0, |found| found.possible)
}

impl TypeDef {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a selection on this type needs fields of its own.
    pub fn is_composite(&self) -> bool {
        self.values.is_empty()
    }
}

/// Adds `XConnection` and `XEdge` for every connection that a field names.
fn add_connections(types: &mut HashMap<&'static str, TypeDef>) {
    let mut names: Vec<&'static str> = Vec::new();
    for found in types.values() {
        names.extend(found.fields.iter().map(|field| field.base).filter(|base| base.ends_with("Connection")));
    }
    names.sort_unstable();
    names.dedup();
    let plain =
        |name, field, base, written: String| FieldDef { name, field, base, written, arguments: Vec::new() };
    for name in names {
        let Some(carried) = name.strip_suffix("Connection") else { continue };
        let edge: &'static str = Box::leak(format!("{carried}Edge").into_boxed_str());
        let connection_fields = vec![
            plain("edges", Field::Edges, edge, format!("[{edge}!]!")),
            plain("nodes", Field::Nodes, carried, format!("[{carried}!]!")),
            plain("pageInfo", Field::PageInfo, "PageInfo", "PageInfo!".into()),
        ];
        let edge_fields = vec![
            plain("cursor", Field::Cursor, "String", "String!".into()),
            plain("node", Field::Node, carried, format!("{carried}!")),
        ];
        types.insert(name, TypeDef { name, possible: 0, fields: connection_fields, values: Vec::new() });
        types.insert(edge, TypeDef { name: edge, possible: 0, fields: edge_fields, values: Vec::new() });
    }
}

/// All types, for tests that compare them with the platform's own schema.
#[cfg(test)]
pub fn all() -> impl Iterator<Item = &'static TypeDef> {
    SCHEMA.types.values()
}
