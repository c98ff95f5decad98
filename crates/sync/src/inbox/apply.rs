//! Applying the due events of one connection: objects are read, records mapped and committed on the way that a sync
//! takes, and only then the events are done.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use netgain_connector::webhooks::{Deed, Inbound};
use netgain_connector::{Account, Engine, Page};
use netgain_control::{Connection, ConnectionState, Outcome, PrivacyKind, StoredEvent};
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_manifest::{Ask, Manifest, Slice, Stream};
use netgain_mapping::Mapper;

use super::tries::{ABSENT_TRIES, Asking, FIRST_PAUSE, TRIES, after, again, again_or_dead, is_of_platform};
use super::{Nowhere, Webhooks, figures};
use crate::gone::{self, Gone};
use crate::job::{self, SyncJob};
use crate::runner::{StartError, locked, manifest_of};
use crate::{Error, Observer, SyncOptions};

/// Events that are applied together.
const TOGETHER: u32 = 500;
/// Objects that are read at the same time.
const AT_ONCE: usize = 4;
/// The least time between the end of a sync and one that events ask for, so that a stream of them does not use up what
/// a platform allows.
const APART: SignedDuration = SignedDuration::from_secs(30);
/// How long events of a connection wait that waits for a person.
const PAUSED: SignedDuration = SignedDuration::from_mins(10);
/// How long events wait when what failed is on this side, such as a full disk. No try is counted: nothing is wrong with
/// the events, and they are applied once it works again.
const OWN_TROUBLE: SignedDuration = SignedDuration::from_secs(30);

struct Unwatched;

impl Observer for Unwatched {
    fn event(&self, _: &crate::Event<'_>) {}
}

/// An object to read, once for all events that ask for it.
type Wanted = (String, String, Option<String>);

struct Turn<'a> {
    webhooks: &'a Webhooks,
    connection: Connection,
    manifest: Arc<Manifest>,
    inbound: Inbound,
    /// That of the lease on the connection's inbox.
    fence: i64,
    outcomes: Vec<(i64, Outcome)>,
    /// Events that need the platform or the warehouse, by their numbers, with the tries so far.
    needing: BTreeMap<i64, u32>,
}

