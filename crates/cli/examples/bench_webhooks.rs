//! Measures acknowledgements: signed deliveries over HTTP to the program, each proved and on disk before its answer;
//! beside it, as the floor, the same events put into the same store without HTTP and proof. Prints JSON lines.
//!
//! `cargo run --profile demo -p netgain-cli --example bench_webhooks -- NETGAIN_BINARY [EVENTS]`

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Instant;

use base64::Engine as _;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use netgain_control::{Control, Inbox, NewConnection, NewEvent, NewWorkspace, Secret};
use netgain_domain::{ConnectionId, WorkspaceId};
use serde_json::{Value, json};
use sha2::Sha256;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SECRET: &str = "a secret of the benchmark";
/// Deliveries under way at once.
const CLIENTS: usize = 64;

/// A child that does not outlive the benchmark.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let binary = args.next().ok_or("name the program: bench_webhooks NETGAIN_BINARY [EVENTS]")?;
    let events: usize = args.next().map_or(Ok(20_000), |text| text.parse())?;
    let home = tempfile::tempdir()?;
    let key = prepare(home.path())?;
    println!("{}", acknowledgements(&binary, home.path(), &key, events)?);
    // a store of its own, so that what is there already does not count
    let floor = tempfile::tempdir()?;
    prepare(floor.path())?;
    println!("{}", inserts(floor.path(), events, CLIENTS)?);
    println!("{}", inserts(floor.path(), events / 10, 1)?);
    Ok(())
}

/// A connection whose deliveries can be proved; the key of its address.
fn prepare(home: &Path) -> Result<String> {
    let control = Control::open(home)?;
    let workspace: WorkspaceId = "bench".parse()?;
    control.create_workspace(&NewWorkspace {
        id: workspace.clone(),
        name: "Bench".to_owned(),
        currency: "GBP".parse()?,
        time_zone: "Europe/London".to_owned(),
        settings: r#"{"currency":"GBP","time_zone":"Europe/London"}"#.to_owned(),
    })?;
    let connection: ConnectionId = "shop".parse()?;
    control.create_connection(
        &workspace,
        &NewConnection {
            id: connection.clone(),
            provider: "shopify".to_owned(),
            name: "Shop".to_owned(),
            base_url: None,
            local: false,
            mode: netgain_control::CredentialMode::Own,
            fields: [("shop".to_owned(), "bench".to_owned())].into(),
        },
    )?;
    control.put_secret(&workspace, &connection, "client_secret", &Secret::new(SECRET.to_owned()))?;
    Ok(control.endpoint(&workspace, &connection)?.key)
}

/// The body of an event of which nothing is asked, so that applying it costs next to nothing.
fn body(number: usize) -> String {
    let filler = "x".repeat(2_000);
    json!({"id": number, "admin_graphql_api_id": format!("gid://shopify/Cart/{number}"), "note": filler})
        .to_string()
}

fn acknowledgements(binary: &str, home: &Path, key: &str, events: usize) -> Result<Value> {
    let mut server = Command::new(binary)
        .args(["serve", "--open", "--port", "0"])
        .env("NETGAIN_HOME", home)
        .stderr(Stdio::piped())
        .spawn()
        .map(Killed)?;
    let mut log = BufReader::new(server.0.stderr.take().ok_or("no output")?);
    let mut line = String::new();
    log.read_line(&mut line)?;
    let host = line.trim().split_once("http://").ok_or("the server did not start")?.1.to_owned();
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let mut micros = std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| client(&host, key, &next, events))).collect();
        let mut all = Vec::with_capacity(events);
        for client in clients {
            all.extend(client.join().map_err(|_| "a client failed")??);
        }
        Result::Ok(all)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    micros.sort_unstable();
    Ok(json!({
        "bench": "webhook_acknowledgements", "events": events, "clients": CLIENTS, "body_bytes": body(0).len(),
        "acknowledged_per_second": (events as f64 / seconds).round(),
        "p50_ms": millis(&micros, 50), "p99_ms": millis(&micros, 99),
    }))
}

/// Sends until there is nothing left; how long each answer took, in microseconds.
fn client(host: &str, key: &str, next: &AtomicUsize, events: usize) -> Result<Vec<u128>> {
    let stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let mut took = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= events {
            return Ok(took);
        }
        let body = body(number);
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
        mac.update(body.as_bytes());
        let signed = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let request = format!(
            "POST /webhooks/{key} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             X-Shopify-Topic: carts/update\r\nX-Shopify-Webhook-Id: bench-{number}\r\n\
             X-Shopify-Hmac-Sha256: {signed}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        stream.write_all(request.as_bytes())?;
        let mut status = String::new();
        answers.read_line(&mut status)?;
        if !status.starts_with("HTTP/1.1 200") {
            return Err(format!("a delivery was answered with {}", status.trim()).into());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            answers.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        std::io::copy(&mut answers.by_ref().take(length), &mut std::io::sink())?;
        took.push(began.elapsed().as_micros());
    }
}

/// The same events put into the store, so many under way at once.
fn inserts(home: &Path, events: usize, at_once: usize) -> Result<Value> {
    let control = Control::open(home)?;
    let inbox = Inbox::open(&control)?;
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let mut micros = std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..at_once).map(|_| scope.spawn(|| writer(&inbox, &next, events, at_once))).collect();
        let mut all = Vec::with_capacity(events);
        for writer in writers {
            all.extend(writer.join().map_err(|_| "a writer failed")??);
        }
        Result::Ok(all)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    micros.sort_unstable();
    Ok(json!({
        "bench": "webhook_floor_inserts", "events": events, "at_once": at_once,
        "inserted_per_second": (events as f64 / seconds).round(),
        "p50_ms": millis(&micros, 50), "p99_ms": millis(&micros, 99),
    }))
}

fn writer(inbox: &Inbox, next: &AtomicUsize, events: usize, at_once: usize) -> Result<Vec<u128>> {
    let mut took = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= events {
            return Ok(took);
        }
        let event = NewEvent {
            workspace: "bench".parse()?,
            connection: "shop".parse()?,
            dedupe: format!("floor-{at_once}-{number}"),
            topic: "carts/update".to_owned(),
            account: None,
            stream: None,
            object: None,
            body: body(number).into_bytes(),
            received_at: Timestamp::now(),
        };
        let began = Instant::now();
        let (tell, told) = channel();
        inbox.put(vec![event], move |kept| drop(tell.send(kept)));
        told.recv()??;
        took.push(began.elapsed().as_micros());
    }
}

/// That percentile in milliseconds.
fn millis(sorted: &[u128], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |micros| (*micros as f64 / 10.0).round() / 100.0)
}
