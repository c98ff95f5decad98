//! When a connection is read next: a pure function of what its schedule says and of what became of its last reading.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use netgain_domain::{Cadence, QuietHours};

/// How long a connection that was never read waits for the person who made it, before it is read by itself.
const FIRST: SignedDuration = SignedDuration::from_mins(2);
/// The wait after a first failure; it doubles with each further one, up to the cadence.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// The longest wait after failures where a cadence is longer, so that a bad night does not cost a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);
/// The wait after the second reading in a row that was cut; it doubles, up to that after failures. The first one is
/// gone on with at once.
const CUT: SignedDuration = SignedDuration::from_secs(30);
/// Part of a cadence, by hundred, over which connections are spread.
const SPREAD: u64 = 10;
/// Minutes over which daily readings at the same time are spread.
const DAILY_SPREAD_S: u64 = 600;
/// Local hour of nightly checks, and the seconds over which they are spread.
const NIGHT: (i8, u64) = (3, 7_200);

/// What became of the last reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// There was none; the connection was made then.
    Never(Timestamp),
    /// It ended well.
    Done(Timestamp),
    /// It ended with an error, as did all but one of so many before it.
    Failed(Timestamp, u32),
    /// Its process ended before it did; so many before it, too, came to no good end.
    Cut(Timestamp, u32),
}

/// What the time of the next reading depends on.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) cadence: &'a Cadence,
    pub(crate) quiet: Option<QuietHours>,
    /// The workspace's zone.
    pub(crate) zone: &'a TimeZone,
    pub(crate) last: Last,
    /// Spreads connections: the same for a connection each time.
    pub(crate) seed: u64,
}

/// When the next reading is due; none where only a person begins it. A time that has passed means at once, however
/// many were missed. `now` matters for quiet hours alone: what is overdue in them waits for their end.
pub(crate) fn next_run(question: &Question<'_>, now: Timestamp) -> Option<Timestamp> {
    let due = due(question)?;
    let Some(quiet) = question.quiet else { return Some(due) };
    let begins = due.max(now);
    match after_quiet(begins, quiet, question.zone) {
        Some(end) if end != begins => Some(end),
        _ => Some(due),
    }
}

fn due(question: &Question<'_>) -> Option<Timestamp> {
    let Question { cadence, last, seed, .. } = question;
    if matches!(cadence, Cadence::ByHand) {
        return None;
    }
    match *last {
        Last::Never(made) => later(made, FIRST),
        Last::Cut(began, before) => later(began, doubled(CUT, before).min(retry(cadence))),
        Last::Failed(began, failures) => later(began, doubled(AGAIN, failures).min(retry(cadence))),
        Last::Done(began) => match cadence {
            Cadence::Every(minutes) => {
                let minutes = i64::from(*minutes);
                let spread = u64::try_from(minutes * 60).unwrap_or(0) * SPREAD / 100;
                later(began, SignedDuration::from_mins(minutes) + within(*seed, spread))
            }
            Cadence::Daily { at, zone } => {
                let zone = match zone {
                    Some(name) => &TimeZone::get(name).ok()?,
                    None => question.zone,
                };
                later(next_local(began, *at, zone)?, within(*seed, DAILY_SPREAD_S))
            }
            Cadence::ByHand => None,
        },
    }
}

/// When the nightly check of a connection is due, after the last one (or after it was made).
pub(crate) fn next_check(last: Timestamp, zone: &TimeZone, seed: u64) -> Option<Timestamp> {
    let at = jiff::civil::Time::new(NIGHT.0, 0, 0, 0).ok()?;
    later(next_local(last, at, zone)?, within(seed, NIGHT.1))
}

/// The seed of a connection.
pub(crate) fn seed(workspace: &str, connection: &str) -> u64 {
    // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): the same on every machine and in every version
    let bytes = workspace.bytes().chain([0]).chain(connection.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn later(from: Timestamp, wait: SignedDuration) -> Option<Timestamp> {
    from.checked_add(wait).ok()
}

fn within(seed: u64, seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seed % seconds.max(1)).unwrap_or(0))
}

/// Nothing for none, then `first`, doubled with each further one.
fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    match times {
        0 => SignedDuration::ZERO,
        times => first.saturating_mul(1 << (times - 1).min(16)),
    }
}

/// The longest wait after what did not go well.
fn retry(cadence: &Cadence) -> SignedDuration {
    match cadence {
        Cadence::Every(minutes) => SignedDuration::from_mins(i64::from(*minutes)).min(LONGEST),
        _ => LONGEST,
    }
}

/// The first instant after another at which clocks of a zone show a time. A time that a day leaves out (clocks go
/// forward) comes when they have gone forward, one that a day has twice (clocks go back) the first time only.
fn next_local(after: Timestamp, at: jiff::civil::Time, zone: &TimeZone) -> Option<Timestamp> {
    let today = after.to_zoned(zone.clone()).date();
    (0..3).find_map(|days| {
        let local: DateTime = today.checked_add(days.days()).ok()?.to_datetime(at);
        let instant = zone.to_ambiguous_zoned(local).compatible().ok()?.timestamp();
        (instant > after).then_some(instant)
    })
}

/// An instant, or the end of the quiet hours that it lies in.
fn after_quiet(instant: Timestamp, quiet: QuietHours, zone: &TimeZone) -> Option<Timestamp> {
    let local: Zoned = instant.to_zoned(zone.clone());
    if quiet.contains(local.time()) { next_local(instant, quiet.to, zone) } else { Some(instant) }
}

#[cfg(test)]
mod tests;
