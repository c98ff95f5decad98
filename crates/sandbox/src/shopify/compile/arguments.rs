//! Arguments of fields: their values from the text or the variables, checked against the schema.
use super::pick::{Given, Pick, Purpose};
use super::{Compiler, MAX_PAGE};
use crate::shopify::error::GraphqlError;
use crate::shopify::schema::{self, ArgumentDef, FieldDef};
use graphql_parser::Pos;
use graphql_parser::query::Value;
use serde_json::Value as Json;

impl<'a> Compiler<'a> {
    /// A connection that is answered at once needs exactly one page size of 1 to 250.
    pub(super) fn check_page(&mut self, pick: &Pick, definition: &FieldDef, at: Pos, path: &[String]) {
        if !pick.connection || self.purpose == Purpose::Bulk {
            return;
        }
        let wrong = match (pick.int("first"), pick.int("last")) {
            (None, None) => "you must provide one of first or last".to_owned(),
            (Some(_), Some(_)) => "providing both first and last is not supported".to_owned(),
            (Some(size), None) | (None, Some(size)) if !(0..=MAX_PAGE).contains(&size) => {
                format!(
                    "Argument 'first' or 'last' on Field '{}' has an invalid value ({size}). It must be between 0 and {MAX_PAGE}.",
                    definition.name
                )
            }
            _ => return,
        };
        self.errors.push(GraphqlError::new("BAD_REQUEST", wrong).placed(at, path));
    }

    pub(super) fn arguments(
        &mut self,
        definition: &'static FieldDef,
        field: &'a graphql_parser::query::Field<'a, &'a str>,
        path: &[String],
    ) -> Vec<(&'static str, Given)> {
        let mut given = Vec::new();
        for (name, value) in &field.arguments {
            let Some(argument) = definition.arguments.iter().find(|argument| argument.name == *name) else {
                let message = format!("Field '{}' doesn't accept argument '{name}'", field.name);
                self.errors.push(
                    GraphqlError::new("argumentNotAccepted", message)
                        .placed(field.position, path)
                        .with("name", field.name)
                        .with("typeName", "Field")
                        .with("argumentName", *name),
                );
                continue;
            };
            let undeclared = match value {
                Value::Variable(variable) => !self.declared.iter().any(|declared| declared.name == *variable),
                _ => false,
            };
            if let (true, Value::Variable(variable)) = (undeclared, value) {
                let message = format!("Variable ${variable} is used by the operation but not declared");
                self.errors.push(
                    GraphqlError::new("variableNotDefined", message)
                        .placed(field.position, path)
                        .with("variableName", *variable),
                );
                continue;
            }
            if let Value::Variable(variable) = value
                && self.variables.get(*variable).is_none()
                && self
                    .declared
                    .iter()
                    .any(|declared| declared.name == *variable && declared.default_value.is_none())
            {
                // a variable that was not sent leaves the argument out
                self.used.insert((*variable).to_owned());
                continue;
            }
            let value = self.value(value);
            if fits(argument, &value) {
                given.push((argument.name, value));
            } else {
                let message = format!(
                    "Argument '{name}' on Field '{}' has an invalid value ({}). Expected type '{}'.",
                    field.name,
                    show(&value),
                    argument.written
                );
                self.errors.push(
                    GraphqlError::new("argumentLiteralsIncompatible", message)
                        .placed(field.position, path)
                        .with("typeName", "Field")
                        .with("argumentName", *name),
                );
            }
        }
        let missing: Vec<&str> = definition
            .arguments
            .iter()
            .filter(|argument| {
                argument.required && !field.arguments.iter().any(|(name, _)| *name == argument.name)
            })
            .map(|argument| argument.name)
            .collect();
        if !missing.is_empty() {
            let message =
                format!("Field '{}' is missing required arguments: {}", field.name, missing.join(", "));
            self.errors.push(
                GraphqlError::new("missingRequiredArguments", message)
                    .placed(field.position, path)
                    .with("className", "Field")
                    .with("name", field.name)
                    .with("arguments", missing.join(", ")),
            );
        }
        given
    }

    pub(super) fn value(&mut self, value: &Value<'a, &'a str>) -> Given {
        match value {
            Value::Int(number) => number.as_i64().map_or(Given::Null, Given::Int),
            Value::String(text) => Given::Text(text.clone()),
            Value::Enum(name) => Given::Text((*name).to_owned()),
            Value::Boolean(yes) => Given::Bool(*yes),
            Value::Variable(name) => {
                self.used.insert((*name).to_owned());
                match self.variables.get(*name) {
                    Some(Json::Number(number)) => number.as_i64().map_or(Given::Null, Given::Int),
                    Some(Json::String(text)) => Given::Text(text.clone()),
                    Some(Json::Bool(yes)) => Given::Bool(*yes),
                    Some(Json::Object(members)) => Given::Texts(
                        members
                            .iter()
                            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                            .collect(),
                    ),
                    Some(_) => Given::Null,
                    None => {
                        let declared = self.declared;
                        let default = declared
                            .iter()
                            .find(|one| one.name == *name)
                            .and_then(|one| one.default_value.as_ref());
                        default.map_or(Given::Null, |value| self.value(value))
                    }
                }
            }
            Value::Object(members) => Given::Texts(
                members
                    .iter()
                    .filter_map(|(name, value)| match self.value(value) {
                        Given::Text(text) => Some(((*name).to_owned(), text)),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => Given::Null,
        }
    }
}

fn fits(argument: &ArgumentDef, value: &Given) -> bool {
    let listed = schema::type_named(argument.base);
    match value {
        Given::Null => !argument.written.ends_with('!'),
        Given::Int(_) => matches!(argument.base, "Int" | "ID"),
        Given::Bool(_) => argument.base == "Boolean",
        Given::Texts(_) => argument.base.ends_with("Input"),
        Given::Text(text) => match listed {
            Some(found) => found.values.contains(&text.as_str()),
            None => matches!(argument.base, "String" | "ID"),
        },
    }
}

fn show(value: &Given) -> String {
    match value {
        Given::Int(number) => number.to_string(),
        Given::Text(text) => format!("{text:?}"),
        Given::Bool(yes) => yes.to_string(),
        Given::Texts(_) => "{…}".to_owned(),
        Given::Null => "null".to_owned(),
    }
}
