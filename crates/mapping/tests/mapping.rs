//! Field tables run over records: digits are kept, nested rows see what encloses them, bad records stay alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use netgain_domain::{Row, Table, Value};
use netgain_manifest::{Manifest, Stream};
use netgain_mapping::{Context, Mapped, Mapper, parse};

/// A stream whose field table is `map`, in YAML; a manifest around it.
fn stream(entity: &str, key: &str, records: &str, map: &str) -> Stream {
    let map: String = map.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "manifest: 1\nid: t\nname: T\ncategory: commerce\ndocs: d\nversions: {{api: '1'}}\n\
         connection: {{fields: {{}}}}\nauth: {{kind: none}}\n\
         http: {{base_url: 'https://a.example', allowed_hosts: [a.example]}}\nerrors: []\n\
         check: {{request: {{path: /}}, expect: id}}\nstreams:\n  - name: s\n    entity: {entity}\n    \
         request: {{path: /}}\n    fetch: {{kind: pages}}\n    pagination: {{kind: none}}\n    \
         decode: {{kind: json}}\n    records: '{records}'\n    cursor: {{kind: full}}\n    key: {key}\n    \
         map:\n{map}"
    );
    Manifest::from_yaml(&text).unwrap().stream("s").unwrap().clone()
}

fn map_with(stream: &Stream, body: &str, context: &Context) -> Mapped {
    Mapper::compile(stream).unwrap().page(&parse(body).unwrap(), 7, context)
}

fn map(stream: &Stream, body: &str) -> Mapped {
    map_with(stream, body, &Context::new())
}

fn decimal(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Decimal(amount) => amount.to_string(),
        other => panic!("{column}: {other:?}"),
    }
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    match row.get(column) {
        Value::Text(text) => text,
        other => panic!("{column}: {other:?}"),
    }
}

const PRICE: &str = "fields:\n  price: {from: price, as: money}\n  unit_cost: {from: cost, as: decimal}";

#[test]
fn money_keeps_its_digits_as_number_and_as_text() {
    let stream = stream("variants", "[id]", "", PRICE);
    for digits in ["12345678901234567.89", "0.1", "19.990", "-0.00", "100", "0.1000000000000000055511151231"]
    {
        let body = format!("[{{\"id\": 1, \"price\": {digits}, \"cost\": \"{digits}\"}}]");
        let mapped = map(&stream, &body);
        assert_eq!(mapped.quarantined, [], "{digits}");
        let row = &mapped.records[0].root;
        let expected: netgain_domain::Decimal = digits.parse().unwrap();
        assert_eq!(decimal(row, "price"), expected.to_string());
        assert_eq!(decimal(row, "unit_cost"), expected.to_string());
    }
    let row = map(&stream, r#"[{"id": 1, "price": 19.990, "cost": 1.5e2}]"#).records.remove(0).root;
    assert_eq!((decimal(&row, "price").as_str(), decimal(&row, "unit_cost").as_str()), ("19.990", "150"));
}

#[test]
fn a_bad_record_is_set_aside_and_its_page_goes_on() {
    let stream = stream("variants", "[id]", "data.nodes", PRICE);
    let body = r#"{"data": {"nodes": [{"id": 9007199254740993, "price": 1}, {"id": "b", "price": "1,50"},
        {"price": 3}, {"id": "d", "price": {"amount": 4}}, {"id": "e", "cost": null},
        {"id": "f", "price": 1234567890123456789012345678901234567890.5}, {"id": "g", "price": "1_000"}]}}"#;
    let mapped = map(&stream, body);
    let ids: Vec<_> = mapped.records.iter().map(|record| record.root.source_id.as_str()).collect();
    assert_eq!(ids, ["9007199254740993", "e"]);
    assert_eq!(mapped.records[1].position, 4);
    assert!(mapped.records[1].root.get("unit_cost").is_null());
    let bad: Vec<_> = mapped.quarantined.iter().map(|bad| (bad.position, bad.path.as_str())).collect();
    assert_eq!(bad, [(1, "price"), (2, "id"), (3, "price"), (5, "price"), (6, "price")]);
    assert!(mapped.quarantined[0].reason.contains("1,50"), "{}", mapped.quarantined[0]);
}

