//! Measures the API over HTTP: the dashboard's figures, a page of orders and the status of connections of the demo brand, asked
//! for so many times a second whatever the server does, so that an answer that is late makes no later one look quick; and
//! what the server uses while nobody asks, with 1,000 workspaces. All of it with the embedded stores, then with everything
//! in a PostgreSQL that is started for it and that does not wait for its disk. Prints JSON lines.
//!
//! `cargo run --profile demo -p netgain-cli --example bench_api -- NETGAIN_BINARY [SECONDS] [REQUESTS_A_SECOND]`

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{Span, Timestamp, tz::TimeZone};
use netgain_control::{Control, NewWorkspace, Secret};
use netgain_testkit::Database;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Requests under way at once, at most.
const CLIENTS: usize = 32;
const WORKSPACES: usize = 1_000;
/// How long an idle server is looked at.
const IDLE: Duration = Duration::from_secs(20);
/// How long reading the demo may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// The database of the stores; none for embedded ones.
type Store = Option<Database>;

/// A server that does not outlive the benchmark.
struct Server {
    child: Child,
    host: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(binary: &str, home: &Path, store: &Store, args: &[&str]) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(args).env("NETGAIN_HOME", home).stdout(Stdio::null()).stderr(Stdio::piped());
        if let Some(database) = store {
            command.env("NETGAIN_DATABASE_URL", database.app_url());
            command.env("NETGAIN_DATABASE_OWNER_URL", database.owner_url());
        }
        let mut child = command.spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("no output")?);
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                return Err("the server did not start".into());
            }
        }
        let host = line.trim().rsplit_once("http://").ok_or("no address")?.1.to_owned();
        // what it says later must not fill the pipe
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Self { child, host })
    }

    /// Memory in use in bytes, and the time of all cores so far, as the server itself tells it.
    fn used(&self) -> Result<(f64, Duration)> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().split(' ').next())
            .ok_or("no VmRSS")?
            .parse()?;
        let fields: Vec<&str> = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ').collect();
        let ticks = |at: usize| -> Result<u64> { Ok(fields.get(at).ok_or("no time")?.parse()?) };
        // the clock of this file ticks 100 times a second on every Linux that we know
        Ok((kilobytes * 1024.0, Duration::from_millis((ticks(11)? + ticks(12)?) * 10)))
    }
}

/// One connection that is kept.
struct Client {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
    host: String,
}

impl Client {
    fn connect(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { answers: BufReader::new(stream.try_clone()?), stream, host: host.to_owned() })
    }

    fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        write!(self.stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200") {
            return Err(format!("{path} was answered with {}", line.trim()).into());
        }
        let mut length = 0;
        loop {
            line.clear();
            self.answers.read_line(&mut line)?;
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.answers.read_exact(&mut body)?;
        Ok(body)
    }
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let binary =
        args.next().ok_or("name the program: bench_api NETGAIN_BINARY [SECONDS] [REQUESTS_A_SECOND]")?;
    let seconds: usize = args.next().map_or(Ok(20), |text| text.parse())?;
    let rate: usize = args.next().map_or(Ok(200), |text| text.parse())?;
    both(&binary, &None, seconds, rate)?;
    match netgain_testkit::postgres() {
        None => Ok(()),
        database => both(&binary, &database, seconds, rate),
    }
}

/// Measures with one kind of stores.
fn both(binary: &str, store: &Store, seconds: usize, rate: usize) -> Result<()> {
    let home = tempfile::tempdir()?;
    let server = Server::start(binary, home.path(), store, &["demo", "--port", "0"])?;
    wait_until_read(&server.host)?;
    if let Some(database) = store {
        // the server for tests does not do so by itself, as others do
        database.psql("ANALYZE");
    }
    let name = if store.is_some() { "postgres" } else { "embedded" };
    for (asked, path) in asked() {
        println!("{}", measured(&server, name, asked, &[path], seconds, rate)?);
    }
    let mixed: Vec<String> = asked().into_iter().map(|(_, path)| path).collect();
    println!("{}", measured(&server, name, "all of them in turn", &mixed, seconds, rate)?);
    drop(server);
    println!("{}", idle(binary, name, &if store.is_some() { netgain_testkit::postgres() } else { None })?);
    Ok(())
}

