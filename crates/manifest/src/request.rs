//! One call: its address, parameters and body, all of them templates that a run fills.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One call. Texts may hold placeholders: `{connection.x}`, `{auth.x}`, `{account.x}`, `{slice.x}`, `{cursor.x}`,
/// `{page.x}`, `{job.x}`, `{event.x}`, each with filters behind bars, as in `{cursor.since|epoch_ms|int}`. What names a
/// `cursor` or `page` value that is not known yet, or an optional connection field that was left empty, is left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// Appended to the base URL; or a whole `https://` address on one of `http.allowed_hosts`.
    pub path: String,
    /// Query parameters; one with a list of values is repeated.
    #[serde(default)]
    pub query: BTreeMap<String, Texts>,
    /// Headers beside those of every call.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: Body,
}

/// A request's method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    #[default]
    Get,
    /// POST.
    Post,
    /// DELETE, for what was registered with the provider.
    Delete,
}

/// One value of a parameter, or several: then the parameter is repeated. Numbers and truth values stand for their text.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum Texts {
    /// One value.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Texts {
    /// The values in their order.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

impl From<String> for Texts {
    fn from(text: String) -> Self {
        Self::One(text)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Texts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true, false or a list of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }
            fn visit_bool<E: Error>(self, truth: bool) -> Result<Texts, E> {
                Ok(Texts::One(truth.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts::One(number.to_string()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Texts, E> {
                Ok(Texts::One(number.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(one) = list.next_element::<Texts>()? {
                    match one {
                        Texts::One(text) => texts.push(text),
                        Texts::Many(_) => return Err(A::Error::custom("a list inside a list")),
                    }
                }
                Ok(Texts::Many(texts))
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

/// A request's body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// No body.
    #[default]
    None,
    /// A form.
    Form {
        /// Its fields; one with a list of values is repeated.
        fields: BTreeMap<String, Texts>,
    },
    /// A JSON document of any shape.
    Json {
        /// The document.
        body: Template,
    },
    /// A GraphQL document.
    Graphql {
        /// The document.
        document: String,
        /// Its variables; a text that is one placeholder takes the placeholder's type.
        #[serde(default)]
        variables: BTreeMap<String, Variable>,
    },
}

/// A JSON document whose texts may hold placeholders. A text that is one placeholder and nothing else may take a type
/// with the filter `int` (a number) or `list` (a list of the texts between commas).
///
/// What has no value yet is left out: a member of an object goes with its key, an element of a list goes as a whole
/// when anything in it is left out, and so does a list that loses all its elements.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Template {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Template>),
    /// An object.
    Object(BTreeMap<String, Template>),
    /// Null.
    Null(()),
}

/// The value of a GraphQL variable.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Variable {
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text, which may hold placeholders.
    Text(String),
}