const ORDER: &str = "\
key_prefix: gid://shop/Order/
version: {from: updatedAt, as: time}
fields:
  name: {from: name}
  placed_at: {from: processedAt, as: time}
  currency: {from: currency, required: true}
  total_refunded: {sum: 'refunds[].amount', as: money}
  tags: {from: 'tags[]', join: ', '}
  financial_status: {from: status, as: enum, enum: {PAID: paid}, default: unknown}
  channel: {from: channel, null_tokens: ['', none], default: web}
  is_test: {from: test, as: bool}
rows:
  - into: sale_events
    from: agreements.nodes[].sales.nodes[]
    key: [^.id, id]
    where: {lineType: [PRODUCT, SHIPPING]}
    fields:
      agreement_id: {from: ^.id, as: id}
      happened_at: {from: ^.happenedAt, as: time}
      currency: {from: $.currency}
      reason: {const: order}
      action: {const: order}
      kind: {from: lineType, as: enum, enum: {PRODUCT: product, SHIPPING: shipping}}
      quantity: {from: quantity, as: int}
      total_amount: {from: total.amount, as: money}
      tax_amount: {const: '0', as: money}
      discount_amount: {from: discount, as: money, default: '0'}
  - into: variants
    from: products[]
    key: [sku]
    where: {sku: [exists]}
    fields:
      sku: {from: sku}";

const ORDER_BODY: &str = r#"{"id": "gid://shop/Order/12", "name": "\u00231", "processedAt": "2026-03-31T22:00:00-05:00",
 "updatedAt": "2026-04-01T00:00:00Z", "currency": "USD", "tags": ["a", "b"], "status": "ODD", "channel": "none",
 "test": false, "refunds": [{"amount": "1.10"}, {"amount": 2.205}, {"amount": null}],
 "agreements": {"nodes": [
  {"id": "A1", "happenedAt": "2026-03-31T22:00:00-0500", "sales": {"nodes": [
    {"id": "1", "lineType": "PRODUCT", "quantity": 2, "total": {"amount": "10.00"}, "discount": 1.5},
    {"id": "2", "lineType": "TIP", "total": {"amount": "x"}}]}},
  {"id": "A2", "happenedAt": "2026-04-02T00:00:00Z", "sales": {"nodes": [
    {"id": "1", "lineType": "SHIPPING", "quantity": null, "total": {"amount": "-5.00"}}]}}]},
 "products": [{"sku": "S1"}, {"sku": null}]}"#;

#[test]
fn rows_of_two_levels_read_their_parent_and_name_their_root() {
    let mapped = map(&stream("orders", "[id]", "", ORDER), ORDER_BODY);
    assert_eq!(mapped.quarantined, []);
    let [order, variant] = mapped.records.as_slice() else { panic!("{mapped:?}") };
    assert_eq!(order.root.source_id, "12");
    assert_eq!(order.version, 1_775_001_600_000_000);
    assert_eq!(decimal(&order.root, "total_refunded"), "3.305");
    assert_eq!(text(&order.root, "tags"), "a, b");
    assert_eq!(text(&order.root, "financial_status"), "unknown");
    assert_eq!(text(&order.root, "channel"), "web");
    assert_eq!(order.root.get("is_test"), &Value::Bool(false));
    assert_eq!(order.root.get("placed_at"), &Value::Time("2026-04-01T03:00:00Z".parse().unwrap()));
    let [sale, shipping] = order.children.as_slice() else { panic!("{:?}", order.children) };
    assert_eq!((sale.source_id.as_str(), shipping.source_id.as_str()), ("A1:1", "A2:1"));
    assert_eq!(text(sale, "order_id"), "12");
    assert_eq!(sale.get("happened_at"), &Value::Time("2026-04-01T03:00:00Z".parse().unwrap()));
    assert_eq!(shipping.get("happened_at"), &Value::Time("2026-04-02T00:00:00Z".parse().unwrap()));
    assert_eq!((text(shipping, "currency"), text(shipping, "kind")), ("USD", "shipping"));
    assert_eq!((sale.get("quantity"), shipping.get("quantity")), (&Value::Int(2), &Value::Null));
    assert_eq!(decimal(shipping, "discount_amount"), "0");
    assert_eq!((variant.root.table, variant.root.source_id.as_str()), (Table::Variants, "S1"));
}

