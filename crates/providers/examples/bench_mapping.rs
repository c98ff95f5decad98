//! Measures the mapping of Shopify orders of about five kilobytes: from the platform's bytes to canonical rows,
//! on one thread. Prints one line of JSON.

use std::error::Error;
use std::time::Instant;

use netgain_mapping::{Context, Mapper, parse};
use serde_json::{Value, json};

/// Orders in memory; more would measure the memory rather than the mapping.
const ORDERS: usize = 4_000;
/// Times that all of them are mapped; the fastest counts, since the machine may be busy with other work.
const ROUNDS: usize = 15;
/// Bytes that an order is filled up to.
const BYTES: usize = 5_000;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = netgain_providers::manifest("shopify")?.ok_or("the manifest is missing")?;
    let mapper = Mapper::compile(manifest.stream("orders").ok_or("the stream is missing")?)?;
    let sample: Value = serde_json::from_str(include_str!("../shopify/samples/orders.json"))?;
    let model = sample.pointer("/data/orders/nodes/0").ok_or("the sample holds no order")?;
    let orders: Vec<String> = (0..ORDERS).map(|number| order(model, number)).collect::<Result<_, _>>()?;
    let bytes: usize = orders.iter().map(String::len).sum();
    let context = Context::new();
    let (mut fastest, mut rows) = (f64::INFINITY, 0);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        rows = 0;
        for (at, text) in orders.iter().enumerate() {
            let records = mapper.record(&parse(text)?, u32::try_from(at)?, 0, &context)?;
            rows += records.iter().map(|record| 1 + record.children.len()).sum::<usize>();
        }
        fastest = fastest.min(began.elapsed().as_secs_f64());
    }
    let figures = json!({
        "bench": "mapping_orders",
        "orders": ORDERS,
        "bytes_per_order": bytes / ORDERS,
        "rows_per_order": rows as f64 / ORDERS as f64,
        "orders_per_second_per_core": (ORDERS as f64 / fastest).round(),
        "megabytes_per_second": (bytes as f64 / fastest / 1e6).round(),
    });
    println!("{figures}");
    Ok(())
}

/// One order with ids of its own and as many lines, each with its sale, as fill the wanted size.
fn order(model: &Value, number: usize) -> Result<String, Box<dyn Error>> {
    let mut order = model.clone();
    order["id"] = json!(format!("gid://shopify/Order/{}", 5_000_000_000_000_u64 + number as u64));
    let line = order["lineItems"]["nodes"][0].clone();
    let sale = order["agreements"]["nodes"][0]["sales"]["nodes"][0].clone();
    for at in 1.. {
        if order.to_string().len() >= BYTES {
            break;
        }
        let id = number * 100 + at;
        let mut line = line.clone();
        line["id"] = json!(format!("gid://shopify/LineItem/{}", 14_000_000_000_000_u64 + id as u64));
        let mut sale = sale.clone();
        sale["id"] = json!(format!("gid://shopify/ProductSale/{}", 15_000_000_000_000_u64 + id as u64));
        sale["lineItem"] = json!({"id": line["id"]});
        for (list, node) in [("/lineItems/nodes", line), ("/agreements/nodes/0/sales/nodes", sale)] {
            order
                .pointer_mut(list)
                .and_then(Value::as_array_mut)
                .ok_or("the sample has another shape")?
                .push(node);
        }
    }
    Ok(order.to_string())
}
