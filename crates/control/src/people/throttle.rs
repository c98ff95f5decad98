//! Slows down who guesses, and nobody else: failures are counted by the address they come from, and by address and
//! account together, never by the account alone. A device that the person signed in with before has a count of its own,
//! so that others' failures do not reach it.

use crate::db::{OptionalExtension, TransactionBehavior, params};
use netgain_domain::jiff::{SignedDuration, Timestamp};

use super::digest;
use crate::error::{Context, Result};
use crate::store::Control;

/// What failures are counted by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count<'a> {
    /// All of one address.
    Address(&'a str),
    /// One address and one account.
    Pair(&'a str, &'a str),
    /// A device that is known to be the person's.
    Device(&'a str),
    /// Second factors from devices that nobody knows: only who has the password comes that far.
    Factor(&'a str),
}

impl Count<'_> {
    /// Failures that are free, because people mistype.
    fn free(self) -> u32 {
        match self {
            Self::Address(_) => 30,
            Self::Pair(..) | Self::Device(_) => 5,
            Self::Factor(_) => 20,
        }
    }

    fn key(self) -> Vec<u8> {
        // blanks part what was joined: no address and no e-mail has any
        digest(&match self {
            Self::Address(address) => format!("address {address}"),
            Self::Pair(address, email) => format!("pair {address} {email}"),
            Self::Device(device) => format!("device {device}"),
            Self::Factor(person) => format!("factor {person}"),
        })
    }

    /// How long the next try has to wait after so many failures.
    fn delay(self, failures: u32) -> SignedDuration {
        match failures.checked_sub(self.free()) {
            None => SignedDuration::ZERO,
            Some(over) => SignedDuration::from_secs(1_i64 << over.min(10)).min(LONGEST),
        }
    }
}

/// The longest that a try waits.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// After so long without a failure the count begins anew.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);

impl Control {
    /// Counts a try before it is made, so that many at once cannot all be first; nothing, or how long to wait. A try that
    /// has to wait is not counted: waiting ends by itself.
    pub(crate) fn take_try(&self, counts: &[Count<'_>], now: Timestamp) -> Result<Option<SignedDuration>> {
        const DOING: &str = "count a try";
        let mut db = self.db_of_all();
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        let old = (now - FORGOTTEN).as_microsecond();
        step.execute("DELETE FROM failures WHERE last_at < ?", params![old]).doing(DOING)?;
        let mut wait = SignedDuration::ZERO;
        for count in counts {
            let found: Option<(i64, i64)> = step
                .query_row(
                    "SELECT count, last_at FROM failures WHERE digest = ?",
                    params![count.key()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .doing(DOING)?;
            if let Some((failures, last_at)) = found {
                let last_at = Timestamp::from_microsecond(last_at).unwrap_or(now);
                let until = last_at + count.delay(u32::try_from(failures).unwrap_or(u32::MAX));
                wait = wait.max(until.duration_since(now));
            }
        }
        if wait > SignedDuration::ZERO {
            return Ok(Some(wait));
        }
        for count in counts {
            step.execute(
                "INSERT INTO failures (digest, count, last_at) VALUES (?, 1, ?) ON CONFLICT (digest) \
                 DO UPDATE SET count = failures.count + 1, last_at = excluded.last_at",
                params![count.key(), now.as_microsecond()],
            )
            .doing(DOING)?;
        }
        step.commit().doing(DOING)?;
        Ok(None)
    }

    /// Takes a try back that was no failure.
    pub(crate) fn return_try(&self, counts: &[Count<'_>]) -> Result<()> {
        const DOING: &str = "take a try back";
        let db = self.db_of_all();
        for count in counts {
            let sql = match count {
                // who signs in from there once may not clear what they failed at with others' accounts
                Count::Address(_) => {
                    "UPDATE failures SET count = failures.count - 1 WHERE digest = ? AND count > 0"
                }
                _ => "DELETE FROM failures WHERE digest = ?",
            };
            db.execute(sql, params![count.key()]).doing(DOING)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_from_nothing_to_a_quarter_of_an_hour() {
        let pair = Count::Pair("192.0.2.1", "ada@example.com");
        assert_eq!(pair.delay(4), SignedDuration::ZERO);
        assert_eq!(pair.delay(5), SignedDuration::from_secs(1));
        assert_eq!(pair.delay(8), SignedDuration::from_secs(8));
        assert_eq!(pair.delay(u32::MAX), LONGEST);
        assert!(Count::Address("192.0.2.1").delay(29).is_zero());
    }
}
