//! Keeps what was read: pages are archived and mapped by two threads and committed in their order by a third, so that
//! downloading, mapping and committing overlap. What is under way is bounded by its bytes.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use netgain_connector::Page;
use netgain_mapping::Mapper;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::committer::{Committer, Kept};
use crate::mapped::{MappedPage, PageMapper};
use crate::{Error, SyncReport};

/// Kilobytes of pages that may be under way, from download to commit.
const BUDGET_KB: u32 = 8 << 10;
/// Threads that map: one is idle while the other waits for the disk to keep its page.
const MAPPERS: usize = 2;

/// A page on its way to the mappers.
struct Work {
    page: Page,
    mapper: Arc<Mapper>,
    reply: SyncSender<Result<MappedPage, Error>>,
}

/// What the committer is told, in order.
pub(crate) enum Item {
    /// A page, as soon as it is mapped, with what it takes of the budget.
    Page(Receiver<Result<MappedPage, Error>>, OwnedSemaphorePermit),
    /// The end of a stream: commit what is there and say what became of it.
    Flush(oneshot::Sender<Result<Kept, Error>>),
    /// Compute the profit of what changed.
    Profit(oneshot::Sender<Result<(), Error>>),
}

/// The threads that keep pages. They end when it is dropped, after the commit under way.
pub(crate) struct Keeper {
    work: Option<Sender<Work>>,
    items: Option<Sender<Item>>,
    budget: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
    committer: Option<JoinHandle<SyncReport>>,
}

/// The threads are gone; the reason is told by [`Keeper::flush`].
#[derive(Debug, thiserror::Error)]
#[error("nothing more can be kept")]
pub(crate) struct Gone;

impl Keeper {
    pub(crate) fn start(page_mapper: &PageMapper, committer: Committer) -> Result<Self, Error> {
        let (work, to_map) = channel::<Work>();
        let (items, to_commit) = channel();
        let budget = Arc::new(Semaphore::new(BUDGET_KB as usize));
        let to_map = Arc::new(Mutex::new(to_map));
        let spawn = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let mut threads = Vec::new();
        // what these threads log belongs to the sync
        let span = tracing::Span::current();
        for _ in 0..MAPPERS {
            let (to_map, page_mapper, span) = (Arc::clone(&to_map), page_mapper.clone(), span.clone());
            let work = move || span.in_scope(|| map(&to_map, &page_mapper));
            threads.push(spawn("map").spawn(work).map_err(Error::Thread)?);
        }
        let closing = Arc::clone(&budget);
        let committing = move || span.in_scope(|| committer.run(&to_commit, &closing));
        let committer = spawn("commit").spawn(committing).map_err(Error::Thread)?;
        Ok(Self { work: Some(work), items: Some(items), budget, threads, committer: Some(committer) })
    }

    /// Takes a page; waits while too much is under way.
    pub(crate) async fn page(&self, page: Page, mapper: &Arc<Mapper>) -> Result<(), Gone> {
        let bytes: usize = page.lines.iter().map(bytes::Bytes::len).sum();
        let share = u32::try_from(bytes >> 10).unwrap_or(BUDGET_KB).clamp(1, BUDGET_KB);
        let permit = Arc::clone(&self.budget).acquire_many_owned(share).await.map_err(|_| Gone)?;
        let (reply, mapped) = sync_channel(1);
        let work = Work { page, mapper: Arc::clone(mapper), reply };
        self.work.as_ref().ok_or(Gone)?.send(work).map_err(|_| Gone)?;
        self.items.as_ref().ok_or(Gone)?.send(Item::Page(mapped, permit)).map_err(|_| Gone)
    }

    /// Waits until everything that was taken is committed.
    ///
    /// # Errors
    /// The first failure of any page.
    pub(crate) async fn flush(&self) -> Result<Kept, Error> {
        self.ask(Item::Flush).await?
    }

    /// Computes the profit of what changed.
    pub(crate) async fn profit(&self) -> Result<(), Error> {
        self.ask(Item::Profit).await?
    }

    async fn ask<T>(&self, item: impl FnOnce(oneshot::Sender<T>) -> Item) -> Result<T, Error> {
        let (tell, told) = oneshot::channel();
        let sent = self.items.as_ref().map(|items| items.send(item(tell)));
        match sent {
            Some(Ok(())) => told.await.map_err(|_| Error::Stopped),
            _ => Err(Error::Stopped),
        }
    }

    /// Ends the threads and gives the account of what was kept.
    pub(crate) fn finish(mut self) -> SyncReport {
        self.close();
        match self.committer.take().map(JoinHandle::join) {
            Some(Ok(report)) => report,
            _ => SyncReport::default(),
        }
    }

    fn close(&mut self) {
        self.work = None;
        self.items = None;
        for thread in self.threads.drain(..) {
            // a mapper that panicked has dropped its page's reply, which the committer reports
            drop(thread.join());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
        if let Some(committer) = self.committer.take() {
            drop(committer.join());
        }
    }
}

fn map(to_map: &Mutex<Receiver<Work>>, page_mapper: &PageMapper) {
    loop {
        let next = to_map.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // the committer no longer waits when it failed before
        drop(work.reply.send(page_mapper.map(work.page, &work.mapper)));
    }
}
