//! Measures the program from outside: a full sync of a shop from the sandbox into an empty workspace, what a page
//! needs afterwards, and the program's size. Prints JSON lines; Linux only (memory is read from `/proc`).
//!
//! `cargo run --profile demo -p netgain-cli --example bench_sync -- NETGAIN_BINARY [ORDERS]`

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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
    let binary = args.next().ok_or("name the program: bench_sync NETGAIN_BINARY [ORDERS]")?;
    let orders: usize = args.next().map_or(Ok(100_000), |text| text.parse())?;
    let home = tempfile::tempdir()?;
    let file = home.path().join("orders.txt");
    std::fs::write(&file, order_file(orders)?)?;

    let mut sandbox = Command::new(&binary)
        .args(["sandbox", "--json", "--unlimited", "--port", "0", "--orders"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .map(Killed)?;
    let mut line = String::new();
    BufReader::new(sandbox.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let ready: Value = serde_json::from_str(&line)?;
    let shop = &ready["platforms"]["shopify"];
    let mut connect = Command::new(&binary);
    connect.args(["connect", "shopify", "--workspace", "bench"]);
    connect.args(["--base-url", shop["base_url"].as_str().ok_or("no address")?]);
    for (flag, values) in [("--field", &shop["fields"]), ("--secret", &shop["secrets"])] {
        for (key, value) in values.as_object().into_iter().flatten() {
            connect.args([flag, &format!("{key}={}", value.as_str().unwrap_or_default())]);
        }
    }
    run(connect.env("NETGAIN_HOME", home.path()))?;

    let began = Instant::now();
    let mut sync = Command::new(&binary)
        .args(["sync", "--workspace", "bench", "--json"])
        .env("NETGAIN_HOME", home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Killed)?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kilobytes(sync.0.id()).unwrap_or_default());
        if let Some(status) = sync.0.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = began.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the sync ended with {status}").into());
    }
    println!(
        "{}",
        json!({
            "bench": "sync_end_to_end", "orders": orders, "seconds": round(seconds),
            "orders_per_second": (orders as f64 / seconds).round(), "peak_megabytes": peak / 1024,
        })
    );
    drop(sandbox);
    println!("{}", first_page(&binary, home.path())?);
    println!(
        "{}",
        json!({"bench": "program", "megabytes": round(std::fs::metadata(&binary)?.len() as f64 / 1e6)})
    );
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// Orders in the form of the CDNOW file: customer, day, pieces, amount.
fn order_file(orders: usize) -> Result<String> {
    let mut text = " customer_id  date number_of_cds  dollar_value\n".to_owned();
    for number in 0..orders {
        // 540 days, so that the shop has days with many orders and customers who come back
        let day = number * 540 / orders;
        let (month, of_month) = (day / 28 % 12 + 1, day % 28 + 1);
        let year = 1997 + day / (28 * 12);
        writeln!(
            text,
            " {:05} {year}{month:02}{of_month:02} {:2} {:7.2}",
            number * 7919 % (orders / 3 + 1) + 1,
            number % 4 + 1,
            ((number * 37) % 9_000 + 500) as f64 / 100.0
        )?;
    }
    Ok(text)
}

fn peak_kilobytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// From the start of the server to the last byte of the page and of the figures that it shows.
fn first_page(binary: &str, home: &Path) -> Result<Value> {
    let began = Instant::now();
    let mut server = Command::new(binary)
        .args(["serve", "--open", "--port", "0"])
        .env("NETGAIN_HOME", home)
        .stderr(Stdio::piped())
        .spawn()
        .map(Killed)?;
    let mut log = BufReader::new(server.0.stderr.take().ok_or("no output")?);
    let host = loop {
        let mut line = String::new();
        if log.read_line(&mut line)? == 0 {
            return Err("the server did not start".into());
        }
        if let Some((_, rest)) = line.split_once("http://") {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(rest.len());
            break rest.get(..end).unwrap_or_default().to_owned();
        }
    };
    let page = get(&host, "/")?;
    let page_seconds = began.elapsed().as_secs_f64();
    let figures = get(&host, "/api/v1/workspaces/bench/profit?from=1997-01-01&to=1998-12-31&by=day")?;
    Ok(json!({
        "bench": "start", "page_bytes": page, "figures_bytes": figures,
        "first_page_seconds": round(page_seconds), "first_figures_seconds": round(began.elapsed().as_secs_f64()),
    }))
}

/// Bytes of an answer, which must be a good one.
fn get(host: &str, path: &str) -> Result<usize> {
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if answer.starts_with(b"HTTP/1.1 200") {
        return Ok(answer.len());
    }
    let head: String = String::from_utf8_lossy(&answer).chars().take(300).collect();
    Err(format!("{path}: {head}").into())
}

fn round(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}
