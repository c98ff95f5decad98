//! What a sign-in costs: `cargo run --release -p netgain-control --example bench_sign_in`.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use netgain_control::{Attempt, Control, Secret, SessionFrom, SignedInAs};
use netgain_domain::jiff::Timestamp;

const ROUNDS: u32 = 20;

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let control = Control::open(home.path()).expect("opens");
    let password = Secret::new("a long enough password".to_owned());
    control.create_person("ada@example.com", "Ada", Some(&password), Timestamp::now()).expect("a person");
    let time = |email: &str, right: bool| -> Duration {
        let mut best = Duration::MAX;
        for round in 0..ROUNDS {
            // each from an address of its own, so that nothing is slowed
            let address = format!("192.0.2.{round}");
            let from = SessionFrom { agent: "bench", address: &address };
            let given = Secret::new(if right { password.expose() } else { "not the password" }.to_owned());
            let attempt = Attempt { email, password: &given, from, device: None };
            let start = Instant::now();
            let done = control.sign_in(attempt, Timestamp::now()).expect("answered");
            best = best.min(start.elapsed());
            assert_eq!(matches!(done, SignedInAs::Person(..)), right, "{done:?}");
        }
        best
    };
    println!("argon2id, m = 19 MiB, t = 2, p = 1; the best of {ROUNDS}");
    println!("right password:           {:?}", time("ada@example.com", true));
    println!("wrong password:           {:?}", time("ada@example.com", false));
    println!("e-mail that nobody has:   {:?}", time("nobody@example.com", false));
}
