//! The served schema: types, fields and arguments, read once from `schema.graphql`.
use super::field::Field;
use graphql_parser::schema::{Definition, Type, TypeDefinition, parse_schema};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The text of the served schema.
pub const TEXT: &str = include_str!("schema.graphql");

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
pub struct Schema {
    types: HashMap<&'static str, TypeDef>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::read);

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

fn base_of<'a>(written: &Type<'a, &'a str>) -> &'a str {
    match written {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => base_of(inner),
    }
}

fn field_def(field: &graphql_parser::schema::Field<'static, &'static str>) -> Option<FieldDef> {
    let arguments = field.arguments.iter().map(|argument| ArgumentDef {
        name: argument.name,
        base: base_of(&argument.value_type),
        written: argument.value_type.to_string(),
        required: matches!(argument.value_type, Type::NonNullType(_)) && argument.default_value.is_none(),
    });
    Some(FieldDef {
        name: field.name,
        field: Field::named(field.name)?,
        base: base_of(&field.field_type),
        written: field.field_type.to_string(),
        arguments: arguments.collect(),
    })
}

impl Schema {
    fn read() -> Schema {
        let mut types = HashMap::new();
        let mut implementers: Vec<(&'static str, u64)> = Vec::new();
        let mut next_bit = 0;
        // the text is part of the program and a test reads it, so a failure here cannot reach a user
        let document = parse_schema::<&'static str>(TEXT).unwrap_or_default();
        for definition in document.definitions {
            let Definition::TypeDefinition(definition) = definition else { continue };
            let (name, fields, values, possible) = match definition {
                TypeDefinition::Object(object) => {
                    let bit = 1 << next_bit;
                    next_bit += 1;
                    implementers.extend(object.implements_interfaces.iter().map(|name| (*name, bit)));
                    (object.name, object.fields, Vec::new(), bit)
                }
                TypeDefinition::Interface(interface) => (interface.name, interface.fields, Vec::new(), 0),
                TypeDefinition::Enum(listed) => {
                    let values = listed.values.iter().map(|value| value.name).collect();
                    (listed.name, Vec::new(), values, 0)
                }
                _ => continue,
            };
            let fields = fields.iter().filter_map(field_def).collect();
            types.insert(name, TypeDef { name, possible, fields, values });
        }
        for (interface, bit) in implementers {
            if let Some(found) = types.get_mut(interface) {
                found.possible |= bit;
            }
        }
        add_connections(&mut types);
        Schema { types }
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
