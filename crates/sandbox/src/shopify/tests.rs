//! Behaviour of the face as clients see it, on the golden brand.
use super::{Face, answer, schema};
use crate::options::{Brand, Options};
use crate::world::{golden, order};
use crate::{AppState, faults};
use graphql_parser::schema::{Definition, TypeDefinition, parse_schema};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

fn face_with(options: Options) -> Face {
    let app = AppState::new(Arc::new(golden::world()), options, "http://127.0.0.1:1".into());
    Face::new(Arc::new(app))
}

fn face() -> Face {
    face_with(Options { brand: Brand::Golden, unlimited: true, ..Options::default() })
}

pub fn ask(face: &Face, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables }).to_string();
    serde_json::from_slice(&answer::answer(face, body.as_bytes()).body).unwrap()
}

fn amount(bag: &Value) -> Decimal {
    bag["shopMoney"]["amount"].as_str().unwrap().parse().unwrap()
}

const LEDGER: &str = "query Ledger($first: Int!) { orders(first: $first, sortKey: PROCESSED_AT) { nodes { __typename id name
    currentTotalPriceSet { shopMoney { amount currencyCode } }
    agreements(first: 10) { nodes { __typename id reason happenedAt
      ... on RefundAgreement { refund { id totalRefundedSet { shopMoney { amount } } refundLineItems(first: 5) { nodes { quantity restockType restocked lineItem { id } } } } }
      sales(first: 10) { nodes { __typename id actionType lineType quantity
        totalAmount { shopMoney { amount } } totalTaxAmount { shopMoney { amount } }
        totalDiscountAmountBeforeTaxes { shopMoney { amount } }
        ... on ProductSale { lineItem { id sku variant { inventoryItem { unitCost { amount currencyCode } } } } } } } } }
    transactions { id kind status gateway amountSet { shopMoney { amount } } fees { amount { amount currencyCode } rate flatFee { amount } type } } } } }";

#[test]
fn the_ledger_of_an_order_adds_up_to_its_current_total() {
    let answer = ask(&face(), LEDGER, json!({ "first": 10 }));
    let orders = answer["data"]["orders"]["nodes"].as_array().unwrap();
    assert_eq!(orders.len(), 5);
    for order in orders {
        let agreements = order["agreements"]["nodes"].as_array().unwrap();
        let sum: Decimal = agreements
            .iter()
            .flat_map(|one| one["sales"]["nodes"].as_array().unwrap())
            .map(|sale| amount(&sale["totalAmount"]))
            .sum();
        assert_eq!(sum, amount(&order["currentTotalPriceSet"]), "{}", order["name"]);
    }
}

#[test]
fn the_refunded_golden_order() {
    let answer = ask(&face(), LEDGER, json!({ "first": 10 }));
    let order = &answer["data"]["orders"]["nodes"][1];
    assert_eq!(order["name"], "#G4");
    assert_eq!(
        order["currentTotalPriceSet"]["shopMoney"],
        json!({ "amount": "6.00", "currencyCode": "GBP" })
    );
    let agreement = &order["agreements"]["nodes"][1];
    assert_eq!(agreement["__typename"], "RefundAgreement");
    assert_eq!(agreement["happenedAt"], "2026-03-21T12:00:00Z");
    assert_eq!(agreement["refund"]["refundLineItems"]["nodes"][0]["restockType"], "RETURN");
    let sale = &agreement["sales"]["nodes"][0];
    assert_eq!((&sale["actionType"], &sale["quantity"]), (&json!("RETURN"), &json!(-1)));
    assert_eq!(amount(&sale["totalAmount"]), Decimal::from(-120));
    assert_eq!(amount(&sale["totalTaxAmount"]), Decimal::from(-20));
    assert_eq!(
        sale["lineItem"]["variant"]["inventoryItem"]["unitCost"],
        json!({ "amount": "35.00", "currencyCode": "GBP" })
    );
    let payments = order["transactions"].as_array().unwrap();
    assert_eq!(payments[0]["fees"][0]["amount"]["amount"], "3.95");
    assert_eq!(payments[0]["fees"][0]["rate"], "0.0290");
    assert_eq!((&payments[1]["kind"], &payments[1]["fees"]), (&json!("REFUND"), &json!([])));
}

