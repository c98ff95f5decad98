//! The control store from outside: what it keeps, what it hides, and what a crash leaves.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use std::collections::BTreeMap;

use netgain_control::{
    Connection, ConnectionError, ConnectionState, Control, CredentialMode, Error, NewConnection,
    NewWorkspace, RunState, Secret, StreamProgress, StreamState,
};
use netgain_domain::{ConnectionId, WorkspaceId};

use both::{Place, on_both};

on_both!(
    the_timetable_tells_schedules_and_what_became_of_the_last_sync,
    workspaces_are_kept_and_made_once,
    connecting_again_changes_the_connection_and_keeps_its_state,
    a_connection_that_is_proved_anew_stands_as_before_its_error,
    one_workspace_does_not_see_another,
    secrets_are_sealed_bound_to_their_place_and_never_printed,
    a_run_is_alone_on_its_connection_also_between_handles,
    a_run_whose_process_died_is_interrupted,
    streams_keep_their_last_time,
    two_handles_write_at_once,
);

fn workspace(control: &Control, id: &str) -> WorkspaceId {
    let new = NewWorkspace {
        id: id.parse().unwrap(),
        name: format!("Brand {id}"),
        currency: "GBP".parse().unwrap(),
        time_zone: "Europe/London".to_owned(),
        settings: "{}".to_owned(),
    };
    control.create_workspace(&new).unwrap().id
}

fn new(provider: &str, name: &str) -> NewConnection {
    NewConnection {
        id: "shop".parse().unwrap(),
        provider: provider.to_owned(),
        name: name.to_owned(),
        base_url: Some("http://127.0.0.1:9400".to_owned()),
        local: true,
        mode: CredentialMode::Own,
        fields: BTreeMap::from([("shop".to_owned(), "demo".to_owned())]),
    }
}

fn shop() -> ConnectionId {
    "shop".parse().unwrap()
}

fn ready(place: &Place) -> (Control, WorkspaceId) {
    let control = place.open();
    let id = workspace(&control, "demo");
    control.create_connection(&id, &new("shopify", "Shop")).unwrap();
    (control, id)
}

fn workspaces_are_kept_and_made_once(place: &Place) {
    let id = workspace(&place.open(), "demo");
    let control = place.open();
    let kept = control.workspace(&id).unwrap();
    assert_eq!((kept.name.as_str(), kept.currency.code()), ("Brand demo", "GBP"));
    let changed = control.update_settings(&id, "EUR".parse().unwrap(), "Europe/Berlin", "{\"a\":1}").unwrap();
    assert_eq!((changed.currency.code(), changed.settings.as_str()), ("EUR", "{\"a\":1}"));
    // what held before stays, and the same again is no new version
    control.update_settings(&id, "EUR".parse().unwrap(), "Europe/Berlin", "{\"a\":1}").unwrap();
    let changed = control.update_settings(&id, "EUR".parse().unwrap(), "Europe/Berlin", "{\"a\":2}").unwrap();
    let versions = control.settings_versions(&id).unwrap();
    let told: Vec<_> = versions.iter().map(|one| (one.number, one.settings.as_str())).collect();
    assert_eq!(told, [(3, "{\"a\":2}"), (2, "{\"a\":1}"), (1, "{}")]);
    assert_eq!(control.workspaces().unwrap(), [changed]);
    let again = NewWorkspace {
        id,
        name: "x".into(),
        currency: "USD".parse().unwrap(),
        time_zone: "UTC".into(),
        settings: "{}".into(),
    };
    assert!(matches!(control.create_workspace(&again), Err(Error::WorkspaceExists(_))));
    let none = "none".parse().unwrap();
    assert!(matches!(control.workspace(&none), Err(Error::WorkspaceNotFound(_))));
}

fn connecting_again_changes_the_connection_and_keeps_its_state(place: &Place) {
    let (control, id) = ready(place);
    control.set_state(&id, &shop(), ConnectionState::Ok, None).unwrap();
    let before = control.connection(&id, &shop()).unwrap();
    let after = control.create_connection(&id, &new("shopify", "Renamed")).unwrap();
    assert_eq!(after, Connection { name: "Renamed".to_owned(), ..before });
    assert!(after.last_sync_at.is_some() && after.state == ConnectionState::Ok);
    let other = control.create_connection(&id, &new("meta_ads", "Ads"));
    assert!(matches!(other, Err(Error::ProviderChanged { .. })));
    let error = ConnectionError { code: "auth".into(), message: "revoked".into(), cure: "reconnect".into() };
    control.set_state(&id, &shop(), ConnectionState::Paused, Some(&error)).unwrap();
    let paused = control.connection(&id, &shop()).unwrap();
    assert_eq!((paused.error, paused.last_sync_at), (Some(error), after.last_sync_at));
}

