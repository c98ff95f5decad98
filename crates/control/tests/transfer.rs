//! The control store goes from a file to a database and back: everything in it, whole or not at all, and only while
//! nobody else uses it.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use std::collections::BTreeMap;

use both::{Place, connection, workspace};
use netgain_control::{Actor, Control, CopiedTable, Database, Error, Inbox, NewEntry, NewEvent, Secret};
use netgain_domain::jiff::Timestamp;

/// One file and one database of the same installation.
struct Two {
    file: Place,
    shared: Place,
}

impl Two {
    fn new() -> Option<Self> {
        Some(Self { file: Place::sqlite(), shared: Place::postgres()? })
    }

    fn file(&self) -> Control {
        self.file.open()
    }

    /// The database, with the keys and files of the same folder.
    fn shared(&self) -> Control {
        Control::open_at(self.file.home(), self.database().as_ref()).unwrap()
    }

    fn database(&self) -> Option<Database> {
        self.shared.database()
    }
}

fn copy(from: &Control, to: &Control) -> Result<Vec<CopiedTable>, Error> {
    to.alone_with(from, |copying| copying.everything(&mut |_| ()))
}

fn sums(tables: &[CopiedTable]) -> BTreeMap<String, (u64, String)> {
    // whoever opens a shared store makes the installation's own key where there is none
    let kept = tables.iter().filter(|one| one.table != "data_keys");
    kept.map(|one| (one.table.clone(), (one.to.rows, one.to.sha256.clone()))).collect()
}

fn note(control: &Control, subject: &str) {
    let entry = NewEntry {
        workspace: None,
        actor: Actor::system("test"),
        action: "test.noted",
        subject: subject.to_owned(),
        details: serde_json::json!({ "b": 1, "a": [2] }),
        at: Timestamp::now(),
    };
    control.record(&entry).unwrap();
}

/// Keeps an event in the inbox for each of these numbers.
fn keep(control: &Control, numbers: std::ops::Range<u8>) {
    let events = numbers.map(|n| NewEvent {
        workspace: "brand".parse().unwrap(),
        connection: "shop".parse().unwrap(),
        dedupe: format!("d{n}"),
        topic: "order.changed".to_owned(),
        account: None,
        stream: None,
        object: None,
        body: vec![0, n, 255],
        received_at: Timestamp::now(),
    });
    let (tell, told) = std::sync::mpsc::channel();
    let inbox = Inbox::open(control).unwrap();
    inbox.put(events.collect(), move |kept| tell.send(kept).unwrap());
    told.recv().unwrap().unwrap();
}

#[test]
fn secrets_open_and_the_audit_is_whole_on_the_other_side_and_back() {
    let Some(two) = Two::new() else { return };
    let file = two.file();
    let id = workspace(&file, "brand");
    let shop = connection(&file, &id, "shop");
    file.put_secret(&id, &shop, "token", &Secret::new("s3cret".to_owned())).unwrap();
    let run = file.start_run(&id, &shop).unwrap();
    let key = file.endpoint(&id, &shop).unwrap().key;
    keep(&file, 0..250);
    for n in 0..250 {
        note(&file, &format!("é{n}"));
    }
    let shared = two.shared();
    let first = copy(&file, &shared).unwrap();
    let rows = |name: &str| first.iter().find(|one| one.table == name).unwrap().to.rows;
    assert_eq!(
        (rows("workspaces"), rows("secrets"), rows("webhook_events"), rows("audit")),
        (1, 1, 250, 250)
    );
    assert!(first.iter().all(|one| one.from == one.to && one.to.sha256.len() == 64));

    assert_eq!(shared.secret(&id, &shop, "token").unwrap().expose(), "s3cret");
    let verified = shared.verify_audit(None, None).unwrap();
    assert_eq!((verified.entries, verified.fault), (250, None));
    assert_eq!(shared.runs(&id, &shop, 9).unwrap()[0].id, run);
    assert!(shared.endpoint_by_key(key.as_str()).unwrap().is_some());
    // nothing to do the second time
    assert!(copy(&file, &shared).unwrap().iter().all(|one| !one.copied));

    // it goes on there: ids and the chain follow what was copied
    keep(&shared, 250..251);
    note(&shared, "on the other side");
    let back = copy(&shared, &file).unwrap();
    let copied: Vec<&str> = back.iter().filter(|one| one.copied).map(|one| one.table.as_str()).collect();
    assert!(copied.contains(&"audit") && copied.contains(&"webhook_events"), "{copied:?}");
    assert_eq!(file.verify_audit(None, None).unwrap().entries, 251);
    assert_eq!(file.due_events(&id, &shop, Timestamp::now(), 999).unwrap().len(), 251);
    assert_eq!(file.secret(&id, &shop, "token").unwrap().expose(), "s3cret");
}