#[test]
fn a_gift_card_sale_is_typed_as_one() {
    let answer = ask(&face(), LEDGER, json!({ "first": 10 }));
    let order = &answer["data"]["orders"]["nodes"][3];
    let sale = &order["agreements"]["nodes"][0]["sales"]["nodes"][0];
    assert_eq!((&sale["__typename"], &sale["lineType"]), (&json!("GiftCardSale"), &json!("GIFT_CARD")));
    assert_eq!(sale.get("lineItem"), None, "a ProductSale condition must not apply");
    assert_eq!(answer["data"]["orders"]["nodes"][4]["transactions"][0]["gateway"], "gift_card");
}

#[test]
fn pages_meet_without_gaps() {
    let face = face();
    let query = "query($after: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT) { edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }";
    let (mut names, mut after) = (Vec::new(), Value::Null);
    for _ in 0..9 {
        let page = ask(&face, query, json!({ "after": after }))["data"]["orders"].clone();
        names.extend(
            page["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()),
        );
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    // the refund made G4 the latest change
    assert_eq!(names, ["#G1", "#G6", "#G7a", "#G7b", "#G4"]);
}

#[test]
fn filters_by_time_of_change() {
    let query = "{ orders(first: 10, sortKey: UPDATED_AT, query: \"updated_at:>='2026-03-18T12:00:00Z' AND updated_at:<'2026-03-21T12:00:00Z'\") { nodes { name } } \
                 ordersCount(query: \"updated_at:>='2026-03-16'\") { count precision } }";
    let answer = ask(&face(), query, Value::Null);
    assert_eq!(answer["data"]["orders"]["nodes"], json!([{ "name": "#G7b" }]));
    assert_eq!(answer["data"]["ordersCount"], json!({ "count": 3, "precision": "EXACT" }));
    let ignored = ask(&face(), "{ orders(first: 1, query: \"colour:red\") { nodes { name } } }", Value::Null);
    assert_eq!(ignored["extensions"]["search"][0]["warnings"][0]["field"], "colour");
}

#[test]
fn unknown_fields_and_arguments_are_refused_as_the_platform_does() {
    let first = |query: &str| ask(&face(), query, Value::Null)["errors"][0].clone();
    let error = first("{ orders(first: 1) { nodes { colour } } }");
    assert_eq!(error["message"], "Field 'colour' doesn't exist on type 'Order'");
    assert_eq!(error["extensions"]["code"], "undefinedField");
    assert_eq!(error["locations"][0], json!({ "line": 1, "column": 30 }));
    assert_eq!(first("{ orders { nodes { id } } }")["message"], "you must provide one of first or last");
    assert_eq!(first("{ orders(first: 251) { nodes { id } } }")["extensions"]["code"], "BAD_REQUEST");
    assert_eq!(
        first("{ orders(first: 1, colour: 2) { nodes { id } } }")["extensions"]["code"],
        "argumentNotAccepted"
    );
    assert_eq!(
        first("{ orders(first: \"a\") { nodes { id } } }")["extensions"]["code"],
        "argumentLiteralsIncompatible"
    );
    assert_eq!(
        first("{ orders(first: 1, sortKey: COLOUR) { nodes { id } } }")["extensions"]["code"],
        "argumentLiteralsIncompatible"
    );
    assert_eq!(first("{ order { id } }")["extensions"]["code"], "missingRequiredArguments");
    assert_eq!(first("{ shop }")["extensions"]["code"], "selectionMismatch");
    assert_eq!(first("{ shop { name { first } } }")["extensions"]["code"], "selectionMismatch");
    assert_eq!(first("query($a: Int) { shop { name } }")["extensions"]["code"], "variableNotUsed");
    assert_eq!(first("query($a: ID!) { order(id: $a) { id } }")["extensions"]["code"], "INVALID_VARIABLE");
    assert_eq!(
        first("{ orders(first: 1) { nodes { ... on Sale { id } } } }")["extensions"]["code"],
        "cannotSpreadFragment"
    );
    assert_eq!(
        first("{ orders(first: 1, after: \"x\") { nodes { id } } }")["extensions"]["code"],
        "BAD_REQUEST"
    );
}

#[test]
fn fragments_aliases_and_directives() {
    let query = "query($no: Boolean = false) { a: shop { ...Names } b: shop { id @include(if: $no) __typename } } fragment Names on Shop { title: name currencyCode }";
    let answer = ask(&face(), query, Value::Null);
    assert_eq!(
        answer["data"],
        json!({ "a": { "title": "golden", "currencyCode": "GBP" }, "b": { "__typename": "Shop" } })
    );
}

#[test]
fn the_bucket_throttles_inside_http_200() {
    let face = face_with(Options { brand: Brand::Golden, ..Options::default() });
    let query = "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } agreements(first: 250) { nodes { id sales(first: 100) { nodes { id } } } } } } }";
    let too_dear = ask(&face, query, Value::Null);
    assert_eq!(too_dear["errors"][0]["extensions"]["code"], "MAX_COST_EXCEEDED");
    let dear = "{ orders(first: 100) { nodes { lineItems(first: 50) { nodes { id } } agreements(first: 20) { nodes { id sales(first: 9) { nodes { id } } } } } } }";
    let mut throttled = Value::Null;
    for _ in 0..60 {
        let answer = ask(&face, dear, Value::Null);
        if answer.get("errors").is_some() {
            throttled = answer;
            break;
        }
        let cost = &answer["extensions"]["cost"];
        assert!(cost["actualQueryCost"].as_u64() <= cost["requestedQueryCost"].as_u64());
    }
    assert_eq!(throttled["errors"][0]["message"], "Throttled");
    assert_eq!(throttled["errors"][0]["extensions"]["code"], "THROTTLED");
    assert_eq!(throttled["extensions"]["cost"]["throttleStatus"]["restoreRate"], 100.0);
}

const BULK: &str = "{ orders { edges { node { id name lineItems { edges { node { id quantity } } }
    agreements { edges { node { __typename id sales { edges { node { id lineType totalAmount { shopMoney { amount } } } } }
    ... on RefundAgreement { refund { id refundLineItems { edges { node { id restockType } } } } } } } } } } } }";

