//! Who is asking: the person of a session's token, with what they are where.

use netgain_domain::jiff::Timestamp;

use super::members::Membership;
use super::persons::Person;
use crate::error::Result;
use crate::secret::Secret;
use crate::store::Control;

/// A person whose session a request carries.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session's id.
    pub session: String,
    /// The person.
    pub person: Person,
    /// What they are, by organisation. Empty while the second factor is still to come.
    pub memberships: Vec<Membership>,
    /// Whether the second factor is still to come: then they may nothing but give it.
    pub pending: bool,
    /// A new token to answer with, because what the person may has changed.
    pub renewed: Option<Secret>,
}

impl Control {
    /// Who carries this token; none for one that is not known or over.
    ///
    /// # Errors
    /// When the store fails.
    pub fn visitor(&self, token: &str, now: Timestamp) -> Result<Option<Visitor>> {
        let Some(carried) = self.carried(token, now)? else { return Ok(None) };
        let person = self.person(&carried.person)?;
        let memberships = if carried.pending { Vec::new() } else { self.memberships(&person.id)? };
        let renew = carried.renew && !carried.pending && !carried.late;
        let renewed = if renew { Some(self.renew_session(&carried.id, now)?) } else { None };
        Ok(Some(Visitor { session: carried.id, person, memberships, pending: carried.pending, renewed }))
    }
}