/// What is asked for, and its name.
fn asked() -> [(&'static str, String); 3] {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let from = today.saturating_sub(Span::new().days(29));
    let of = "/api/v1/workspaces/demo";
    [
        ("dashboard", format!("{of}/profit?from={from}&to={today}&by=day")),
        ("orders", format!("{of}/orders?from={from}&to={today}")),
        ("status", format!("{of}/connections")),
    ]
}

fn wait_until_read(host: &str) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let body = Client::connect(host)?.get("/api/v1/workspaces/demo/connections").unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let states: Vec<&str> = body["connections"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|connection| connection["state"].as_str())
            .collect();
        if states.len() >= 3 && states.iter().all(|state| *state == "ok") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Err("the demo was not read in time".into())
}

/// Asks in turn for these paths at that rate.
fn measured(
    server: &Server,
    store: &str,
    name: &str,
    paths: &[String],
    seconds: usize,
    rate: usize,
) -> Result<Value> {
    for path in paths {
        Client::connect(&server.host)?.get(path)?;
    }
    let (next, all) = (AtomicUsize::new(0), seconds * rate);
    let (_, before) = server.used()?;
    let began = Instant::now();
    let mut micros = std::thread::scope(|scope| {
        let ask = || {
            let mut client = Client::connect(&server.host)?;
            let mut took = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = paths.get(number % paths.len()).filter(|_| number < all) else {
                    return Ok(took);
                };
                // from when it should have been sent: waiting for a free client is waiting too
                let due = Duration::from_micros((number * 1_000_000 / rate) as u64);
                std::thread::sleep(due.saturating_sub(began.elapsed()));
                client.get(path)?;
                took.push((began.elapsed() - due).as_micros());
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        let mut all = Vec::new();
        for client in clients {
            let took: Result<Vec<u128>> = client.join().map_err(|_| "a client failed")?;
            all.extend(took?);
        }
        Result::Ok(all)
    })?;
    let took = began.elapsed().as_secs_f64();
    let (memory, after) = server.used()?;
    micros.sort_unstable();
    Ok(json!({
        "bench": "api", "store": store, "asked": name, "requests": micros.len(), "wanted_per_second": rate,
        "answered_per_second": (micros.len() as f64 / took).round(),
        "p50_ms": millis(&micros, 50), "p90_ms": millis(&micros, 90), "p99_ms": millis(&micros, 99),
        "longest_ms": millis(&micros, 100),
        "cores_used": rounded((after - before).as_secs_f64() / took), "memory_mb": rounded(memory / 1e6),
    }))
}

/// A server that nobody asks, with many workspaces.
fn idle(binary: &str, name: &str, store: &Store) -> Result<Value> {
    let home = tempfile::tempdir()?;
    let database = store.as_ref().map(|database| netgain_control::Database {
        url: Secret::new(database.app_url()),
        owner_url: Some(Secret::new(database.owner_url())),
    });
    let control = Control::open_at(home.path(), database.as_ref())?;
    for number in 0..WORKSPACES {
        control.create_workspace(&NewWorkspace {
            id: format!("w{number}").parse()?,
            name: format!("Brand {number}"),
            currency: "GBP".parse()?,
            time_zone: "Europe/London".to_owned(),
            settings: r#"{"currency":"GBP","time_zone":"Europe/London"}"#.to_owned(),
        })?;
    }
    drop(control);
    let began = Instant::now();
    let server = Server::start(binary, home.path(), store, &["serve", "--port", "0"])?;
    let start = began.elapsed();
    // what is done once after a start is no part of it
    std::thread::sleep(IDLE);
    let (_, before) = server.used()?;
    std::thread::sleep(IDLE);
    let (memory, after) = server.used()?;
    Ok(json!({
        "bench": "api_idle", "store": name, "workspaces": WORKSPACES,
        "start_ms": start.as_millis(), "memory_mb": rounded(memory / 1e6),
        "cores_used": rounded((after - before).as_secs_f64() / IDLE.as_secs_f64()),
    }))
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// That percentile in milliseconds.
fn millis(sorted: &[u128], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |micros| (*micros as f64 / 10.0).round() / 100.0)
}
