//! Webhooks through the real program: registered, proved, kept, acknowledged and applied; `kill -9` in the middle of a
//! burst loses nothing that was acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Home, Sandbox, http, order_file};
use crate::serve::{Server, count, inbox, send, status_of, wait_for, wait_until_applied};

fn wait_until_registered(sandbox: &Sandbox) -> Value {
    wait_for("the registration", || {
        let registrations = sandbox.get("/control/webhooks")["registrations"].clone();
        let known = registrations.as_array().unwrap().iter().filter(|one| one["forgotten"] == false).count();
        (known == 10).then_some(registrations)
    })
}

#[test]
fn what_happens_at_the_platform_is_in_the_warehouse_at_once() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    home.stdout(&["sync", "--workspace", "w"]);
    let mut server = Server::start(&home, "0");
    let registrations = wait_until_registered(&sandbox);
    let path =
        registrations[0]["address"].as_str().unwrap().strip_prefix(&server.address).unwrap().to_owned();

    // a refund is announced, read and reckoned
    let orders = server
        .rows("SELECT source_id FROM orders WHERE total_refunded = 0 AND NOT is_test AND total_price > 0");
    let refunded = orders.as_array().unwrap().iter().find_map(|row| {
        let id = row[0].as_str().unwrap();
        let host = sandbox.ready().address.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "POST /world/orders/{id}/refund HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.contains(" 200 ").then(|| id.to_owned())
    });
    let order = refunded.expect("an order that can be refunded");
    let sql = format!("SELECT 1 FROM orders WHERE source_id = '{order}' AND total_refunded > 0");
    wait_for("the refund", || Some(server.rows(&sql)).filter(|rows| !rows.as_array().unwrap().is_empty()));
    let kept = wait_until_applied(&home);
    assert_eq!((count(&kept, &["done"]), count(&kept, &["dead"])), (2, 0), "{kept}");
    // the key figures follow without a sync
    let net_sales = |table: &str, sum: &str, of: &str| {
        server.rows(&format!("SELECT CAST(sum({sum}) AS DECIMAL(38, 2)) FROM {table} WHERE {of}"))[0][0]
            .clone()
    };
    wait_for("the key figures", || {
        let figure = net_sales("kpi_values", "value", "metric = 'net_sales'");
        (figure == net_sales("daily_pnl", "net_sales", "true")).then_some(())
    });
    // the way to the order is read with it
    let journey = format!(
        "SELECT count(*) FROM journeys AS j JOIN orders AS o ON o.source_id = j.source_id \
         WHERE o.source_id = '{order}' AND o.total_refunded > 0 AND j.updated_at = o.updated_at"
    );
    assert_eq!(server.rows(&journey)[0][0], 1);

    // twice is once, forged is refused, and who guesses finds nothing
    let event = json!({"face": "shopify", "topic": "orders/updated", "objects": [order], "duplicate": 2});
    let sent = send(&sandbox.ready().address, &event);
    assert!(sent.len() == 3 && sent.iter().all(|one| one["status"] == 200), "{sent:?}");
    assert_eq!(count(&wait_until_applied(&home), &["done"]), 3);
    let event = json!({"face": "shopify", "topic": "orders/updated", "objects": [order], "forge": true});
    assert_eq!(send(&sandbox.ready().address, &event)[0]["status"], 401);
    assert_eq!(status_of(&server.address, &path), 401);
    assert_eq!(status_of(&server.address, "/webhooks/0123456789"), 404);

    // an object that is gone needs nothing; one that was deleted is deleted
    let rows = server.rows("SELECT source_id FROM customers LIMIT 1");
    let customer = rows[0][0].as_str().unwrap();
    let gone = json!({"face": "shopify", "topic": "customers/delete", "objects": [customer], "body": {"id": customer.parse::<u64>().unwrap()}});
    assert_eq!(send(&sandbox.ready().address, &gone)[0]["status"], 200);
    let sql = format!("SELECT 1 FROM customers WHERE source_id = '{customer}'");
    wait_for("the deletion", || Some(server.rows(&sql)).filter(|rows| rows.as_array().unwrap().is_empty()));

    // what the platform drops without a word is noticed and told again
    http(
        "POST",
        &sandbox.ready().address,
        "/control/webhooks/forget",
        Some(&json!({"face": "shopify", "id": 3})),
    );
    let port = server.port().to_owned();
    server.child.kill();
    let server = Server::start(&home, &port);
    wait_until_registered(&sandbox);
    let note = wait_for("the note", || {
        let note = inbox(&home)["note"].as_str().unwrap_or_default().to_owned();
        note.contains("had dropped 1 webhook").then_some(note)
    });
    let cards = http("GET", &server.address, "/api/v1/workspaces/w/connections", None);
    assert_eq!(cards["connections"][0]["webhooks"]["note"], note.as_str(), "{cards}");
}

#[test]
fn killed_in_a_burst_nothing_acknowledged_is_lost() {
    let folder = TempDir::new().unwrap();
    let file = order_file(folder.path(), 400);
    let sandbox = Sandbox::start(Options { orders: Some(file), unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    home.stdout(&["sync", "--workspace", "w"]);
    let mut server = Server::start(&home, "0");
    wait_until_registered(&sandbox);
    let port = server.port().to_owned();
    let rows = server.rows("SELECT source_id FROM orders");
    let orders: Vec<Value> = rows.as_array().unwrap().iter().map(|row| row[0].clone()).collect();
    let before = server.rows("SELECT source_id, version, content_hash FROM orders ORDER BY 1");

    let (mut acknowledged, mut cut) = (0, 0);
    for some in [1, 100, 300, 550] {
        let address = sandbox.ready().address.clone();
        let so_far =
            || sandbox.get("/control/webhooks")["counts"]["shopify"]["acknowledged"].as_u64().unwrap_or(0);
        let begins_at = so_far();
        let event = json!({"face": "shopify", "topic": "orders/updated", "objects": orders, "duplicate": 1});
        let burst = std::thread::spawn(move || send(&address, &event));
        // in the middle: some are acknowledged, the others are on their way
        wait_for("an acknowledgement", || (so_far() >= begins_at + some).then_some(()));
        server.child.kill();
        let sent = burst.join().unwrap();
        let taken: std::collections::BTreeSet<&str> = sent
            .iter()
            .filter(|one| one["status"] == 200)
            .map(|one| one["event"].as_str().unwrap())
            .collect();
        acknowledged += taken.len() as u64;
        cut += u64::from(taken.len() < orders.len());
        server = Server::start(&home, &port);
    }
    println!("{acknowledged} events were acknowledged, {cut} bursts were cut");
    assert!(acknowledged > 0, "no burst got an answer");
    let kept = wait_until_applied(&home);
    assert!(count(&kept, &["done"]) >= acknowledged, "{acknowledged} were acknowledged: {kept}");
    assert_eq!(count(&kept, &["dead", "ignored"]), 0, "{kept}");
    // nothing had changed, so nothing has
    assert_eq!(server.rows("SELECT source_id, version, content_hash FROM orders ORDER BY 1"), before);
}
