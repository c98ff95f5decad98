//! Nodes that share a store on a server. Each says every few seconds that it lives; one that is silent for longer is dead,
//! and what it was doing is free for others.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::db::{Db, Engine, Scope, params};
use crate::error::{Context, Error, Result};
use crate::runs;

/// The tables. Neither holds anything of a workspace: `nodes` are programs, `leases` name work that one of them does.
pub(crate) const TABLES: &str = "
CREATE TABLE nodes (
    id TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE leases (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    -- counted up with every claim and never down: a later holder has a higher one
    fence INTEGER NOT NULL,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
";

/// What later versions added: how a node's connections are told from others', and a number of each run that only grows.
pub(crate) const CHANGES: &str = "
ALTER TABLE nodes ADD COLUMN session TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
";

/// How often a node says that it lives.
const BEAT: Duration = Duration::from_secs(5);
/// How long it may be silent, in microseconds: three beats. With a beat of its finder, and a look at the timetable, its
/// work is taken over within 25 seconds.
const SILENCE: i64 = 15_000_000;
/// How long the row of a dead node stays, in microseconds.
const REMEMBERED: i64 = 86_400_000_000;

/// Says that this node lives, until it is dropped.
pub(crate) struct Heartbeat {
    engine: Engine,
    node: String,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    pub(crate) fn start(engine: &Engine, node: &str) -> Result<Self> {
        beat(&engine.scoped(Scope::All), node)?;
        let (stop, stopped) = channel();
        let (working, name) = (engine.clone(), node.to_owned());
        let spawned = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let done = beat(&working.scoped(Scope::All), &name)
                    .and_then(|()| hang_up_for_the_silent(&working.scoped(Scope::All)))
                    .and_then(|()| runs::interrupt_orphans(&working, std::path::Path::new("")));
                if let Err(error) = done {
                    tracing::warn!(%error, "the node could not say that it lives");
                }
            }
        });
        let path = "the heartbeat".to_owned();
        let thread = spawned.map_err(|source| Error::Io { what: "start the thread of", path, source })?;
        Ok(Self { engine: engine.clone(), node: node.to_owned(), stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the heartbeat ended by a panic");
        }
        let signed_off =
            self.engine.scoped(Scope::All).execute("DELETE FROM nodes WHERE id = ?", [self.node.as_str()]);
        if let Err(error) = signed_off {
            tracing::warn!(%error, "the node could not sign off; others find it silent in a while");
        }
    }
}

fn beat(db: &Db<'_>, node: &str) -> Result<()> {
    const DOING: &str = "say that the node lives";
    let now = db.clock().doing(DOING)?;
    db.execute(
        "INSERT INTO nodes (id, started_at, seen_at, session) VALUES (?1, ?2, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
        params![node, now, netgain_postgres::session_name()],
    )
    .doing(DOING)?;
    db.execute("DELETE FROM nodes WHERE seen_at < ?", [now - REMEMBERED]).doing(DOING).map(drop)
}

/// The nodes that said lately that they live.
pub(crate) fn living(db: &Db<'_>) -> Result<Vec<String>> {
    const DOING: &str = "look for nodes";
    let now = db.clock().doing(DOING)?;
    let mut statement =
        db.prepare_cached("SELECT id FROM nodes WHERE seen_at > ? ORDER BY id").doing(DOING)?;
    let rows = statement.query_map([now - SILENCE], |row| row.get(0)).doing(DOING)?;
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

/// Ends the connections that silent nodes left at the server. A process that stands still, or whose machine is gone, may
/// have a transaction open, and everybody would wait for what it holds; whatever it was writing is rolled back.
fn hang_up_for_the_silent(db: &Db<'_>) -> Result<()> {
    const DOING: &str = "end the connections of silent nodes";
    let now = db.clock().doing(DOING)?;
    // a process may be several nodes: it is silent when all of them are
    let ended: i64 = db
        .query_row(
            "SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity AS a \
             WHERE a.datname = current_database() AND a.usename = current_user AND a.application_name <> ?1 \
             AND a.application_name IN (SELECT session FROM nodes WHERE session <> '' \
             GROUP BY session HAVING max(seen_at) <= ?2)",
            params![netgain_postgres::session_name(), now - SILENCE],
            |row| row.get(0),
        )
        .doing(DOING)?;
    if ended > 0 {
        tracing::warn!(ended, "a node fell silent; its connections to the database were ended");
    }
    Ok(())
}

/// Whether the node of that name said lately that it lives.
pub(crate) fn lives(db: &Db<'_>, node: &str) -> Result<bool> {
    const DOING: &str = "look for a node";
    let now = db.clock().doing(DOING)?;
    let found = db.query_row(
        "SELECT count(*) FROM nodes WHERE id = ? AND seen_at > ?",
        params![node, now - SILENCE],
        |row| row.get::<_, i64>(0),
    );
    found.doing(DOING).map(|count| count > 0)
}
