//! Keys in two layers: what is sealed opens in its own place only, and keys are renewed while others read, also by one who
//! is ended at any step.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netgain_control::{
    Control, CredentialMode, Error, LocalKey, MasterKey, MasterKeys, NewConnection, NewWorkspace, Rotation,
    Secret,
};
use netgain_domain::{ConnectionId, WorkspaceId};

const BRANDS: [&str; 2] = ["one", "two"];
const BOTH: Rotation = Rotation { master: true, data_keys: true };

fn id(brand: &str) -> WorkspaceId {
    brand.parse().unwrap()
}

fn shop() -> ConnectionId {
    "shop".parse().unwrap()
}

/// Two workspaces, each with two secrets and a grant.
fn fill(control: &Control) {
    for brand in BRANDS {
        let new = NewWorkspace {
            id: id(brand),
            name: brand.to_owned(),
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
        control.create_connection(&id(brand), &new).unwrap();
        for name in ["token", "webhook"] {
            let secret = Secret::new(format!("{name} of {brand}"));
            control.put_secret(&id(brand), &shop(), name, &secret).unwrap();
        }
        let grant = Secret::new(format!("grant of {brand}"));
        assert_eq!(control.replace_grant(&id(brand), &shop(), 0, &grant).unwrap(), Some(1));
    }
}

fn check(control: &Control) {
    for brand in BRANDS {
        for name in ["token", "webhook"] {
            let secret = control.secret(&id(brand), &shop(), name).unwrap();
            assert_eq!(secret.expose(), format!("{name} of {brand}"));
        }
        let grant = control.grant(&id(brand), &shop()).unwrap().unwrap();
        assert_eq!(grant.text.expose(), format!("grant of {brand}"));
    }
}

fn store(home: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(home.join("control.sqlite")).unwrap()
}

fn key_files(home: &Path) -> Vec<String> {
    let names = std::fs::read_dir(home).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("secret.")).collect();
    names.sort();
    names
}

#[test]
fn what_is_sealed_opens_in_its_own_place_only() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    fill(&control);
    check(&control);
    let db = store(dir.path());
    let keys: i64 =
        db.query_row("SELECT count(DISTINCT sealed) FROM data_keys", [], |row| row.get(0)).unwrap();
    assert_eq!(keys, 3, "each workspace has a key of its own, and tombstones have one");
    // the same name in another workspace: another key and another place
    db.execute(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE workspace_id = 'one' AND name = 'token') \
         WHERE workspace_id = 'two' AND name = 'token'",
        [],
    )
    .unwrap();
    assert!(matches!(control.secret(&id("two"), &shop(), "token"), Err(Error::Sealed { .. })));
    // even with the data key of the other workspace it opens nowhere else
    let swapped = Control::open(dir.path()).unwrap();
    db.execute(
        "UPDATE data_keys SET sealed = (SELECT sealed FROM data_keys WHERE workspace_id = 'one') \
         WHERE workspace_id = 'two'",
        [],
    )
    .unwrap();
    assert!(matches!(swapped.secret(&id("two"), &shop(), "webhook"), Err(Error::MasterKeyWrong { .. })));
}

#[test]
fn another_master_key_is_named_and_the_right_one_helps() {
    let dir = tempfile::tempdir().unwrap();
    let right = || Arc::new(LocalKey::new(&[7; 32]).unwrap());
    let given = |key: Arc<LocalKey>| MasterKeys::given(dir.path(), vec![key as Arc<dyn MasterKey>]).unwrap();
    fill(&Control::open_with(dir.path(), given(right())).unwrap());
    assert_eq!(key_files(dir.path()), [""; 0], "a key that is given needs no file");
    let wrong = Arc::new(LocalKey::new(&[8; 32]).unwrap());
    let control = Control::open_with(dir.path(), given(Arc::clone(&wrong))).unwrap();
    let error = control.secret(&id("one"), &shop(), "token").unwrap_err();
    assert!(matches!(&error, Error::MasterKeyMissing { id, .. } if id == right().id()), "{error}");
    assert!(error.to_string().contains(wrong.id()) && error.to_string().contains("NETGAIN_MASTER_KEY"));
    check(&Control::open_with(dir.path(), given(right())).unwrap());
    // given two, the first seals and either opens: so a key of the environment is renewed
    let keys: Vec<Arc<dyn MasterKey>> = vec![wrong.clone(), right()];
    let control = Control::open_with(dir.path(), MasterKeys::given(dir.path(), keys).unwrap()).unwrap();
    check(&control);
    let done = control.rotate_secrets(BOTH, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.master.as_str(), done.data_keys_sealed, done.values_sealed), (wrong.id(), 3, 6));
    check(&Control::open_with(dir.path(), given(wrong)).unwrap());
}

#[test]
fn a_key_that_is_none_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret.key"), [1; 31]).unwrap();
    assert!(matches!(Control::open(dir.path()), Err(Error::KeyFile(_))));
    assert!(LocalKey::new(&[1; 33]).is_none());
}

#[test]
fn keys_are_renewed_while_others_read_and_write() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    fill(&control);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            // a server that was started before, with its own handle
            let other = Control::open(dir.path()).unwrap();
            let mut rounds = 0;
            while !ended.load(Ordering::SeqCst) || rounds == 0 {
                check(&other);
                let secret = Secret::new("token of one".to_owned());
                other.put_secret(&id("one"), &shop(), "token", &secret).unwrap();
                rounds += 1;
            }
        });
        for _ in 0..4 {
            assert!(control.rotate_secrets(BOTH, &mut |_| ControlFlow::Continue(())).unwrap().finished);
        }
        ended.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
    check(&control);
    check(&Control::open(dir.path()).unwrap());
    let files = key_files(dir.path());
    assert_eq!(files.iter().filter(|name| name.ends_with(".key")).count(), 1, "{files:?}");
}

