//! Compiles a GraphQL document into a tree of picks with ready-made keys, checked against the served schema.
mod arguments;
mod pick;

pub use pick::{Given, Pick, Plan, Purpose};

use super::error::GraphqlError;
use super::field::Field;
use super::schema::{self, TypeDef};
use graphql_parser::Pos;
use graphql_parser::query::{
    Definition, Directive, Document, FragmentDefinition, OperationDefinition, Selection, SelectionSet, Type,
    TypeCondition, VariableDefinition, parse_query,
};
use pick::{key, push};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};

/// Most objects one page may have.
pub const MAX_PAGE: i64 = 250;

type Parsed<'a> = Document<'a, &'a str>;

struct Compiler<'a> {
    fragments: HashMap<&'a str, &'a FragmentDefinition<'a, &'a str>>,
    declared: &'a [VariableDefinition<'a, &'a str>],
    variables: &'a Json,
    used: HashSet<String>,
    purpose: Purpose,
    errors: Vec<GraphqlError>,
    depth: usize,
}

/// Compiles the operation of that name (or the only one) of `text`.
pub fn compile(
    text: &str,
    operation: Option<&str>,
    variables: &Json,
    purpose: Purpose,
) -> Result<Plan, Vec<GraphqlError>> {
    let document: Parsed<'_> = parse_query::<&str>(text).map_err(|error| {
        let words = error.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ");
        vec![GraphqlError::new("parseError", format!("syntax error: {words}"))]
    })?;
    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name, fragment);
            }
            Definition::Operation(found) => operations.push(found),
        }
    }
    let chosen = operations.iter().find(|found| operation.is_none() || operation_name(found) == operation);
    let none = || {
        vec![GraphqlError::new(
            "operationNotFound",
            format!("No operation named {:?}", operation.unwrap_or("")),
        )]
    };
    if operation.is_none() && operations.len() > 1 {
        return Err(vec![GraphqlError::new("operationNotFound", "An operation name is required")]);
    }
    let (root, picked, declared): (_, &SelectionSet<'_, &str>, &[VariableDefinition<'_, &str>]) = match chosen
        .ok_or_else(none)?
    {
        OperationDefinition::SelectionSet(picked) => ("QueryRoot", picked, &[]),
        OperationDefinition::Query(query) => ("QueryRoot", &query.selection_set, &query.variable_definitions),
        OperationDefinition::Mutation(mutation) => {
            ("Mutation", &mutation.selection_set, &mutation.variable_definitions)
        }
        OperationDefinition::Subscription(_) => {
            return Err(vec![GraphqlError::new(
                "missingSubscriptionConfiguration",
                "Schema is not configured for subscriptions",
            )]);
        }
    };
    let Some(root_type) = schema::type_named(root) else { return Err(none()) };
    let mut compiler = Compiler {
        fragments,
        declared,
        variables,
        used: HashSet::new(),
        purpose,
        errors: Vec::new(),
        depth: 0,
    };
    let mut path = vec![if root == "Mutation" { "mutation".to_owned() } else { "query".to_owned() }];
    compiler.check_variables();
    let mut picks = Vec::new();
    compiler.select(root_type, picked, schema::ANY, &mut path, &mut picks);
    compiler.check_unused();
    if compiler.errors.is_empty() {
        Ok(Plan { mutation: root == "Mutation", picks })
    } else {
        Err(compiler.errors)
    }
}

fn operation_name<'a>(operation: &OperationDefinition<'a, &'a str>) -> Option<&'a str> {
    match operation {
        OperationDefinition::Query(query) => query.name,
        OperationDefinition::Mutation(mutation) => mutation.name,
        _ => None,
    }
}

impl<'a> Compiler<'a> {
    fn check_variables(&mut self) {
        for declared in self.declared {
            let missing = self.variables.get(declared.name).is_none_or(Json::is_null)
                && declared.default_value.is_none();
            if missing && matches!(declared.var_type, Type::NonNullType(_)) {
                let message = format!(
                    "Variable ${} of type {} was provided invalid value",
                    declared.name, declared.var_type
                );
                let problem =
                    serde_json::json!([{ "path": [], "explanation": "Expected value to not be null" }]);
                self.errors.push(
                    GraphqlError::new("INVALID_VARIABLE", message)
                        .placed(declared.position, &[])
                        .with("problems", problem),
                );
            }
        }
    }

    fn check_unused(&mut self) {
        for declared in self.declared {
            if !self.used.contains(declared.name) {
                let message =
                    format!("Variable ${} is declared by the operation but not used", declared.name);
                self.errors.push(
                    GraphqlError::new("variableNotUsed", message)
                        .placed(declared.position, &[])
                        .with("variableName", declared.name),
                );
            }
        }
    }

