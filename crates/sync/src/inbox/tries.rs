//! How often an event is tried, how long it waits in between, and when it is given up: never without its reason.

use jiff::SignedDuration;
use netgain_control::Outcome;
use netgain_domain::ErrorClass;

use crate::Error;

/// Tries before an event is given up.
pub(super) const TRIES: u32 = 12;
/// Tries to read an object that the platform does not have (yet).
pub(super) const ABSENT_TRIES: u32 = 3;
/// The first pause before a further try; it doubles.
pub(super) const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest one.
pub(super) const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// An event that asks for an object.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    pub id: i64,
    pub attempts: u32,
}

/// What becomes of an event whose object could not be read.
pub(super) fn after(event: Asking, error: &Error) -> Outcome {
    let class = match error {
        Error::Connector(error) => error.class(),
        _ => ErrorClass::Fatal,
    };
    let tries = match class {
        ErrorClass::Invalid | ErrorClass::Fatal | ErrorClass::TooLarge => ABSENT_TRIES,
        _ => TRIES,
    };
    again_or_dead(event, tries, error.to_string())
}

pub(super) fn again_or_dead(event: Asking, tries: u32, reason: String) -> Outcome {
    if event.attempts + 1 >= tries { Outcome::Dead(reason) } else { again(event, reason) }
}

/// Whether a failure was met at the platform, and not in what is kept here.
pub(super) fn is_of_platform(error: &netgain_connector::Error) -> bool {
    use netgain_connector::Error as E;
    !matches!(error, E::Sink(_) | E::Spool(_) | E::Secrets(_) | E::Setup(_) | E::Cursor { .. })
}

pub(super) fn again(event: Asking, reason: String) -> Outcome {
    let pause = FIRST_PAUSE.checked_mul(1 << event.attempts.min(16)).unwrap_or(LONGEST_PAUSE);
    Outcome::Again(pause.min(LONGEST_PAUSE), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_longer_each_time_and_is_given_up_with_its_reason() {
        let mut last = SignedDuration::ZERO;
        for attempts in 0..TRIES - 1 {
            let Outcome::Again(pause, reason) =
                again_or_dead(Asking { id: 1, attempts }, TRIES, "no accounts".to_owned())
            else {
                panic!("given up after {attempts}")
            };
            assert!(
                pause <= LONGEST_PAUSE && (pause > last || pause == LONGEST_PAUSE),
                "{attempts}: {pause}"
            );
            assert_eq!(reason, "no accounts");
            last = pause;
        }
        assert_eq!(last, LONGEST_PAUSE);
        let given_up = again_or_dead(Asking { id: 1, attempts: TRIES - 1 }, TRIES, "no accounts".to_owned());
        assert_eq!(given_up, Outcome::Dead("no accounts".to_owned()));
    }

    #[test]
    fn what_fails_here_is_no_refusal_of_the_platform() {
        use netgain_connector::Error as E;
        let refused = E::Refused { class: ErrorClass::Invalid, status: 400, message: "not today".to_owned() };
        assert!(is_of_platform(&refused));
        for own in [E::Setup("no key".to_owned()), E::Spool(std::io::Error::other("full"))] {
            assert!(!is_of_platform(&own), "{own}");
        }
    }
}