fn a_connection_that_is_proved_anew_stands_as_before_its_error(place: &Place) {
    let (control, id) = ready(place);
    let error = ConnectionError { code: "auth".into(), message: "revoked".into(), cure: "reconnect".into() };
    let cleared = |state| {
        control.set_state(&id, &shop(), state, Some(&error)).unwrap();
        control.clear_error(&id, &shop()).unwrap();
        control.connection(&id, &shop()).unwrap()
    };
    let first = cleared(ConnectionState::Paused);
    assert_eq!((first.state, &first.error, first.last_sync_at), (ConnectionState::NeverSynced, &None, None));
    control.set_state(&id, &shop(), ConnectionState::Ok, None).unwrap();
    let synced = control.connection(&id, &shop()).unwrap();
    for state in [ConnectionState::Paused, ConnectionState::Error] {
        assert_eq!(cleared(state), synced, "the time of the last sync stays");
    }
    assert_eq!(cleared(ConnectionState::Syncing).state, ConnectionState::Syncing);
}

fn one_workspace_does_not_see_another(place: &Place) {
    let (control, id) = ready(place);
    let other = workspace(&control, "other");
    control.put_secret(&id, &shop(), "token", &Secret::new("s3cret".to_owned())).unwrap();
    let run = control.start_run(&id, &shop()).unwrap();
    assert!(control.connections(&other).unwrap().is_empty());
    assert!(matches!(control.connection(&other, &shop()), Err(Error::ConnectionNotFound { .. })));
    assert!(matches!(control.secret(&other, &shop(), "token"), Err(Error::SecretNotFound { .. })));
    assert!(control.runs(&other, &shop(), 9).unwrap().is_empty());
    assert!(matches!(control.finish_run(&other, &run, 1, None), Err(Error::RunNotFound(_))));
    assert!(matches!(control.start_run(&other, &shop()), Err(Error::ConnectionNotFound { .. })));
}

fn secrets_are_sealed_bound_to_their_place_and_never_printed(place: &Place) {
    let (control, id) = ready(place);
    let plain = "shpat_0123456789abcdef";
    control.put_secret(&id, &shop(), "token", &Secret::new(plain.to_owned())).unwrap();
    let secret = control.secret(&id, &shop(), "token").unwrap();
    assert_eq!((secret.expose(), format!("{secret:?}").as_str()), (plain, "***"));
    assert_eq!(control.secret_names(&id, &shop()).unwrap(), ["token"]);
    assert!(!place.written().windows(plain.len()).any(|part| part == plain.as_bytes()));
    // moved to another name, it does not open
    place.tamper("UPDATE secrets SET name = 'other'");
    assert!(matches!(control.secret(&id, &shop(), "other"), Err(Error::Sealed { .. })));
    // nor does it under another key
    place.tamper("UPDATE secrets SET name = 'token'");
    drop(control);
    std::fs::remove_file(place.home().join("secret.key")).unwrap();
    // a shared store is not even opened with it
    let opened = Control::open_at(place.home(), place.database().as_ref());
    let refused = opened.and_then(|control| {
        assert!(place.server().is_none());
        control.secret(&id, &shop(), "token")
    });
    let error = refused.unwrap_err();
    assert!(error.to_string().contains("secret.key") && !error.to_string().contains(plain));
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    let (_control, _) = ready(&place);
    for file in ["control.sqlite", "control.sqlite-wal", "secret.key"] {
        let mode = std::fs::metadata(place.home().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

fn reading(stream: &str, rows: u64) -> StreamProgress {
    StreamProgress {
        stream: stream.into(),
        entity: "orders".into(),
        rows,
        state: StreamState::Running,
        last_sync_at: None,
    }
}

fn a_run_is_alone_on_its_connection_also_between_handles(place: &Place) {
    let (control, id) = ready(place);
    let other = place.open();
    let run = control.start_run(&id, &shop()).unwrap();
    assert!(matches!(other.start_run(&id, &shop()), Err(Error::AlreadyRunning { .. })));
    // opening once more must not take a living owner for a dead one
    let third = place.open();
    assert_eq!(third.runs(&id, &shop(), 1).unwrap()[0].state, RunState::Running);
    let place = shop();
    let note = |rows| control.set_stream((&id, &place), &run, Some(rows), &reading("orders", rows));
    note(40).unwrap();
    control.finish_run(&id, &run, 55, Some("it broke")).unwrap();
    let ended = other.runs(&id, &shop(), 1).unwrap().remove(0);
    assert_eq!((ended.state, ended.rows, ended.stream.as_deref()), (RunState::Failed, 55, Some("orders")));
    assert!(matches!(note(60), Err(Error::RunNotFound(_))));
    assert_eq!(control.streams(&id, &place).unwrap(), [reading("orders", 40)]);
    other.start_run(&id, &shop()).unwrap();
}

fn a_run_whose_process_died_is_interrupted(place: &Place) {
    let (control, id) = ready(place);
    control.set_state(&id, &shop(), ConnectionState::Syncing, None).unwrap();
    control.start_run(&id, &shop()).unwrap();
    // the lock goes with the handle, as with a process that is killed
    drop(control);
    let control = place.open();
    let run = control.runs(&id, &shop(), 1).unwrap().remove(0);
    assert_eq!(run.state, RunState::Interrupted);
    assert!(run.finished_at.is_some());
    assert_eq!(control.connection(&id, &shop()).unwrap().state, ConnectionState::NeverSynced);
}

fn streams_keep_their_last_time(place: &Place) {
    let (control, id) = ready(place);
    let mut progress = StreamProgress {
        stream: "orders".into(),
        entity: "orders".into(),
        rows: 7,
        state: StreamState::Done,
        last_sync_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
    };
    let (shop, run) = (shop(), control.start_run(&id, &shop()).unwrap());
    control.set_stream((&id, &shop), &run, None, &progress).unwrap();
    assert_eq!(control.runs(&id, &shop, 1).unwrap()[0].stream, None, "its turn has not come");
    let again = StreamProgress { last_sync_at: None, state: StreamState::Running, ..progress.clone() };
    control.set_stream((&id, &shop), &run, Some(7), &again).unwrap();
    progress.state = StreamState::Running;
    assert_eq!(control.streams(&id, &shop).unwrap(), [progress]);
}

fn two_handles_write_at_once(place: &Place) {
    let (control, id) = ready(place);
    let run = control.start_run(&id, &shop()).unwrap();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (id, run) = (&id, &run);
            scope.spawn(move || {
                let control = place.open();
                for at in 0..25 {
                    let stream = StreamProgress {
                        stream: format!("s{worker}-{at}"),
                        entity: "orders".into(),
                        rows: at,
                        state: StreamState::Done,
                        last_sync_at: None,
                    };
                    control.set_stream((id, &shop()), run, None, &stream).unwrap();
                }
            });
        }
    });
    assert_eq!(place.open().streams(&id, &shop()).unwrap().len(), 100);
}

