//! People over a real store: sign-ins, sessions, second factors, keys, invitations and links, by a clock that is moved.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use netgain_control::{
    Attempt, Control, DEFAULT_ORGANISATION, Error, Membership, NewKey, NewWorkspace, Refused, Role,
    SESSION_IDLE, SESSION_LONGEST, Scope, Secret, SessionFrom, SignedInAs,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use both::{Place, on_both};

on_both!(
    a_session_lives_as_long_as_it_is_used_and_no_longer,
    a_session_ends_when_it_is_told_to,
    another_role_brings_another_token_and_the_one_before_dies,
    another_password_ends_the_other_sessions,
    failures_slow_who_fails_and_never_the_person_elsewhere,
    one_address_cannot_go_through_accounts,
    an_email_that_nobody_has_is_answered_like_a_wrong_password,
    a_second_factor_is_asked_for_and_each_code_counts_once,
    codes_cannot_be_tried_out,
    an_organisation_keeps_an_owner,
    keys_are_shown_once_and_end,
    links_work_once_and_for_a_time,
    an_invitation_makes_one_member_once,
    a_workspace_belongs_to_one_organisation,
);

const PASSWORD: &str = "a long enough password";
const HOME: SessionFrom<'static> = SessionFrom { agent: "Browser", address: "192.0.2.1" };

struct Rig {
    control: Control,
}

fn rig(place: &Place) -> Rig {
    Rig { control: place.open() }
}

fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn organisation() -> OrganisationId {
    DEFAULT_ORGANISATION.parse().unwrap()
}

fn member(role: Role) -> Membership {
    Membership { organisation: organisation(), role, workspaces: None }
}

impl Rig {
    fn person(&self, email: &str, role: Role) -> PersonId {
        let person = self.control.create_person(email, "Somebody", Some(&secret(PASSWORD)), now()).unwrap();
        self.control.put_member(&person.id, &member(role), now()).unwrap();
        person.id
    }

    fn try_from(
        &self,
        email: &str,
        password: &str,
        address: &str,
        device: Option<&str>,
        at: Timestamp,
    ) -> SignedInAs {
        let (password, from) = (secret(password), SessionFrom { address, ..HOME });
        self.control.sign_in(Attempt { email, password: &password, from, device }, at).unwrap()
    }

    fn sign_in(&self, email: &str) -> (String, String) {
        match self.try_from(email, PASSWORD, "192.0.2.1", None, now()) {
            SignedInAs::Person(session, device) => {
                (session.token.expose().to_owned(), device.expose().to_owned())
            }
            other => panic!("{other:?}"),
        }
    }

    fn is_in(&self, token: &str, at: Timestamp) -> bool {
        self.control.visitor(token, at).unwrap().is_some()
    }

    fn workspace(&self, id: &str, of: Option<&OrganisationId>) -> WorkspaceId {
        let new = NewWorkspace {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            currency: "EUR".parse().unwrap(),
            time_zone: "UTC".to_owned(),
            settings: "{}".to_owned(),
        };
        match of {
            Some(of) => self.control.create_workspace_in(of, &new).unwrap(),
            None => self.control.create_workspace(&new).unwrap(),
        };
        new.id
    }
}

