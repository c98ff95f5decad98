//! A backfill against platforms that enforce each kind of limit, in the test's own time: it uses nearly all that it is
//! allowed and is hardly ever told to slow down.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use netgain_connector::{Clock, Response};
use support::{HEADER, Kept, Platform, TestClock, answer, engine, manifest, with_header};

/// What a platform says to a call at a moment: the answer's extra, and whether it refuses.
trait Enforced: Send {
    fn call(&mut self, now: f64) -> Said;
    /// The most calls that it would have let through in that many seconds.
    fn allows(&self, seconds: f64) -> f64;
}

struct Said {
    refused: bool,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Said {
    fn plain(refused: bool) -> Self {
        Self { refused, headers: Vec::new(), body: String::new() }
    }
}

/// So many calls in each span of a clock; headers tell what is left, or none do.
struct Spans {
    calls: u32,
    seconds: f64,
    span: f64,
    used: u32,
    tells: bool,
}

impl Enforced for Spans {
    fn call(&mut self, now: f64) -> Said {
        let span = (now / self.seconds).floor();
        if span > self.span {
            (self.span, self.used) = (span, 0);
        }
        let refused = self.used >= self.calls;
        self.used += u32::from(!refused);
        let mut said = Said::plain(refused);
        if self.tells {
            said.headers.push(("x-left", (self.calls - self.used).to_string()));
            said.headers.push(("x-reset", format!("{:.3}", (span + 1.0) * self.seconds - now)));
        }
        said
    }

    fn allows(&self, seconds: f64) -> f64 {
        f64::from(self.calls) * (seconds / self.seconds).ceil()
    }
}

/// A bucket of points that refills; the body tells its level, or nothing does.
struct Bucket {
    capacity: f64,
    refill: f64,
    cost: f64,
    level: f64,
    at: f64,
    tells: bool,
}

impl Enforced for Bucket {
    fn call(&mut self, now: f64) -> Said {
        self.level = (self.level + (now - self.at) * self.refill).min(self.capacity);
        self.at = now;
        // a platform reckons with what it sees, to the thousandth
        let refused = self.level + 0.001 < self.cost;
        if !refused {
            self.level -= self.cost;
        }
        let mut said = Said::plain(refused);
        if self.tells {
            said.body = format!(
                r#","cost":{{"asked":{},"left":{},"rate":{},"most":{}}}"#,
                self.cost,
                self.level.floor().max(0.0),
                self.refill,
                self.capacity
            );
        }
        said
    }

    fn allows(&self, seconds: f64) -> f64 {
        (self.capacity + seconds * self.refill) / self.cost
    }
}

/// Calls of the last hour as a percentage of what is allowed.
struct Share {
    calls: f64,
    sent: VecDeque<f64>,
}

impl Enforced for Share {
    fn call(&mut self, now: f64) -> Said {
        while self.sent.front().is_some_and(|sent| now - sent >= 3_600.0) {
            self.sent.pop_front();
        }
        let refused = self.sent.len() as f64 >= self.calls;
        if !refused {
            self.sent.push_back(now);
        }
        let used = (self.sent.len() as f64 * 100.0 / self.calls).floor();
        let mut said = Said::plain(refused);
        said.headers.push(("x-usage", format!(r#"{{"calls":{used}}}"#)));
        said
    }

    fn allows(&self, seconds: f64) -> f64 {
        self.calls * (seconds / 3_600.0).ceil()
    }
}

/// Reads so many pages under a limit; the share of what was allowed that was used, and of calls that were refused.
async fn backfill(pages: usize, limits: &str, enforced: impl Enforced + 'static) -> (f64, f64) {
    let clock = TestClock::new();
    let start = clock.now();
    let enforced = Arc::new(Mutex::new(enforced));
    let refusals = Arc::new(Mutex::new(0_usize));
    let platform = {
        let (clock, enforced, refusals) = (Arc::clone(&clock), Arc::clone(&enforced), Arc::clone(&refusals));
        Platform::new(move |sent, _| {
            clock.pass(Duration::from_millis(20));
            let now = since(start, clock.now());
            let said = enforced.lock().unwrap().call(now);
            let page: usize = sent.query("page").map_or(0, |page| page.parse().unwrap());
            let next = if page + 1 < pages { (page + 1).to_string() } else { "null".to_owned() };
            let mut response: Response = if said.refused {
                *refusals.lock().unwrap() += 1;
                answer(429, &format!("{{\"errors\":[{{\"code\":\"SLOW\"}}]{}}}", said.body))
            } else {
                answer(200, &format!(r#"{{"things":[{{"id":{page}}}],"next":{next}{}}}"#, said.body))
            };
            for (name, value) in &said.headers {
                response = with_header(response, name, value);
            }
            Ok(response)
        })
    };
    let stream = "    request: {path: /things}
    pagination: {kind: token, path: next, query: page}
    records: things
    cursor: {kind: full}";
    let manifest = manifest(HEADER, "  []", &format!("limits:\n{limits}"), stream);
    let sink = Kept::default();
    let engine = engine(&manifest, &platform, &clock);
    engine.run(&manifest.streams[0], &[], None, &sink).await.unwrap();
    assert_eq!(sink.records().len(), pages, "nothing is left out for the sake of a limit");
    let used = pages as f64 / enforced.lock().unwrap().allows(since(start, clock.now()));
    let refused = *refusals.lock().unwrap() as f64 / platform.calls() as f64;
    (used, refused)
}

fn since(start: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(start).as_secs_f64()
}

fn holds(what: &str, (used, refused): (f64, f64)) {
    assert!(used >= 0.9, "{what}: {used:.3} of what is allowed is used");
    assert!(refused <= 0.01, "{what}: {refused:.4} of the calls are refused");
}

#[tokio::test]
async fn calls_in_spans_of_a_clock() {
    let spans = |tells| Spans { calls: 100, seconds: 10.0, span: 0.0, used: 0, tells };
    holds(
        "known window",
        backfill(3_000, "  - {kind: window, requests: 100, per_s: 10}", spans(false)).await,
    );
    let reported = "  - {kind: reported, remaining: X-Left, reset: X-Reset, per_s: 10}";
    holds("reported window", backfill(3_000, reported, spans(true)).await);
}

#[tokio::test]
async fn buckets_that_refill() {
    let bucket =
        |cost, tells| Bucket { capacity: 1_000.0, refill: 50.0, cost, level: 1_000.0, at: 0.0, tells };
    let known = "  - {kind: bucket, capacity: 1000, refill: 50}";
    // one call a point: more than the round trips allow is not asked for
    let slow = Bucket { capacity: 40.0, refill: 2.0, cost: 1.0, level: 40.0, at: 0.0, tells: false };
    holds("known bucket", backfill(800, "  - {kind: bucket, capacity: 40, refill: 2}", slow).await);
    let cost = "  - {kind: cost, charge: 100, available_path: cost.left, restore_path: cost.rate, requested_path: cost.asked, maximum_path: cost.most}";
    holds("points", backfill(800, cost, bucket(72.0, true)).await);
    // a manifest that believes in calls where points are counted learns from refusals alone, and still gets through
    let (_, refused) = backfill(60, known, bucket(72.0, false)).await;
    assert!(refused > 0.01, "the test can see refusals: {refused}");
}

#[tokio::test]
async fn a_percentage_of_the_hour() {
    let share = Share { calls: 1_000.0, sent: VecDeque::new() };
    let usage = "  - {kind: usage, header: X-Usage, json_paths: [calls], soft: 85, hard: 98}";
    holds("usage", backfill(12_000, usage, share).await);
}
