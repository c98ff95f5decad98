//! Words that stand for persons in exports: keyed hashes, so that whoever has the export can count and join persons, and
//! only who has the key can tell who they are.

use netgain_domain::WorkspaceId;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::store::Control;

/// Hex digits of a word's hash.
const DIGITS: usize = 16;
/// How addresses end that an erasure put in place: they lead to nobody already.
const NOBODY: &str = "@erased.invalid";

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonWord {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A name.
    Name,
}

/// The words of one workspace.
pub struct Pseudonyms {
    key: Zeroizing<Vec<u8>>,
    workspace: WorkspaceId,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pseudonyms").finish_non_exhaustive()
    }
}

impl Pseudonyms {
    /// What stands for a word: the same for the same word however it is written, in every export of the workspace, and
    /// another one in another workspace.
    #[must_use]
    pub fn word(&self, kind: PersonWord, text: &str) -> String {
        if text.ends_with(NOBODY) || text.trim().is_empty() {
            return text.to_owned();
        }
        let (name, plain) = match kind {
            PersonWord::Email => ("email", text.trim().to_lowercase()),
            PersonWord::Phone => ("phone", text.chars().filter(char::is_ascii_digit).collect()),
            PersonWord::Name => {
                ("name", text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
            }
        };
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.key);
        // no workspace's id has a slash, and no tombstone is made of such a text
        let tag = ring::hmac::sign(&key, format!("{}/pseudonym/{name}/{plain}", self.workspace).as_bytes());
        let hash: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}-{}", hash.get(..DIGITS).unwrap_or_default())
    }
}

impl Control {
    /// The words for persons of a workspace. Their key is made with the first start and never renewed, so that exports of
    /// different years can be joined.
    ///
    /// # Errors
    /// When the store fails or a master key is missing.
    pub fn pseudonyms(&self, workspace: &WorkspaceId) -> Result<Pseudonyms> {
        Ok(Pseudonyms { key: self.tombstone_key()?, workspace: workspace.clone() })
    }
}
