//! A `netgain serve` in the background with what it says, and waiting for what it does.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Killed;

/// What a server said since its address was known. A test that fails shows it.
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("a server said:\n{}", self.text());
        }
    }
}

/// Starts a server and waits until it tells its address, which begins with `http://`.
pub fn serve(mut command: Command) -> (Killed, String, Log) {
    let mut child = Killed(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(child.0.stderr.take().unwrap());
    let mut lines = String::new();
    // warnings, such as of a sync that was cut, may stand before the address
    while !lines.contains("http://") && said.read_line(&mut lines).unwrap() > 0 {}
    let address = lines.trim().split_once("http://").map(|(_, host)| format!("http://{host}"));
    let log = Log(Arc::default());
    let kept = Arc::clone(&log.0);
    std::thread::spawn(move || {
        let mut line = Vec::new();
        // what it says later must not fill the pipe
        while matches!(said.read_until(b'\n', &mut line), Ok(1..)) {
            kept.lock().unwrap().append(&mut line);
        }
    });
    (child, address.unwrap_or_else(|| panic!("{lines}")), log)
}

/// Waits until it is so, for so long at the most.
pub fn wait_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < patience, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}
