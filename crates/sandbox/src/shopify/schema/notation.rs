//! Reads the notation of `types.txt`, which the head of that file explains.
use super::{ArgumentDef, FieldDef, Schema, TypeDef, add_connections};
use crate::shopify::field::Field;
use std::collections::HashMap;

/// The type's name without list and non-null marks.
fn base_of(written: &str) -> &str {
    written.trim_matches(['[', ']', '!'])
}

/// What the notation's lines are read into.
#[derive(Default)]
struct Reading {
    types: HashMap<&'static str, TypeDef>,
    /// Sets of arguments by name.
    given: HashMap<&'static str, Vec<ArgumentDef>>,
    /// Each type that builds on another, with that one.
    parents: Vec<(&'static str, &'static str)>,
    objects: u32,
}

impl Reading {
    /// Reads a line with its type, if it is indented the last one that began.
    fn line(
        &mut self,
        line: &'static str,
        current: Option<&'static str>,
    ) -> Result<Option<&'static str>, String> {
        if line.starts_with(' ') {
            let name = current.ok_or("fields without a type")?;
            let fields = self.fields(line)?;
            let found = self.types.get_mut(name).ok_or("fields of an enum")?;
            found.fields.extend(fields);
            return Ok(current);
        }
        let (word, rest) = line.split_once(' ').ok_or("a word without a name")?;
        let (name, listed) = rest.split_once(':').unwrap_or((rest, ""));
        match word {
            "given" => {
                let arguments = self.arguments(listed)?;
                self.given.insert(name, arguments);
                Ok(None)
            }
            "enum" => {
                let values = listed.split_whitespace().collect();
                self.types.insert(name, TypeDef { name, possible: 0, fields: Vec::new(), values });
                Ok(None)
            }
            "object" | "abstract" => {
                let (name, parents) = name.split_once(" is ").unwrap_or((name, ""));
                let mut possible = 0;
                if word == "object" {
                    possible = 1_u64.checked_shl(self.objects).ok_or("too many objects for the bits")?;
                    self.objects += 1;
                }
                self.types.insert(name, TypeDef { name, possible, fields: Vec::new(), values: Vec::new() });
                let parents = parents.split(", ").filter(|parent| !parent.is_empty());
                self.parents.extend(parents.map(|parent| (name, parent)));
                Ok(Some(name))
            }
            _ => Err(format!("`{word}` begins no line")),
        }
    }

    /// The fields of `TYPE [(ARGUMENTS)]: FIELDS`.
    fn fields(&self, line: &'static str) -> Result<Vec<FieldDef>, String> {
        let (kind, names) = line.split_once(": ").ok_or("a type without fields")?;
        let (written, arguments) = match kind.trim().split_once(" (") {
            Some((written, listed)) => (written, self.arguments(listed.trim_end_matches(')'))?),
            None => (kind.trim(), Vec::new()),
        };
        let field = |name: &'static str| {
            Ok(FieldDef {
                name,
                field: Field::named(name).ok_or_else(|| format!("field `{name}` has no number"))?,
                base: base_of(written),
                written: written.to_owned(),
                arguments: arguments.clone(),
            })
        };
        names.split_whitespace().map(field).collect()
    }

    /// Arguments: the names of sets, or `argument:TYPE`, with `=` where one that is left out has a default.
    fn arguments(&self, listed: &'static str) -> Result<Vec<ArgumentDef>, String> {
        let mut all = Vec::new();
        for part in listed.split_whitespace() {
            let Some((name, kind)) = part.split_once(':') else {
                all.extend(self.given.get(part).ok_or_else(|| format!("no arguments `{part}`"))?.clone());
                continue;
            };
            let written = kind.trim_end_matches('=');
            all.push(ArgumentDef {
                name,
                base: base_of(written),
                written: written.to_owned(),
                required: kind.ends_with('!'),
            });
        }
        Ok(all)
    }

    /// Gives each type its parents' fields, and each parent the types that it can be.
    fn inherit(&mut self) -> Result<(), String> {
        for (name, parent) in std::mem::take(&mut self.parents) {
            let fields = self.types.get(parent).ok_or_else(|| format!("no type `{parent}`"))?.fields.clone();
            let Some(child) = self.types.get_mut(name) else { continue };
            child.fields.extend(fields);
            let possible = child.possible;
            if let Some(found) = self.types.get_mut(parent) {
                found.possible |= possible;
            }
        }
        Ok(())
    }
}

