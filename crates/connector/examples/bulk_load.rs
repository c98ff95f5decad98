//! How fast a file is downloaded, put together and handed on, and the memory it takes. The sandbox runs beside it:
//!
//!     cargo run --release -p netgain-sandbox --example serve -- --orders FILE --unlimited > ready.json &
//!     cargo run --release -p netgain-connector --example bulk_load -- ready.json crates/providers/shopify/manifest.yaml shopify orders

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use netgain_connector::{
    BoxError, Engine, HttpTransport, Limits, Note, Page, Reach, SecretSource, Setup, Sink, SystemClock,
};
use netgain_manifest::Manifest;

struct Secrets(BTreeMap<String, String>);

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.get(field).cloned())
    }
}

/// Counts, and notes when the platform had the file ready.
#[derive(Default)]
struct Counts {
    records: AtomicU64,
    bytes: AtomicU64,
    pages: AtomicU64,
    ready: Mutex<Option<Instant>>,
    first: Mutex<Option<Instant>>,
}

#[async_trait::async_trait]
impl Sink for Counts {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let bytes: usize = page.lines.iter().map(bytes::Bytes::len).sum();
        if let Ok(mut first) = self.first.lock()
            && !page.lines.is_empty()
        {
            first.get_or_insert_with(Instant::now);
        }
        self.records.fetch_add(page.lines.len() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.pages.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn note(&self, note: Note) {
        if let (Note::Job { .. }, Ok(mut ready)) = (note, self.ready.lock()) {
            *ready = Some(Instant::now());
        }
    }
}

/// The most memory that this process ever held, in kilobytes (Linux).
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [ready, manifest, platform, stream] = arguments.as_slice() else {
        return Err("give the sandbox's ready line as a file, a manifest, a platform and a stream".into());
    };
    let ready: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(ready)?)?;
    let platform = &ready["platforms"][platform];
    let texts = |value: &serde_json::Value| -> BTreeMap<String, String> {
        let entries = value.as_object().into_iter().flatten();
        entries.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect()
    };
    let manifest = Arc::new(Manifest::from_yaml(&std::fs::read_to_string(manifest)?)?);
    let spool = tempfile::tempdir()?;
    let engine = Engine::new(Setup {
        manifest: Arc::clone(&manifest),
        fields: texts(&platform["fields"]),
        base_url: platform["base_url"].as_str().map(str::to_owned),
        transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default())?),
        secrets: Arc::new(Secrets(texts(&platform["secrets"]))),
        clock: Arc::new(SystemClock),
        spool: spool.path().to_owned(),
    })?;
    let stream = manifest.stream(stream).ok_or("there is no such stream")?;
    let counts = Counts::default();
    let began = Instant::now();
    engine.run(stream, &[], None, &counts).await?;
    let since = |from: Option<Instant>| from.unwrap_or(began).elapsed().as_secs_f64();
    let taken = since(counts.ready.lock().map_err(|_| "a note was lost")?.to_owned());
    let reading = since(counts.first.lock().map_err(|_| "a page was lost")?.to_owned());
    let records = counts.records.load(Ordering::Relaxed);
    println!(
        "{}",
        serde_json::json!({
            "records": records,
            "megabytes": counts.bytes.load(Ordering::Relaxed) / 1_000_000,
            "pages": counts.pages.load(Ordering::Relaxed),
            "download_and_reading_s": taken,
            "of_which_after_the_first_page_s": reading,
            "records_per_s": (records as f64 / taken) as u64,
            "peak_kb": peak_kb(),
        })
    );
    Ok(())
}