    fn select(
        &mut self,
        parent: &'static TypeDef,
        set: &'a SelectionSet<'a, &'a str>,
        on: u64,
        path: &mut Vec<String>,
        into: &mut Vec<Pick>,
    ) {
        if self.depth > 30 {
            self.errors.push(GraphqlError::new(
                "queryTooDeep",
                "the query nests too deeply; at most 30 levels are served",
            ));
            return;
        }
        self.depth += 1;
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    if self.included(&field.directives) {
                        self.field(parent, field, on, path, into);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    if self.included(&fragment.directives) {
                        let name = fragment.type_condition.as_ref().map(|TypeCondition::On(name)| *name);
                        self.fragment(
                            parent,
                            name,
                            fragment.position,
                            &fragment.selection_set,
                            on,
                            path,
                            into,
                        );
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(found) = self.fragments.get(spread.fragment_name).copied() else {
                        let message = format!("Fragment {} was used, but not defined", spread.fragment_name);
                        self.errors.push(
                            GraphqlError::new("useAndDefineFragment", message).placed(spread.position, path),
                        );
                        continue;
                    };
                    let TypeCondition::On(name) = found.type_condition;
                    if self.included(&spread.directives) {
                        self.fragment(
                            parent,
                            Some(name),
                            spread.position,
                            &found.selection_set,
                            on,
                            path,
                            into,
                        );
                    }
                }
            }
        }
        self.depth -= 1;
    }

    #[allow(clippy::too_many_arguments)]
    fn fragment(
        &mut self,
        parent: &'static TypeDef,
        name: Option<&str>,
        at: Pos,
        set: &'a SelectionSet<'a, &'a str>,
        on: u64,
        path: &mut Vec<String>,
        into: &mut Vec<Pick>,
    ) {
        let Some(name) = name.filter(|name| *name != parent.name) else {
            return self.select(parent, set, on, path, into);
        };
        let Some(found) = schema::type_named(name) else {
            let message = format!("No such type {name}, so it can't be a fragment condition");
            self.errors
                .push(GraphqlError::new("undefinedType", message).placed(at, path).with("typeName", name));
            return;
        };
        if found.possible & parent.possible == 0 {
            let message = format!("Fragment on {name} can't be spread inside {}", parent.name);
            self.errors.push(GraphqlError::new("cannotSpreadFragment", message).placed(at, path));
            return;
        }
        self.select(found, set, on & found.possible, path, into);
    }

    /// Obeys `@include` and `@skip`.
    fn included(&mut self, directives: &'a [Directive<'a, &'a str>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive
                .arguments
                .iter()
                .find(|(name, _)| *name == "if")
                .map(|(_, value)| self.value(value));
            match (directive.name, condition) {
                ("include", Some(Given::Bool(yes))) => yes,
                ("skip", Some(Given::Bool(yes))) => !yes,
                _ => true,
            }
        })
    }

    fn field(
        &mut self,
        parent: &'static TypeDef,
        field: &'a graphql_parser::query::Field<'a, &'a str>,
        on: u64,
        path: &mut Vec<String>,
        into: &mut Vec<Pick>,
    ) {
        let response_name = field.alias.unwrap_or(field.name);
        path.push(response_name.to_owned());
        if field.name == "__typename" {
            push(
                into,
                Pick {
                    key: key(response_name),
                    field: Field::Typename,
                    given: Vec::new(),
                    on,
                    picks: Vec::new(),
                    base: "String",
                    list: false,
                    connection: false,
                },
            );
        } else if let Some(definition) = parent.field(field.name) {
            let given = self.arguments(definition, field, path);
            let composite = schema::type_named(definition.base).filter(|found| found.is_composite());
            let mut picks = Vec::new();
            let empty = field.selection_set.items.is_empty();
            match composite {
                Some(inner) if empty => {
                    let message = format!(
                        "Field must have selections (field '{0}' returns {1} but has no selections. Did you mean '{0} {{ ... }}'?)",
                        field.name, inner.name
                    );
                    self.errors.push(
                        GraphqlError::new("selectionMismatch", message)
                            .placed(field.position, path)
                            .with("nodeName", format!("field '{}'", field.name))
                            .with("typeName", inner.name),
                    );
                }
                Some(inner) => self.select(inner, &field.selection_set, schema::ANY, path, &mut picks),
                None if !empty => {
                    let message = format!(
                        "Selections can't be made on scalars (field '{}' returns {})",
                        field.name, definition.base
                    );
                    self.errors.push(
                        GraphqlError::new("selectionMismatch", message)
                            .placed(field.position, path)
                            .with("nodeName", format!("field '{}'", field.name))
                            .with("typeName", definition.base),
                    );
                }
                None => {}
            }
            let pick = Pick {
                key: key(response_name),
                field: definition.field,
                given,
                on,
                picks,
                base: definition.base,
                list: definition.written.starts_with('['),
                connection: definition.base.ends_with("Connection"),
            };
            self.check_page(&pick, definition, field.position, path);
            push(into, pick);
        } else {
            let message = format!("Field '{}' doesn't exist on type '{}'", field.name, parent.name);
            self.errors.push(
                GraphqlError::new("undefinedField", message)
                    .placed(field.position, path)
                    .with("typeName", parent.name)
                    .with("fieldName", field.name),
            );
        }
        path.pop();
    }
}
