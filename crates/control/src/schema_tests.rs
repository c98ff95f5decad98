//! From every older state of the tables to the newest, with rows in between, on both engines.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::database::Database;
use crate::db::{self, Engine, Scope, params};
use crate::schema::STEPS;
use crate::secret::Secret;
use crate::{Control, Error};

/// What was kept when the tables had had so many steps.
fn fill(engine: &Engine, steps: usize) {
    let db = engine.scoped(Scope::All);
    let put = |since: usize, sql: &str| {
        if steps >= since {
            assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
        }
    };
    put(
        1,
        "INSERT INTO workspaces (id, name, currency, time_zone, created_at, settings) \
         VALUES ('old', 'Old', 'GBP', 'UTC', 1, '{}')",
    );
    put(
        1,
        "INSERT INTO connections (workspace_id, id, provider, name, local, fields, state, created_at) \
         VALUES ('old', 'shop', 'p', 'P', 0, '{}', 'ok', 2)",
    );
    put(
        1,
        "INSERT INTO runs (workspace_id, id, connection_id, owner, started_at, state, rows) \
         VALUES ('old', 'r', 'shop', 'nobody', 3, 'running', 7)",
    );
    put(
        1,
        "INSERT INTO streams (workspace_id, connection_id, stream, entity, rows, state) \
         VALUES ('old', 'shop', 'orders', 'orders', 7, 'done')",
    );
    put(
        2,
        "INSERT INTO webhook_endpoints (key, workspace_id, connection_id, created_at) \
         VALUES ('k', 'old', 'shop', 4)",
    );
    if steps >= 2 {
        let sql = "INSERT INTO webhook_events (workspace_id, connection_id, dedupe, topic, body, received_at, state, \
                   attempts, due_at) VALUES ('old', 'shop', 'd', 't', ?, 5, 'waiting', 0, 5)";
        db.execute(sql, params![b"body".to_vec()]).unwrap();
    }
    put(3, "INSERT INTO grants (workspace_id, connection_id, version) VALUES ('old', 'shop', 3)");
    put(
        4,
        "INSERT INTO settings_versions (workspace_id, number, recorded_at, settings) VALUES ('old', 1, 1, '{}')",
    );
}

/// What was kept is there, as far as it could be.
fn check(control: &Control, steps: usize) {
    if steps == 0 {
        assert!(control.workspaces().unwrap().is_empty());
        return;
    }
    let (old, shop) = ("old".parse().unwrap(), "shop".parse().unwrap());
    assert_eq!(control.workspace(&old).unwrap().name, "Old");
    let connection = control.connection(&old, &shop).unwrap();
    assert_eq!((connection.mode.name(), connection.accounts.len()), ("own", 0));
    // whoever owned it is gone
    let runs = control.runs(&old, &shop, 9).unwrap();
    assert_eq!((runs.len(), runs[0].rows, runs[0].state.name()), (1, 7, "interrupted"));
    assert_eq!(control.streams(&old, &shop).unwrap()[0].rows, 7);
    assert_eq!(control.endpoint_by_key("k").unwrap().is_some(), steps >= 2);
    let events = control.due_events(&old, &shop, netgain_domain::jiff::Timestamp::now(), 9).unwrap();
    assert_eq!(events.len(), usize::from(steps >= 2));
    assert!(control.grant(&old, &shop).unwrap().is_none());
    assert_eq!(control.settings_versions(&old).unwrap().len(), 1);
    // and it is worked with as with anything new
    control.start_run(&old, &shop).unwrap();
}

#[test]
fn every_older_file_comes_up_to_date_with_its_rows() {
    for steps in 0..=STEPS.len() {
        let home = tempfile::tempdir().unwrap();
        let db = db::open_sqlite(&home.path().join("control.sqlite")).unwrap();
        assert_eq!(db::prepare_sqlite(&db, &STEPS[..steps], "").unwrap(), None);
        fill(&Engine::Sqlite(Arc::new(Mutex::new(db))), steps);
        check(&Control::open(home.path()).unwrap(), steps);
        check_newer(home.path(), None);
    }
}

#[test]
fn every_older_database_comes_up_to_date_with_its_rows() {
    for steps in 1..=STEPS.len() {
        let Some(server) = netgain_testkit::postgres() else { return };
        let home = tempfile::tempdir().unwrap();
        let (app, owner) = (server.app_url(), server.owner_url());
        let pool = db::prepare_postgres(&app, Some(&owner), &STEPS[..steps], "").unwrap();
        fill(&Engine::Postgres(Arc::new(pool)), steps);
        let database = Database { url: Secret::new(app), owner_url: Some(Secret::new(owner)) };
        check(&Control::open_at(home.path(), Some(&database)).unwrap(), steps);
        check_newer(home.path(), Some((&server, &database)));
    }
}

/// What a later program wrote is left alone.
fn check_newer(home: &Path, server: Option<(&netgain_testkit::Database, &Database)>) {
    let opened = match server {
        None => {
            let db = db::open_sqlite(&home.join("control.sqlite")).unwrap();
            db.pragma_update(None, "user_version", 999).unwrap();
            Control::open(home)
        }
        Some((server, database)) => {
            server.psql("UPDATE netgain_control.schema_version SET version = 999");
            Control::open_at(home, Some(database))
        }
    };
    assert!(matches!(opened, Err(Error::NewerSchema { found: 999, .. })), "{opened:?}");
}

#[test]
fn programs_that_start_together_bring_the_tables_up_to_date_once() {
    let Some(server) = netgain_testkit::postgres() else { return };
    let home = tempfile::tempdir().unwrap();
    let database =
        Database { url: Secret::new(server.app_url()), owner_url: Some(Secret::new(server.owner_url())) };
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Control::open_at(home.path(), Some(&database)).map(drop)))
            .collect();
        for one in opened {
            one.join().unwrap().unwrap();
        }
    });
}