/// One row for each table that has none, whatever its columns: all texts are one word, and all numbers one number, so that
/// rows refer to each other.
fn fill_every_table(place: &Place) -> Vec<String> {
    let db = rusqlite::Connection::open(place.home().join("control.sqlite")).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    let texts = |sql: &str| -> Vec<(String, String)> {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let tables = texts("SELECT name, type FROM sqlite_schema WHERE type = 'table'");
    for (table, _) in &tables {
        let columns = texts(&format!("SELECT name, type FROM pragma_table_info('{table}')"));
        let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let cells: Vec<&str> = columns
            .iter()
            .map(|(_, kind)| match kind.as_str() {
                "TEXT" => "'Ünïcode ''word'''",
                "INTEGER" => "9007199254740993",
                "BLOB" => "x'00ff27'",
                other => panic!("a column of type {other}"),
            })
            .collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), cells.join(", "));
        // the keys that are there stay sealed as they are, so that they open
        if table != "data_keys" && table != "audit" {
            db.execute(&sql, []).unwrap();
        }
    }
    let wrong: i64 =
        db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(wrong, 0, "rows refer to nothing");
    tables.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_table_comes_over_and_back_to_a_new_home() {
    let Some(two) = Two::new() else { return };
    let file = two.file();
    let id = workspace(&file, "brand");
    let shop = connection(&file, &id, "shop");
    file.put_secret(&id, &shop, "token", &Secret::new("s3cret".to_owned())).unwrap();
    note(&file, "one");
    let tables = fill_every_table(&two.file);
    let shared = two.shared();
    let there = copy(&file, &shared).unwrap();
    for table in &tables {
        let found = there.iter().find(|one| one.table == *table);
        match table.as_str() {
            "nodes" => assert!(found.is_none(), "the programs that run are not copied"),
            name => assert!(found.is_some_and(|one| one.to.rows > 0), "`{name}` was not copied"),
        }
    }
    let server = two.shared.server().unwrap();
    let kept = server.psql("SELECT body, received_at FROM netgain_control.webhook_events");
    assert_eq!(kept, "\\x00ff27|9007199254740993");

    let new = Place::sqlite();
    std::fs::copy(two.file.home().join("secret.key"), new.home().join("secret.key")).unwrap();
    let back = Control::open_at(new.home(), None).unwrap();
    let from = Control::open_at(new.home(), two.database().as_ref()).unwrap();
    drop((shared, file));
    assert_eq!(sums(&copy(&from, &back).unwrap()), sums(&there));
    assert_eq!(back.verify_audit(None, None).unwrap().entries, 1);
}

#[test]
fn what_fails_half_way_leaves_nothing() {
    let Some(two) = Two::new() else { return };
    let (file, shared) = (two.file(), two.shared());
    workspace(&file, "brand");
    note(&file, "one");
    let failed: Result<(), Error> = shared.alone_with(&file, |copying| {
        copying.everything(&mut |_| ())?;
        Err(Error::InboxClosed)
    });
    assert!(matches!(failed, Err(Error::InboxClosed)), "{failed:?}");
    assert!(shared.workspaces().unwrap().is_empty());
    assert_eq!(shared.verify_audit(None, None).unwrap().entries, 0);
    copy(&file, &shared).unwrap();
    assert_eq!(shared.workspaces().unwrap().len(), 1);
}

#[test]
fn neither_side_may_be_in_use() {
    let Some(two) = Two::new() else { return };
    // another handle of this installation, whichever store it has open
    let others: [fn(&Two) -> Control; 2] = [Two::file, Two::shared];
    for other in others {
        let other = other(&two);
        let refused = copy(&two.file(), &two.shared());
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        let refused = copy(&two.shared(), &two.file());
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        drop(other);
    }
    // a node on another machine
    let elsewhere = Place::sqlite();
    std::fs::copy(two.file.home().join("secret.key"), elsewhere.home().join("secret.key")).unwrap();
    let node = Control::open_at(elsewhere.home(), two.database().as_ref()).unwrap();
    let refused = |from: &Control, to: &Control| {
        let Err(Error::InUse { place, who }) = copy(from, to) else { panic!("a node was not seen") };
        assert!(place.contains("netgain_app@") && who.starts_with("node "), "{who} in {place}");
    };
    refused(&two.file(), &two.shared());
    refused(&two.shared(), &two.file());
    drop(node);
    copy(&two.file(), &two.shared()).unwrap();
}

#[test]
fn who_comes_during_a_copy_waits_or_is_refused() {
    let Some(two) = Two::new() else { return };
    let (file, shared) = (two.file(), two.shared());
    let begun: Result<_, Error> = shared.alone_with(&file, |copying| {
        let home = two.file.home().to_owned();
        let database = two.database();
        let late = std::thread::spawn(move || Control::open_at(&home, database.as_ref()).map(drop));
        copying.everything(&mut |_| ())?;
        let waits = !late.is_finished();
        Ok((late, waits))
    });
    let (late, waits) = begun.unwrap();
    assert!(waits, "it did not wait for the end of the copy");
    late.join().unwrap().unwrap();
}

#[test]
fn a_store_that_went_on_by_itself_is_not_replaced() {
    let Some(two) = Two::new() else { return };
    let (file, shared) = (two.file(), two.shared());
    note(&file, "one");
    copy(&file, &shared).unwrap();
    workspace(&shared, "newer");
    note(&shared, "two");
    let refused = copy(&file, &shared);
    assert!(matches!(refused, Err(Error::OtherAudit { .. })), "{refused:?}");
    assert_eq!(shared.workspaces().unwrap().len(), 1, "nothing was taken away");
    note(&file, "another two");
    assert!(matches!(copy(&file, &shared), Err(Error::OtherAudit { .. })));
    assert!(matches!(copy(&shared, &file), Err(Error::OtherAudit { .. })));
}

#[test]
fn without_the_master_key_nothing_is_copied() {
    let Some(two) = Two::new() else { return };
    {
        let (file, shared) = (two.file(), two.shared());
        let id = workspace(&file, "brand");
        let shop = connection(&file, &id, "shop");
        file.put_secret(&id, &shop, "token", &Secret::new("s3cret".to_owned())).unwrap();
        copy(&file, &shared).unwrap();
    }
    let new = Place::sqlite();
    let from = Control::open_at(new.home(), two.database().as_ref()).unwrap();
    let to = new.open();
    let refused = copy(&from, &to);
    assert!(matches!(refused, Err(Error::MasterKeyMissing { .. })), "{refused:?}");
    assert!(to.workspaces().unwrap().is_empty());
}
