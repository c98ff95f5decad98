//! The platforms' ways to tell what changed, each with the manifest that describes it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::source::{Seen, Source};
use crate::support::Sent;

/// Records on a page.
const PAGE: usize = 5;
/// Records after which a listing ends.
const CAP: usize = 15;

/// One way to tell what changed.
pub struct Kind {
    pub name: &'static str,
    /// The stream's words beside those that all share.
    pub stream: &'static str,
    /// How late a change may become visible, in seconds.
    pub late_s: u32,
    /// The most objects that come within one second.
    pub burst: u8,
    pub append_only: bool,
    /// Whether every operation has a second of its own.
    pub ticks: bool,
    /// Whether days may pass between two runs.
    pub long_gaps: bool,
    /// How old an object may be to change still.
    pub changeable_s: Option<i64>,
    /// The answer to a request at a second; none for an object that is not there.
    pub answer: fn(&Source, i64, &Sent) -> Option<Value>,
}

impl Kind {
    /// Its manifest.
    pub fn manifest(&self) -> String {
        format!(
            "manifest: 1
id: test
name: Test
category: commerce
docs: https://docs.example.com
versions: {{api: \"1\"}}
connection: {{fields: {{shop: {{title: Shop}}, token: {{title: Token, secret: true}}}}}}
auth: {{kind: api_key, field: token, place: header, name: X-Token}}
http: {{base_url: \"https://{{connection.shop}}.example.com\", allowed_hosts: [\"*.example.com\"]}}
errors:
  - {{when: {{status: [401]}}, class: auth_revoked}}
  - {{when: {{status: [429]}}, class: rate_limited}}
  - {{when: {{status: [404]}}, class: not_found}}
check: {{request: {{path: /me}}, expect: id}}
streams:
  - name: things
    decode: {{kind: json}}
    key: [id]
    fetch: {{kind: pages}}
    records: things
{}",
            self.stream
        )
    }
}

const BASE: Kind = Kind {
    name: "",
    stream: "",
    late_s: 0,
    burst: 12,
    append_only: false,
    ticks: false,
    long_gaps: true,
    changeable_s: None,
    answer: |_, _, _| None,
};

fn record(seen: &Seen) -> Value {
    json!({
        "id": seen.id,
        "number": seen.id,
        "updated": time(seen.rev.updated),
        "updated_s": seen.rev.updated,
        "day": time(seen.created)[..10],
        "gone": seen.rev.gone,
        "text": seen.rev.text,
    })
}

fn time(second: i64) -> String {
    Timestamp::from_second(second).unwrap().to_string()
}

fn since(sent: &Sent) -> i64 {
    sent.query("since").map_or(i64::MIN, |text| {
        let since: Timestamp = text.parse().unwrap();
        // a platform that counts in seconds takes them from the fraction's beginning
        since.as_second()
    })
}

/// One page of sorted objects behind a position that holds whatever changes meanwhile; at most `cap` in a listing.
/// `at` is what objects are sorted by.
fn page(sorted: Vec<Seen>, sent: &Sent, size: usize, cap: usize, at: fn(&Seen) -> (i64, u32)) -> Value {
    let after = sent.query("page").map(|text| {
        let mut parts = text.split('.').map(|part| part.parse::<i64>().unwrap());
        let mut part = || parts.next().unwrap();
        (part(), part(), part())
    });
    let (behind, before) = match after {
        Some((first, second, listed)) => {
            (Some((first, u32::try_from(second).unwrap())), usize::try_from(listed).unwrap())
        }
        None => (None, 0),
    };
    let rest: Vec<Seen> =
        sorted.into_iter().filter(|seen| behind.is_none_or(|behind| at(seen) > behind)).collect();
    let taken = rest.len().min(size).min(cap - before);
    let next =
        rest.get(..taken).and_then(<[Seen]>::last).filter(|_| rest.len() > taken && before + taken < cap);
    let next = next.map(|last| {
        let (first, second) = at(last);
        format!("{first}.{second}.{}", before + taken)
    });
    json!({"things": rest[..taken].iter().map(record).collect::<Vec<_>>(), "next": next})
}

fn live(source: &Source, now: i64) -> Vec<Seen> {
    source.seen(now).into_iter().filter(|seen| !seen.rev.gone).collect()
}

fn by_id(seen: &Seen) -> (i64, u32) {
    (0, seen.id)
}

fn by_time(seen: &Seen) -> (i64, u32) {
    (seen.rev.updated, seen.id)
}

fn sorted(mut seen: Vec<Seen>, at: fn(&Seen) -> (i64, u32)) -> Vec<Seen> {
    seen.sort_by_key(at);
    seen
}

/// Everything each time; what is not listed is gone.
pub mod everything_with_sweep {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "full, token, sweep",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things}
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: full}
    deletes: {kind: sweep}
",
        late_s: 50,
        answer: |source, now, sent| Some(page(live(source, now), sent, PAGE, usize::MAX, by_id)),
        ..BASE
    };
}

/// The same by numbered pages, which move when something is removed meanwhile.
pub mod numbered_pages_with_sweep {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "full, page, sweep",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things}
    pagination: {kind: page, query: page, limit: 5}
    cursor: {kind: full}
    deletes: {kind: sweep}
",
        answer: |source, now, sent| {
            let number: usize = sent.query("page").map_or(1, |page| page.parse().unwrap());
            let all = live(source, now);
            let things: Vec<_> = all.iter().skip((number - 1) * PAGE).take(PAGE).map(record).collect();
            Some(json!({"things": things}))
        },
        ..BASE
    };
}

