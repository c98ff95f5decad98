//! Turns and fences in a shared database: nobody writes between the transactions of one who holds the turn, and whoever was
//! overtaken writes nothing of that work.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{batch, dump, order, settle};
use netgain_domain::WorkspaceId;
use netgain_warehouse::{Database, Error, Options, QueryResult, Result, Store, Warehouse};
use serde_json::json;

fn of(database: &Database, workspace: &str) -> Warehouse {
    let workspace: WorkspaceId = workspace.parse().unwrap();
    Warehouse::open(Store::Postgres(database.clone()), &workspace, Options::default()).unwrap()
}

fn orders(numbers: std::ops::Range<i64>) -> netgain_warehouse::Batch {
    batch(numbers.map(|number| order(number, 1)).collect(), Some("{\"page\":1}"))
}

fn ask(store: &Warehouse, sql: &str) -> Result<QueryResult> {
    store.query(sql, 100, Duration::from_secs(20))
}

#[test]
fn whoever_was_overtaken_writes_nothing_of_that_work() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    // two machines
    let connect = || of(&Database::connect(&fresh.owner_url(), None).unwrap(), "left");
    let (one, two) = (connect(), connect());
    let shop = "shop".parse().unwrap();
    let slept = one.fenced(&shop, "sync", 7).unwrap();
    slept.commit(&orders(0..10)).unwrap();
    // taken over before the first commit of the one who goes on, and also while one holds a turn
    let held = slept.in_turn().unwrap();
    held.commit(&orders(10..20)).unwrap();
    drop(held);
    let next = two.fenced(&shop, "sync", 8).unwrap();
    let before = dump(&two);
    for in_turn in [false, true] {
        let late = if in_turn { slept.in_turn().unwrap() } else { slept.clone() };
        let refused = late.commit(&orders(20..30)).unwrap_err();
        assert!(matches!(&refused, Error::Overtaken { connection, .. } if connection == "shop"), "{refused}");
        assert!(matches!(late.clear_cursor(&shop, None), Err(Error::Overtaken { .. })));
        assert!(matches!(late.purge_profit_of_deleted(), Err(Error::Overtaken { .. })));
    }
    assert!(matches!(one.fenced(&shop, "sync", 7), Err(Error::Overtaken { .. })));
    assert_eq!(dump(&two), before, "not a row, not a cursor");
    // other work on the connection, the same of another one, and work that nobody takes over
    one.fenced(&shop, "inbox", 1).unwrap().commit(&orders(20..30)).unwrap();
    one.fenced(&"other".parse().unwrap(), "sync", 1).unwrap().purge_profit_of_deleted().unwrap();
    one.commit(&orders(30..40)).unwrap();
    next.commit(&orders(40..50)).unwrap();
    assert_eq!(ask(&one, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(50));
}

#[test]
fn nobody_writes_between_the_transactions_of_a_turn() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let connect = || of(&Database::connect(&fresh.owner_url(), None).unwrap(), "left");
    let (one, two, same) = (connect(), connect(), connect());
    one.commit(&orders(0..10)).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let others_wrote = || done.load(std::sync::atomic::Ordering::SeqCst);
    std::thread::scope(|scope| {
        let turn = one.in_turn().unwrap();
        let (begun, begins) = std::sync::mpsc::channel();
        let waiting = scope.spawn({
            let (two, done) = (&two, &done);
            move || {
                begun.send(()).unwrap();
                two.commit(&orders(10..20)).unwrap();
                done.store(true, std::sync::atomic::Ordering::SeqCst);
            }
        });
        begins.recv().unwrap();
        let keys = common::stale(&turn, "key");
        // those of another machine reach the server and wait there
        let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        while fresh.psql(waits) == "0" {
            std::thread::yield_now();
        }
        settle(&turn);
        assert_eq!(keys.len(), 10);
        assert!(!others_wrote());
        assert!(common::stale(&turn, "key").is_empty());
        // who holds the turn may begin it again, and gives it back once
        drop(turn.in_turn().unwrap());
        turn.purge_profit_of_deleted().unwrap();
        assert!(!others_wrote());
        drop(turn);
        waiting.join().unwrap();
    });
    assert!(others_wrote());
    assert_eq!(common::stale(&same, "key").len(), 10, "what came after it is still to be computed");
    // a turn whose connection the server has ended is over: its holder writes nothing, and others go on
    let lost = one.in_turn().unwrap();
    fresh.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    same.commit(&orders(20..30)).unwrap();
    assert!(lost.purge_profit_of_deleted().is_err());
    drop(lost);
    assert!(settle(&one).len() == 20);
}
