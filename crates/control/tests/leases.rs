//! Leases between handles on one store: one holder at a time, takeover after its time, and fences that refuse who was
//! overtaken.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use netgain_control::{Error, Outcome, RunState, StreamProgress, StreamState};

use both::{Place, connection, on_both, workspace};

on_both!(
    two_nodes_never_hold_the_same,
    what_is_over_is_taken_by_another,
    who_was_overtaken_is_refused,
    a_kept_lease_outlives_its_time_and_ends_with_its_holder,
    of_many_who_race_one_wins_each_time,
    progress_of_an_overtaken_run_is_refused,
);

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(1);

fn two_nodes_never_hold_the_same(place: &Place) {
    let (one, two) = (place.open(), place.open());
    let lease = one.claim("sync", "a", LONG).unwrap().unwrap();
    assert!(two.claim("sync", "a", LONG).unwrap().is_none());
    assert!(one.claim("sync", "a", LONG).unwrap().is_none(), "nor does one node twice");
    assert!(two.claim("sync", "b", LONG).unwrap().is_some());
    assert!(two.claim("other", "a", LONG).unwrap().is_some());
    lease.release().unwrap();
    let next = two.claim("sync", "a", LONG).unwrap().unwrap();
    assert!(next.fence() > lease.fence());
}

fn what_is_over_is_taken_by_another(place: &Place) {
    let (one, two) = (place.open(), place.open());
    let lease = one.claim("sync", "a", SHORT).unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    // nobody came: it is still the last holder's
    one.verify_fence(&lease).unwrap();
    lease.renew().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let next = two.claim("sync", "a", LONG).unwrap().unwrap();
    assert_eq!(next.fence(), lease.fence() + 1);
    assert!(matches!(one.verify_fence(&lease), Err(Error::LeaseLost { .. })));
    assert!(matches!(lease.renew(), Err(Error::LeaseLost { .. })));
    // giving back what one does not have any more takes it from nobody
    lease.release().unwrap();
    two.verify_fence(&next).unwrap();
}

fn who_was_overtaken_is_refused(place: &Place) {
    let (one, two) = (place.open(), place.open());
    let id = workspace(&one, "mine");
    let shop = connection(&one, &id, "shop");
    let stale = one.claim("inbox", &format!("{id}/{shop}"), SHORT).unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let held = two.claim_inbox(&id, &shop).unwrap().unwrap();
    let done = [(1, Outcome::Done)];
    assert!(matches!(one.settle_events(&stale, &id, &done), Err(Error::LeaseLost { .. })));
    two.settle_events(&held, &id, &done).unwrap();
    held.release().unwrap();
    assert!(two.settle_events(&held, &id, &done).is_err(), "what was given back is over");
    assert!(held.renew().is_err());
}

fn a_kept_lease_outlives_its_time_and_ends_with_its_holder(place: &Place) {
    let (one, two) = (place.open(), place.open());
    let lease = one.claim("sync", "a", Duration::from_secs(3)).unwrap().unwrap();
    let kept = lease.keep().unwrap();
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        assert!(two.claim("sync", "a", LONG).unwrap().is_none());
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(kept);
    assert!(two.claim("sync", "a", LONG).unwrap().is_some());
}

fn of_many_who_race_one_wins_each_time(place: &Place) {
    const NODES: usize = 4;
    const ROUNDS: usize = 25;
    let (inside, last) = (AtomicI64::new(0), AtomicI64::new(0));
    let start = Barrier::new(NODES);
    let nodes: Vec<_> = (0..NODES).map(|_| place.open()).collect();
    let wins: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = nodes
            .iter()
            .map(|node| {
                let (inside, last, start) = (&inside, &last, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut wins = 0;
                    while wins < ROUNDS {
                        let Some(lease) = node.claim("race", "one", LONG).unwrap() else { continue };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                        assert!(
                            last.swap(lease.fence(), Ordering::SeqCst) < lease.fence(),
                            "a fence went back"
                        );
                        inside.fetch_sub(1, Ordering::SeqCst);
                        lease.release().unwrap();
                        wins += 1;
                    }
                    wins
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(wins, NODES * ROUNDS);
    assert!(last.load(Ordering::SeqCst) >= i64::try_from(wins).unwrap());
}

fn progress_of_an_overtaken_run_is_refused(place: &Place) {
    let one = place.open();
    let id = workspace(&one, "mine");
    let shop = connection(&one, &id, "shop");
    let run = one.start_run(&id, &shop).unwrap();
    let progress = |rows| StreamProgress {
        stream: "orders".into(),
        entity: "orders".into(),
        rows,
        state: StreamState::Running,
        last_sync_at: None,
    };
    one.set_stream((&id, &shop), &run, Some(5), &progress(5)).unwrap();
    if place.server().is_some() {
        // as after a long silence: its process lives, but the others have not heard of it
        place.tamper("UPDATE nodes SET seen_at = seen_at - 21000000");
    } else {
        place.tamper("UPDATE runs SET owner = 'somebody-gone'");
    }
    let two = place.open();
    let next = two.start_run(&id, &shop).unwrap();
    two.set_stream((&id, &shop), &next, Some(2), &progress(2)).unwrap();
    // one that was stopped all the while wakes up and goes on where it was: no row is its to write any more
    for rows in [None, Some(9)] {
        let late = one.set_stream((&id, &shop), &run, rows, &progress(9));
        assert!(matches!(late, Err(Error::RunNotFound(_))));
    }
    assert_eq!(two.streams(&id, &shop).unwrap(), [progress(2)]);
    assert!(matches!(one.finish_run(&id, &run, 5, None), Err(Error::RunNotFound(_))));
    let runs = two.runs(&id, &shop, 9).unwrap();
    let states: Vec<_> = runs.iter().map(|run| (run.id == next, run.state)).collect();
    assert!(states.contains(&(true, RunState::Running)) && states.contains(&(false, RunState::Interrupted)));
}
