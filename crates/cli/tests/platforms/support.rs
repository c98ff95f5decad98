//! A sandbox in this process, and the program in others.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use netgain_sandbox::{Options, Ready, Running};
use netgain_warehouse::{Archive, TableDigest, Warehouse};
use serde_json::Value;
use tempfile::TempDir;

#[path = "served.rs"]
#[allow(dead_code, reason = "not every test program that shares this file starts a server")]
mod served;

#[allow(unused_imports, reason = "as above")]
pub use served::{Log, serve, wait_within};

/// A sandbox that serves until it is dropped.
pub struct Sandbox {
    running: Option<Running>,
    runtime: tokio::runtime::Runtime,
}

impl Sandbox {
    pub fn start(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(netgain_sandbox::start(Options { port: 0, ..options })).unwrap();
        Self { running: Some(running), runtime }
    }

    pub fn ready(&self) -> &Ready {
        &self.running.as_ref().unwrap().ready
    }

    /// What stands behind the faces.
    #[allow(dead_code, reason = "another test program that shares this file needs it")]
    pub fn state(&self) -> &netgain_sandbox::AppState {
        &self.running.as_ref().unwrap().state
    }

    pub fn get(&self, path: &str) -> Value {
        http("GET", &self.ready().address, path, None)
    }

    pub fn faults(&self, rules: &Value) {
        http("POST", &self.ready().address, "/control/faults", Some(rules));
    }

    /// Calls answered since the last time this was asked.
    pub fn calls(&self) -> u64 {
        let calls = self.get("/control/calls")["total"].as_u64().unwrap();
        http("DELETE", &self.ready().address, "/control/calls", None);
        calls
    }

    /// How the program is told to connect to one of the platforms.
    pub fn connect_args(&self, platform: &str, workspace: &str) -> Vec<String> {
        let access = &self.ready().platforms[platform];
        let world = &self.ready().world;
        let mut args: Vec<String> = ["connect", platform, "--workspace", workspace].map(str::to_owned).into();
        args.extend(["--base-url".to_owned(), access.base_url.clone()]);
        args.extend(["--currency".to_owned(), world.currency.clone()]);
        args.extend(["--time-zone".to_owned(), world.time_zone.clone()]);
        for (name, value) in &access.fields {
            args.extend(["--field".to_owned(), format!("{name}={value}")]);
        }
        for (name, value) in &access.secrets {
            args.extend(["--secret".to_owned(), format!("{name}={value}")]);
        }
        args
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // what a test leaves unread must not keep it from ending
            drop(self.runtime.block_on(async {
                tokio::time::timeout(std::time::Duration::from_secs(1), running.stop()).await
            }));
        }
    }
}

/// One request over a connection of its own; `address` is `http://host:port`.
pub fn http(method: &str, address: &str, path: &str, body: Option<&Value>) -> Value {
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() }
}

/// The data folder of one installation.
pub struct Home {
    path: PathBuf,
    /// Deletes the folder in the end.
    _folder: Option<TempDir>,
    /// How many times shorter the program waits.
    speed: u32,
}

