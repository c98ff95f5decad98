//! Sign-ins that are on their way: what is remembered until the person comes back, sealed, for one browser, once.

use crate::db::{OptionalExtension, Row, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, PersonId, WorkspaceId};
use sha2::{Digest, Sha256};

use crate::error::{Context, Error, Result};
use crate::secret::Secret;
use crate::store::{Control, maybe_parsed, parsed, time};

/// What changes in the tables: sign-ins know their browser, connections their accounts.
pub(crate) const CHANGES: &str = "
-- a digest of the word that the browser holds; none until a browser has the sign-in
ALTER TABLE sign_ins ADD COLUMN browser BLOB;
ALTER TABLE connections ADD COLUMN accounts TEXT NOT NULL DEFAULT '[]';
";

/// What changes later: sign-ins know who began them.
pub(crate) const BEGINNERS: &str = "
-- the person, who has to be the one that brings it back; none where the terminal or a program began it
ALTER TABLE sign_ins ADD COLUMN begun_by TEXT;
";

/// A sign-in that was begun.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The workspace that it was begun for.
    pub workspace: WorkspaceId,
    /// The connection that it was begun for.
    pub connection: ConnectionId,
    /// What was remembered for the way back.
    pub remembered: Secret,
    /// Until when the way back is open (UTC).
    pub expires_at: Timestamp,
    /// The person who began it; none for the terminal and for programs.
    pub begun_by: Option<PersonId>,
}

/// For whom and for what a sign-in is, as far as it is not sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFor {
    /// The workspace that it was begun for.
    pub workspace: WorkspaceId,
    /// The person who began it; none for the terminal and for programs.
    pub begun_by: Option<PersonId>,
}

/// What became of taking a sign-in.
#[derive(Debug, Clone)]
pub enum Taken {
    /// It is this one, and can be taken no more.
    SignIn(SignIn),
    /// It belongs to another browser, for which it stays.
    OtherBrowser,
    /// There is none of this state, or no longer.
    Unknown,
}

const COLUMNS: &str = "workspace_id, connection_id, sealed, expires_at, begun_by";

impl Control {
    /// Remembers a sign-in under its state until the person comes back. `browser` is the word that the person's browser
    /// holds; none until one has opened it. Those that are over are forgotten.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put_sign_in(
        &self,
        state: &str,
        sign_in: &SignIn,
        browser: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "remember a sign-in";
        let sealed = self.seal(Some(&sign_in.workspace), &place(state), sign_in.remembered.expose())?;
        let db = self.db_of_all();
        db.execute("DELETE FROM sign_ins WHERE expires_at <= ?", [now.as_microsecond()]).doing(DOING)?;
        db.execute(
            "INSERT INTO sign_ins (state, workspace_id, connection_id, sealed, expires_at, browser, key_version, \
             begun_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                state,
                sign_in.workspace.as_str(),
                sign_in.connection.as_str(),
                sealed.bytes,
                sign_in.expires_at.as_microsecond(),
                browser.map(digest),
                sealed.version,
                sign_in.begun_by.as_ref().map(PersonId::as_str)
            ],
        )
        .doing(DOING)
        .map(drop)
    }

    /// For whom a sign-in is; none where the state is not known. It stays as it is.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_in_for(&self, state: &str) -> Result<Option<SignInFor>> {
        self.db_of_all()
            .query_row("SELECT workspace_id, begun_by FROM sign_ins WHERE state = ?", [state], |row| {
                Ok(SignInFor { workspace: parsed(row, 0)?, begun_by: maybe_parsed(row, 1)? })
            })
            .optional()
            .doing("look for a sign-in")
    }

    /// Gives a sign-in that was begun without a browser to the first one that opens it; none for every other, and for
    /// one that is not known or over.
    ///
    /// # Errors
    /// When the store fails.
    pub fn give_sign_in(&self, state: &str, browser: &str, now: Timestamp) -> Result<Option<SignIn>> {
        let sql = format!(
            "UPDATE sign_ins SET browser = ?2 WHERE state = ?1 AND browser IS NULL AND expires_at > ?3 \
             RETURNING {COLUMNS}"
        );
        let values = params![state, digest(browser), now.as_microsecond()];
        let found = self.db_of_all().query_row(&sql, values, read).optional().doing("open a sign-in")?;
        found.map(|found| self.opened(state, found)).transpose()
    }

    /// Takes the sign-in of this state, once, for the browser that holds this word.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_sign_in(&self, state: &str, browser: Option<&str>) -> Result<Taken> {
        const DOING: &str = "take a sign-in";
        let found = {
            let mut db = self.db_of_all();
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
            let of: Option<Option<Vec<u8>>> = step
                .query_row("SELECT browser FROM sign_ins WHERE state = ?", [state], |row| row.get(0))
                .optional()
                .doing(DOING)?;
            let Some(of) = of else { return Ok(Taken::Unknown) };
            if of.is_none() || of != browser.map(digest) {
                return Ok(Taken::OtherBrowser);
            }
            let sql = format!("DELETE FROM sign_ins WHERE state = ? RETURNING {COLUMNS}");
            let found = step.query_row(&sql, [state], read).doing(DOING)?;
            step.commit().doing(DOING)?;
            found
        };
        Ok(Taken::SignIn(self.opened(state, found)?))
    }

    fn opened(&self, state: &str, (sign_in, sealed): (SignIn, Vec<u8>)) -> Result<SignIn> {
        match self.open_sealed(Some(&sign_in.workspace), &place(state), &sealed)? {
            Some(plain) => Ok(SignIn { remembered: Secret::wrap(plain), ..sign_in }),
            None => {
                Err(Error::Sealed { connection: sign_in.connection.to_string(), name: "sign-in".to_owned() })
            }
        }
    }
}

pub(crate) fn place(state: &str) -> String {
    format!("sign-in/{state}")
}

fn digest(browser: &str) -> Vec<u8> {
    Sha256::digest(browser).to_vec()
}

/// A sign-in that is not opened yet, and what is sealed of it.
fn read(row: &Row<'_>) -> crate::db::Result<(SignIn, Vec<u8>)> {
    let sign_in = SignIn {
        workspace: parsed(row, 0)?,
        connection: parsed(row, 1)?,
        remembered: Secret::new(String::new()),
        expires_at: time(row, 3)?,
        begun_by: maybe_parsed(row, 4)?,
    };
    Ok((sign_in, row.get(2)?))
}
