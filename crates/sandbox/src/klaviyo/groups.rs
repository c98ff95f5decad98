//! Lists and segments: who belongs to them and since when.
use super::ids;
use super::mailings::Channel;
use super::people::{Consent, Person};
use crate::draw::mix;
use crate::world::shop::Seconds;

/// A list or a segment.
#[derive(Debug)]
pub struct Group {
    /// Its number.
    pub number: u64,
    /// Whether it is a list; otherwise it is a segment.
    pub is_list: bool,
    /// Name shown to people.
    pub name: &'static str,
    /// The channel whose campaigns go to it.
    pub channel: Option<Channel>,
}

const fn group(number: u64, is_list: bool, name: &'static str, channel: Option<Channel>) -> Group {
    Group { number, is_list, name, channel }
}

/// All lists and segments; more of each than fit on one page.
pub const GROUPS: [Group; 24] = [
    group(0, true, "Newsletter", Some(Channel::Email)),
    group(1, true, "Text messages", Some(Channel::Sms)),
    group(2, true, "Back in stock", None),
    group(3, true, "Early access", None),
    group(4, true, "Competition spring", None),
    group(5, true, "Competition autumn", None),
    group(6, true, "Pop-up exit", None),
    group(7, true, "Footer form", None),
    group(8, true, "Shop counter", None),
    group(9, true, "Care guide", None),
    group(10, true, "Wholesale interest", None),
    group(11, true, "Press", None),
    group(12, false, "Engaged 30 days", None),
    group(13, false, "Engaged 90 days", None),
    group(14, false, "Lapsed", None),
    group(15, false, "Repeat purchasers", None),
    group(16, false, "First-time purchasers", None),
    group(17, false, "Gift buyers", None),
    group(18, false, "High value", None),
    group(19, false, "Ireland", None),
    group(20, false, "Never bought", None),
    group(21, false, "Wool", None),
    group(22, false, "Linen", None),
    group(23, false, "Sale only", None),
];

impl Group {
    /// The platform's id.
    pub fn id(&self, seed: u64) -> String {
        ids::short(&[seed, 656, self.number])
    }

    /// The resource's type.
    pub fn kind(&self) -> &'static str {
        if self.is_list { "list" } else { "segment" }
    }

    /// Its part of a path.
    pub fn path(&self) -> &'static str {
        if self.is_list { "lists" } else { "segments" }
    }

    /// When it was made.
    pub fn created(&self, opened_at: Seconds) -> Seconds {
        opened_at + self.number as i64 * 3_600
    }

    /// Since when somebody belongs to it; none for those who do not.
    pub fn joined(&self, person: &Person) -> Option<Seconds> {
        match (self.channel, person.email_consent, person.sms_consent) {
            (Some(Channel::Email), Consent::Given(at), _) | (Some(Channel::Sms), _, Consent::Given(at)) => {
                Some(at)
            }
            (Some(_), ..) => None,
            _ => {
                let sum = person.id.bytes().fold(self.number, |sum, byte| mix(sum ^ u64::from(byte)));
                (sum % (self.number + 4) == 0).then_some(person.created)
            }
        }
    }
}