/// Sorted by the time of the change; a listing ends at its cap.
pub mod by_time_sorted_and_capped {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "timestamp, sorted, cap, flag",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {since: \"{cursor.since}\"}}
    pagination: {kind: token, path: next, query: page}
    cap: {records: 15}
    cursor: {kind: timestamp, path: updated, overlap_s: 60, sorted: true}
    deletes: {kind: flag, path: gone, values: [\"true\"]}
",
        late_s: 55,
        // no more in one second than a listing shows: without a second order nothing could tell them apart
        burst: 8,
        ticks: true,
        answer: |source, now, sent| {
            let seen = source.seen(now).into_iter().filter(|seen| seen.rev.updated >= since(sent)).collect();
            Some(page(sorted(seen, by_time), sent, PAGE, CAP, by_time))
        },
        ..BASE
    };
}

/// A search that is sorted by id, so that it can begin again behind one wherever it ends.
pub mod by_time_sorted_by_id_and_capped {
    use super::*;

    fn answer(source: &Source, now: i64, sent: &Sent, size: usize, cap: usize) -> Option<Value> {
        let beyond: u32 = sent.query("beyond").map_or(0, |beyond| beyond.parse().unwrap());
        let wanted = |seen: &Seen| seen.rev.updated >= since(sent) && seen.id > beyond;
        Some(page(source.seen(now).into_iter().filter(wanted).collect(), sent, size, cap, by_id))
    }

