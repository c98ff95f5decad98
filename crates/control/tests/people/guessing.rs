//! Who guesses is slowed down, and nobody else.

use netgain_control::{Role, SignedInAs};

use crate::both::{Place, on_both};
use crate::rig::{HOME, PASSWORD, now, rig, seconds};
use crate::totp::code;

on_both!(
    failures_slow_who_fails_and_never_the_person_elsewhere,
    a_crowd_of_guessers_keeps_nobody_out,
    whoever_guesses_codes_keeps_nobody_out,
    one_address_cannot_go_through_accounts,
    an_email_that_nobody_has_is_answered_like_a_wrong_password
);

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

/// Thousands of addresses, the person's own network among them, and no pause between the guesses.
fn a_crowd_of_guessers_keeps_nobody_out(place: &Place) {
    let rig = rig(place);
    rig.person("ada@example.com", Role::Owner);
    let (_, device) = rig.sign_in("ada@example.com");
    let own = "192.0.2.1";
    let mut slowed = 0;
    for number in 0..12 {
        for address in [own.to_owned(), format!("198.51.100.{number}")] {
            for _ in 0..7 {
                let guess = rig.try_from("ada@example.com", "wrong wrong wrong", &address, None, now());
                assert!(!matches!(guess, SignedInAs::Person(..)));
                slowed += usize::from(matches!(guess, SignedInAs::Slowed(_)));
            }
        }
    }
    assert!(slowed > 50, "only {slowed} guesses were slowed");
    // at the same moment: where she was before, and from an address that nobody guessed from
    for (address, device) in [(own, Some(device.as_str())), ("203.0.113.9", None)] {
        let came = rig.try_from("ada@example.com", PASSWORD, address, device, now());
        assert!(matches!(came, SignedInAs::Person(..)), "{address}: {came:?}");
    }
    // the device was not spent by that: she may even mistype
    for _ in 0..3 {
        let wrong = rig.try_from("ada@example.com", "mistyped mistyped", own, Some(&device), now());
        assert!(matches!(wrong, SignedInAs::Refused), "{wrong:?}");
    }
    let came = rig.try_from("ada@example.com", PASSWORD, own, Some(&device), now());
    assert!(matches!(came, SignedInAs::Person(..)), "{came:?}");
}

/// Who found out the password and tries codes slows down no device that she signed in with.
fn whoever_guesses_codes_keeps_nobody_out(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let (_, device) = rig.sign_in("ada@example.com");
    let enrolment = rig.control.begin_factor(&ada).unwrap();
    rig.control.confirm_factor(&ada, &code(&enrolment.secret, now()), None, now()).unwrap();
    let at = now() + seconds(90);
    let mut slowed = false;
    for number in 0..12 {
        let address = format!("198.51.100.{number}");
        let began = rig.try_from("ada@example.com", PASSWORD, &address, None, at);
        let SignedInAs::NeedsFactor(session) = began else { panic!("{began:?}") };
        for _ in 0..4 {
            let from = netgain_control::SessionFrom { address: &address, ..HOME };
            let guess = rig.control.second_factor(session.token.expose(), "no code", from, None, at).unwrap();
            slowed |= matches!(guess, SignedInAs::Slowed(_));
        }
    }
    assert!(slowed, "codes can be tried out");
    let began = rig.try_from("ada@example.com", PASSWORD, "192.0.2.1", Some(&device), at);
    let SignedInAs::NeedsFactor(session) = began else { panic!("{began:?}") };
    let right = code(&enrolment.secret, at);
    let came = rig.control.second_factor(session.token.expose(), &right, HOME, Some(&device), at).unwrap();
    assert!(matches!(came, SignedInAs::Person(..)), "{came:?}");
}