fn the_timetable_tells_schedules_and_what_became_of_the_last_sync(place: &Place) {
    use netgain_control::Schedule;
    use netgain_domain::jiff::Timestamp;
    let (control, id) = ready(place);
    let slot = || control.slot(&id, &shop()).unwrap();
    assert_eq!(control.timetable().unwrap(), [slot()]);
    assert_eq!(
        (slot().schedule, slot().last.began_at, slot().time_zone.as_str()),
        (Schedule::default(), None, "Europe/London")
    );
    let schedule = Schedule {
        cadence: Some("every 2h".parse().unwrap()),
        quiet: Some("22:00-06:00".parse().unwrap()),
        paused: true,
    };
    let at = |second| Timestamp::new(second, 0).unwrap();
    control.sync_began(&id, &shop(), at(100)).unwrap();
    control.set_schedule(&id, &shop(), &schedule).unwrap();
    // what a person says and what becomes of syncs do not touch each other
    let last = slot().last;
    assert_eq!(
        (slot().schedule, last.began_at, last.ended, last.failures),
        (schedule.clone(), Some(at(100)), false, 0)
    );
    // one that did not end before the next began was cut
    control.sync_began(&id, &shop(), at(200)).unwrap();
    assert_eq!((slot().last.failures, slot().last.began_at), (1, Some(at(200))));
    control.sync_ended(&id, &shop(), false).unwrap();
    assert_eq!((slot().last.failures, slot().last.ended), (2, true));
    control.sync_began(&id, &shop(), at(300)).unwrap();
    control.sync_ended(&id, &shop(), true).unwrap();
    control.check_began(&id, &shop(), at(400)).unwrap();
    assert_eq!((slot().last.failures, slot().last.checked_at, slot().schedule), (0, Some(at(400)), schedule));
    let run = control.start_run(&id, &shop()).unwrap();
    assert!(slot().running);
    control.finish_run(&id, &run, 0, None).unwrap();
    assert!(!slot().running);
    let other = workspace(&control, "other");
    assert!(matches!(control.slot(&other, &shop()), Err(Error::ConnectionNotFound { .. })));
    assert!(matches!(
        control.set_schedule(&other, &shop(), &Schedule::default()),
        Err(Error::ConnectionNotFound { .. })
    ));
}
