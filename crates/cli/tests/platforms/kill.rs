//! `kill -9` at any instant of a first load, again and again: the contents end as those of a load that nobody
//! disturbed, byte for byte.

use std::process::Stdio;
use std::time::Duration;

use netgain_sandbox::Options;
use tempfile::TempDir;

use crate::support::{Home, Killed, Sandbox, assert_same, order_file, shared};

/// How often the program is killed; `NETGAIN_KILLS` asks for more, on the real orders.
fn kills() -> Option<u32> {
    std::env::var("NETGAIN_KILLS").ok().map(|text| text.parse().unwrap())
}

/// The same instants on every run of the test.
struct Instants(u64);

impl Instants {
    fn next_millis(&mut self, below: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// A load that is killed again and again, and one that nobody disturbs; none where there are no orders to load.
fn loads(mode: &[&str]) -> Option<(Home, Home)> {
    let folder = TempDir::new().unwrap();
    let file = match kills() {
        Some(_) => shared("cdnow/CDNOW_master.txt")?,
        None => order_file(folder.path(), 6_000),
    };
    let sandbox = Sandbox::start(Options { orders: Some(file), unlimited: true, ..Options::default() });
    let sync: Vec<&str> = ["sync", "--workspace", "w"].iter().chain(mode).copied().collect();

    let undisturbed = Home::new();
    undisturbed.stdout(&sandbox.connect_args("shopify", "w"));
    let began = std::time::Instant::now();
    undisturbed.stdout(&sync);
    let whole = u64::try_from(began.elapsed().as_millis()).unwrap();

    let killed = Home::new();
    killed.stdout(&sandbox.connect_args("shopify", "w"));
    let mut instants = Instants(0x9e37_79b9_7f4a_7c15);
    let rounds = kills().unwrap_or(6);
    let mut again = sync.clone();
    let mut cut = 0;
    for _ in 0..rounds * 4 {
        let child = killed.command(&again).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut child = Killed(child);
        // a load goes on where it was cut, so one whole load takes about all the rounds
        let millis = 20 + instants.next_millis((whole * 2 / u64::from(rounds)).max(150));
        std::thread::sleep(Duration::from_millis(millis));
        again.clone_from(&sync);
        if child.0.try_wait().unwrap().is_some() {
            // it came to its end: the next one reads everything once more
            again.push("--full");
        } else {
            cut += 1;
        }
        child.kill();
        if cut == rounds {
            break;
        }
    }
    assert!(cut * 2 >= rounds, "only {cut} runs were cut");
    killed.stdout(&sync);
    println!("{cut} runs were cut");
    Some((killed, undisturbed))
}

#[test]
fn killed_bulk_load_equals_undisturbed() {
    let Some((killed, undisturbed)) = loads(&[]) else { return };
    assert_same(&killed.digest(), &undisturbed.digest());
}

#[test]
fn killed_paged_load_equals_undisturbed() {
    let Some((killed, undisturbed)) = loads(&["--paged"]) else { return };
    assert_same(&killed.digest(), &undisturbed.digest());
}
