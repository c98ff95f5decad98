//! An installation goes into a file and comes back the same; a file that was damaged is refused, and persons who were
//! erased stay erased.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use netgain_control::{Actor, Control, CredentialMode, NewConnection, NewEntry, NewWorkspace, Secret};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Record, Row, Table, Value, WorkspaceId};
use netgain_sync::{
    BackupError, PersonRequest, erase_person, reapply_tombstones, restore_backup, write_backup,
};
use netgain_warehouse::{Archive, Batch, Options, TableDigest, Warehouse};

fn workspace() -> WorkspaceId {
    "demo".parse().unwrap()
}

fn shop() -> ConnectionId {
    "shop".parse().unwrap()
}

/// A workspace with a sealed secret, two customers and their payloads.
fn fill(home: &Path) -> Control {
    let control = Control::open(home).unwrap();
    let new = NewWorkspace {
        id: workspace(),
        name: "Demo".to_owned(),
        currency: "GBP".parse().unwrap(),
        time_zone: "Europe/London".to_owned(),
        settings: "{}".to_owned(),
    };
    control.create_workspace(&new).unwrap();
    let new = NewConnection {
        id: shop(),
        provider: "platform".to_owned(),
        name: "Shop".to_owned(),
        base_url: None,
        local: false,
        mode: CredentialMode::Own,
        fields: BTreeMap::new(),
    };
    control.create_connection(&workspace(), &new).unwrap();
    control.put_secret(&workspace(), &shop(), "token", &Secret::new("tell nobody".to_owned())).unwrap();
    let entry = NewEntry {
        workspace: Some(workspace()),
        actor: Actor::system("test"),
        action: "connection.connected",
        subject: "shop".to_owned(),
        details: serde_json::json!({}),
        at: Timestamp::now(),
    };
    control.record(&entry).unwrap();
    let archive = Archive::open(&home.join("workspaces"), &workspace()).unwrap();
    let lines = ["jane", "joe"].map(|name| {
        let id = format!("platform/Customer/{name}-0001");
        format!(r#"{{"id":"{id}","email":"{name}@example.com","customer":{{"name":"{name} Doenut"}}}}"#)
            .into()
    });
    let segment = archive.put_page(&shop(), "customers", &lines).unwrap();
    let records = ["jane", "joe"].iter().enumerate().map(|(line, name)| {
        let mut root = Row::empty(Table::Customers, format!("platform/Customer/{name}-0001"));
        root.set("name", Value::Text(format!("{name} Doenut")));
        root.set("email", Value::Text(format!("{name}@example.com")));
        (Record { root, children: Vec::new(), version: 1, position: 0 }, segment.raw_ref(line))
    });
    let batch = Batch {
        connection: shop(),
        source: "platform".to_owned(),
        stream: "customers".to_owned(),
        observed_at: "2026-01-06T00:00:00Z".parse().unwrap(),
        records: records.collect(),
        cursor: Some("{\"since\":1}".to_owned()),
        aside: Default::default(),
    };
    warehouse(home).commit(&batch).unwrap();
    control
}

fn warehouse(home: &Path) -> Warehouse {
    Warehouse::open(&home.join("workspaces"), &workspace(), Options::default()).unwrap()
}

fn digest(home: &Path) -> Vec<TableDigest> {
    warehouse(home).digest().unwrap()
}

#[test]
fn what_comes_back_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (home, file) = (dir.path().join("old"), dir.path().join("backup"));
    let control = fill(&home);
    let before = digest(&home);
    let report = write_backup(&control, &home, &file, true).unwrap();
    assert_eq!((report.workspaces.as_slice(), report.keys), (&["demo".to_owned()][..], true));
    let new = dir.path().join("new");
    assert_eq!(restore_backup(&file, &new).unwrap(), report);
    let restored = Control::open(&new).unwrap();
    assert_eq!(restored.secret(&workspace(), &shop(), "token").unwrap().expose(), "tell nobody");
    assert_eq!(restored.verify_audit(None, None).unwrap().entries, 1);
    assert_eq!(digest(&new), before);
    let archive = Archive::open(&new.join("workspaces"), &workspace()).unwrap();
    let segments = archive.every_segment().unwrap();
    assert_eq!(segments.len(), 1);
    assert_eq!(archive.lines(&segments[0]).unwrap().len(), 2);
    // nothing is put over what is there
    assert!(matches!(restore_backup(&file, &new), Err(BackupError::NotEmpty(_))));
    // without the keys facts open and credentials name what is missing
    write_backup(&control, &home, &file, false).unwrap();
    let bare = dir.path().join("bare");
    assert!(!restore_backup(&file, &bare).unwrap().keys);
    let error = Control::open(&bare).unwrap().secret(&workspace(), &shop(), "token").unwrap_err();
    assert!(error.to_string().contains("secret.key"), "{error}");
    std::fs::copy(home.join("secret.key"), bare.join("secret.key")).unwrap();
    let opened = Control::open(&bare).unwrap();
    assert_eq!(opened.secret(&workspace(), &shop(), "token").unwrap().expose(), "tell nobody");
}

#[test]
fn a_damaged_file_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (home, file) = (dir.path().join("old"), dir.path().join("backup"));
    write_backup(&fill(&home), &home, &file, true).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let new = dir.path().join("new");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let refused = restore_backup(&file, &new);
        assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{refused:?}");
        assert!(!new.exists(), "nothing is left behind");
    };
    // a byte changed here and there, the ends included, and cuts at any place
    for part in 0..=20 {
        let at = ((whole.len() - 1) * part / 20).min(whole.len() - 2);
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        refused(&bytes);
        refused(&whole[..at]);
    }
    // a part with a name that leads elsewhere
    let text = b"netgain backup 1\n{\"path\":\"../elsewhere\",\"bytes\":0}\n";
    refused(text);
    assert!(!dir.path().join("elsewhere").exists());
    std::fs::write(&file, &whole).unwrap();
    restore_backup(&file, &new).unwrap();
}

#[test]
fn who_was_erased_after_the_backup_is_erased_in_it_too() {
    let dir = tempfile::tempdir().unwrap();
    let (home, file) = (dir.path().join("old"), dir.path().join("backup"));
    let control = fill(&home);
    write_backup(&control, &home, &file, true).unwrap();
    let request = PersonRequest { email: Some("JANE@example.com".to_owned()), ..Default::default() };
    erase_person(&control, &home, &workspace(), &request).unwrap();
    let tombstones = control.tombstone_hashes(&workspace()).unwrap();
    assert!(!tombstones.iter().any(|hash| hash.contains("jane")));

    let new = dir.path().join("new");
    restore_backup(&file, &new).unwrap();
    let restored = Control::open(&new).unwrap();
    let emails = |home: &Path| warehouse(home).words_of_persons().unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(emails(&new), ["jane@example.com", "joe@example.com"]);
    restored.add_tombstones(&workspace(), &tombstones, Timestamp::now()).unwrap();
    assert_eq!(reapply_tombstones(&restored, &new, &workspace()).unwrap(), 1);
    assert_eq!(emails(&new), emails(&home));
    assert_eq!(emails(&new).len(), 2);
    assert!(
        emails(&new).iter().all(|email| email == "joe@example.com" || email.ends_with("@erased.invalid"))
    );
    // there is nobody left to erase
    assert_eq!(reapply_tombstones(&restored, &new, &workspace()).unwrap(), 0);
}