#[test]
fn ended_at_any_step_everything_opens_and_the_next_call_goes_on() {
    let mut steps = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        fill(&Control::open(dir.path()).unwrap());
        let before = key_files(dir.path());
        let mut left = steps;
        let first = Control::open(dir.path())
            .unwrap()
            .rotate_secrets(BOTH, &mut |_| {
                if left == 0 {
                    return ControlFlow::Break(());
                }
                left -= 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        let again = Control::open(dir.path()).unwrap();
        check(&again);
        if first.finished {
            // a master key, three data keys sealed with it, two made, and six values
            assert_eq!(steps, 12);
            break;
        }
        // what began with the call goes on, and nothing is begun once more
        let second = again
            .rotate_secrets(Rotation { master: false, data_keys: true }, &mut |_| ControlFlow::Continue(()));
        assert!(second.unwrap().finished);
        check(&again);
        let after = Control::open(dir.path()).unwrap();
        check(&after);
        assert_ne!(before, key_files(dir.path()));
        let db = store(dir.path());
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(DISTINCT master_id) FROM data_keys"), 1, "after {steps} steps");
        assert_eq!(count("SELECT max(version) FROM data_keys"), 2, "after {steps} steps");
        assert_eq!(count("SELECT count(*) FROM secrets WHERE key_version = 2"), 4, "after {steps} steps");
        assert_eq!(count("SELECT count(*) FROM grants WHERE key_version = 2"), 2, "after {steps} steps");
        steps += 1;
    }
}

/// The first form: values sealed with the key of the file itself, byte for byte as the first version wrote them.
#[test]
fn a_store_of_the_first_form_is_read_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    fill(&control);
    let master = LocalKey::new(&std::fs::read(dir.path().join("secret.key")).unwrap()).unwrap();
    let db = store(dir.path());
    for brand in BRANDS {
        for name in ["token", "webhook"] {
            let place = format!("{brand}/shop/{name}");
            let plain = format!("{name} of {brand}");
            let sealed = [&[1][..], &master.wrap(&place, plain.as_bytes()).unwrap()].concat();
            db.execute(
                "UPDATE secrets SET sealed = ?, key_version = 0 WHERE workspace_id = ? AND name = ?",
                rusqlite::params![sealed, brand, name],
            )
            .unwrap();
        }
    }
    check(&control);
    let done = control.rotate_secrets(Rotation::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.values_sealed, done.values_unreadable, done.data_keys_made), (4, 0, 0));
    check(&Control::open(dir.path()).unwrap());
    let old: i64 =
        db.query_row("SELECT count(*) FROM secrets WHERE key_version = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(old, 0);
}

/// Whom an open request is about is sealed anew with everything else; old keys could be thrown away then.
#[test]
fn open_privacy_requests_are_sealed_anew() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    fill(&control);
    let now = netgain_domain::jiff::Timestamp::now();
    let about = |brand: &str| format!("{{\"email\":\"jane@{brand}.example\"}}");
    for brand in BRANDS {
        let new = netgain_control::NewPrivacyRequest {
            id: "asked".to_owned(),
            kind: netgain_control::PrivacyKind::Export,
            origin: "webhook".to_owned(),
            connection: Some(shop()),
            about: Secret::new(about(brand)),
        };
        control.note_privacy_request(&id(brand), &new, now).unwrap();
        let words = [format!("joe@{brand}.example")];
        control.begin_erasure(&id(brand), "begun", &Secret::new(about(brand)), &words, now).unwrap();
        control.begin_erasure(&id(brand), "ended", &Secret::new(about(brand)), &words, now).unwrap();
        control.finish_privacy_request(&id(brand), "ended", "{}", now).unwrap();
    }
    let known = control.tombstone_hashes(&id("one")).unwrap();
    // ended after each value in turn, the next call goes on
    let mut calls = 0;
    let mut rotation = Rotation { master: false, data_keys: true };
    loop {
        let mut steps = 0;
        let done = control
            .rotate_secrets(rotation, &mut |_| {
                steps += 1;
                if steps > 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        rotation = Rotation::default();
        calls += 1;
        for brand in BRANDS {
            let open = control.open_requests(&id(brand)).unwrap();
            assert_eq!(open.len(), 2);
            assert!(open.iter().all(|one| one.about.expose() == about(brand)), "after call {calls}");
        }
        if done.finished {
            break;
        }
        assert!(calls < 100, "it never ends");
    }
    assert!(calls > 2, "it was ended on the way");
    check(&control);
    let old = "SELECT count(*) FROM privacy_requests WHERE sealed IS NOT NULL AND key_version < 2";
    let left: i64 = store(dir.path()).query_row(old, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "a value is under the old key still");
    // what the old data keys sealed is nothing any more
    store(dir.path())
        .execute("DELETE FROM data_keys WHERE version = 1 AND workspace_id IN ('one', 'two')", [])
        .unwrap();
    let again = Control::open(dir.path()).unwrap();
    let open = again.open_requests(&id("two")).unwrap();
    assert!(open.len() == 2 && open.iter().all(|one| one.about.expose() == about("two")));
    assert_eq!(
        again.tombstone_hashes(&id("one")).unwrap(),
        known,
        "who was erased is known by the same words"
    );
}
