//! Grants are replaced only by who knew the one before, and sign-ins come back once.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use netgain_control::{Control, CredentialMode, NewConnection, NewWorkspace, Secret, SignIn, Taken};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use both::{Place, on_both};

on_both!(
    the_last_test_of_a_connection_is_kept,
    of_two_who_replace_a_grant_one_wins,
    one_has_the_claim_until_it_ends_or_is_given_back,
    a_sign_in_comes_back_once,
    the_first_browser_that_opens_a_sign_in_has_it,
);

fn ready(place: &Place) -> (Control, WorkspaceId, ConnectionId) {
    let control = place.open();
    let new = NewWorkspace {
        id: "demo".parse().unwrap(),
        name: "Demo".into(),
        currency: "GBP".parse().unwrap(),
        time_zone: "UTC".into(),
        settings: "{}".into(),
    };
    let workspace = control.create_workspace(&new).unwrap().id;
    let new = NewConnection {
        id: "ads".parse().unwrap(),
        provider: "ads".into(),
        name: "Ads".into(),
        base_url: None,
        local: false,
        mode: CredentialMode::Central,
        fields: Default::default(),
    };
    let made = control.create_connection(&workspace, &new).unwrap();
    assert_eq!(made.mode, CredentialMode::Central);
    (control, workspace, made.id)
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn of_two_who_replace_a_grant_one_wins(place: &Place) {
    let (one, w, c) = ready(place);
    let two = place.open();
    assert!(one.grant(&w, &c).unwrap().is_none());
    assert_eq!(one.replace_grant(&w, &c, 0, &secret("first-token")).unwrap(), Some(1));
    assert_eq!(two.replace_grant(&w, &c, 0, &secret("late")).unwrap(), None);
    assert_eq!(two.replace_grant(&w, &c, 1, &secret("second")).unwrap(), Some(2));
    assert_eq!(one.replace_grant(&w, &c, 1, &secret("stale")).unwrap(), None);
    let kept = one.grant(&w, &c).unwrap().unwrap();
    assert_eq!((kept.version, kept.text.expose()), (2, "second"));
    one.forget_grant(&w, &c).unwrap();
    assert!(two.grant(&w, &c).unwrap().is_none());
    assert_eq!(two.replace_grant(&w, &c, 2, &secret("stale")).unwrap(), None);
    // versions never come twice
    assert_eq!(two.replace_grant(&w, &c, 0, &secret("third")).unwrap(), Some(4));
    let unknown: ConnectionId = "other".parse().unwrap();
    assert!(one.replace_grant(&w, &unknown, 0, &secret("x")).is_err());
    assert!(!place.written().windows(11).any(|part| part == b"first-token"));
}

fn one_has_the_claim_until_it_ends_or_is_given_back(place: &Place) {
    let (one, w, c) = ready(place);
    let two = place.open();
    let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
    let at = |seconds| now + SignedDuration::from_secs(seconds);
    assert!(one.claim_grant(&w, &c, 0, now, at(20)).unwrap());
    assert!(!two.claim_grant(&w, &c, 0, at(19), at(40)).unwrap());
    assert!(two.claim_grant(&w, &c, 0, at(20), at(40)).unwrap(), "who died does not hold it for ever");
    assert_eq!(two.replace_grant(&w, &c, 0, &secret("x")).unwrap(), Some(1));
    assert!(!one.claim_grant(&w, &c, 0, at(21), at(40)).unwrap(), "there is a grant now");
    assert!(one.claim_grant(&w, &c, 1, at(21), at(40)).unwrap(), "storing gave the claim back");
    one.release_grant(&w, &c, 1).unwrap();
    assert!(two.claim_grant(&w, &c, 1, at(22), at(40)).unwrap());
}

fn a_sign_in_comes_back_once(place: &Place) {
    let (control, w, c) = ready(place);
    let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
    let end = now + SignedDuration::from_mins(10);
    let sign_in = |text: &str| SignIn {
        workspace: w.clone(),
        connection: c.clone(),
        remembered: secret(text),
        expires_at: end,
        begun_by: None,
    };
    let one = Some("browser-1");
    control.put_sign_in("state-1", &sign_in("verifier"), one, now).unwrap();
    assert!(control.put_sign_in("state-1", &sign_in("other"), one, now).is_err(), "a state is used once");
    for other in [None, Some("browser-2"), Some("")] {
        let taken = control.take_sign_in("state-1", other).unwrap();
        assert!(matches!(taken, Taken::OtherBrowser), "{other:?}");
    }
    assert!(control.give_sign_in("state-1", "browser-2", now).unwrap().is_none(), "it has its browser");
    let Taken::SignIn(back) = control.take_sign_in("state-1", one).unwrap() else { panic!("it was refused") };
    assert_eq!(
        (back.workspace, back.connection, back.remembered.expose()),
        (w.clone(), c.clone(), "verifier")
    );
    assert_eq!(back.expires_at, end);
    assert!(matches!(control.take_sign_in("state-1", one).unwrap(), Taken::Unknown));
    control.put_sign_in("state-2", &sign_in("a"), one, now).unwrap();
    control.put_sign_in("state-3", &sign_in("b"), one, end).unwrap();
    let over = control.take_sign_in("state-2", one).unwrap();
    assert!(matches!(over, Taken::Unknown), "those that are over are forgotten");
}

fn the_first_browser_that_opens_a_sign_in_has_it(place: &Place) {
    let (control, w, c) = ready(place);
    let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
    let end = now + SignedDuration::from_mins(10);
    let sign_in = SignIn {
        workspace: w,
        connection: c,
        remembered: secret("address"),
        expires_at: end,
        begun_by: None,
    };
    control.put_sign_in("state", &sign_in, None, now).unwrap();
    assert!(matches!(control.take_sign_in("state", None).unwrap(), Taken::OtherBrowser));
    assert!(control.give_sign_in("state", "browser-1", end).unwrap().is_none(), "it is over");
    let opened = control.give_sign_in("state", "browser-1", now).unwrap().unwrap();
    assert_eq!(opened.remembered.expose(), "address");
    assert!(control.give_sign_in("state", "browser-2", now).unwrap().is_none());
    assert!(matches!(control.take_sign_in("state", Some("browser-2")).unwrap(), Taken::OtherBrowser));
    assert!(matches!(control.take_sign_in("state", Some("browser-1")).unwrap(), Taken::SignIn(_)));
}

fn the_last_test_of_a_connection_is_kept(place: &Place) {
    use netgain_control::{ConnectionError, ConnectionTest};
    let (control, w, c) = ready(place);
    assert_eq!(control.connection_test(&w, &c).unwrap(), None);
    let failed = ConnectionTest {
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        error: Some(ConnectionError {
            code: "auth_revoked".into(),
            message: "the key is gone".into(),
            cure: "connect again".into(),
        }),
    };
    control.note_connection_test(&w, &c, &failed).unwrap();
    assert_eq!(control.connection_test(&w, &c).unwrap(), Some(failed));
    let good = ConnectionTest { at: "2026-01-03T00:00:00Z".parse().unwrap(), error: None };
    control.note_connection_test(&w, &c, &good).unwrap();
    assert_eq!(control.connection_test(&w, &c).unwrap(), Some(good.clone()));
    let nobody = "nobody".parse().unwrap();
    assert!(control.note_connection_test(&w, &nobody, &good).is_err());
    assert_eq!(control.connection_test(&"other".parse().unwrap(), &c).unwrap(), None);
}
