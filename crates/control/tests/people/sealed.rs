//! What people own is sealed too, and is sealed anew with everything else while they sign in.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use netgain_control::{Attempt, Control, Role, Rotation, Secret, SignedInAs};
use netgain_domain::jiff::Timestamp;

use crate::rig::{HOME, PASSWORD, Rig, now, seconds, secret};
use crate::totp::code;

const EMAIL: &str = "ada@example.com";
const BOTH: Rotation = Rotation { master: true, data_keys: true };

/// Somebody with a second factor; the secret of it.
fn with_factor(rig: &Rig) -> Secret {
    let id = rig.person(EMAIL, Role::Owner);
    let enrolment = rig.control.begin_factor(&id).unwrap();
    rig.control.confirm_factor(&id, &code(&enrolment.secret, now()), None, now()).unwrap();
    enrolment.secret
}

/// Signs in with both factors; each code counts once, so the time has to go on by half a minute.
fn signs_in(control: &Control, seed: &Secret, at: Timestamp) {
    let password = secret(PASSWORD);
    let attempt = Attempt { email: EMAIL, password: &password, from: HOME, device: None };
    let came = control.sign_in(attempt, at).unwrap();
    let SignedInAs::NeedsFactor(session) = came else { panic!("{came:?}") };
    let came = control.second_factor(session.token.expose(), &code(seed, at), HOME, None, at).unwrap();
    assert!(matches!(came, SignedInAs::Person(..)), "{came:?}");
}

fn store(home: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(home.join("control.sqlite")).unwrap()
}

#[test]
fn what_people_own_is_sealed_anew_while_they_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let mut at = now();
    let half_a_minute = seconds(30);
    let rig = Rig { control };
    let seed = with_factor(&rig);
    let control = &rig.control;
    // a sign-in elsewhere that is on its way meanwhile
    let word = Secret::new("what was remembered".to_owned());
    control.put_outside_sign_in("state", "browser", &word, at, at + seconds(32_400)).unwrap();
    let version = || -> i64 {
        let db = store(dir.path());
        db.query_row("SELECT key_version FROM factor_secrets", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(version(), 1);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (ended, seed, home) = (&ended, &seed, dir.path());
        let mut clock = at;
        let visitor = scope.spawn(move || {
            let other = Control::open(home).unwrap();
            let mut rounds = 0;
            while !ended.load(Ordering::SeqCst) || rounds == 0 {
                clock += half_a_minute;
                signs_in(&other, seed, clock);
                rounds += 1;
            }
            clock
        });
        for _ in 0..4 {
            let done = control.rotate_secrets(BOTH, &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!((done.values_sealed, done.values_unreadable, done.finished), (1, 0, true));
        }
        ended.store(true, Ordering::SeqCst);
        at = visitor.join().unwrap();
    });
    assert_eq!(version(), 5, "the seed is sealed with the newest key");
    signs_in(&Control::open(dir.path()).unwrap(), &seed, at + half_a_minute);
    // it is over in minutes, and its place is known to its browser alone: the older key still opens it
    let taken = control.take_outside_sign_in("state", "browser", at).unwrap().unwrap();
    assert_eq!(taken.expose(), "what was remembered");
}

#[test]
fn ended_at_any_step_people_sign_in_and_the_next_call_goes_on() {
    let (begin, half_a_minute) = (now(), seconds(30));
    let mut steps = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        let seed = with_factor(&Rig { control: Control::open(dir.path()).unwrap() });
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
        signs_in(&again, &seed, begin + half_a_minute);
        if first.finished {
            // a master key, data keys sealed with it and made anew, and the seed
            assert_eq!(steps, 5);
            break;
        }
        let second = again
            .rotate_secrets(Rotation { master: false, data_keys: true }, &mut |_| ControlFlow::Continue(()));
        assert!(second.unwrap().finished);
        signs_in(&Control::open(dir.path()).unwrap(), &seed, begin + half_a_minute * 2);
        let version: i64 = store(dir.path())
            .query_row("SELECT key_version FROM factor_secrets", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, 2, "after {steps} steps");
        steps += 1;
    }
}
