//! An S3-compatible storage on this machine, one for each test process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Says that tests which need the storage may be left out: then each prints why.
const SKIP: &str = "NETGAIN_SKIP_S3";

struct Server {
    port: u16,
    /// The server ends when this closes, which it does with the process.
    _input: ChildStdin,
}

/// A new, empty bucket.
#[derive(Debug)]
pub struct TestBucket {
    name: String,
    endpoint: String,
}

/// A fresh bucket. None, with a printed reason, only where `NETGAIN_SKIP_S3=1` allows it.
///
/// # Panics
/// When the server cannot be started: a test that cannot run must not pass.
#[must_use]
pub fn bucket() -> Option<TestBucket> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let made = SERVER.get_or_init(start).as_ref().map_err(Clone::clone).and_then(|server| {
        let name = format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        make(server.port, &name)?;
        Ok(TestBucket { name, endpoint: format!("http://127.0.0.1:{}", server.port) })
    });
    match made {
        Ok(bucket) => Some(bucket),
        Err(reason) if std::env::var(SKIP).is_ok_and(|value| value == "1") => {
            println!("skipped, {SKIP}=1: {reason}");
            None
        }
        Err(reason) => panic!("no S3 server: {reason}; or leave these tests out with {SKIP}=1"),
    }
}

impl TestBucket {
    /// The address of a folder in it.
    #[must_use]
    pub fn address(&self, folder: &str) -> String {
        format!("s3://{}/{folder}", self.name)
    }

    /// What a program needs in its environment to reach it.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "test-key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test-secret-of-the-bucket".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }
}

fn start() -> Result<Server, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut child = Command::new(root.join("scripts/s3-server.sh"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("scripts/s3-server.sh: {error}"))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(input), Some(output)) = (input, output) else { return Err("it has no pipes".to_owned()) };
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
    let port = port.ok_or("it did not start; it needs python3 with venv, and once the network")?;
    Ok(Server { port, _input: input })
}

fn make(port: u16, name: &str) -> Result<(), String> {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        let request = format!(
            "PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    match ask() {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => Ok(()),
        Ok(answer) => Err(format!("it makes no bucket: {answer}")),
        Err(error) => Err(error.to_string()),
    }
}
