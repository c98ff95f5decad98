//! Sessions: how long they live and what ends them.

use netgain_control::{Refused, Role, SESSION_IDLE, SESSION_LONGEST, SignedInAs};

use crate::both::{Place, on_both};
use crate::rig::{PASSWORD, member, now, refused, rig, seconds, secret};

on_both!(
    a_session_lives_as_long_as_it_is_used_and_no_longer,
    a_session_ends_when_it_is_told_to,
    another_role_brings_another_token_and_the_one_before_dies,
    another_password_ends_the_other_sessions,
    a_session_that_ended_takes_every_token_along,
    who_leaves_is_signed_out_everywhere_at_once
);

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

/// The token before counts for a moment, for requests on their way; it does not outlive its session.
fn a_session_that_ended_takes_every_token_along(place: &Place) {
    let rig = rig(place);
    rig.person("own@example.com", Role::Owner);
    let ada = rig.person("ada@example.com", Role::Admin);
    let (first, _) = rig.sign_in("ada@example.com");
    let id = rig.control.visitor(&first, now()).unwrap().unwrap().session;
    let second = rig.control.renew_session(&id, now()).unwrap();
    assert!(rig.is_in(&first, now() + seconds(29)) && rig.is_in(second.expose(), now() + seconds(29)));
    // renewed once more: what was before the one before is over at once
    let third = rig.control.renew_session(&id, now() + seconds(1)).unwrap();
    assert!(!rig.is_in(&first, now() + seconds(1)));
    assert!(rig.is_in(second.expose(), now() + seconds(1)) && rig.is_in(third.expose(), now() + seconds(1)));
    rig.control.end_session(&ada, &id).unwrap();
    for token in [second.expose(), third.expose()] {
        assert!(!rig.is_in(token, now() + seconds(1)));
    }
}

fn who_leaves_is_signed_out_everywhere_at_once(place: &Place) {
    let rig = rig(place);
    rig.person("own@example.com", Role::Owner);
    let ada = rig.person("ada@example.com", Role::Admin);
    let tokens: Vec<String> = (0..3).map(|_| rig.sign_in("ada@example.com").0).collect();
    let (own, _) = rig.sign_in("own@example.com");
    rig.control.remove_member(&crate::rig::organisation(), &ada, now()).unwrap();
    assert!(tokens.iter().all(|token| !rig.is_in(token, now())));
    assert!(rig.is_in(&own, now()), "somebody else's session goes on");
}
