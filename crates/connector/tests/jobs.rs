//! Days read through jobs of a platform that is played in memory: it refuses, forgets and invents states at will.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_connector::{
    Account, BoxError, Clock, Engine, Error, Note, Page, Request, Response, SecretSource, Setup, Sink,
    Transport, TransportError,
};
use netgain_manifest::Manifest;
use serde_json::{Value, json};

const MANIFEST: &str = r#"
manifest: 1
id: acme
name: Acme
category: ads
docs: https://acme.example
versions: {api: "1"}
connection: {fields: {}}
auth: {kind: none}
http: {base_url: "https://acme.example", allowed_hosts: [acme.example]}
errors:
  - {when: {status: [413]}, class: too_large}
  - {when: {status: [404]}, class: not_found}
  - {when: {status: [401]}, class: auth_revoked}
  - {when: {status: [429]}, class: rate_limited}
check: {request: {path: /me}, expect: id}
streams:
  - name: days
    entity: ad_days
    request:
      method: POST
      path: /jobs
      body: {kind: form, fields: {account: "{slice.account}", since: "{slice.since}", until: "{slice.until}"}}
    slices: [{kind: accounts}, {kind: window, step_days: 10, max_age_days: 40, zone: account}]
    fetch:
      kind: async_job
      id: job
      poll:
        request: {path: "/jobs/{job.id}"}
        every_s: 30
        state: state
        running: [running]
        done: [done]
        failed: [failed]
        stuck_after_s: 600
        resubmit: 2
      result: {path: "/jobs/{job.id}/rows"}
      max_running: 2
    pagination: {kind: next_url, path: next}
    decode: {kind: json}
    records: rows
    cursor: {kind: restate, days: 3}
    key: [day]
    map:
      fields:
        day: {from: day, as: date}
        level: {const: ad}
        entity_id: {from: account}
        currency: {from: "@account.currency"}
        spend: {const: "1", as: decimal}
"#;

#[derive(Clone)]
struct Job {
    account: String,
    since: Date,
    until: Date,
}

/// The platform.
#[derive(Default)]
struct Acme {
    jobs: Mutex<Vec<Job>>,
    /// More days than this are refused.
    most_days: Option<i32>,
    /// The state of a job, by its number, in place of `done`.
    states: BTreeMap<usize, &'static str>,
    /// Jobs that it no longer knows.
    forgotten: Mutex<Vec<usize>>,
    now: Mutex<Timestamp>,
}

impl Acme {
    fn answer(&self, path: &str, body: &str) -> (u16, Value) {
        let mut jobs = self.jobs.lock().unwrap();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            ["me"] => (200, json!({"id": 1})),
            ["jobs"] => {
                let form: BTreeMap<_, _> =
                    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
                let day = |name: &str| form[name].parse::<Date>().unwrap();
                let job = Job { account: form["account"].clone(), since: day("since"), until: day("until") };
                let days = job.since.until(job.until).unwrap().get_days() + 1;
                jobs.push(job);
                match self.most_days {
                    Some(most) if days > most => (413, json!({"error": "too many days"})),
                    _ => (200, json!({"job": jobs.len() - 1})),
                }
            }
            ["jobs", id, rest @ ..] => {
                let id: usize = id.parse().unwrap();
                if self.forgotten.lock().unwrap().contains(&id) {
                    return (404, json!({"error": "no such job"}));
                }
                if rest.is_empty() {
                    return (200, json!({"state": self.states.get(&id).unwrap_or(&"done")}));
                }
                let (mut rows, mut day) = (Vec::new(), jobs[id].since);
                while day <= jobs[id].until {
                    rows.push(json!({"day": day.to_string(), "account": jobs[id].account}));
                    day = day.tomorrow().unwrap();
                }
                // the order of a result says nothing
                rows.reverse();
                (200, json!({"rows": rows}))
            }
            _ => (400, json!({})),
        }
    }

    fn asked(&self) -> Vec<String> {
        let jobs = self.jobs.lock().unwrap();
        jobs.iter().map(|job| format!("{} {}..{}", job.account, job.since, job.until)).collect()
    }
}

