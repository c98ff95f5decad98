//! Row-level security on PostgreSQL: it is forced on every table that has a workspace, the application's role cannot pass
//! it, and a query that forgets its workspace shows nothing of another.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use netgain_control::{Actor, ActorKind, AuditFilter, Control, Database, Error, NewEntry, Secret};
use netgain_domain::jiff::Timestamp;
use netgain_postgres::{Address, Client, State, Value};

use both::{Place, connection, workspace};

/// Tables without row-level security, each with its reason.
const OPEN: [(&str, &str); 17] = [
    ("audit_head", "the end of the one chain of the audit; holds a number and a hash"),
    ("key_rotations", "which keys are being renewed; holds no key"),
    ("leases", "names of work; holds nothing of a workspace"),
    ("nodes", "programs that share the store"),
    ("schema_version", "one number"),
    ("api_keys", "keys of organisations"),
    ("devices", "browsers of people"),
    ("failures", "failed tries of signing in, by digests"),
    ("identities", "people at other providers"),
    ("invitations", "of organisations"),
    ("links", "one-time links of people"),
    ("members", "people of organisations"),
    ("organisations", "they hold workspaces"),
    ("outside_sign_ins", "found by a secret word"),
    ("people", "they belong to organisations"),
    ("recovery_codes", "of people"),
    ("sessions", "of people"),
];

#[test]
fn every_table_with_a_workspace_has_a_forced_policy() {
    let Some(place) = Place::postgres() else { return };
    let _control = place.open();
    let server = place.server().unwrap();
    let unprotected = server.psql(
        "SELECT relname FROM pg_class c WHERE relnamespace = 'netgain_control'::regnamespace \
         AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity \
         AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY relname",
    );
    let unprotected: Vec<&str> = unprotected.lines().collect();
    for table in &unprotected {
        assert!(
            OPEN.iter().any(|(name, _)| name == table),
            "`{table}` has no forced policy: give it a workspace_id, or a reason here"
        );
    }
    // a policy that lets everything through is none
    let weak = server.psql(
        "SELECT count(*) FROM pg_policies WHERE schemaname = 'netgain_control' \
         AND NOT (qual LIKE '%netgain.workspace%' AND with_check LIKE '%netgain.workspace%' AND cmd = 'ALL')",
    );
    assert_eq!(weak, "0");
}

#[test]
fn the_applications_role_is_neither_superuser_nor_owner() {
    let Some(place) = Place::postgres() else { return };
    let _control = place.open();
    let server = place.server().unwrap();
    let role = server.psql("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'netgain_app'");
    assert_eq!(role, "f");
    let owned = server.psql(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'netgain_control'::regnamespace \
         AND pg_get_userbyid(relowner) <> 'netgain_owner'",
    );
    assert_eq!(owned, "0");
    let changed = server.psql(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'netgain_control'::regnamespace \
        AND relkind = 'r' AND has_table_privilege('netgain_app', oid, 'TRUNCATE, TRIGGER, REFERENCES')",
    );
    assert_eq!(changed, "0", "it changes rows, not tables");
    assert_eq!(
        server.psql("SELECT has_table_privilege('netgain_app', 'netgain_control.audit', 'UPDATE, DELETE')"),
        "f"
    );
}

#[test]
fn a_forgotten_condition_shows_nothing_of_another_workspace() {
    let Some(place) = Place::postgres() else { return };
    let control = place.open();
    for name in ["mine", "theirs"] {
        let id = workspace(&control, name);
        let shop = connection(&control, &id, "shop");
        control.put_secret(&id, &shop, "token", &Secret::new("s3cret".to_owned())).unwrap();
        control.endpoint(&id, &shop).unwrap();
        control.start_run(&id, &shop).unwrap();
    }
    let address = Address::parse(&place.server().unwrap().app_url()).unwrap().in_schema("netgain_control");
    let mut client = Client::connect(&address).unwrap();
    let mut count = |opening: &str, table: &str| {
        let answer = client.alone(opening, &format!("SELECT count(*) FROM {table}"), vec![]).unwrap();
        answer.0[0][0].clone()
    };
    for table in ["workspaces", "connections", "secrets", "runs", "webhook_endpoints"] {
        assert_eq!(count("SELECT 1", table), Value::Int(0), "{table}: nobody said for whom");
        assert_eq!(count("SET LOCAL netgain.workspace = 'mine'", table), Value::Int(1), "{table}");
        assert_eq!(count("SET LOCAL netgain.workspace = 'none'", table), Value::Int(0), "{table}");
        assert_eq!(count("SET LOCAL netgain.scope = 'system'", table), Value::Int(2), "{table}");
    }
    // nor does one write into another's
    let theirs = client.alone(
        "SET LOCAL netgain.workspace = 'mine'",
        "INSERT INTO secrets (workspace_id, connection_id, name, sealed) VALUES ('theirs', 'shop', 'x', '')",
        vec![],
    );
    assert_eq!(theirs.unwrap_err().state(), State::Denied);
    let moved = client.alone(
        "SET LOCAL netgain.workspace = 'mine'",
        "UPDATE secrets SET workspace_id = 'theirs', name = 'y'",
        vec![],
    );
    assert_eq!(moved.unwrap_err().state(), State::Denied);
    let gone = client.alone("SET LOCAL netgain.workspace = 'mine'", "DELETE FROM secrets", vec![]).unwrap();
    assert_eq!(gone.1, 1, "its own alone");
}

