//! One history, acted out: the platform in the test's own time, runs of the engine, and the comparison at the end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use netgain_connector::Clock;
use netgain_manifest::Manifest;

use crate::Step;
use crate::kinds::Kind;
use crate::source::{Op, Source};
use crate::store::Store;
use crate::support::{Platform, Sent, TestClock, answer, engine};

struct World {
    source: Source,
    /// What happens at the next calls, the last first.
    meanwhile: Vec<Op>,
}

/// Acts a history out.
///
/// # Errors
/// What the last run ended with, or how the store differs from the platform.
pub fn history(kind: &'static Kind, steps: &[Step]) -> Result<(), String> {
    let clock = TestClock::new();
    let source = Source::changeable_for(kind.changeable_s);
    let world = Arc::new(Mutex::new(World { source, meanwhile: Vec::new() }));
    let platform = serve(kind, &clock, &world);
    let manifest = Arc::new(Manifest::from_yaml(&kind.manifest()).unwrap_or_else(|error| panic!("{error}")));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::default();
    let run = |cut: Option<u8>| {
        *store.left.lock().unwrap() = cut;
        let cursor = store.cursor.lock().unwrap().clone();
        let engine = engine(&manifest, &platform, &clock);
        let ran = runtime.block_on(engine.run(&manifest.streams[0], &[], cursor.as_deref(), &store));
        ran.map(drop).map_err(|error| error.to_string())
    };
    for step in steps {
        match step {
            Step::Happens(op) => happen(kind, &world, &clock, op),
            Step::Run { cut, meanwhile } => {
                world.lock().unwrap().meanwhile.clone_from(meanwhile);
                // cut off or not: the next run goes on
                match run(*cut) {
                    Err(error) if !error.contains("the power is gone") => return Err(error),
                    _ => {}
                }
                let left = std::mem::take(&mut world.lock().unwrap().meanwhile);
                left.iter().rev().for_each(|op| happen(kind, &world, &clock, op));
            }
        }
    }
    clock.pass(Duration::from_secs(u64::from(kind.late_s) + 2));
    // the first may only end what was cut off: it goes on where that stood and does not look back
    run(None)?;
    run(None)?;
    let (found, truth) = (store.contents(), world.lock().unwrap().source.truth());
    if found == truth {
        return Ok(());
    }
    let lost: Vec<_> = truth.iter().filter(|(id, text)| found.get(id) != Some(text)).take(5).collect();
    let extra: Vec<_> = found.keys().filter(|id| !truth.contains_key(id)).take(5).collect();
    Err(format!("missing or old (id, text): {lost:?}; not gone: {extra:?}"))
}

fn serve(kind: &'static Kind, clock: &Arc<TestClock>, world: &Arc<Mutex<World>>) -> Arc<Platform> {
    let (clock, world) = (Arc::clone(clock), Arc::clone(world));
    Platform::new(move |sent: &Sent, number| {
        let next = world.lock().unwrap().meanwhile.pop();
        if let Some(op) = next {
            happen(kind, &world, &clock, &op);
        }
        // some calls fall into the same second
        clock.pass(Duration::from_millis(if number % 3 == 0 { 900 } else { 40 }));
        if sent.url.path() == "/me" {
            return Ok(answer(200, r#"{"id": 1}"#));
        }
        let world = world.lock().unwrap();
        let body = (kind.answer)(&world.source, second(&clock), sent);
        Ok(match body {
            Some(body) => answer(200, &body.to_string()),
            None => answer(404, r#"{"errors": [{"code": "GONE"}]}"#),
        })
    })
}

fn happen(kind: &Kind, world: &Mutex<World>, clock: &TestClock, op: &Op) {
    let seconds = world.lock().unwrap().source.act(op, second(clock)) + u32::from(kind.ticks);
    clock.pass(Duration::from_secs(u64::from(seconds)));
}

fn second(clock: &TestClock) -> i64 {
    let now: Timestamp = clock.now();
    now.as_second()
}
