//! Second factors: asked for, used once, not guessed.

use netgain_control::{Refused, Role, SignedInAs};

use crate::both::{Place, on_both};
use crate::rig::{HOME, PASSWORD, now, refused, rig, seconds};
use crate::totp::code;

on_both!(a_second_factor_is_asked_for_and_each_code_counts_once, codes_cannot_be_tried_out);

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