#[test]
fn a_role_that_sees_everything_is_refused_and_no_message_has_a_password() {
    let Some(place) = Place::postgres() else { return };
    let server = place.server().unwrap();
    let all = Database { url: Secret::new(server.superuser_url()), owner_url: None };
    let refused = Control::open_at(place.home(), Some(&all)).unwrap_err();
    assert!(matches!(&refused, Error::RoleSeesEverything(role) if role == "tester"), "{refused}");
    // without an owner, a role that may not make tables says so
    let app = Database { url: Secret::new(server.app_url()), owner_url: None };
    let refused = Control::open_at(place.home(), Some(&app)).unwrap_err();
    assert!(!format!("{refused} {refused:?} {app:?}").contains(server.app_password()), "{refused:?}");
    let control = place.open();
    assert!(control.is_shared() && !control.place().contains(server.app_password()), "{control:?}");
    assert!(!format!("{control:?}").contains(server.app_password()));
    // once they are made, the application needs no owner
    Control::open_at(place.home(), Some(&app)).unwrap();
}

#[test]
fn who_was_erased_is_known_to_its_own_workspace_and_a_copy_is_refused() {
    let Some(place) = Place::postgres() else { return };
    let control = place.open();
    let (mine, theirs) = (workspace(&control, "mine"), workspace(&control, "theirs"));
    let about = Secret::new("{}".to_owned());
    let words = ["jane@example.com".to_owned()];
    control.begin_erasure(&mine, "1", &about, &words, Timestamp::now()).unwrap();
    assert!(control.tombstones(&mine).unwrap().knows("Jane@example.com"));
    assert!(!control.tombstones(&mine).unwrap().knows("joe@example.com"));
    assert!(control.tombstones(&theirs).unwrap().is_empty());
    let open = control.open_requests(&mine).unwrap();
    assert_eq!(open.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["1"]);
    control.finish_privacy_request(&mine, "1", "{}", Timestamp::now()).unwrap();
    assert!(control.open_requests(&mine).unwrap().is_empty());
    let target = place.home().join("copy");
    let refused = control.copy(&target).unwrap_err();
    assert!(matches!(refused, Error::NotEmbedded) && refused.to_string().contains("pg_dump"), "{refused}");
    assert!(!target.exists());
}

#[test]
fn the_audit_is_added_to_and_verified_and_nobody_changes_it() {
    let Some(place) = Place::postgres() else { return };
    let control = place.open();
    let id = workspace(&control, "mine");
    let entry = |number: i64| NewEntry {
        workspace: (number % 2 == 0).then(|| id.clone()),
        actor: Actor { kind: ActorKind::Person, id: "ada".to_owned() },
        action: "session.created",
        subject: format!("session {number}"),
        details: serde_json::json!({ "number": number }),
        at: Timestamp::from_second(number).unwrap(),
    };
    std::thread::scope(|scope| {
        let (control, entry) = (&control, &entry);
        for worker in 0..4 {
            scope.spawn(move || (0..10).for_each(|at| control.record(&entry(worker * 10 + at)).unwrap()));
        }
    });
    assert_eq!(control.audit(&AuditFilter::default(), 100).unwrap().len(), 40);
    let of_one = AuditFilter { workspace: Some(id.clone()), ..AuditFilter::default() };
    assert_eq!(control.audit(&of_one, 100).unwrap().len(), 20);
    let verified = control.verify_audit(None, None).unwrap();
    assert!(verified.fault.is_none(), "{verified:?}");
    // the owner may do much, but not this
    let owner = Address::parse(&place.server().unwrap().owner_url()).unwrap().in_schema("netgain_control");
    let mut owner = Client::connect(&owner).unwrap();
    for deed in ["UPDATE audit SET subject = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        let refused = owner.alone("SET LOCAL netgain.scope = 'system'", deed, vec![]);
        assert!(refused.is_err(), "{deed}");
    }
    place.tamper("ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET subject = 'x' WHERE number = 7");
    let verified = control.verify_audit(None, None).unwrap();
    assert_eq!(verified.fault.map(|fault| fault.number), Some(7));
}