/// Applies what is due for a connection. Outcomes of single events are noted; an error means that none could be
/// applied for now. False when another program has them.
pub(super) async fn apply(
    webhooks: &Webhooks,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<bool, Error> {
    let control = &webhooks.runner.control;
    // of several programs on one store, one applies the events of a connection
    let Some(lease) = control.claim_inbox(workspace, connection)? else { return Ok(false) };
    let lease = lease.keep()?;
    let mut events = control.due_events(workspace, connection, Timestamp::now(), TOGETHER)?;
    let connection = control.connection(workspace, connection)?;
    let manifest = Arc::new(manifest_of(&connection.provider)?);
    let Some(inbound) = Inbound::new(&manifest)? else {
        let dead = |event: &StoredEvent| {
            (event.id, Outcome::Dead("the provider has no webhooks any more".to_owned()))
        };
        control.settle_events(&lease, workspace, &events.iter().map(dead).collect::<Vec<_>>())?;
        return Ok(true);
    };
    if connection.state == ConnectionState::Paused {
        // what persons ask for needs no platform, and does not wait for somebody who connects again
        let asks =
            |event: &StoredEvent| matches!(inbound.deed(&event.topic, &event.body), Ok(Deed::Privacy { .. }));
        let (asked, others): (Vec<_>, Vec<_>) = events.into_iter().partition(asks);
        let ids: Vec<i64> = others.iter().map(|event| event.id).collect();
        control.postpone_events(workspace, &ids, PAUSED, "the connection is paused")?;
        if asked.is_empty() {
            return Ok(true);
        }
        events = asked;
    }
    let fence = lease.fence();
    let mut turn = Turn {
        webhooks,
        connection,
        manifest,
        inbound,
        fence,
        outcomes: Vec::new(),
        needing: BTreeMap::new(),
    };
    let applied = turn.run(&events).await;
    let waiting = applied.as_ref().err().map(|error| turn.hold_back(error)).unwrap_or_default();
    crate::budgets::remember(control, &turn.manifest, &turn.connection);
    control.settle_events(&lease, workspace, &turn.outcomes)?;
    if let Err(error) = &applied
        && !waiting.is_empty()
    {
        control.postpone_events(workspace, &waiting, OWN_TROUBLE, &error.to_string())?;
    }
    applied.map(|()| true)
}

impl Turn<'_> {
    async fn run(&mut self, events: &[StoredEvent]) -> Result<(), Error> {
        let mut wanted: BTreeMap<Wanted, Vec<Asking>> = BTreeMap::new();
        let mut pages: Vec<(Vec<i64>, Page)> = Vec::new();
        let mut gone: BTreeMap<String, Vec<(i64, String, Timestamp)>> = BTreeMap::new();
        let (mut sync, mut privacy) = (Vec::new(), Vec::new());
        for event in events {
            if self.is_elsewhere(event)? {
                continue;
            }
            match self.inbound.deed(&event.topic, &event.body) {
                Ok(Deed::Nothing) => {
                    self.settle(event.id, Outcome::Ignored(format!("`{}` asks for nothing", event.topic)));
                }
                Ok(Deed::Unclear(why)) => self.settle(event.id, Outcome::Dead(why)),
                Err(refused) => self.settle(event.id, Outcome::Dead(refused.to_string())),
                Ok(Deed::Refetch { stream, id, with, .. }) => {
                    for stream in std::iter::once(stream).chain(with) {
                        wanted
                            .entry((stream, id.clone(), event.account.clone()))
                            .or_default()
                            .push(Asking { id: event.id, attempts: event.attempts });
                    }
                }
                Ok(Deed::Upsert { stream, record, .. }) => {
                    let page = Page { lines: vec![record.into()], ..Page::empty(&stream, event.received_at) };
                    pages.push((vec![event.id], page));
                }
                Ok(Deed::Delete { stream, object }) => {
                    gone.entry(stream).or_default().push((event.id, object, event.received_at));
                }
                Ok(Deed::Sync { .. }) => sync.push(event.id),
                Ok(Deed::Privacy { ask, email, phone, customer }) => {
                    privacy.push(event.id);
                    crate::privacy::note(
                        &self.webhooks.runner.control,
                        crate::privacy::Came {
                            workspace: &self.connection.workspace_id,
                            connection: &self.connection.id,
                            dedupe: &format!("{} {} {}", event.id, event.received_at, event.topic),
                            kind: kind_of(ask),
                            email,
                            phone,
                            customer,
                            at: event.received_at,
                        },
                    )?;
                }
            }
        }
        if !privacy.is_empty() {
            self.finish_requests(&privacy).await;
        }
        if !sync.is_empty() {
            self.sync(&sync)?;
        }
        if wanted.is_empty() && pages.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let asking = wanted.values().flatten().map(|event| event.id);
        let told = pages.iter().flat_map(|(ids, _)| ids.iter().copied());
        let ended = gone.values().flatten().map(|(id, ..)| *id);
        let needing: BTreeSet<i64> = asking.chain(told).chain(ended).collect();
        let tries = events.iter().filter(|event| needing.contains(&event.id));
        self.needing = tries.map(|event| (event.id, event.attempts)).collect();
        let job = self.webhooks.runner.job(&self.connection, &self.manifest)?;
        let warehouse = job.warehouse.fenced(&self.connection.id, "inbox", self.fence)?;
        let job = SyncJob { warehouse, ..job };
        let engine =
            job::engine(&self.manifest, &self.connection, Arc::clone(&job.secrets), job.spool.clone());
        let engine = engine.await?;
        let accounts = self.accounts(&engine).await?;
        self.read(&engine, &accounts, wanted, &mut pages).await;
        for (_, page) in &mut pages {
            if page.context.is_empty()
                && let [only] = accounts.as_slice()
            {
                page.context.clone_from(&only.context);
            }
        }
        self.keep(job, pages, gone).await?;
        figures::note(self.webhooks, &self.connection.workspace_id);
        Ok(())
    }

    /// Notes what became of an event. Of one that asked for several objects the first word counts, and that it is done
    /// is said last, so one that failed is never taken for done.
    fn settle(&mut self, event: i64, outcome: Outcome) {
        if !self.outcomes.iter().any(|(settled, _)| *settled == event) {
            self.outcomes.push((event, outcome));
        }
    }

    /// Says why events could not be applied together, as when the platform does not list its accounts. A refusal of the
    /// platform counts as a try of each: they wait longer every time and are given up at last, with the reason. The
    /// others, which are returned, wait for what failed here.
    fn hold_back(&mut self, error: &Error) -> Vec<i64> {
        let settled: HashSet<i64> = self.outcomes.iter().map(|(event, _)| *event).collect();
        let open: Vec<Asking> = std::mem::take(&mut self.needing)
            .into_iter()
            .filter(|(id, _)| !settled.contains(id))
            .map(|(id, attempts)| Asking { id, attempts })
            .collect();
        match error {
            // whoever took over applies them
            Error::Stopped | Error::Warehouse(netgain_warehouse::Error::Overtaken { .. }) => Vec::new(),
            Error::Connector(platform) if is_of_platform(platform) => {
                for event in open {
                    self.settle(event.id, again_or_dead(event, TRIES, error.to_string()));
                }
                Vec::new()
            }
            _ => open.into_iter().map(|event| event.id).collect(),
        }
    }

    /// Whether an event is about the account of another connection; it goes there.
    fn is_elsewhere(&mut self, event: &StoredEvent) -> Result<bool, Error> {
        let (Some(route), Some(account)) = (&self.inbound.section().route, &event.account) else {
            return Ok(false);
        };
        let belongs = |connection: &Connection| connection.fields.get(&route.field) == Some(account);
        if belongs(&self.connection) {
            return Ok(false);
        }
        let control = &self.webhooks.runner.control;
        let others = control.connections(&self.connection.workspace_id)?;
        let other = others.iter().find(|other| other.provider == self.connection.provider && belongs(other));
        match other {
            Some(other) => {
                if !control.hand_over_event(&self.connection.workspace_id, event.id, &other.id)? {
                    let reason = format!("the connection `{}` was told of it as well", other.id);
                    self.settle(event.id, Outcome::Ignored(reason));
                }
            }
            None => {
                let reason = format!("the account `{account}` belongs to no connection of this workspace");
                self.settle(event.id, Outcome::Ignored(reason));
            }
        }
        Ok(true)
    }

    /// The accounts, where a stream needs to know theirs.
    async fn accounts(&self, engine: &Engine) -> Result<Vec<Account>, Error> {
        if self.manifest.accounts.is_none() {
            return Ok(Vec::new());
        }
        Ok(engine.accounts(&Nowhere).await?)
    }

    /// Reads the objects that are asked for; what fails is settled here.
    async fn read(
        &mut self,
        engine: &Engine,
        accounts: &[Account],
        wanted: BTreeMap<Wanted, Vec<Asking>>,
        pages: &mut Vec<(Vec<i64>, Page)>,
    ) {
        let manifest = Arc::clone(&self.manifest);
        let inbound = self.inbound.clone();
        let reads = wanted.into_iter().map(|((stream, id, account), events)| {
            let (manifest, inbound) = (&manifest, &inbound);
            async move {
                let described = manifest.stream(&stream).zip(inbound.section().objects.get(&stream));
                let read = match described {
                    Some((stream, one)) => {
                        let account = account_of(stream, accounts, account.as_deref());
                        engine.object(stream, one, &id, account, &Nowhere).await.map_err(Error::from)
                    }
                    None => Err(Error::NoObject { stream }),
                };
                (events, read)
            }
        });
        let mut reads = futures::stream::iter(reads).buffer_unordered(AT_ONCE);
        while let Some((events, read)) = reads.next().await {
            match read {
                Ok(Some(page)) => pages.push((events.iter().map(|event| event.id).collect(), page)),
                Ok(None) => {
                    for event in events {
                        // one that was just created may not be there yet; one that is gone needs nothing
                        let outcome = if event.attempts + 1 < ABSENT_TRIES {
                            again(event, "the platform does not have the object (yet)".to_owned())
                        } else {
                            Outcome::Ignored("the platform does not have the object".to_owned())
                        };
                        self.settle(event.id, outcome);
                    }
                }
                Err(error) => {
                    for event in events {
                        self.settle(event.id, after(event, &error));
                    }
                }
            }
        }
    }

    /// Archives, maps and commits; then everything that hangs on it is computed, and only then the events are done.
    async fn keep(
        &mut self,
        job: SyncJob,
        pages: Vec<(Vec<i64>, Page)>,
        gone: BTreeMap<String, Vec<(i64, String, Timestamp)>>,
    ) -> Result<(), Error> {
        let mappers = job::mappers(&self.manifest)?;
        let observer: Arc<dyn Observer> = Arc::new(Unwatched);
        let forgotten = job.forgotten.clone();
        let keeper = job::start_keeper(&job, &observer)?;
        let mut done = Vec::new();
        // lines of one stream that were read at one moment lie together
        let mut together: HashMap<_, (Page, Vec<i64>)> = HashMap::new();
        for (events, page) in pages {
            if let Some(why) = mappers.get(&page.stream).and_then(|mapper| unmapped(&page, mapper)) {
                // it is archived and set aside like any other record that does not map
                events.iter().for_each(|event| self.settle(*event, Outcome::Dead(why.clone())));
            } else {
                done.extend(events.iter().copied());
            }
            let key =
                (page.stream.clone(), page.context.clone().into_iter().collect::<Vec<_>>(), page.observed_at);
            let (whole, _) = together
                .entry(key)
                .or_insert_with(|| (Page { lines: Vec::new(), ..page.clone() }, Vec::new()));
            whole.lines.extend(page.lines);
        }
        let mut ordered: Vec<Page> = together.into_values().map(|(page, _)| page).collect();
        ordered.sort_by(|one, other| (&one.stream, one.observed_at).cmp(&(&other.stream, other.observed_at)));
        for page in ordered {
            let Some(mapper) = mappers.get(&page.stream) else { continue };
            keeper.page(page, mapper).await.map_err(|_| Error::Stopped)?;
        }
        keeper.flush().await?;
        for (stream, objects) in gone {
            let Some(stream) = self.manifest.stream(&stream) else { continue };
            let ids: Vec<&str> = objects.iter().map(|(_, object, _)| object.as_str()).collect();
            if let Some(table) = Table::from_name(&stream.entity) {
                self.delete(&job, &stream.name, table, &ids)?;
            }
            done.extend(objects.iter().map(|(event, _, _)| *event));
        }
        keeper.profit().await?;
        drop(keeper.finish());
        self.webhooks.runner.erase_again(&self.connection.workspace_id, &forgotten)?;
        done.into_iter().for_each(|event| self.settle(event, Outcome::Done));
        Ok(())
    }

    fn delete(&self, job: &SyncJob, stream: &str, table: Table, ids: &[&str]) -> Result<(), Error> {
        let _turn = locked(&job.turn);
        let gone = Gone {
            warehouse: &job.warehouse,
            archive: &job.archive,
            connection: &self.connection.id,
            source: &self.manifest.id,
            stream,
            table,
        };
        gone::forget(&gone, ids.iter().map(|id| (*id).to_owned()).collect(), Timestamp::now())
    }

    /// Does what persons asked for through the platform. What fails is tried again: the requests are noted.
    async fn finish_requests(&mut self, events: &[i64]) {
        let runner = Arc::clone(&self.webhooks.runner);
        let workspace = self.connection.workspace_id.clone();
        let work = move || crate::finish_erasures(&runner.control, runner.home(), &workspace);
        let outcome = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(_)) => Outcome::Done,
            Ok(Err(error)) => Outcome::Again(FIRST_PAUSE, error.to_string()),
            Err(error) => Outcome::Again(FIRST_PAUSE, error.to_string()),
        };
        events.iter().for_each(|event| self.settle(*event, outcome.clone()));
    }

    /// Reads the connection's news; the run that begins stands for the events.
    fn sync(&mut self, events: &[i64]) -> Result<(), Error> {
        let (workspace, id) = (&self.connection.workspace_id, &self.connection.id);
        let rest = self.connection.last_sync_at.map(|last| APART - Timestamp::now().duration_since(last));
        if let Some(rest) = rest.filter(|rest| rest.is_positive()) {
            let control = &self.webhooks.runner.control;
            return Ok(control.postpone_events(
                workspace,
                events,
                rest.min(APART),
                "the connection was read just now",
            )?);
        }
        let outcome = match self.webhooks.runner.start(workspace, id, SyncOptions::default()) {
            Ok(_) => Outcome::Done,
            // the one that runs may have passed the stream already
            Err(StartError::AlreadyRunning(_)) => {
                Outcome::Again(FIRST_PAUSE, "a sync is on its way".to_owned())
            }
            Err(StartError::NotPossible(why)) => Outcome::Dead(why),
            Err(StartError::Failed(error)) => return Err(error),
        };
        events.iter().for_each(|event| self.settle(*event, outcome.clone()));
        Ok(())
    }
}