    const STREAM: &str = "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {since: \"{cursor.since}\", beyond: \"{page.beyond}\"}}
    pagination: {kind: token, path: next, query: page}
    cap: {records: 15, beyond: id}
    cursor: {kind: timestamp, path: updated, overlap_s: 60}
    deletes: {kind: flag, path: gone, values: [\"true\"]}
";

    pub const KIND: Kind = Kind {
        name: "timestamp, keyset by id, cap, flag",
        stream: STREAM,
        late_s: 55,
        burst: 60,
        answer: |source, now, sent| answer(source, now, sent, PAGE, CAP),
        ..BASE
    };

    pub const LARGE: Kind = Kind {
        name: "the same at full size",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {since: \"{cursor.since}\", beyond: \"{page.beyond}\"}}
    pagination: {kind: token, path: next, query: page}
    cap: {records: 10000, beyond: id}
    cursor: {kind: timestamp, path: updated, overlap_s: 60}
    deletes: {kind: flag, path: gone, values: [\"true\"]}
",
        answer: |source, now, sent| answer(source, now, sent, 200, 10_000),
        ..BASE
    };
}

/// An index that shows a change long after it is dated; what is gone stands in a listing of its own.
pub mod by_time_behind_a_slow_index {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "timestamp, index lag, tombstone",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {since: \"{cursor.since}\"}}
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: timestamp, path: updated, lag_s: 6600}
    deletes:
      kind: tombstone
      request: {path: /gone}
      pagination: {kind: token, path: next, query: page}
      records: things
",
        late_s: 6_500,
        answer: |source, now, sent| {
            let gone = sent.url.path() == "/gone";
            let wanted = |seen: &Seen| seen.rev.gone == gone && (gone || seen.rev.updated >= since(sent));
            Some(page(source.seen(now).into_iter().filter(wanted).collect(), sent, PAGE, usize::MAX, by_id))
        },
        ..BASE
    };
}

/// The platform cannot leave out what is old.
pub mod by_time_left_out_here {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "timestamp, client filter, flag",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things}
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: timestamp, path: updated, overlap_s: 60, filter: client}
    deletes: {kind: flag, path: gone, values: [\"true\"]}
",
        late_s: 55,
        answer: |source, now, sent| Some(page(source.seen(now), sent, PAGE, usize::MAX, by_id)),
        ..BASE
    };
}

/// Records that are numbered and never change.
pub mod by_number {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "sequence",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {behind: \"{cursor.after}\"}}
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: sequence, path: number, overlap: 400}
",
        late_s: 55,
        append_only: true,
        answer: |source, now, sent| {
            let behind: u32 = sent.query("behind").map_or(0, |behind| behind.parse().unwrap());
            let seen = source.seen(now).into_iter().filter(|seen| seen.id > behind).collect();
            Some(page(seen, sent, PAGE, usize::MAX, by_id))
        },
        ..BASE
    };
}

/// A word of the platform stands for all that was read.
pub mod by_word {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "token, flag",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things, query: {word: \"{cursor.token}\"}}
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: token, path: word}
    deletes: {kind: flag, path: gone, values: [\"true\"]}
",
        late_s: 55,
        answer: |source, now, sent| {
            // the word counts changes in the order in which they became visible; the last page names the end
            let log = source.log(now);
            let page = sent.query("page").or_else(|| sent.query("word"));
            let begin = page.map_or(0, |word| word.parse().unwrap());
            let end = log.len().min(begin + PAGE);
            let things: Vec<_> = log.get(begin..end).unwrap_or_default().iter().map(record).collect();
            let (next, word) =
                if end < log.len() { (Some(end.to_string()), None) } else { (None, Some(end.to_string())) };
            Some(json!({"things": things, "next": next, "word": word}))
        },
        ..BASE
    };
}

fn events(source: &Source, now: i64, sent: &Sent) -> Value {
    const KEPT_S: i64 = 2 * 86_400;
    let from = since(sent).max(now - KEPT_S);
    // newest first, by the time of the event, which is that of the change
    let log: Vec<Seen> = source.log(now).into_iter().filter(|seen| seen.rev.updated >= from).collect();
    let key = |seen: &Seen| (-seen.rev.updated, u32::MAX - seen.rev.text);
    let mut page = page(sorted(log.clone(), key), sent, PAGE, usize::MAX, key);
    for thing in page["things"].as_array_mut().unwrap() {
        let kind = match (
            thing["gone"].as_bool(),
            log.iter().any(|seen| json!(seen.rev.text) == thing["text"] && seen.created == seen.rev.updated),
        ) {
            (Some(true), _) => "thing.deleted",
            (_, true) => "thing.created",
            _ => "thing.updated",
        };
        *thing = json!({"type": kind, "at": thing["updated_s"], "object": thing.clone()});
    }
    page["events"] = page["things"].take();
    page
}

/// Events say what changed; the object is read anew.
pub mod by_events_that_are_read_again {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "events, refetch",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things}
    pagination: {kind: token, path: next, query: page}
    deletes: {kind: sweep}
    cursor:
      kind: events
      request: {path: /events, query: {since: \"{cursor.since}\"}}
      pagination: {kind: token, path: next, query: page}
      records: events
      type: type
      time: at
      format: epoch_s
      id: object.id
      object: object
      types: {thing.created: refetch, thing.updated: refetch, thing.deleted: delete}
      refetch: {path: \"/things/{event.id}\"}
      retention_days: 2
",
        late_s: 55,
        answer: |source, now, sent| match sent.url.path() {
            "/things" => Some(page(live(source, now), sent, PAGE, usize::MAX, by_id)),
            "/events" => Some(events(source, now, sent)),
            path => {
                let id: u32 = path.rsplit('/').next().unwrap().parse().unwrap();
                live(source, now).iter().find(|seen| seen.id == id).map(record)
            }
        },
        ..BASE
    };
}

/// Events hold the object as it was then.
pub mod by_events_that_hold_all {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "events, upsert",
        stream: "    entity: customers
    map: {fields: {name: {from: text}}}
    request: {path: /things}
    pagination: {kind: token, path: next, query: page}
    deletes: {kind: sweep}
    cursor:
      kind: events
      request: {path: /events, query: {since: \"{cursor.since}\"}}
      pagination: {kind: token, path: next, query: page}
      records: events
      type: type
      time: at
      format: epoch_s
      id: object.id
      object: object
      types: {thing.created: upsert, thing.updated: upsert, thing.deleted: delete}
      retention_days: 2
",
        late_s: 55,
        answer: |source, now, sent| match sent.url.path() {
            "/events" => Some(events(source, now, sent)),
            _ => Some(page(live(source, now), sent, PAGE, usize::MAX, by_id)),
        },
        ..BASE
    };
}

/// Days that are restated for a while; rows of them come and go.
pub mod restated_days {
    use super::*;

    pub const KIND: Kind = Kind {
        name: "restated windows, sweep",
        stream: "    entity: web_days
    map: {fields: {day: {from: day, as: date, required: true}, campaign: {from: text}}}
    request: {path: /things, query: {from: \"{slice.since}\", to: \"{slice.until}\"}}
    slices: [{kind: window, step_days: 3, max_age_days: 400}]
    pagination: {kind: token, path: next, query: page}
    cursor: {kind: restate, days: 4}
    deletes: {kind: sweep}
",
        // what is made late on a day is still of that day
        late_s: 55,
        changeable_s: Some(3 * 86_400),
        answer: |source, now, sent| {
            let (from, to) = (sent.query("from").unwrap(), sent.query("to").unwrap());
            let wanted = |seen: &Seen| {
                let day = &time(seen.created)[..10];
                from.as_str() <= day && day <= to.as_str()
            };
            Some(page(live(source, now).into_iter().filter(wanted).collect(), sent, PAGE, usize::MAX, by_id))
        },
        ..BASE
    };
}
