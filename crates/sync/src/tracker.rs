//! Notes in the control store how far a run is, and passes on what happens.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use netgain_control::{Control, RunId, StreamProgress, StreamState};
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_manifest::Manifest;

use crate::pace::Pace;
use crate::runner::locked;
use crate::{Event, Observer, StreamSummary};

/// How often the control store hears of progress; each note is a write to disk.
const EVERY: Duration = Duration::from_secs(1);

/// Follows one run.
pub(crate) struct Tracker {
    control: Arc<Control>,
    workspace: WorkspaceId,
    connection: ConnectionId,
    run: RunId,
    pace: Arc<Mutex<Pace>>,
    observer: Arc<dyn Observer>,
    now: Mutex<Current>,
    /// Streams that events announce, with the time to which they were read before this run.
    announced: Mutex<HashMap<String, Timestamp>>,
    /// Whether it was said that another node has the run's work since.
    overtaken: AtomicBool,
}

struct Current {
    entity: String,
    stream_records: u64,
    noted: Instant,
}

impl Tracker {
    pub(crate) fn new(
        control: Arc<Control>,
        (workspace, connection): (WorkspaceId, ConnectionId),
        run: RunId,
        pace: Arc<Mutex<Pace>>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let now = Mutex::new(Current { entity: String::new(), stream_records: 0, noted: Instant::now() });
        Self {
            control,
            workspace,
            connection,
            run,
            pace,
            observer,
            now,
            announced: Mutex::default(),
            overtaken: AtomicBool::new(false),
        }
    }

    /// Shows the streams that will be read, so that a card lists them from the beginning.
    pub(crate) fn announce(&self, manifest: &Manifest) {
        let known = self.control.streams(&self.workspace, &self.connection).unwrap_or_default();
        let told = manifest.webhooks.iter().flat_map(|webhooks| webhooks.events.values());
        let told: HashSet<&str> = told.filter_map(|event| event.stream()).collect();
        let read = known.iter().filter(|known| told.contains(known.stream.as_str()));
        *locked(&self.announced) =
            read.filter_map(|known| Some((known.stream.clone(), known.last_sync_at?))).collect();
        for stream in &manifest.streams {
            if !known.iter().any(|known| known.stream == stream.name) {
                let (stream, entity) = (stream.name.clone(), stream.entity.clone());
                self.note(&StreamProgress {
                    stream,
                    entity,
                    rows: 0,
                    state: StreamState::Idle,
                    last_sync_at: None,
                });
            }
        }
    }

    /// Notes how far a stream is, and the run with it unless the stream waits for its turn. A run that was taken over since
    /// notes nothing.
    fn note(&self, progress: &StreamProgress) {
        let rows = (progress.state != StreamState::Idle)
            .then(|| locked(&self.pace).progress(Instant::now()).records);
        let stream = progress.stream.as_str();
        let place = (&self.workspace, &self.connection);
        match self.control.set_stream(place, &self.run, rows, progress) {
            Ok(()) => {}
            Err(netgain_control::Error::RunNotFound(_)) => {
                if !self.overtaken.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        stream,
                        "the run was taken over by another node; it ends at its next commit"
                    );
                }
            }
            // the sync itself does not depend on it
            Err(error) => tracing::warn!(stream, %error, "progress could not be noted"),
        }
    }

    fn note_running(&self, stream: &str, entity: &str, rows: u64) {
        self.note(&StreamProgress {
            stream: stream.to_owned(),
            entity: entity.to_owned(),
            rows,
            state: StreamState::Running,
            last_sync_at: None,
        });
    }

    fn kept(&self, stream: &str, records: u64, fraction: Option<u16>) {
        locked(&self.pace).add(records, fraction, Instant::now());
        let due = {
            let mut now = locked(&self.now);
            now.stream_records += records;
            let due = now.noted.elapsed() >= EVERY;
            if due {
                now.noted = Instant::now();
            }
            due.then(|| (now.entity.clone(), now.stream_records))
        };
        if let Some((entity, records)) = due {
            self.note_running(stream, &entity, records);
        }
    }

    /// What a poll finds new or changed should have been announced; what was not is the loss.
    fn wrote(&self, stream: &str, records: &[(Table, String)]) {
        let Some(since) = locked(&self.announced).get(stream).copied() else { return };
        let entity = locked(&self.now).entity.clone();
        let own = records.iter().filter(|(table, _)| table.name() == entity);
        let objects: Vec<&str> = own.map(|(_, id)| id.as_str()).collect();
        if let Err(error) =
            self.control.note_polled(&self.workspace, &self.connection, stream, &objects, since)
        {
            tracing::warn!(stream, %error, "what polling found could not be noted");
        }
    }

    fn began(&self, stream: &str, entity: &str) {
        locked(&self.pace).begin(stream);
        {
            let mut now = locked(&self.now);
            now.entity = entity.to_owned();
            now.stream_records = 0;
        }
        self.note_running(stream, entity, 0);
    }

    fn ended(&self, summary: &StreamSummary) {
        let (state, last_sync_at) = match summary.error {
            None => (StreamState::Done, Some(Timestamp::now())),
            Some(_) => (StreamState::Error, None),
        };
        self.note(&StreamProgress {
            stream: summary.stream.clone(),
            entity: summary.entity.clone(),
            rows: summary.records,
            state,
            last_sync_at,
        });
    }
}

impl Observer for Tracker {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::StreamBegan { stream, entity } => self.began(stream, entity),
            Event::Kept { stream, records, fraction } => self.kept(stream, *records, *fraction),
            Event::Wrote { stream, records } => self.wrote(stream, records),
            Event::StreamEnded(summary) => self.ended(summary),
            Event::Note(_) | Event::Profit { .. } => {}
        }
        self.observer.event(event);
    }
}