#[test]
fn a_bad_row_sets_its_whole_record_aside_and_names_the_element() {
    let body = ORDER_BODY.replace("\"-5.00\"", "\"free\"");
    let mapped = map(&stream("orders", "[id]", "", ORDER), &body);
    assert_eq!(mapped.records, []);
    let bad = &mapped.quarantined[0];
    assert_eq!(bad.path, "agreements.nodes[].sales.nodes[] (element 2): total.amount");
    let body = ORDER_BODY.replace("\"name\": \"\\u00231\",", "");
    let mapped = map(&stream("orders", "[id]", "", ORDER), &body);
    assert!(mapped.quarantined[0].reason.contains("orders.name"), "{:?}", mapped.quarantined);
}

const AD_DAY: &str = "\
fields:
  day: {from: date_start, as: date}
  level: {const: ad}
  entity_id: {from: ad_id, as: id}
  currency: {from: '@account.currency'}
  spend: {from: spend, as: money, scale: currency_minor, currency: '@account.currency'}
  conversions:
    any_of: ['actions[?action_type=omni_purchase].value', 'actions[?action_type=purchase].value']
    as: decimal";

#[test]
fn the_first_kind_of_action_counts_and_the_context_gives_the_currency() {
    let stream = stream("ad_days", "[date_start, ad_id]", "data", AD_DAY);
    let body = r#"{"data": [{"date_start": "2026-03-01", "ad_id": "120", "spend": 1435, "actions": [
        {"action_type": "purchase", "value": "5"}, {"action_type": "omni_purchase", "value": "3"}]},
        {"date_start": "2026-03-02", "ad_id": "120", "spend": "7", "actions": [{"action_type": "purchase", "value": 5}]},
        {"date_start": "2026-03-03", "ad_id": "120", "spend": "7"}]}"#;
    let context = |code: &str| Context::from([("account.currency".to_owned(), code.to_owned())]);
    let mapped = map_with(&stream, body, &context("EUR"));
    let [first, second, third] = mapped.records.as_slice() else { panic!("{mapped:?}") };
    assert_eq!((first.root.source_id.as_str(), first.version), ("2026-03-01:120", 7));
    assert_eq!(
        (decimal(&first.root, "spend"), decimal(&first.root, "conversions")),
        ("14.35".into(), "3".into())
    );
    assert_eq!(
        (decimal(&second.root, "spend"), decimal(&second.root, "conversions")),
        ("0.07".into(), "5".into())
    );
    assert!(third.root.get("conversions").is_null());
    let yen = map_with(&stream, body, &context("JPY"));
    assert_eq!(decimal(&yen.records[0].root, "spend"), "1435");
    assert_eq!(map(&stream, body).quarantined.len(), 3);
}

#[test]
fn tables_that_cannot_work_are_refused_when_compiled() {
    let refused = |map: &str| Mapper::compile(&stream("customers", "[id]", "", map)).unwrap_err().to_string();
    assert!(refused("fields: {nick: {from: a}}").contains("no column `nick`"));
    assert!(refused("fields: {name: {from: a..b}}").contains("empty name"));
    assert!(refused("fields: {name: {from: 'a[x]'}}").contains("unknown `[…]`"));
    assert!(refused("fields: {name: {from: ^.a}}").contains("leaves the record"));
    assert!(refused("fields: {name: {from: a, const: b}}").contains("exactly one"));
    assert!(refused("fields: {name: {from: a, as: enum}}").contains("words"));
    assert!(refused("fields: {created_at: {const: noon, as: time}}").contains("noon"));
    assert!(
        refused("fields: {}\nrows: [{into: order_lines, from: 'a[]', key: [id], fields: {}}]")
            .contains("orders")
    );
}

