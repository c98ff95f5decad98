//! The inbox's one writer: events that come at the same time are committed together, because each commit waits for the
//! disk. Nothing is acknowledged before its commit has returned.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::db::{Engine, Scope, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::store::Control;

/// Deliveries that may wait for the writer; more have to wait outside.
const QUEUE: usize = 4_096;
/// Deliveries in one commit.
const TOGETHER: usize = 1_024;

/// An event to keep.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection.
    pub connection: ConnectionId,
    /// By what a repetition is known.
    pub dedupe: String,
    /// Its name.
    pub topic: String,
    /// The account that it is about.
    pub account: Option<String>,
    /// The stream that it is about.
    pub stream: Option<String>,
    /// The key of the object that it is about.
    pub object: Option<String>,
    /// The event.
    pub body: Vec<u8>,
    /// When it came (UTC).
    pub received_at: Timestamp,
}

/// How many events of a delivery were kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Events that were new.
    pub new: u64,
    /// Events that were there.
    pub known: u64,
}

/// Hears what became of a delivery.
type Reply = Box<dyn FnOnce(Result<Kept>) + Send>;

struct Work {
    events: Vec<NewEvent>,
    reply: Reply,
}

/// Takes events and answers once they are on disk.
pub struct Inbox {
    work: Mutex<Option<SyncSender<Work>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Inbox {
    /// Opens the inbox of a control store, with a connection of its own.
    ///
    /// # Errors
    /// When the store cannot be opened or the system gives no thread.
    pub fn open(control: &Control) -> Result<Arc<Self>> {
        let engine = control.another_engine()?;
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("inbox".to_owned())
            .spawn(move || write(&engine, &receiver))
            .map_err(|source| Error::Io {
                what: "start the writer of",
                path: "the inbox".to_owned(),
                source,
            })?;
        Ok(Arc::new(Self { work: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }))
    }

    /// Keeps the events of one delivery, all or none, and calls `reply` from the writer's thread when they are on disk.
    /// Blocks only while too many deliveries wait.
    pub fn put(&self, events: Vec<NewEvent>, reply: impl FnOnce(Result<Kept>) + Send + 'static) {
        let sender = self.work.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let work = Work { events, reply: Box::new(reply) };
        let closed = match sender {
            Some(sender) => sender.send(work).err().map(|refused| refused.0),
            None => Some(work),
        };
        if let Some(work) = closed {
            (work.reply)(Err(Error::InboxClosed));
        }
    }

    /// Commits what waits and ends; later deliveries are refused.
    pub fn close(&self) {
        drop(self.work.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(
                "the inbox's writer ended by a panic; what it had not acknowledged is sent again"
            );
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.close();
    }
}

fn write(engine: &Engine, receiver: &Receiver<Work>) {
    while let Ok(first) = receiver.recv() {
        let mut together = vec![first];
        while together.len() < TOGETHER
            && let Ok(next) = receiver.try_recv()
        {
            together.push(next);
        }
        match commit(engine, &together) {
            Ok(kept) => together.into_iter().zip(kept).for_each(|(work, kept)| (work.reply)(Ok(kept))),
            Err(_) if together.len() > 1 => {
                // one that cannot be kept must not stop the others
                for work in together {
                    let kept = commit(engine, std::slice::from_ref(&work));
                    (work.reply)(kept.map(|kept| kept.first().copied().unwrap_or_default()));
                }
            }
            Err(error) => {
                if let Some(work) = together.pop() {
                    (work.reply)(Err(error));
                }
            }
        }
    }
}

fn commit(engine: &Engine, together: &[Work]) -> Result<Vec<Kept>> {
    const DOING: &str = "keep an event";
    // deliveries of several workspaces wait for the disk together
    let mut db = engine.scoped(Scope::All);
    let step = db.transaction_with_behavior(TransactionBehavior::Writes).doing(DOING)?;
    let mut all = Vec::with_capacity(together.len());
    {
        let mut insert = step
            .prepare_cached(
                "INSERT INTO webhook_events (workspace_id, connection_id, dedupe, topic, account, stream, object, \
                 body, received_at, state, attempts, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, 'waiting', 0, ?9) \
                 ON CONFLICT (workspace_id, connection_id, dedupe) DO NOTHING",
            )
            .doing(DOING)?;
        for work in together {
            let mut kept = Kept::default();
            for event in &work.events {
                let new = insert
                    .execute(params![
                        event.workspace.as_str(),
                        event.connection.as_str(),
                        event.dedupe,
                        event.topic,
                        event.account,
                        event.stream,
                        event.object,
                        event.body,
                        event.received_at.as_microsecond()
                    ])
                    .doing(DOING)?;
                kept.new += new as u64;
                kept.known += u64::from(new == 0);
            }
            all.push(kept);
        }
    }
    step.commit().doing(DOING)?;
    Ok(all)
}
