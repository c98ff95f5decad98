//! A workspace is opened while another thread is closing it: the engine's last act is to remove its log, and a second
//! engine on the same file would find the log gone, or write beside it.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{batch, open, order};
use netgain_domain::Table;

#[test]
fn who_opens_while_another_closes_waits_and_nothing_is_lost() {
    const TURNS: i64 = 40;
    const EACH: i64 = 20;
    let dir = tempfile::tempdir().unwrap();
    for turn in 0..TURNS {
        let orders = |half: i64| (0..EACH).map(|at| order((turn * 2 + half) * EACH + at, 1)).collect();
        let first = open(dir.path());
        first.commit(&batch(orders(0), None)).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || drop(first));
            // at another moment of the closing each time
            std::thread::sleep(std::time::Duration::from_micros(turn.unsigned_abs() * 150));
            open(dir.path()).commit(&batch(orders(1), None)).unwrap();
        });
    }
    let counts = open(dir.path()).row_counts(&"shop".parse().unwrap()).unwrap();
    assert!(counts.contains(&(Table::Orders, (TURNS * 2 * EACH).unsigned_abs())), "{counts:?}");
}