#[test]
fn times_are_read_with_offset_zone_or_epoch() {
    let instant = |field: &str, said: &str| {
        let stream = stream("customers", "[id]", "", &format!("fields:\n  created_at: {field}"));
        let mapped = map(&stream, &format!("{{\"id\": 1, \"t\": {said}}}"));
        mapped.records.first().map(|record| record.root.get("created_at").clone())
    };
    let noon = Some(Value::Time("2026-07-01T12:00:00Z".parse().unwrap()));
    assert_eq!(instant("{from: t, as: time}", "\"2026-07-01T14:00:00+02:00\""), noon);
    assert_eq!(instant("{from: t, as: time, zone: Europe/Berlin}", "\"2026-07-01 14:00:00\""), noon);
    assert_eq!(instant("{from: t, as: epoch_s}", "1782907200"), noon);
    assert_eq!(instant("{from: t, as: epoch_ms}", "\"1782907200000\""), noon);
    assert_eq!(instant("{from: t, as: time}", "\"2026-07-01 14:00:00\""), None);
}

#[test]
fn a_zone_may_stand_beside_the_record_and_sheets_count_days() {
    let instant = |field: &str, said: &str, zone: &str| {
        let stream = stream("customers", "[id]", "", &format!("fields:\n  created_at: {field}"));
        let context: Context = [("account.time_zone".to_owned(), zone.to_owned())].into();
        let mapped = map_with(&stream, &format!("{{\"id\": 1, \"t\": {said}}}"), &context);
        mapped.records.first().map(|record| record.root.get("created_at").clone())
    };
    let noon = Some(Value::Time("2026-07-01T12:00:00Z".parse().unwrap()));
    let said = "{from: t, as: time, zone: \"@account.time_zone\"}";
    assert_eq!(instant(said, "\"2026-07-01 14:00:00\"", "Europe/Berlin"), noon);
    assert_eq!(instant(said, "\"2026-07-01 14:00:00\"", "Nowhere/Else"), None);
    let sheet = "{from: t, as: serial_time, zone: \"@account.time_zone\"}";
    assert_eq!(instant(sheet, "46204.5", "UTC"), noon);
    assert_eq!(instant(sheet, "46204.583333333336", "Europe/Berlin"), noon);
    assert_eq!(instant("{from: t, as: serial_time}", "46204.5", "UTC"), None);
}

#[test]
fn a_truth_value_may_have_words() {
    let truth = |words: &str, said: &str| {
        let stream = stream(
            "products",
            "[id]",
            "",
            &format!("fields:\n  is_gift_card: {{from: t, as: bool, {words}}}"),
        );
        let mapped = map(&stream, &format!("{{\"id\": 1, \"t\": {said}}}"));
        mapped.records.first().map(|record| record.root.get("is_gift_card").clone())
    };
    let other = "enum: {\"(other)\": \"true\"}, default: \"false\"";
    assert_eq!(truth(other, "\"(other)\""), Some(Value::Bool(true)));
    assert_eq!(truth(other, "\"google\""), Some(Value::Bool(false)));
    assert_eq!(truth(other, "null"), Some(Value::Bool(false)));
    let any = "enum: {exists: \"true\"}, default: \"false\"";
    assert_eq!(truth(any, "\"10000000\""), Some(Value::Bool(true)));
    assert_eq!(truth(any, "null"), Some(Value::Bool(false)));
    assert_eq!(truth("enum: {on: \"true\"}", "\"of course\""), None);
}

#[test]
fn a_body_must_be_one_json_document() {
    assert!(parse("{\"a\": 1} x").is_err());
    assert!(parse("{\"a\": ").is_err());
}

#[test]
fn charges_written_as_negative_amounts_are_turned_and_kept_apart() {
    let fields = "fields:
  kind: {const: charge}
  gross: {sum: \"parts[?kind!=Fee].amount\", as: money}
  fee: {sum: \"parts[?kind=Fee].amount\", as: money, negate: true}
  currency: {const: GBP}
  created_at: {const: \"2026-07-01T12:00:00Z\", as: time}";
    let stream = stream("balance_transactions", "[id]", "", fields);
    let said = r#"{"id": 1, "parts": [{"kind": "Sale", "amount": 10.5}, {"amount": 2}, {"kind": "Fee", "amount": -1.25}]}"#;
    let mapped = map(&stream, said);
    let row = &mapped.records[0].root;
    assert_eq!(row.get("gross"), &Value::Decimal("12.5".parse().unwrap()));
    assert_eq!(row.get("fee"), &Value::Decimal("1.25".parse().unwrap()));
}