fn kind_of(ask: Ask) -> PrivacyKind {
    match ask {
        Ask::Export => PrivacyKind::Export,
        Ask::Erase => PrivacyKind::Erase,
        Ask::EraseAll => PrivacyKind::EraseAll,
    }
}

/// The account that a stream's object is read in.
fn account_of<'a>(stream: &Stream, accounts: &'a [Account], named: Option<&str>) -> Option<&'a Account> {
    let named = named.and_then(|named| accounts.iter().find(|account| account.id == named));
    let sliced = stream.slices.iter().any(|slice| matches!(slice, Slice::Accounts {}));
    // one that is not sliced by accounts has one account, whose currency its records are in
    named.or_else(|| accounts.first().filter(|_| !sliced || accounts.len() == 1))
}

/// Why a record does not map, if it does not.
fn unmapped(page: &Page, mapper: &Mapper) -> Option<String> {
    page.lines.iter().find_map(|line| {
        let text = std::str::from_utf8(line).ok()?;
        let value = match netgain_mapping::parse(text) {
            Ok(value) => value,
            Err(error) => return Some(error.to_string()),
        };
        let bad = mapper.record(&value, 0, page.observed_at.as_microsecond(), &page.context).err()?;
        Some(format!("`{}` {}", bad.path, bad.reason))
    })
}