#[async_trait::async_trait]
impl Transport for Acme {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let (status, body) = self.answer(request.url.path(), &body);
        Ok(Response { status, headers: Vec::new(), body: body.to_string().into() })
    }
}

#[async_trait::async_trait]
impl Clock for Acme {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

struct NoSecrets;

impl SecretSource for NoSecrets {
    fn secret(&self, _: &str) -> Result<Option<String>, BoxError> {
        Ok(None)
    }
}

#[derive(Default)]
struct Kept {
    /// Account and day of every row, in the order in which they came.
    rows: Mutex<Vec<String>>,
    cursor: Mutex<Option<String>>,
    recovered: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Sink for Kept {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        for line in &page.lines {
            let row: Value = serde_json::from_slice(line)?;
            let mark = if page.context["slice.provisional"] == "true" { "?" } else { "" };
            let row = format!("{} {}{mark}", row["account"].as_str().unwrap(), row["day"].as_str().unwrap());
            self.rows.lock().unwrap().push(row);
        }
        if let Some(cursor) = page.cursor {
            *self.cursor.lock().unwrap() = Some(cursor);
        }
        Ok(())
    }

    fn note(&self, note: Note) {
        if let Note::Recovered { what, .. } = note {
            self.recovered.lock().unwrap().push(what);
        }
    }
}

fn acme(now: &str) -> Acme {
    Acme { now: Mutex::new(now.parse().unwrap()), ..Acme::default() }
}

fn account(id: &str, zone: &str) -> Account {
    let known = [("account.currency", "EUR"), ("account.time_zone", zone)];
    Account { id: id.to_owned(), context: known.map(|(k, v)| (k.to_owned(), v.to_owned())).into() }
}

async fn run(acme: &Arc<Acme>, accounts: &[Account], cursor: Option<&str>) -> Result<Kept, Error> {
    let manifest = Arc::new(Manifest::from_yaml(MANIFEST).unwrap());
    let setup = Setup {
        manifest: Arc::clone(&manifest),
        fields: BTreeMap::new(),
        base_url: None,
        transport: Arc::clone(acme) as Arc<dyn Transport>,
        secrets: Arc::new(NoSecrets),
        clock: Arc::clone(acme) as Arc<dyn Clock>,
        spool: PathBuf::new(),
    };
    let kept = Kept::default();
    Engine::new(setup)?.run(manifest.stream("days").unwrap(), accounts, cursor, &kept).await?;
    Ok(kept)
}

/// Every day of 40 before `today` and itself, each once.
fn assert_complete(kept: &Kept, account: &str, today: &str) {
    let mut rows: Vec<String> = kept.rows.lock().unwrap().iter().map(|row| row.replace('?', "")).collect();
    rows.retain(|row| row.starts_with(account));
    rows.sort();
    let today: Date = today.parse().unwrap();
    let mut day = today.saturating_sub(jiff::Span::new().days(40));
    let mut expected = Vec::new();
    while day <= today {
        expected.push(format!("{account} {day}"));
        day = day.tomorrow().unwrap();
    }
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn windows_that_are_too_large_are_halved_until_they_fit() {
    let acme = Arc::new(Acme { most_days: Some(3), ..acme("2026-03-31T12:00:00Z") });
    let kept = run(&acme, &[account("a", "UTC")], None).await.unwrap();
    assert_complete(&kept, "a", "2026-03-31");
    assert!(kept.recovered.lock().unwrap().iter().any(|what| what.ends_with("in two halves")));
    assert!(acme.asked().len() < 70, "{}", acme.asked().len());
}

#[tokio::test]
async fn an_unknown_state_is_waited_for_but_not_for_ever() {
    let acme = Arc::new(Acme { states: [(0, "thinking")].into(), ..acme("2026-03-31T12:00:00Z") });
    let kept = run(&acme, &[account("a", "UTC")], None).await.unwrap();
    assert_complete(&kept, "a", "2026-03-31");
    let recovered = kept.recovered.lock().unwrap();
    assert!(recovered.len() == 1 && recovered[0].contains("`thinking` for too long"), "{recovered:?}");
}

#[tokio::test]
async fn a_single_day_that_never_comes_ends_the_run_with_its_name() {
    let states = (0..100).map(|job| (job, "failed")).collect();
    let acme = Arc::new(Acme { states, ..acme("2026-03-31T12:00:00Z") });
    let error = run(&acme, &[account("a", "UTC")], None).await.err().unwrap();
    let said = error.to_string();
    assert!(said.contains("2026-03-31 to 2026-03-31") && said.contains("`failed`"), "{said}");
    assert!(error.class().is_retried());
    assert!(acme.asked().len() < 20, "{:?}", acme.asked());
}

#[tokio::test]
async fn each_account_has_its_own_day_and_the_newest_of_all_come_first() {
    // the 31st has begun in Auckland, and not ended the 30th in Los Angeles
    let acme = Arc::new(acme("2026-03-30T18:00:00Z"));
    let accounts = [account("la", "America/Los_Angeles"), account("nz", "Pacific/Auckland")];
    let kept = run(&acme, &accounts, None).await.unwrap();
    assert_complete(&kept, "la", "2026-03-30");
    assert_complete(&kept, "nz", "2026-03-31");
    assert_eq!(
        acme.asked()[..4],
        [
            "nz 2026-03-28..2026-03-31",
            "la 2026-03-27..2026-03-30",
            "nz 2026-03-18..2026-03-27",
            "la 2026-03-17..2026-03-26",
        ]
    );
    let provisional = kept.rows.lock().unwrap().iter().filter(|row| row.ends_with('?')).count();
    assert_eq!(provisional, 8, "three whole days after its end a day is final");
    // the next day only what is new and what was provisional is read, each account by itself
    *acme.now.lock().unwrap() = "2026-03-31T18:00:00Z".parse().unwrap();
    let cursor = kept.cursor.lock().unwrap().clone();
    let kept = run(&acme, &accounts, cursor.as_deref()).await.unwrap();
    assert_eq!(kept.rows.lock().unwrap().len(), 2 * 5);
    assert!(kept.rows.lock().unwrap().contains(&"nz 2026-03-28".to_owned()), "final now");
}

#[tokio::test]
async fn a_job_that_the_platform_forgot_is_asked_for_again() {
    let acme = Arc::new(acme("2026-03-31T12:00:00Z"));
    let cursor = r#"{"days":{"a":{"jobs":[{"id":"7","since":"2026-03-28","until":"2026-03-31","at":"2026-03-31T11:55:00Z"}]}}}"#;
    acme.forgotten.lock().unwrap().push(7);
    acme.jobs.lock().unwrap().extend(std::iter::repeat_n(
        Job { account: "other".to_owned(), since: Date::ZERO, until: Date::ZERO },
        8,
    ));
    let kept = run(&acme, &[account("a", "UTC")], Some(cursor)).await.unwrap();
    assert_complete(&kept, "a", "2026-03-31");
    assert_eq!(kept.recovered.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_position_that_cannot_be_read_says_what_to_do() {
    let acme = Arc::new(acme("2026-03-31T12:00:00Z"));
    let error = run(&acme, &[account("a", "UTC")], Some(r#"{"days":[1]}"#)).await.err().unwrap();
    assert!(error.to_string().contains("--full"), "{error}");
    let error = run(&acme, &[account("a", "Mars/Olympus")], None).await.err().unwrap();
    assert!(error.to_string().contains("Mars/Olympus"), "{error}");
    assert_eq!(acme.asked(), Vec::<String>::new());
}