impl Home {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { path: folder.path().to_owned(), _folder: Some(folder), speed: 1 }
    }

    /// An installation that stays where it is.
    #[allow(dead_code, reason = "another test program that shares this file needs it")]
    pub fn at(path: PathBuf) -> Self {
        Self { path, _folder: None, speed: 1 }
    }

    /// The same installation whose program waits so many times shorter for platforms on this machine.
    #[allow(dead_code, reason = "another test program that shares this file needs it")]
    pub fn hurried(self, speed: u32) -> Self {
        Self { speed, ..self }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netgain"));
        command.args(args).env("NETGAIN_HOME", self.path()).stdin(Stdio::null());
        command.env("NETGAIN_LOCAL_SPEED", self.speed.to_string());
        command
    }

    pub fn output<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Output {
        self.command(args).output().unwrap()
    }

    /// What the program prints; it must succeed.
    pub fn stdout<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON that the program prints; it must succeed.
    pub fn json<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Value {
        serde_json::from_str(&self.stdout(args)).unwrap()
    }

    pub fn profit(&self, from: &str, to: &str, by: &str) -> Value {
        self.json(&["profit", "--workspace", "w", "--from", from, "--to", to, "--by", by, "--json"])
    }

    pub fn query(&self, sql: &str) -> Value {
        self.json(&["query", "--workspace", "w", sql, "--json"])["rows"].clone()
    }

    pub fn warehouse(&self) -> Warehouse {
        self.warehouse_of("w")
    }

    fn warehouse_of(&self, workspace: &str) -> Warehouse {
        let options = netgain_warehouse::Options::default();
        Warehouse::open(&self.path().join("workspaces"), &workspace.parse().unwrap(), options).unwrap()
    }

    /// The contents of a workspace, table by table.
    #[allow(dead_code, reason = "another test program that shares this file does not need it")]
    pub fn digest_of(&self, workspace: &str) -> Vec<TableDigest> {
        self.warehouse_of(workspace).digest().unwrap()
    }

    /// The contents of the workspace `w`, table by table.
    pub fn digest(&self) -> Vec<TableDigest> {
        self.warehouse().digest().unwrap()
    }

    /// The contents of the workspace `w`, every pointer into the raw archive replaced by what it points to: a record
    /// that is read again on another page is the same record in another place of the archive.
    pub fn contents(&self) -> BTreeSet<String> {
        let archive = Archive::open(&self.path().join("workspaces"), &"w".parse().unwrap()).unwrap();
        let mut dump = Vec::new();
        self.warehouse().dump(&mut dump).unwrap();
        let mut segments: HashMap<String, Vec<_>> = HashMap::new();
        let (mut contents, mut table, mut pointer) = (BTreeSet::new(), String::new(), None);
        for line in String::from_utf8(dump).unwrap().lines() {
            let Ok(mut cells) = serde_json::from_str::<Vec<Option<String>>>(line) else {
                // the table's name and columns
                table = line.to_owned();
                let columns = line.split_once(' ').unwrap().1;
                pointer = columns.split(',').position(|column| column.contains("raw_ref"));
                continue;
            };
            if let Some(raw_ref) = pointer.and_then(|at| cells[at].as_mut()) {
                let (segment, line) = raw_ref.split_once('#').unwrap();
                let lines =
                    segments.entry(segment.to_owned()).or_insert_with(|| archive.lines(segment).unwrap());
                *raw_ref = String::from_utf8(lines[line.parse::<usize>().unwrap()].to_vec()).unwrap();
            }
            assert!(contents.insert(format!("{table} {cells:?}")), "a row twice: {line}");
        }
        contents
    }
}

/// A child that does not outlive its test.
pub struct Killed(pub Child);

impl Killed {
    pub fn kill(&mut self) {
        // it may be done already; then there is nothing to kill
        drop(self.0.kill());
        self.0.wait().unwrap();
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Asserts that two workspaces hold the same, naming the tables that differ.
pub fn assert_same(found: &[TableDigest], expected: &[TableDigest]) {
    let differing: Vec<_> =
        found.iter().zip(expected).filter(|(found, expected)| found != expected).collect();
    assert!(differing.is_empty() && found.len() == expected.len(), "{differing:#?}");
    assert!(expected.iter().any(|table| table.table == "orders" && table.rows > 0), "nothing was compared");
}

/// Asserts that two workspaces hold the same, wherever in the archive it lies.
pub fn assert_same_contents(found: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let differing: Vec<_> = found.symmetric_difference(expected).take(6).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(expected.iter().any(|row| row.starts_with("orders ")), "nothing was compared");
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A shared data file, or none with a word why the test is skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let file = shared.join("data").join(path);
    if file.is_file() {
        return Some(file);
    }
    println!("skipped: {path} is not on this machine (set NETGAIN_SHARED to the folder that holds data/)");
    None
}

/// A file of orders in the sandbox's form.
pub fn order_file(folder: &Path, orders: usize) -> PathBuf {
    let mut text = String::from("customer_id date number_of_cds dollar_value\n");
    for order in 0..orders {
        let (customer, day, month) = (order % 700 + 1, order % 28 + 1, order / 28 % 12 + 1);
        let (quantity, cents) = (order % 4 + 1, order % 9_000 + 500);
        text.push_str(&format!(
            " {customer:05} 1997{month:02}{day:02} {quantity:2} {:>6}\n",
            format!("{}.{:02}", cents / 100, cents % 100)
        ));
    }
    let file = folder.join("orders.txt");
    std::fs::write(&file, text).unwrap();
    file
}