fn refused<T: std::fmt::Debug>(result: netgain_control::Result<T>) -> Refused {
    match result {
        Err(Error::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

fn a_session_lives_as_long_as_it_is_used_and_no_longer(place: &Place) {
    let rig = rig(place);
    rig.person("ada@example.com", Role::Owner);
    let (token, _) = rig.sign_in(" ADA@example.com ");
    let step = SESSION_IDLE - seconds(60);
    let mut at = now();
    while at + step < now() + SESSION_LONGEST {
        at += step;
        assert!(rig.is_in(&token, at), "used every few hours: {at}");
    }
    assert!(!rig.is_in(&token, now() + SESSION_LONGEST), "over however often it is used");
    let (other, _) = rig.sign_in("ada@example.com");
    assert!(!rig.is_in(&other, now() + SESSION_IDLE), "over because nobody used it");
    assert!(!rig.is_in("made up", now()));
}

fn a_session_ends_when_it_is_told_to(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let (first, _) = rig.sign_in("ada@example.com");
    let (second, _) = rig.sign_in("ada@example.com");
    let listed = rig.control.sessions(&ada, now()).unwrap();
    assert_eq!((listed.len(), listed[0].agent.as_str()), (2, "Browser"));
    let own = rig.control.visitor(&first, now()).unwrap().unwrap().session;
    rig.control.end_sessions(&ada, Some(&own)).unwrap();
    assert!(rig.is_in(&first, now()) && !rig.is_in(&second, now()));
    let eve = rig.person("eve@example.com", Role::Viewer);
    assert!(matches!(refused(rig.control.end_session(&eve, &own)), Refused::Missing { .. }));
    rig.control.end_session(&ada, &own).unwrap();
    assert!(!rig.is_in(&first, now()));
}

fn another_role_brings_another_token_and_the_one_before_dies(place: &Place) {
    let rig = rig(place);
    rig.person("own@example.com", Role::Owner);
    let ada = rig.person("ada@example.com", Role::Admin);
    let (token, _) = rig.sign_in("ada@example.com");
    assert!(rig.control.visitor(&token, now()).unwrap().unwrap().renewed.is_none());
    rig.control.put_member(&ada, &member(Role::Viewer), now()).unwrap();
    let visitor = rig.control.visitor(&token, now()).unwrap().unwrap();
    assert_eq!(visitor.memberships, [member(Role::Viewer)]);
    let renewed = visitor.renewed.unwrap();
    // a request that was on its way
    let late = rig.control.visitor(&token, now() + seconds(5)).unwrap().unwrap();
    assert!(late.renewed.is_none(), "renewed once");
    assert!(!rig.is_in(&token, now() + seconds(31)));
    assert!(rig.is_in(renewed.expose(), now() + seconds(31)));
}

fn another_password_ends_the_other_sessions(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let (kept, _) = rig.sign_in("ada@example.com");
    let (other, _) = rig.sign_in("ada@example.com");
    let own = rig.control.visitor(&kept, now()).unwrap().unwrap().session;
    rig.control.set_password(&ada, &secret("another long password"), Some(&own)).unwrap();
    assert!(rig.is_in(&kept, now()) && !rig.is_in(&other, now()));
    let old = rig.try_from("ada@example.com", PASSWORD, "192.0.2.1", None, now());
    assert!(matches!(old, SignedInAs::Refused));
}

fn failures_slow_who_fails_and_never_the_person_elsewhere(place: &Place) {
    let rig = rig(place);
    rig.person("ada@example.com", Role::Owner);
    let (_, device) = rig.sign_in("ada@example.com");
    let guess = |address: &str, at| rig.try_from("ada@example.com", "wrong wrong wrong", address, None, at);
    for _ in 0..5 {
        assert!(matches!(guess("198.51.100.1", now()), SignedInAs::Refused));
    }
    let SignedInAs::Slowed(wait) = guess("198.51.100.1", now()) else { panic!("not slowed") };
    assert_eq!(wait, seconds(1));
    // tries while one has to wait make the wait no longer
    for _ in 0..20 {
        assert!(matches!(guess("198.51.100.1", now()), SignedInAs::Slowed(same) if same == wait));
    }
    // the right password is slowed too, or a guess could be told from it
    let right = rig.try_from("ada@example.com", PASSWORD, "198.51.100.1", None, now());
    assert!(matches!(right, SignedInAs::Slowed(_)));
    let mut at = now();
    let mut waits = Vec::new();
    for _ in 0..12 {
        let SignedInAs::Slowed(wait) = guess("198.51.100.1", at) else { panic!("not slowed") };
        waits.push(wait.as_secs());
        at += wait;
        assert!(matches!(guess("198.51.100.1", at), SignedInAs::Refused));
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    // from elsewhere, and from the same network with a device that is known, the person comes in at once
    for (address, device) in [("203.0.113.9", None), ("198.51.100.1", Some(device.as_str()))] {
        let came = rig.try_from("ada@example.com", PASSWORD, address, device, at);
        assert!(matches!(came, SignedInAs::Person(..)), "{address}: {came:?}");
    }
    // somebody else's device is none
    rig.person("eve@example.com", Role::Viewer);
    let (_, eves) = rig.sign_in("eve@example.com");
    let came = rig.try_from("ada@example.com", PASSWORD, "198.51.100.1", Some(&eves), at);
    assert!(matches!(came, SignedInAs::Slowed(_)), "{came:?}");
}

fn one_address_cannot_go_through_accounts(place: &Place) {
    let rig = rig(place);
    rig.person("ada@example.com", Role::Owner);
    let mut refused = 0;
    for number in 0..40 {
        let email = format!("nobody{number}@example.com");
        match rig.try_from(&email, PASSWORD, "198.51.100.1", None, now()) {
            SignedInAs::Refused => refused += 1,
            SignedInAs::Slowed(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 30);
    // who has an account does not clear what they tried with others'
    let later = now() + seconds(2);
    let own = rig.try_from("ada@example.com", PASSWORD, "198.51.100.1", None, later);
    assert!(matches!(own, SignedInAs::Person(..)));
    let next = rig.try_from("more@example.com", PASSWORD, "198.51.100.1", None, later);
    assert!(matches!(next, SignedInAs::Slowed(_) | SignedInAs::Refused));
    let again = rig.try_from("more@example.com", PASSWORD, "198.51.100.1", None, later);
    assert!(matches!(again, SignedInAs::Slowed(_)), "{again:?}");
}

fn an_email_that_nobody_has_is_answered_like_a_wrong_password(place: &Place) {
    let rig = rig(place);
    rig.person("ada@example.com", Role::Owner);
    rig.control.create_person("bob@example.com", "Bob", None, now()).unwrap();
    for email in ["ada@example.com", "bob@example.com", "nobody@example.com", "no address"] {
        let answer = rig.try_from(email, "wrong wrong wrong", "192.0.2.1", None, now());
        assert!(matches!(answer, SignedInAs::Refused), "{email}: {answer:?}");
    }
}

/// The code that an app shows, worked out from the secret as it is typed.
fn code(secret: &Secret, at: Timestamp) -> String {
    let key = ring_key(secret.expose());
    let counter = (at.as_second() / 30).to_be_bytes();
    let tag = ring::hmac::sign(&key, &counter);
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes(bytes[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn ring_key(base32: &str) -> ring::hmac::Key {
    let mut bits = String::new();
    for letter in base32.bytes() {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes)
}

fn a_second_factor_is_asked_for_and_each_code_counts_once(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let (before, _) = rig.sign_in("ada@example.com");
    let enrolment = rig.control.begin_factor(&ada).unwrap();
    assert!(enrolment.uri.expose().starts_with("otpauth://totp/Netgain:ada@example.com?secret="));
    rig.sign_in("ada@example.com");
    assert!(matches!(
        refused(rig.control.confirm_factor(&ada, "000000", None, now())),
        Refused::Field { field: "code", .. }
    ));
    let first = code(&enrolment.secret, now());
    let codes = rig.control.confirm_factor(&ada, &first, None, now()).unwrap();
    assert_eq!(codes.len(), 10);
    assert!(!rig.is_in(&before, now()), "sessions without the factor end");
    assert!(matches!(refused(rig.control.begin_factor(&ada)), Refused::Exists { .. }));

    let pending = |at| match rig.try_from("ada@example.com", PASSWORD, "192.0.2.1", None, at) {
        SignedInAs::NeedsFactor(session) => session.token.expose().to_owned(),
        other => panic!("{other:?}"),
    };
    let at = now() + seconds(60);
    let token = pending(at);
    let visitor = rig.control.visitor(&token, at).unwrap().unwrap();
    assert!(visitor.pending && visitor.memberships.is_empty(), "a password alone gives nothing");
    let factor =
        |token: &str, code: &str, at| rig.control.second_factor(token, code, HOME, None, at).unwrap();
    assert!(matches!(factor(&token, &first, at), SignedInAs::Refused), "the code that turned it on is used");
    let good = code(&enrolment.secret, at);
    let SignedInAs::Person(session, _) = factor(&token, &good, at) else { panic!("refused") };
    assert_ne!(session.token.expose(), token, "another token");
    assert!(!rig.is_in(&token, at) && rig.is_in(session.token.expose(), at));
    let token = pending(at);
    assert!(matches!(factor(&token, &good, at), SignedInAs::Refused), "replayed");
    let recovery = codes[3].expose().to_lowercase();
    assert!(matches!(factor(&token, &recovery, at), SignedInAs::Person(..)));
    let token = pending(at);
    assert!(matches!(factor(&token, &recovery, at), SignedInAs::Refused), "counts once");
    assert_eq!(rig.control.recovery_codes_left(&ada).unwrap(), 9);
    assert!(!rig.is_in(&token, at + seconds(601)), "waits ten minutes");

    rig.control.remove_factor(&ada).unwrap();
    let without = rig.try_from("ada@example.com", PASSWORD, "192.0.2.1", None, at + seconds(3700));
    assert!(matches!(without, SignedInAs::Person(..)), "{without:?}");
}

fn codes_cannot_be_tried_out(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let enrolment = rig.control.begin_factor(&ada).unwrap();
    rig.control.confirm_factor(&ada, &code(&enrolment.secret, now()), None, now()).unwrap();
    let at = now() + seconds(90);
    let SignedInAs::NeedsFactor(session) = rig.try_from("ada@example.com", PASSWORD, "192.0.2.1", None, at)
    else {
        panic!("no second factor")
    };
    let token = session.token.expose();
    for number in 0..6 {
        let wrong = format!("{number:06}");
        if wrong != code(&enrolment.secret, at) {
            rig.control.second_factor(token, &wrong, HOME, None, at).unwrap();
        }
    }
    let right = code(&enrolment.secret, at);
    let came = rig.control.second_factor(token, &right, HOME, None, at).unwrap();
    assert!(matches!(came, SignedInAs::Refused), "the sign-in has to begin anew: {came:?}");
}

fn an_organisation_keeps_an_owner(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let bob = rig.person("bob@example.com", Role::Admin);
    let put = |id: &PersonId, role| rig.control.put_member(id, &member(role), now());
    assert!(matches!(refused(put(&ada, Role::Admin)), Refused::LastOwner(_)));
    assert!(matches!(
        refused(rig.control.remove_member(&organisation(), &ada, now())),
        Refused::LastOwner(_)
    ));
    put(&bob, Role::Owner).unwrap();
    put(&ada, Role::Viewer).unwrap();
    let (token, _) = rig.sign_in("ada@example.com");
    rig.control.remove_member(&organisation(), &ada, now()).unwrap();
    assert!(!rig.is_in(&token, now()), "who belongs nowhere is signed out");
    let listed = rig.control.members(&organisation()).unwrap();
    assert_eq!(listed.iter().map(|one| one.person.email.as_str()).collect::<Vec<_>>(), ["bob@example.com"]);
}

fn keys_are_shown_once_and_end(place: &Place) {
    let rig = rig(place);
    let workspace = rig.workspace("shop", None);
    let ada = rig.person("ada@example.com", Role::Owner);
    let new = NewKey {
        organisation: organisation(),
        name: "the warehouse's robot".to_owned(),
        scopes: vec![Scope::Read, Scope::Sync],
        workspaces: Some(vec![workspace]),
        expires_at: Some(now() + seconds(3600)),
    };
    let (key, text) = rig.control.create_api_key(&new, Some(&ada), now()).unwrap();
    assert!(text.expose().starts_with(&format!("ngk_{}_", key.id)) && text.expose().len() > 80);
    assert_eq!(format!("{text:?} {key:?}").matches(text.expose()).count(), 0, "not shown by accident");
    let found = rig.control.api_key_of(text.expose(), now()).unwrap().unwrap();
    assert_eq!((found.scopes, found.used_at), (vec![Scope::Read, Scope::Sync], None));
    assert_eq!(rig.control.api_keys(&organisation()).unwrap()[0].used_at, Some(now()));
    let other = format!("{}0", &text.expose()[..text.expose().len() - 1]);
    let wrong = ["", "ngk_", "ngk_x_y", &key.id, &format!("ngk_{}_", key.id), &other];
    for wrong in wrong.into_iter().filter(|wrong| *wrong != text.expose()) {
        assert!(rig.control.api_key_of(wrong, now()).unwrap().is_none(), "{wrong}");
    }
    assert!(rig.control.api_key_of(text.expose(), now() + seconds(3600)).unwrap().is_none(), "over");
    rig.control.revoke_api_key(&organisation(), &key.id, now()).unwrap();
    assert!(rig.control.api_key_of(text.expose(), now()).unwrap().is_none(), "revoked");
    for (field, changed) in [
        ("scopes", NewKey { scopes: vec![], ..new.clone() }),
        ("workspaces", NewKey { workspaces: Some(vec![]), ..new.clone() }),
        ("workspaces", NewKey { workspaces: Some(vec!["none".parse().unwrap()]), ..new.clone() }),
        ("expires_at", NewKey { expires_at: Some(now()), ..new.clone() }),
        ("name", NewKey { name: "  ".to_owned(), ..new.clone() }),
    ] {
        let why = refused(rig.control.create_api_key(&changed, None, now()));
        assert!(matches!(why, Refused::Field { field: found, .. } if found == field), "{field}");
    }
    // who leaves takes their keys along
    rig.person("bob@example.com", Role::Owner);
    let (_, text) = rig.control.create_api_key(&new, Some(&ada), now()).unwrap();
    rig.control.remove_member(&organisation(), &ada, now()).unwrap();
    assert!(rig.control.api_key_of(text.expose(), now()).unwrap().is_none());
}

fn links_work_once_and_for_a_time(place: &Place) {
    let rig = rig(place);
    let first = rig.control.owner_link(now()).unwrap();
    let link = rig.control.owner_link(now()).unwrap();
    let own = |link: &Secret, password: &str, at| {
        rig.control.create_owner(link.expose(), "ada@example.com", "Ada", &secret(password), at)
    };
    assert!(matches!(refused(own(&first, PASSWORD, now())), Refused::Link), "only the newest");
    let day = SignedDuration::from_hours(24);
    assert!(matches!(refused(own(&link, PASSWORD, now() + day)), Refused::Link), "over");
    assert!(matches!(refused(own(&link, "short", now())), Refused::Field { field: "password", .. }));
    let ada = own(&link, PASSWORD, now()).unwrap();
    assert_eq!(rig.control.memberships(&ada.id).unwrap(), [member(Role::Owner)]);
    assert!(matches!(refused(own(&link, PASSWORD, now())), Refused::Link), "used");
    assert!(matches!(refused(rig.control.owner_link(now())), Refused::Exists { .. }), "there is an owner");

    let (session, _) = rig.sign_in("ada@example.com");
    let link = rig.control.password_link(&ada.id, now()).unwrap();
    let reset = |password: &str| rig.control.reset_password(link.expose(), &secret(password), now());
    assert!(matches!(refused(reset("short")), Refused::Field { .. }));
    reset("another long password").unwrap();
    assert!(matches!(refused(reset("a third long password")), Refused::Link));
    assert!(!rig.is_in(&session, now()), "sessions end with the password");
}

fn an_invitation_makes_one_member_once(place: &Place) {
    let rig = rig(place);
    rig.person("own@example.com", Role::Owner);
    let workspace = rig.workspace("shop", None);
    let mut offered = member(Role::Analyst);
    offered.workspaces = Some(vec![workspace]);
    let (_, old) = rig.control.invite("New@example.com", &offered, now()).unwrap();
    let (invitation, link) = rig.control.invite("new@example.com", &offered, now()).unwrap();
    let accept =
        |link: &Secret, at| rig.control.accept_invitation(link.expose(), "New One", &secret(PASSWORD), at);
    assert!(matches!(refused(accept(&old, now())), Refused::Link), "the newest replaces it");
    let week = SignedDuration::from_hours(24 * 7);
    assert!(matches!(refused(accept(&link, now() + week)), Refused::Link));
    let person = accept(&link, now()).unwrap();
    assert_eq!((person.email.as_str(), invitation.email.as_str()), ("new@example.com", "new@example.com"));
    assert_eq!(rig.control.memberships(&person.id).unwrap(), [offered.clone()]);
    assert!(matches!(refused(accept(&link, now())), Refused::Link));
    assert!(matches!(
        refused(rig.control.invite("new@example.com", &offered, now())),
        Refused::Exists { .. }
    ));

    // who has an account proves it by its password, so that a link that leaks gives nobody else's account
    let other: OrganisationId = "agency".parse().unwrap();
    rig.control.create_organisation(&other, "Agency", now()).unwrap();
    let there = Membership { organisation: other.clone(), role: Role::Viewer, workspaces: None };
    let (_, link) = rig.control.invite("new@example.com", &there, now()).unwrap();
    let wrong = rig.control.accept_invitation(link.expose(), "", &secret("not the password"), now());
    assert!(matches!(refused(wrong), Refused::Field { field: "password", .. }));
    accept(&link, now()).unwrap();
    assert_eq!(rig.control.memberships(&person.id).unwrap().len(), 2);
    let (waiting, link) = rig.control.invite("late@example.com", &there, now()).unwrap();
    rig.control.withdraw_invitation(&other, &waiting.id).unwrap();
    assert!(matches!(refused(accept(&link, now())), Refused::Link));
}

fn a_workspace_belongs_to_one_organisation(place: &Place) {
    let rig = rig(place);
    let agency: OrganisationId = "agency".parse().unwrap();
    rig.control.create_organisation(&agency, "Agency", now()).unwrap();
    let (old, theirs) = (rig.workspace("old", None), rig.workspace("theirs", Some(&agency)));
    let whose = |id: &WorkspaceId| rig.control.organisation_of(id).unwrap();
    assert_eq!((whose(&old), whose(&theirs)), (Some(organisation()), Some(agency.clone())));
    assert_eq!(whose(&"none".parse().unwrap()), None);
    let soon: WorkspaceId = "soon".parse().unwrap();
    assert!(rig.control.claim_workspace(&soon, &agency).unwrap());
    assert!(!rig.control.claim_workspace(&soon, &organisation()).unwrap(), "claimed before it is made");
    assert!(!rig.control.claim_workspace(&old, &agency).unwrap(), "made before it is claimed");
    rig.workspace("soon", None);
    assert_eq!(whose(&soon), Some(agency.clone()));
    // nobody is restricted to what another organisation has
    let ada = rig.person("ada@example.com", Role::Owner);
    let wrong = Membership { organisation: agency, role: Role::Viewer, workspaces: Some(vec![old]) };
    let why = refused(rig.control.put_member(&ada, &wrong, now()));
    assert!(matches!(why, Refused::Field { field: "workspaces", .. }));
    let owner = Membership { workspaces: Some(vec![theirs]), ..member(Role::Owner) };
    let why = refused(rig.control.put_member(&ada, &owner, now()));
    assert!(matches!(why, Refused::Field { field: "workspaces", .. }));
}

/// Nothing that opens anything is in the file as it is.
#[test]
fn the_store_holds_digests_alone() {
    let home = tempfile::tempdir().unwrap();
    let mut secrets = vec![PASSWORD.to_owned()];
    {
        let control = Control::open(home.path()).unwrap();
        let rig = Rig { control };
        let ada = rig.person("ada@example.com", Role::Owner);
        let (token, device) = rig.sign_in("ada@example.com");
        let enrolment = rig.control.begin_factor(&ada).unwrap();
        let codes = rig.control.confirm_factor(&ada, &code(&enrolment.secret, now()), None, now()).unwrap();
        let new = NewKey {
            organisation: organisation(),
            name: "key".to_owned(),
            scopes: vec![Scope::Read],
            workspaces: None,
            expires_at: None,
        };
        let (_, key) = rig.control.create_api_key(&new, None, now()).unwrap();
        let (_, invitation) = rig.control.invite("new@example.com", &member(Role::Viewer), now()).unwrap();
        let link = rig.control.password_link(&ada, now()).unwrap();
        secrets.extend([token, device, enrolment.secret.expose().to_owned(), invitation.expose().to_owned()]);
        secrets.extend([link.expose().to_owned(), key.expose().rsplit('_').next().unwrap().to_owned()]);
        secrets.extend(codes.iter().map(|code| code.expose().to_owned()));
    }
    let mut looked_at = 0;
    for file in std::fs::read_dir(home.path()).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        looked_at += bytes.len();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret as it is", path.display());
        }
    }
    assert!(looked_at > 4096 && secrets.len() == 17, "{looked_at} {}", secrets.len());
}
