//! What a query asks for, compiled: picks with ready-made keys and arguments.
use crate::shopify::field::Field;

/// A value given to an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A whole number.
    Int(i64),
    /// Text, an id or an enum value.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// An input object's texts, by name; other values are left out.
    Texts(Vec<(String, String)>),
    /// Nothing.
    Null,
}

/// One selected field.
#[derive(Clone, Debug)]
pub struct Pick {
    /// `"alias":`, ready to be written.
    pub key: Vec<u8>,
    /// Which field.
    pub field: Field,
    /// Its arguments.
    pub given: Vec<(&'static str, Given)>,
    /// Object types to which it applies.
    pub on: u64,
    /// Selected fields of the value.
    pub picks: Vec<Pick>,
    /// The value's type without marks.
    pub base: &'static str,
    /// Whether the value is a list.
    pub list: bool,
    /// Whether the value is a connection.
    pub connection: bool,
}

impl Pick {
    /// The response name.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.key).trim_matches(|c| c == '"' || c == ':').to_owned()
    }

    /// A whole-number argument.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.given.iter().find_map(|(given, value)| match value {
            Given::Int(number) if *given == name => Some(*number),
            _ => None,
        })
    }

    /// A text argument.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().find_map(|(given, value)| match value {
            Given::Text(text) if *given == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// A text inside an argument that is an input object.
    pub fn inside(&self, name: &str, member: &str) -> Option<&str> {
        self.given.iter().find_map(|(given, value)| match value {
            Given::Texts(members) if *given == name => {
                members.iter().find(|(one, _)| one == member).map(|(_, text)| text.as_str())
            }
            _ => None,
        })
    }

    /// A yes-or-no argument, no when absent.
    pub fn yes(&self, name: &str) -> bool {
        self.given.iter().any(|(given, value)| *given == name && *value == Given::Bool(true))
    }

    /// Whether the argument was given as null.
    pub fn is_null(&self, name: &str) -> bool {
        self.given.iter().any(|(given, value)| *given == name && *value == Given::Null)
    }

    /// The selection on the nodes where only one of `nodes` and `edges` is used.
    pub fn node_slice(&self) -> &[Pick] {
        self.picks
            .iter()
            .find_map(|pick| match pick.field {
                Field::Nodes => Some(pick.picks.as_slice()),
                Field::Edges => pick
                    .picks
                    .iter()
                    .find(|inner| inner.field == Field::Node)
                    .map(|node| node.picks.as_slice()),
                _ => None,
            })
            .unwrap_or(&[])
    }

    /// The selection on the nodes of a connection, whether through `nodes` or `edges { node }`.
    pub fn node_picks(&self) -> impl Iterator<Item = &Pick> {
        self.picks.iter().flat_map(|pick| match pick.field {
            Field::Nodes => pick.picks.as_slice(),
            Field::Edges => {
                pick.picks.iter().find(|inner| inner.field == Field::Node).map_or(&[][..], |node| &node.picks)
            }
            _ => &[],
        })
    }
}

/// A compiled operation.
#[derive(Debug)]
pub struct Plan {
    /// Whether it changes something.
    pub mutation: bool,
    /// Fields of the root.
    pub picks: Vec<Pick>,
}

/// What a compilation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Answered at once: connections need a page size.
    Page,
    /// A bulk operation: connections are read to their end.
    Bulk,
}

/// The bytes of `"name":`.
pub fn key(name: &str) -> Vec<u8> {
    format!("\"{name}\":").into_bytes()
}

/// Adds a pick; the same response name for the same types is merged, as GraphQL demands.
pub fn push(into: &mut Vec<Pick>, pick: Pick) {
    if let Some(same) =
        into.iter_mut().find(|old| old.key == pick.key && old.on == pick.on && old.field == pick.field)
    {
        for inner in pick.picks {
            push(&mut same.picks, inner);
        }
    } else {
        into.push(pick);
    }
}