fn run_bulk(face: &Face, grouped: bool) -> (Value, Vec<Value>) {
    run(face, BULK, grouped)
}

/// Runs a bulk query to its end; answers the operation and the lines of its result.
pub fn run(face: &Face, query: &str, grouped: bool) -> (Value, Vec<Value>) {
    let mutation = "mutation($query: String!, $grouped: Boolean!) { bulkOperationRunQuery(query: $query, groupObjects: $grouped) { bulkOperation { id status } userErrors { code field message } } }";
    let created = ask(face, mutation, json!({ "query": query, "grouped": grouped }));
    let payload = &created["data"]["bulkOperationRunQuery"];
    assert_eq!(payload["userErrors"], json!([]));
    let id = payload["bulkOperation"]["id"].as_str().unwrap();
    let poll = "query($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt } }";
    for _ in 0..3_000 {
        let seen = ask(face, poll, json!({ "id": id }))["data"]["bulkOperation"].clone();
        if ["COMPLETED", "FAILED"].contains(&seen["status"].as_str().unwrap()) {
            let job = face.bulk.find(id.rsplit('/').next().unwrap().parse().unwrap()).unwrap();
            let text = job.open().map(|file| std::io::read_to_string(file).unwrap()).unwrap_or_default();
            return (seen, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the bulk operation did not end");
}

#[test]
fn a_bulk_result_has_all_objects_as_lines() {
    let face = face();
    let (seen, lines) = run_bulk(&face, false);
    assert_eq!(seen["status"], "COMPLETED");
    assert_eq!(seen["objectCount"], lines.len().to_string());
    assert_eq!(seen["rootObjectCount"], "5");
    assert!(seen["url"].as_str().unwrap().contains("/shopify/golden/bulk/"));
    let count = |kind: &str| lines.iter().filter(|line| line["id"].as_str().unwrap().contains(kind)).count();
    assert_eq!(
        (count("/Order/"), count("/LineItem/"), count("/SalesAgreement/"), count("/RefundLineItem/")),
        (5, 5, 6, 1)
    );
    assert_eq!(lines.iter().filter(|line| line.get("lineType").is_some()).count(), 9);
    let ids: Vec<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    for (index, line) in lines.iter().enumerate() {
        if let Some(parent) = line.get("__parentId") {
            let place = ids.iter().position(|id| *id == parent.as_str().unwrap()).unwrap();
            assert!(place < index, "a parent stands before its children");
        }
    }
    assert!(ids[1].contains("/Order/"), "without grouping, parents of a block stand together");
    let (_, grouped) = run_bulk(&face, true);
    assert!(grouped[1]["id"].as_str().unwrap().contains("/LineItem/"));
    assert_eq!(grouped.len(), lines.len());
}

#[test]
fn bulk_jobs_fail_when_they_are_told_to() {
    let face = face();
    let rules = json!([
        { "point": "shopify.bulk", "first": 1, "fault": { "kind": "bulk_fail" } },
        { "point": "shopify.bulk", "after": 1, "first": 1, "fault": { "kind": "bulk_partial" } }
    ]);
    face.app.faults.add(faults::Faults::parse(rules).unwrap());
    let (failed, lines) = run_bulk(&face, false);
    assert_eq!(
        (&failed["status"], &failed["errorCode"]),
        (&json!("FAILED"), &json!("INTERNAL_SERVER_ERROR"))
    );
    assert_eq!((&failed["url"], &failed["partialDataUrl"], lines.len()), (&Value::Null, &Value::Null, 0));
    let (partial, lines) = run_bulk(&face, false);
    assert_eq!((&partial["status"], &partial["url"]), (&json!("FAILED"), &Value::Null));
    assert!(partial["partialDataUrl"].as_str().unwrap().contains("-partial.jsonl"));
    assert_eq!(lines.iter().filter(|line| line.get("name").is_some()).count(), 3);
    let (whole, _) = run_bulk(&face, false);
    assert_eq!(whole["status"], "COMPLETED");
}

#[test]
fn bulk_results_expire_after_a_week() {
    let face = face();
    let (_, _) = run_bulk(&face, false);
    let now = face.app.world.now();
    face.app.world.move_clock(now + jiff::SignedDuration::from_hours(24 * 8));
    let answer = ask(&face, "{ bulkOperations(first: 5) { nodes { status url } } }", Value::Null);
    assert_eq!(answer["data"]["bulkOperations"]["nodes"][0], json!({ "status": "EXPIRED", "url": null }));
}

#[test]
fn every_field_of_the_schema_can_be_rendered() {
    // each scalar that must not be null is really written
    let face = face();
    for (root, type_name) in [
        ("orders(first: 10)", "Order"),
        ("customers(first: 1)", "Customer"),
        ("products(first: 4)", "Product"),
        ("productVariants(first: 4)", "ProductVariant"),
    ] {
        let query = format!("{{ {root} {{ nodes {{ {} }} }} }}", select_all(type_name, 5));
        let answer = ask(&face, &query, Value::Null);
        assert_eq!(answer.get("errors"), None, "{type_name}");
        for node in answer["data"].as_object().unwrap().values().next().unwrap()["nodes"].as_array().unwrap()
        {
            check(node, type_name);
        }
    }
}

/// All fields of a type, down to `depth`, with a page size where one is needed.
fn select_all(type_name: &str, depth: usize) -> String {
    let found = schema::type_named(type_name).unwrap();
    let mut fields = vec!["__typename".to_owned()];
    for field in &found.fields {
        match schema::type_named(field.base).filter(|inner| inner.is_composite()) {
            None => fields.push(field.name.to_owned()),
            Some(_) if depth == 0 || (field.base == "Product" && type_name != "LineItem") => {}
            Some(inner) => {
                let page = if field.base.ends_with("Connection") { "(first: 9)" } else { "" };
                let picked = match field.base.strip_suffix("Connection") {
                    Some(node) => format!("nodes {{ {} }}", select_all(node, depth - 1)),
                    None => select_all(inner.name, depth - 1),
                };
                fields.push(format!("{}{page} {{ {picked} }}", field.name));
            }
        }
    }
    fields.join(" ")
}

/// Refuses nulls where the schema says non-null.
fn check(value: &Value, type_name: &str) {
    let name = value["__typename"].as_str().unwrap_or(type_name);
    let found = schema::type_named(name).unwrap();
    for (key, inner) in value.as_object().unwrap() {
        let Some(field) = found.field(key) else { continue };
        assert!(!(inner.is_null() && field.written.ends_with('!')), "{name}.{key} must not be null");
        let nodes = inner.get("nodes").unwrap_or(inner);
        let base = field.base.trim_end_matches("Connection");
        match nodes {
            Value::Object(_) => check(nodes, base),
            Value::Array(items) => {
                items.iter().filter(|item| item.is_object()).for_each(|item| check(item, base))
            }
            _ => {}
        }
    }
}

#[test]
fn the_served_schema_is_a_part_of_the_platforms_own() {
    let shared = std::env::var_os("NETGAIN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let file = shared.join("specs/shopify/admin_2026-10.graphql");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: {} is absent (set NETGAIN_SHARED)", file.display());
        return;
    };
    let document = parse_schema::<&str>(&text).unwrap();
    // a union has no fields of its own
    let none = Vec::new();
    let mut theirs = HashMap::new();
    let mut enums = HashMap::new();
    for definition in &document.definitions {
        match definition {
            Definition::TypeDefinition(TypeDefinition::Object(object)) => {
                theirs.insert(object.name, &object.fields);
            }
            Definition::TypeDefinition(TypeDefinition::Interface(one)) => {
                theirs.insert(one.name, &one.fields);
            }
            Definition::TypeDefinition(TypeDefinition::Union(one)) => {
                theirs.insert(one.name, &none);
            }
            Definition::TypeDefinition(TypeDefinition::Enum(one)) => {
                enums.insert(one.name, &one.values);
            }
            _ => {}
        }
    }
    let mut compared = 0;
    for ours in schema::all() {
        if !ours.is_composite() {
            let values = enums[ours.name];
            for value in &ours.values {
                assert!(values.iter().any(|known| known.name == *value), "{} has no {value}", ours.name);
            }
            continue;
        }
        let fields = theirs.get(ours.name).unwrap_or_else(|| panic!("there is no type {}", ours.name));
        for field in &ours.fields {
            let known = fields
                .iter()
                .find(|known| known.name == field.name)
                .unwrap_or_else(|| panic!("{} has no field {}", ours.name, field.name));
            assert_eq!(known.field_type.to_string(), field.written, "{}.{}", ours.name, field.name);
            for argument in &field.arguments {
                let given =
                    known.arguments.iter().find(|given| given.name == argument.name).unwrap_or_else(|| {
                        panic!("{}.{} has no argument {}", ours.name, field.name, argument.name)
                    });
                assert_eq!(
                    given.value_type.to_string(),
                    argument.written,
                    "{}.{}({})",
                    ours.name,
                    field.name,
                    argument.name
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_refund_in_parts_leaves_nothing_over() {
    let world = golden::world();
    let mut shop = world.shop_mut();
    let order = &mut shop.orders[0];
    order.lines[0].quantity = 3;
    order.lines[0].unit_price = 3_333;
    order.lines[0].settle(true);
    for _ in 0..3 {
        let lines = vec![order.return_units(0, 1, crate::world::shop::Restock::Return)];
        order.refund(order.placed_at + 60, crate::world::shop::Refund { lines, ..Default::default() });
    }
    assert_eq!(order.current_total(), order.shipping_sold().total);
    assert_eq!(order::take_fee(12_600, 290, 30).amount, 395);
}
