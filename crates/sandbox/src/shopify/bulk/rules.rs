//! What the platform accepts as a bulk query.
use crate::shopify::compile::{Pick, Purpose, compile};
use crate::shopify::field::Field;
use serde_json::Value;

const MOST_CONNECTIONS: usize = 5;
const DEEPEST: usize = 2;

/// Compiles a bulk query, or says in the platform's manner why it is refused; answers the root connection.
pub fn check(query: &str) -> Result<Pick, String> {
    let plan = compile(query, None, &Value::Null, Purpose::Bulk).map_err(|errors| {
        let words: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        format!("Invalid bulk query: {}", words.join("; "))
    })?;
    if plan.mutation {
        return Err("Invalid bulk query: only query operations are supported".into());
    }
    let mut roots = plan.picks.into_iter();
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err("Bulk queries can only contain one top level field.".into());
    };
    if !root.connection {
        return Err("Bulk queries must contain at least one connection.".into());
    }
    if !matches!(root.field, Field::Orders | Field::Customers | Field::Products | Field::ProductVariants) {
        return Err(format!("Bulk queries cannot contain the top level field `{}`.", root.name()));
    }
    let mut count = 0;
    look(&root, 0, false, true, &mut count)?;
    if count > MOST_CONNECTIONS {
        return Err(format!("Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."));
    }
    Ok(root)
}

/// Walks a pick that lies under `depth` connections; `parent_has_id` tells of the node around it.
fn look(
    pick: &Pick,
    depth: usize,
    in_list: bool,
    parent_has_id: bool,
    count: &mut usize,
) -> Result<(), String> {
    if pick.connection {
        *count += 1;
        if in_list {
            return Err(format!(
                "The `{}` field cannot be used in a bulk query: connection fields within list fields are not supported.",
                pick.name()
            ));
        }
        if depth > DEEPEST {
            return Err(format!(
                "Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
            ));
        }
        if !parent_has_id {
            return Err(format!(
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': {}.",
                pick.name()
            ));
        }
        let has_id = pick.node_slice().iter().any(|inner| inner.key == b"\"id\":");
        for inner in pick.node_slice() {
            look(inner, depth + 1, false, has_id, count)?;
        }
        return Ok(());
    }
    for inner in &pick.picks {
        look(inner, depth, in_list || pick.list, parent_has_id, count)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &str) -> String {
        check(query).err().unwrap_or_default()
    }

    #[test]
    fn the_rules_of_the_document() {
        assert!(refusal("{ shop { name } }").contains("at least one connection"));
        assert!(
            refusal("{ orders { nodes { id } } products { nodes { id } } }").contains("one top level field")
        );
        assert!(
            refusal("{ orders { edges { node { lineItems { edges { node { id } } } } } } }")
                .contains("must select the 'id'")
        );
        assert!(
            refusal(
                "{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }"
            )
            .contains("list fields")
        );
        assert!(
            refusal("{ orders { edges { node { id nonsense } } } }")
                .contains("doesn't exist on type 'Order'")
        );
        let deep = "{ products { edges { node { id variants { edges { node { id product { id variants { edges { node { id product { id variants { edges { node { id } } } } } } } } } } } } } } }";
        assert!(refusal(deep).contains("nesting depth"));
        let many = "{ orders { nodes { id lineItems { nodes { id } } shippingLines { nodes { id } } a: lineItems { nodes { id } } b: lineItems { nodes { id } } c: lineItems { nodes { id } } } } }";
        assert!(refusal(many).contains("more than 5"));
    }

    #[test]
    fn a_query_with_the_ledger_is_accepted() {
        let query = "{ orders(query: \"updated_at:>'2026-01-01'\") { edges { node { id lineItems { edges { node { id } } } \
                     agreements { edges { node { id sales { edges { node { id } } } \
                     ... on RefundAgreement { refund { id refundLineItems { edges { node { id } } } } } } } } } } } }";
        assert_eq!(refusal(query), "");
    }
}