impl Schema {
    /// Reads the types; an error names the line.
    pub(super) fn read(text: &'static str) -> Result<Schema, String> {
        let mut reading = Reading::default();
        let mut current = None;
        for (at, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            current = reading
                .line(line, current)
                .map_err(|reason| format!("types.txt line {}: {reason}", at + 1))?;
        }
        reading.inherit()?;
        let mut types = reading.types;
        add_connections(&mut types);
        Ok(Schema { types })
    }
}

#[cfg(test)]
mod tests {
    use super::super::TEXT;
    use super::*;

    /// Scalars, and enums that only answers use.
    const LEAVES: [&str; 30] = [
        "Boolean",
        "BulkOperationErrorCode",
        "BulkOperationStatus",
        "BulkOperationUserErrorCode",
        "CountPrecision",
        "CountryCode",
        "CurrencyCode",
        "CustomerState",
        "DateTime",
        "Decimal",
        "Float",
        "ID",
        "Int",
        "MarketingTactic",
        "Money",
        "OrderActionType",
        "OrderAdjustmentDiscrepancyReason",
        "OrderCancelReason",
        "OrderDisplayFinancialStatus",
        "OrderDisplayFulfillmentStatus",
        "OrderTransactionKind",
        "OrderTransactionStatus",
        "ProductStatus",
        "RefundLineItemRestockType",
        "SaleActionType",
        "SaleLineType",
        "String",
        "URL",
        "UnsignedInt64",
        // an input object
        "WebhookSubscriptionInput",
    ];

    #[test]
    fn the_served_types_can_be_read_and_name_each_other() {
        let schema = Schema::read(TEXT).unwrap();
        for found in schema.types.values() {
            for (at, field) in found.fields.iter().enumerate() {
                let place = format!("{}.{}", found.name, field.name);
                let once = found.fields[..at].iter().all(|other| other.name != field.name);
                assert!(once, "{place} is listed twice");
                let bare = !schema.types.contains_key(field.base);
                assert!(!bare || LEAVES.contains(&field.base), "{place}: no type {}", field.base);
                for argument in &field.arguments {
                    let listed = schema.types.get(argument.base).is_some_and(|found| !found.is_composite());
                    assert!(listed || LEAVES.contains(&argument.base), "{place}({})", argument.name);
                }
            }
        }
        let order = &schema.types["Order"];
        assert_eq!(order.field("lineItems").unwrap().written, "LineItemConnection!");
        assert_eq!(order.field("lineItems").unwrap().arguments.len(), 5);
        assert_eq!(order.field("id").unwrap().written, "ID!", "from its parent");
        let sale = &schema.types["Sale"];
        assert!(sale.possible.count_ones() == 9 && sale.possible & schema.types["TipSale"].possible != 0);
        let run = schema.types["Mutation"].field("bulkOperationRunQuery").unwrap();
        let required: Vec<_> = run.arguments.iter().map(|argument| argument.required).collect();
        assert_eq!(required, [false, true], "a default stands in");
    }

    #[test]
    fn mistakes_name_the_line() {
        for (text, reason) in [
            ("object A\n  String nothing", "line 2: a type without fields"),
            ("  String: name", "line 1: fields without a type"),
            ("object A\n  String: noSuchField", "line 2: field `noSuchField` has no number"),
            ("object A\n  String (some): name", "line 2: no arguments `some`"),
            ("thing A", "line 1: `thing` begins no line"),
            ("object A is B", "no type `B`"),
        ] {
            let error = Schema::read(text).err().unwrap();
            assert!(error.contains(reason), "{error}");
        }
    }
}
