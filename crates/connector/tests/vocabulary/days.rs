//! Days that are restated, read window by window without jobs, and from files that jobs or answers name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use netgain_connector::{
    Account, Chunks, Clock, Download, Engine, Request, Response, Setup, Transport, TransportError,
};
use serde_json::{Value, json};

use crate::support::{HEADER, Kept, Platform, Secrets, Sent, TestClock, answer, manifest};
use crate::{body, run};

const ROWS: &str = "    slices: [{kind: accounts}, {kind: window, step_days: 7, max_age_days: 20, zone: account, end_lag_s: 120}]
    request: {method: POST, path: \"/{slice.account}/report\", body: {kind: json, body: {since: \"{slice.since}\", until: \"{slice.until}\", begin: \"{slice.begin}\", end: \"{slice.end}\"}}}
    pagination: {kind: offset, body: offset, limit: 3, total: total}
    records: rows
    cursor: {kind: restate, days: 3}
    deletes: {kind: sweep}";

fn spend(stream: &str) -> Arc<netgain_manifest::Manifest> {
    let text = format!(
        "manifest: 1
id: test
name: Test
category: ads
docs: https://docs.example.com
versions: {{api: \"1\"}}
connection: {{fields: {{token: {{title: Token, secret: true}}}}}}
auth: {HEADER}
http: {{base_url: \"https://api.example.com\", allowed_hosts: [api.example.com, \"*.files.example\"]}}
errors:
{}
check: {{request: {{path: /me}}, expect: id}}
streams:
  - name: spend
    entity: ad_days
    key: [day, id]
    map:
      fields:
        day: {{from: day, as: date}}
        level: {{const: ad}}
        entity_id: {{from: id, as: id}}
        account_id: {{from: \"@slice.account\"}}
        currency: {{const: EUR}}
        spend: {{from: spend, as: money}}
{stream}
",
        crate::ERRORS
    );
    Arc::new(netgain_manifest::Manifest::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

fn accounts() -> [Account; 2] {
    ["a", "b"].map(|id| Account {
        id: id.to_owned(),
        context: BTreeMap::from([("account.time_zone".to_owned(), "Europe/Berlin".to_owned())]),
    })
}

/// One row a day; more than five days at once are too many for it.
fn report(sent: &Sent, _: usize) -> Result<Response, TransportError> {
    if sent.url.path() == "/me" {
        return Ok(answer(200, r#"{"id": 1}"#));
    }
    let asked = body(sent);
    let day = |key: &str| asked[key].as_str().unwrap().parse::<jiff::civil::Date>().unwrap();
    let (since, until) = (day("since"), day("until"));
    let days: Vec<Value> = since
        .series(jiff::ToSpan::days(1))
        .take_while(|day| *day <= until)
        .map(|day| json!({"day": day.to_string(), "id": "1", "spend": "1.00"}))
        .collect();
    if days.len() > 5 {
        return Ok(answer(413, r#"{"message": "too much"}"#));
    }
    let from = asked["offset"].as_u64().unwrap_or_default() as usize;
    let page: Vec<&Value> = days.iter().skip(from).take(3).collect();
    Ok(answer(200, &json!({"rows": page, "total": days.len().to_string()}).to_string()))
}

fn days(sink: &Kept) -> Vec<String> {
    let pages = sink.pages.lock().unwrap();
    let mut days = Vec::new();
    for page in pages.iter() {
        for line in &page.lines {
            let record: Value = serde_json::from_slice(line).unwrap();
            let provisional = &page.context["slice.provisional"];
            days.push(format!(
                "{} {} {provisional}",
                page.context["slice.account"],
                record["day"].as_str().unwrap()
            ));
        }
    }
    days
}

#[tokio::test]
async fn restated_days_are_read_window_by_window_and_again() {
    let manifest = spend(&format!("{ROWS}\n    fetch: {{kind: pages}}\n    decode: {{kind: json}}"));
    let (platform, sink) = (Platform::new(report), Kept::default());
    run(&manifest, &platform, &accounts(), None, &sink).await.unwrap();
    let all = days(&sink);
    assert_eq!(all.len(), 42, "21 days of two accounts");
    assert_eq!((all[0].as_str(), all[1].as_str()), ("a 2026-03-28 true", "a 2026-03-29 true"));
    assert!(all.contains(&"b 2026-03-27 false".to_owned()) && all.contains(&"b 2026-03-11 false".to_owned()));
    let first = platform.sent.lock().unwrap().iter().find(|sent| sent.url.path() != "/me").map(body).unwrap();
    // the clocks went forward on 29 March; two minutes before now at the latest
    assert_eq!(
        (first["begin"].as_str(), first["end"].as_str()),
        (Some("2026-03-27T23:00:00Z"), Some("2026-03-31T11:58:00Z"))
    );
    let sweeps: Vec<_> = sink.pages.lock().unwrap().iter().filter_map(|page| page.sweep.clone()).collect();
    assert_eq!(sweeps[0].kept, ["2026-03-28:1", "2026-03-29:1", "2026-03-30:1", "2026-03-31:1"]);
    let (column, since, until) = sweeps[0].days.clone().unwrap();
    assert_eq!(
        (column.as_str(), since.to_string().as_str(), until.to_string().as_str()),
        ("day", "2026-03-28", "2026-03-31")
    );
    assert_eq!(sweeps[0].only, [("account_id".to_owned(), "a".to_owned())]);

    let again = Kept::default();
    run(&manifest, &Platform::new(report), &accounts(), sink.cursor().as_deref(), &again).await.unwrap();
    assert_eq!(days(&again).len(), 8, "the last four days only");
    assert_eq!(again.cursor(), sink.cursor());

    // cut off anywhere: each day is settled, the window that was cut is read again
    let pages = sink.cursors().len();
    for cut in 1..pages {
        let (one, two) = (Kept::default(), Kept::default());
        *one.refuse.lock().unwrap() = Some(cut);
        run(&manifest, &Platform::new(report), &accounts(), None, &one).await.unwrap_err();
        run(&manifest, &Platform::new(report), &accounts(), one.cursor().as_deref(), &two).await.unwrap();
        let mut found = days(&one);
        found.extend(days(&two));
        found.sort();
        found.dedup();
        let mut whole = all.clone();
        whole.sort();
        assert_eq!((found, two.cursor()), (whole, sink.cursor()), "cut behind page {cut}");
    }
}

/// A platform with files beside its answers; the first download breaks off.
struct WithFiles {
    inner: Arc<Platform>,
    file: Vec<u8>,
    downloads: Mutex<Vec<String>>,
}

struct Pieces(Vec<Result<Bytes, TransportError>>);

#[async_trait::async_trait]
impl Chunks for Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        if self.0.is_empty() { Ok(None) } else { self.0.remove(0).map(Some) }
    }
}

#[async_trait::async_trait]
impl Transport for WithFiles {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.inner.send(request).await
    }

    async fn download(&self, url: url::Url, _: u64) -> Result<Download, TransportError> {
        let mut downloads = self.downloads.lock().unwrap();
        downloads.push(url.to_string());
        let (first, rest) = self.file.split_at(self.file.len() / 2);
        let mut pieces = vec![Ok(Bytes::copy_from_slice(first))];
        pieces.push(if downloads.len() == 1 {
            Err(crate::support::broken())
        } else {
            Ok(Bytes::copy_from_slice(rest))
        });
        let headers = vec![("content-type".to_owned(), "text/plain; charset=windows-1252".to_owned())];
        Ok(Download { status: 200, headers, body: Box::new(Pieces(pieces)) })
    }
}

const JOB: &str = "    slices: [{kind: window, step_days: 30, max_age_days: 20}]
    request: {method: POST, path: /reports, body: {kind: json, body: {begin: \"{slice.begin}\"}}}
    fetch:
      kind: async_job
      id: reportId
      poll:
        request: {path: \"/reports/{job.id}\"}
        every_s: 5
        state: status
        running: [IN_QUEUE]
        done: [DONE]
        empty: [CANCELLED]
        failed: [FATAL]
        values: {document: documentId}
        stuck_after_s: 900
      result: {path: \"/documents/{job.document}\"}
      document: {url: url, compression: packed}
    pagination: {kind: none}
    decode: {kind: csv, delimiter: \"\\t\"}
    cursor: {kind: restate, days: 40}";

async fn from_files(host: &'static str, state: &'static str) -> (Result<(), String>, Vec<Value>, usize) {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"day\tid\tspend\n2026-03-30\tcaf\xe9\t1.50\n").unwrap();
    let platform = Platform::new(move |sent, _| {
        Ok(answer(
            200,
            &match sent.url.path() {
                "/reports" => json!({"reportId": "r1"}),
                "/reports/r1" => json!({"status": state, "documentId": "d1"}),
                "/documents/d1" => json!({"url": format!("https://{host}/x?sig=s3cret"), "packed": "GZIP"}),
                _ => json!({"id": 1}),
            }
            .to_string(),
        ))
    });
    let files =
        Arc::new(WithFiles { inner: platform, file: packer.finish().unwrap(), downloads: Mutex::default() });
    let manifest = spend(JOB);
    let engine = Engine::new(Setup {
        manifest: Arc::clone(&manifest),
        fields: BTreeMap::new(),
        base_url: None,
        transport: Arc::clone(&files) as Arc<dyn Transport>,
        secrets: Secrets::new(&[("token", &["k"])]),
        clock: TestClock::new() as Arc<dyn Clock>,
        spool: std::env::temp_dir(),
    })
    .unwrap();
    let sink = Kept::default();
    let done = engine.run(&manifest.streams[0], &[], None, &sink).await;
    let downloads = files.downloads.lock().unwrap().len();
    (done.map(drop).map_err(|error| error.to_string()), sink.records(), downloads)
}

#[tokio::test]
async fn a_report_is_asked_for_watched_and_read_from_its_file() {
    let (done, records, downloads) = from_files("eu.files.example", "DONE").await;
    done.unwrap();
    assert_eq!(records, [json!({"day": "2026-03-30", "id": "café", "spend": "1.50"})]);
    assert_eq!(downloads, 2, "the first one broke off");
    let (done, records, downloads) = from_files("eu.files.example", "CANCELLED").await;
    assert_eq!((done, records.len(), downloads), (Ok(()), 0, 0));
    let (done, _, downloads) = from_files("evil.example", "DONE").await;
    let told = done.unwrap_err();
    assert!(told.contains("evil.example") && !told.contains("s3cret") && downloads == 0, "{told}");
}

#[tokio::test]
async fn what_cannot_work_is_told_before_it_begins() {
    let sink = Kept::default();
    for (stream, told) in [
        (ROWS.replace("cursor: {kind: restate, days: 3}", "cursor: {kind: full}"), "restate"),
        (ROWS.replace("deletes: {kind: sweep}", "hook: x.y"), "no hook `x.y`"),
    ] {
        let manifest = spend(&format!("{stream}\n    fetch: {{kind: pages}}\n    decode: {{kind: json}}"));
        let error = run(&manifest, &Platform::new(report), &accounts(), None, &sink).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
    // rows of one slice must be told from those of another
    let stream = format!("{PLAIN}\n    deletes: {{kind: sweep}}");
    let manifest = manifest(HEADER, crate::ERRORS, "", &stream);
    let error = run(&manifest, &Platform::new(report), &accounts(), None, &sink).await.unwrap_err();
    assert!(error.to_string().contains("column of days"), "{error}");
}

const PLAIN: &str = "    slices: [{kind: window, step_days: 7}]
    request: {path: /x}
    pagination: {kind: none}
    cursor: {kind: restate, days: 3}";
