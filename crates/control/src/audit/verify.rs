//! Checking the chain.

use crate::db::{OptionalExtension, params};

use super::entry::{BEGINNING, hash, hex};
use super::heads::{self, Head};
use crate::error::{Context, Error, Result};
use crate::store::Control;

/// Entries that are read at once.
const TOGETHER: i64 = 1_000;

/// The first entry that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFault {
    /// Its place in the chain.
    pub number: i64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries that were checked and are as they were written.
    pub entries: i64,
    /// The number of the last one of them; 0 when there is none.
    pub last: i64,
    /// Its hash in hex: note it elsewhere, and a later check can show that nothing up to here was cut.
    pub hash: String,
    /// Noted heads that were compared.
    pub heads: usize,
    /// The first fault; none when the chain is whole.
    pub fault: Option<AuditFault>,
}

/// An entry as it is stored, whatever it holds.
struct Stored {
    number: i64,
    at: i64,
    workspace: Option<String>,
    texts: [String; 5],
    previous: Vec<u8>,
    hash: Vec<u8>,
}

/// A walk along the chain.
struct Walk {
    last: i64,
    entries: i64,
    previous: Vec<u8>,
    heads: Vec<Head>,
    compared: usize,
}

impl Walk {
    /// Goes on to an entry, or says what is wrong with it.
    fn step(&mut self, entry: Stored) -> std::result::Result<(), AuditFault> {
        let number = self.last + 1;
        let fault = |reason: &str| Err(AuditFault { number, reason: reason.to_owned() });
        if entry.number != number {
            return fault("it is missing");
        }
        if self.previous != entry.previous {
            return fault("it does not follow from the entry before it");
        }
        let texts = entry.texts.each_ref().map(String::as_str);
        let workspace = entry.workspace.as_deref().unwrap_or_default();
        if hash(number, entry.at, workspace, &texts, &entry.previous).as_slice() != entry.hash {
            return fault("its content is not what its hash was made of");
        }
        for head in self.heads.iter().filter(|head| head.number == number) {
            if head.hash != hex(&entry.hash) {
                return fault("it is another one than `audit.heads` has noted");
            }
            self.compared += 1;
        }
        self.previous = entry.hash;
        (self.last, self.entries) = (number, self.entries + 1);
        Ok(())
    }

    fn end(self, fault: Option<AuditFault>) -> Verified {
        let hash = if self.entries > 0 { hex(&self.previous) } else { String::new() };
        Verified { entries: self.entries, last: self.last, hash, heads: self.compared, fault }
    }
}

impl Control {
    /// Checks the entries from a number to another, both included; left out they mean the whole chain. A part is held
    /// against the entry before it. A check up to the end also compares the end that the store and the noted heads know,
    /// and notes the head when all is well.
    ///
    /// # Errors
    /// When the store fails; a fault of the chain is an answer.
    pub fn verify_audit(&self, from: Option<i64>, to: Option<i64>) -> Result<Verified> {
        let begin = from.unwrap_or(1).max(1);
        let heads = heads::noted(self.home())?;
        let last = begin - 1;
        let Some(previous) = self.hash_of(last)? else {
            let walk = Walk { last, entries: 0, previous: Vec::new(), heads, compared: 0 };
            let fault = AuditFault { number: last, reason: "it is missing".to_owned() };
            return Ok(walk.end(Some(fault)));
        };
        // the end is read before the walk: entries that are added meanwhile come after it
        let end = self.stored_end()?;
        let until = to.unwrap_or(i64::MAX);
        let mut walk = Walk { last, entries: 0, previous, heads, compared: 0 };
        while walk.last < until {
            let part = walk.last + 1..=until.min(walk.last.saturating_add(TOGETHER));
            let (found, unreadable) = match self.stored_entries(*part.start(), *part.end()) {
                Ok(found) => (found, None),
                Err(error) => {
                    let (found, fault) = self.up_to_unreadable(part)?;
                    (found, Some(fault.ok_or(error)?))
                }
            };
            if found.is_empty() && unreadable.is_none() {
                break;
            }
            for entry in found {
                if let Err(fault) = walk.step(entry) {
                    return Ok(walk.end(Some(fault)));
                }
            }
            if unreadable.is_some() {
                return Ok(walk.end(unreadable));
            }
        }
        if to.is_some() {
            return Ok(walk.end(None));
        }
        let fault = self.check_end(&walk, end)?;
        Ok(walk.end(fault))
    }

    /// The end that was walked to against what the store and the file of heads know of it.
    fn check_end(&self, walk: &Walk, (number, hash): (i64, Vec<u8>)) -> Result<Option<AuditFault>> {
        let fault = |number: i64, reason: &str| Ok(Some(AuditFault { number, reason: reason.to_owned() }));
        let missing = walk.last + 1;
        if number > walk.last {
            return fault(missing, "it is missing: the end of the audit was cut");
        }
        let reached = if number == walk.last { Some(walk.previous.clone()) } else { self.hash_of(number)? };
        if reached != Some(hash) || self.stored_end()?.0 < walk.last {
            return fault(number.max(1), "the end of the audit is not the one that was written last");
        }
        if walk.heads.iter().any(|head| head.number > walk.last) {
            let reason = "it is missing, and `audit.heads` has noted a later one: the end was cut";
            return fault(missing, reason);
        }
        if walk.heads.last().map_or(0, |head| head.number) < walk.last {
            heads::note(self.home(), walk.last, &walk.previous);
        }
        Ok(None)
    }

    fn stored_end(&self) -> Result<(i64, Vec<u8>)> {
        let end = self
            .db_of_all()
            .query_row("SELECT number, hash FROM audit_head WHERE id = 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .doing("read the end of the audit")?;
        Ok(end.unwrap_or((0, BEGINNING.to_vec())))
    }

    fn hash_of(&self, number: i64) -> Result<Option<Vec<u8>>> {
        if number == 0 {
            return Ok(Some(BEGINNING.to_vec()));
        }
        self.db_of_all()
            .query_row("SELECT hash FROM audit WHERE number = ?", [number], |row| row.get(0))
            .optional()
            .doing("read the audit")
    }

    fn stored_entries(&self, from: i64, to: i64) -> Result<Vec<Stored>> {
        const DOING: &str = "read the audit";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT number, at, workspace_id, actor_kind, actor_id, action, subject, details, previous, hash \
                 FROM audit WHERE number >= ? AND number <= ? ORDER BY number",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map(params![from, to], |row| {
                Ok(Stored {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    workspace: row.get(2)?,
                    texts: [row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
                    previous: row.get(8)?,
                    hash: row.get(9)?,
                })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// The entries of a part up to the first that the engine itself cannot read any more, such as a text of wrong bytes.
    fn up_to_unreadable(
        &self,
        part: std::ops::RangeInclusive<i64>,
    ) -> Result<(Vec<Stored>, Option<AuditFault>)> {
        let mut found = Vec::new();
        for number in part {
            match self.stored_entries(number, number) {
                Ok(one) if one.is_empty() => break,
                Ok(one) => found.extend(one),
                Err(Error::Engine { .. }) => {
                    let reason = "it holds what was never written so".to_owned();
                    return Ok((found, Some(AuditFault { number, reason })));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((found, None))
    }
}
