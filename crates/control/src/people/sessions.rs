//! Sessions: a browser that a person signed in with.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::{SignedDuration, Timestamp};

use super::{Refused, digest, new_id, new_token};
use crate::error::{Context, Result};
use crate::secret::Secret;
use crate::store::{Control, parsed, time};

/// A session that is not used so long is over.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(12);
/// Every session is over after so long.
pub const SESSION_LONGEST: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long a sign-in waits for its second factor.
pub(crate) const PENDING: SignedDuration = SignedDuration::from_mins(10);
/// How long requests on their way may carry the token before.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// How exactly the last use is known: a write for each request would cost more than it tells.
const USE_STEP: SignedDuration = SignedDuration::from_secs(60);

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: String,
    /// The program that it is in, as that calls itself.
    pub agent: String,
    /// The network address that it began from.
    pub address: String,
    /// When it began (UTC).
    pub created_at: Timestamp,
    /// When it was last used, to about a minute (UTC).
    pub used_at: Timestamp,
    /// When it is over at the latest (UTC).
    pub expires_at: Timestamp,
}

/// Where a session begins.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    /// The program, as it calls itself.
    pub agent: &'a str,
    /// The network address.
    pub address: &'a str,
}

/// A session that began: its token is known now and never again.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: String,
    /// What the browser holds.
    pub token: Secret,
    /// The person.
    pub person: PersonId,
}

/// A session that a request carries.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub(crate) id: String,
    pub(crate) person: PersonId,
    pub(crate) pending: bool,
    pub(crate) tries: i64,
    pub(crate) renew: bool,
    /// Whether the request carried the token before.
    pub(crate) late: bool,
}

fn read(row: &Row<'_>) -> crate::db::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        agent: row.get(1)?,
        address: row.get(2)?,
        created_at: time(row, 3)?,
        used_at: time(row, 4)?,
        expires_at: time(row, 5)?,
    })
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

impl Control {
    /// Begins a session; a pending one waits for the second factor. Those that are over are forgotten.
    pub(crate) fn begin_session(
        &self,
        person: &PersonId,
        pending: bool,
        from: From<'_>,
        now: Timestamp,
    ) -> Result<NewSession> {
        const DOING: &str = "begin a session";
        let (id, token) = (new_id()?, new_token()?);
        let expires_at = now + if pending { PENDING } else { SESSION_LONGEST };
        let db = self.db_of_all();
        db.execute(
            "DELETE FROM sessions WHERE expires_at <= ? OR used_at <= ?",
            params![now.as_microsecond(), (now - SESSION_IDLE).as_microsecond()],
        )
        .doing(DOING)?;
        db.execute(
            "INSERT INTO sessions (id, person_id, digest, pending, agent, address, created_at, used_at, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                id,
                person.as_str(),
                digest(&token),
                i64::from(pending),
                short(from.agent),
                short(from.address),
                now.as_microsecond(),
                now.as_microsecond(),
                expires_at.as_microsecond()
            ],
        )
        .doing(DOING)?;
        Ok(NewSession { id, token: Secret::new(token), person: person.clone() })
    }

    /// The session of a token, if it is not over. Its use is noted.
    pub(crate) fn carried(&self, token: &str, now: Timestamp) -> Result<Option<Carried>> {
        const DOING: &str = "look for a session";
        let (mark, micros) = (digest(token), now.as_microsecond());
        let idle = (now - SESSION_IDLE).as_microsecond();
        let db = self.db_of_all();
        let found: Option<(Carried, i64)> = db
            .query_row(
                "SELECT id, person_id, pending, tries, renew, digest, used_at FROM sessions \
                 WHERE (digest = ? OR (before = ? AND before_until > ?)) AND expires_at > ? AND used_at > ?",
                params![mark, mark, micros, micros, idle],
                |row| {
                    let current: Vec<u8> = row.get(5)?;
                    let carried = Carried {
                        id: row.get(0)?,
                        person: parsed(row, 1)?,
                        pending: row.get::<_, i64>(2)? == 1,
                        tries: row.get(3)?,
                        renew: row.get::<_, i64>(4)? == 1,
                        late: current != mark,
                    };
                    Ok((carried, row.get(6)?))
                },
            )
            .optional()
            .doing(DOING)?;
        let Some((carried, used_at)) = found else { return Ok(None) };
        if micros - used_at > i64::try_from(USE_STEP.as_micros()).unwrap_or(i64::MAX) {
            db.execute("UPDATE sessions SET used_at = ? WHERE id = ?", params![micros, carried.id])
                .doing(DOING)?;
        }
        Ok(Some(carried))
    }

    /// Gives a session another token; the one before is taken for a moment from requests on their way.
    ///
    /// # Errors
    /// When the store fails.
    pub fn renew_session(&self, id: &str, now: Timestamp) -> Result<Secret> {
        let token = new_token()?;
        self.db_of_all()
            .execute(
                "UPDATE sessions SET before = digest, before_until = ?, digest = ?, renew = 0 WHERE id = ?",
                params![(now + GRACE).as_microsecond(), digest(&token), id],
            )
            .doing("renew a session")?;
        Ok(Secret::new(token))
    }

    /// A person's sessions that are not over, the last used first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sessions(&self, person: &PersonId, now: Timestamp) -> Result<Vec<Session>> {
        const DOING: &str = "list sessions";
        let idle = (now - SESSION_IDLE).as_microsecond();
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT id, agent, address, created_at, used_at, expires_at FROM sessions \
                 WHERE person_id = ? AND pending = 0 AND expires_at > ? AND used_at > ? \
                 ORDER BY used_at DESC, id",
            )
            .doing(DOING)?;
        let rows =
            statement.query_map(params![person.as_str(), now.as_microsecond(), idle], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn end_session(&self, person: &PersonId, id: &str) -> Result<()> {
        let gone = self
            .db_of_all()
            .execute("DELETE FROM sessions WHERE person_id = ? AND id = ?", params![person.as_str(), id])
            .doing("end a session")?;
        if gone == 0 { Err(Refused::missing("session", id).into()) } else { Ok(()) }
    }

    /// Ends every session of a person but the one kept; how many.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_sessions(&self, person: &PersonId, keep: Option<&str>) -> Result<usize> {
        self.db_of_all()
            .execute(
                "DELETE FROM sessions WHERE person_id = ? AND id <> ?",
                params![person.as_str(), keep.unwrap_or_default()],
            )
            .doing("end sessions")
    }
}
