//! Who sees everything: what commands print, what a server logs and answers, and what lies in the files.

use std::cell::RefCell;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use netgain_warehouse::Archive;
use serde_json::Value;
use url::Url;

use crate::browser::{Answer, Browser};
use crate::program::{Home, Killed, wait_within};
use crate::search::Place;

/// How long something that happens in the background may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);
/// Ends the name of an object of the raw archive.
const SEGMENT: &str = ".jsonl.zst";

/// Everything that was seen.
#[derive(Default)]
pub struct Witness {
    places: RefCell<Vec<Place>>,
    commands: RefCell<usize>,
}

impl Witness {
    pub fn saw(&self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.places.borrow_mut().push(Place::new(place, bytes));
    }

    pub fn places(&self) -> Vec<Place> {
        self.places.borrow().clone()
    }

    /// Runs a command at its most talkative, by turns with log lines for people and for programs; whether it succeeded,
    /// and what it printed to standard output.
    pub fn run<S: AsRef<str>>(&self, home: &Home, args: &[S]) -> (bool, String) {
        let args: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        *self.commands.borrow_mut() += 1;
        let form = if self.commands.borrow().is_multiple_of(2) { "json" } else { "text" };
        let output =
            home.command(&args).args(["--log-format", form, "--log-level", "debug"]).output().unwrap();
        let name = format!("output of {}", args[..args.len().min(2)].join(" "));
        self.saw(name.clone(), output.stdout.clone());
        self.saw(name, output.stderr);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Every file below a folder but the master keys themselves, segments of the raw archive unpacked.
    pub fn files(&self, home: &Home) {
        self.below(home.path(), home.path());
    }

    fn below(&self, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                self.below(root, &path);
            } else if !name.starts_with("secret.") {
                // a socket, or a file that is gone meanwhile, holds nothing
                let bytes = std::fs::read(&path).unwrap_or_default();
                self.saw(format!("file {name}"), bytes);
            }
            if let Some((workspace, object)) =
                name.strip_prefix("workspaces/").and_then(|name| name.split_once("/raw/"))
                && let Some(segment) = object.strip_suffix(SEGMENT)
            {
                let archive = Archive::open(&root.join("workspaces"), &workspace.parse().unwrap()).unwrap();
                self.saw(format!("raw segment {segment}"), archive.lines(segment).unwrap().join(&b'\n'));
            }
        }
    }

    /// What the tables of a workspace say: in their file it is packed. Nobody else may have the file open.
    pub fn tables(&self, home: &Home) {
        let warehouse = home.warehouse();
        let patience = Duration::from_secs(60);
        let ask = |sql: &str| warehouse.query(sql, 1_000_000, patience).map(|answer| answer.rows);
        let names = ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'");
        let mut seen = 0;
        for name in names.unwrap() {
            let name = name[0].as_str().unwrap().to_owned();
            // a table of the store's own, such as that of its version, is not for anybody to ask
            let Ok(rows) = ask(&format!("SELECT * FROM {name}")) else { continue };
            self.saw(format!("table {name}"), serde_json::to_vec(&rows).unwrap());
            seen += 1;
        }
        assert!(seen > 20, "only {seen} tables are seen");
    }
}

/// A running `netgain serve` behind its door, at its most talkative.
pub struct Server {
    child: Killed,
    pub address: String,
    name: String,
    log: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub fn start(home: &Home, form: &str, environment: &[(String, String)]) -> Self {
        let args = ["serve", "--no-schedule", "--port", "0", "--log-format", form, "--log-level", "debug"];
        let mut command = home.command(&args);
        command.envs(environment.iter().cloned()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut from) = (Arc::clone(&log), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut part) {
                kept.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        let mut server =
            Self { child: Killed(child), address: String::new(), name: format!("log as {form}"), log };
        server.address = server.wait_for_line("Netgain answers at ");
        server
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap()).into_owned()
    }

    /// The rest of a line that holds a text.
    pub fn wait_for_line(&self, text: &str) -> String {
        wait_for(text, || {
            let log = self.log();
            let (_, rest) = log.split_once(text)?;
            rest.split_once('\n').map(|(line, _)| line.to_owned())
        })
    }

    /// Ends it as an operator does, and gives its log to the witness.
    pub fn end(mut self, witness: &Witness) {
        let id = self.child.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.0.wait().unwrap().success());
        // what is still in the pipe is read before the thread ends
        std::thread::sleep(Duration::from_millis(200));
        witness.saw(self.name.clone(), self.log.lock().unwrap().clone());
    }
}

/// A browser or program that asks a server; every answer is seen.
pub struct Client<'a> {
    pub browser: Browser,
    pub witness: &'a Witness,
    pub address: String,
    /// Further headers, each ended by a line break.
    pub headers: String,
}

impl<'a> Client<'a> {
    pub fn new(server: &Server, witness: &'a Witness) -> Self {
        Self {
            browser: Browser::default(),
            witness,
            address: server.address.clone(),
            // without it nothing is changed that a cookie proves
            headers: "x-netgain-request: 1\r\n".to_owned(),
        }
    }

    pub fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.browser.ask(method, &format!("{}{path}", self.address), &self.headers, body);
        self.note(method, path, &answer);
        answer
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, Some(body))
    }

    /// Sends a text as it is.
    pub fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let answer = self.browser.send(method, &format!("{}{path}", self.address), headers, body);
        self.note(method, path, &answer);
        answer
    }

    /// Follows an address over the platform back to this server.
    pub fn follow(&mut self, from: &str) -> Url {
        let mut at: Url = from.parse().unwrap();
        for _ in 0..10 {
            let answer = self.browser.page(at.as_str());
            if at.as_str().starts_with(&self.address) {
                self.note("GET", at.path(), &answer);
            }
            match answer.header("location") {
                Some(next) => at = at.join(next).unwrap(),
                None => return at,
            }
        }
        panic!("too many redirects, the last to {at}");
    }

    fn note(&self, method: &str, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap();
        self.witness
            .saw(format!("answer of {method} {path}"), format!("{}\r\n\r\n{}", answer.head, answer.body));
    }
}

/// Waits until it is so.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}
