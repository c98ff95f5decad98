//! Measures what a sign-in costs, with a right password, a wrong one and an e-mail that nobody has: the best and the middle
//! of some rounds. Prints JSON lines.
//!
//! `cargo run --profile demo -p netgain-control --example bench_sign_in`
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use netgain_control::{Attempt, Control, Secret, SessionFrom, SignedInAs};
use netgain_domain::jiff::Timestamp;

const ROUNDS: u8 = 20;
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "a long enough password";

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let control = Control::open(home.path()).expect("opens");
    let password = Secret::new(PASSWORD.to_owned());
    control.create_person(EMAIL, "Ada", Some(&password), Timestamp::now()).expect("a person");
    for (name, email, given) in [
        ("right_password", EMAIL, PASSWORD),
        ("wrong_password", EMAIL, "not the password"),
        ("nobody", "nobody@example.com", "not the password"),
    ] {
        let mut took = rounds(&control, email, given);
        took.sort_unstable();
        let millis = |spent: Duration| (spent.as_secs_f64() * 100_000.0).round() / 100.0;
        let (best, middle) = (millis(took[0]), millis(took[took.len() / 2]));
        println!(
            "{}",
            serde_json::json!({ "bench": "sign_in", "asked": name, "best_ms": best, "p50_ms": middle })
        );
    }
}

fn rounds(control: &Control, email: &str, given: &str) -> Vec<Duration> {
    let given = Secret::new(given.to_owned());
    (0..ROUNDS)
        .map(|round| {
            // each from an address of its own, so that nothing is slowed on purpose
            let address = format!("192.0.2.{round}");
            let from = SessionFrom { agent: "bench", address: &address };
            let attempt = Attempt { email, password: &given, from, device: None };
            let start = Instant::now();
            let done = control.sign_in(attempt, Timestamp::now()).expect("answered");
            let spent = start.elapsed();
            let right = given.expose() == PASSWORD;
            assert_eq!(matches!(done, SignedInAs::Person(..)), right, "{done:?}");
            spent
        })
        .collect()
}
