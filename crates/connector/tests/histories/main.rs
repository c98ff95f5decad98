//! Random histories of a platform, read by every kind of cursor: whatever happened, when it is quiet again and what
//! was cut off and one more run are done, what is stored equals what the platform holds.
//!
//! A history mixes changes, deletions, changes that become visible late, bursts within one second, runs that are cut
//! off at any page, and changes while a run is on its way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod kinds;
mod replay;
mod source;
mod store;

use kinds::Kind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use source::Op;

/// Histories of each kind; with the kinds there are, over two thousand.
const HISTORIES: u32 = 200;

/// One step of a history.
#[derive(Debug, Clone)]
pub enum Step {
    /// Something happens on the platform.
    Happens(Op),
    /// A run, cut off at a page where one is named, while this happens at the calls.
    Run {
        /// Pages that are kept before the power is gone.
        cut: Option<u8>,
        /// One at each call, the last first.
        meanwhile: Vec<Op>,
    },
}

fn op(kind: &'static Kind) -> impl Strategy<Value = Op> {
    let late = 0..=kind.late_s;
    let insert = (1..=4_u8, late.clone()).prop_map(|(count, late)| Op::Insert { count, late });
    let burst = (1..=kind.burst).prop_map(|count| Op::Insert { count, late: 0 });
    let update = (any::<u8>(), late.clone()).prop_map(|(which, late)| Op::Update { which, late });
    let delete = (any::<u8>(), late).prop_map(|(which, late)| Op::Delete { which, late });
    let pass = prop_oneof![3 => 0..5_u32, 3 => 5..400_u32, u32::from(kind.long_gaps) => 86_400..500_000_u32];
    prop_oneof![
        4 => insert,
        1 => burst,
        if kind.append_only { 0 } else { 4 } => update,
        if kind.append_only { 0 } else { 2 } => delete,
        5 => pass.prop_map(Op::Pass),
    ]
}

fn step(kind: &'static Kind) -> impl Strategy<Value = Step> {
    let cut = prop_oneof![3 => Just(None), 2 => (0..6_u8).prop_map(Some)];
    let run = (cut, prop::collection::vec(op(kind), 0..4));
    prop_oneof![
        5 => op(kind).prop_map(Step::Happens),
        3 => run.prop_map(|(cut, meanwhile)| Step::Run { cut, meanwhile }),
    ]
}

fn histories(kind: &'static Kind) {
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        // the same histories each time: a failure is one for everybody
        prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let result = runner.run(&prop::collection::vec(step(kind), 1..25), |steps| {
        replay::history(kind, &steps).map_err(TestCaseError::fail)
    });
    if let Err(failure) = result {
        panic!("{}: {failure}", kind.name);
    }
}

macro_rules! every_kind {
    ($($name:ident),+ $(,)?) => { $(
        #[test]
        fn $name() {
            histories(&kinds::$name::KIND);
        }
    )+ };
}

every_kind!(
    everything_with_sweep,
    numbered_pages_with_sweep,
    by_time_sorted_and_capped,
    by_time_sorted_by_id_and_capped,
    by_time_behind_a_slow_index,
    by_time_left_out_here,
    by_number,
    by_word,
    by_events_that_are_read_again,
    by_events_that_hold_all,
    restated_days,
);

/// More records in one second than a listing shows: what a cap of ten thousand means where fifteen thousand are equal.
#[test]
fn fifteen_thousand_in_one_second() {
    let kind = &kinds::by_time_sorted_by_id_and_capped::LARGE;
    let steps = [
        Step::Happens(Op::Many(15_000)),
        Step::Run { cut: Some(40), meanwhile: vec![Op::Update { which: 7, late: 0 }] },
        Step::Happens(Op::Pass(30)),
        Step::Happens(Op::Delete { which: 200, late: 0 }),
    ];
    replay::history(kind, &steps).unwrap();
}
