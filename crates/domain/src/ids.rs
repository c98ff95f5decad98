//! Identifiers that appear in file names, URLs and every row, so their alphabet is narrow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} `{given}` is not usable: write 1 to 64 lowercase letters, digits, `-` or `_`, beginning with a letter or digit"
)]
pub struct IdError {
    what: &'static str,
    given: String,
}

fn check(what: &'static str, given: &str) -> Result<(), IdError> {
    let mut bytes = given.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if first && rest && given.len() <= 64 { Ok(()) } else { Err(IdError { what, given: given.to_owned() }) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                check($what, text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A workspace: one brand with its own data, file and settings. Workspaces cannot see each other.
    WorkspaceId,
    "workspace"
);
id!(
    /// A connection of a workspace to one account on one platform, or one imported file's name.
    ConnectionId,
    "connection"
);

id!(
    /// An organisation: the people of one company or agency, and the workspaces that are theirs.
    OrganisationId,
    "organisation"
);
id!(
    /// A person who signs in.
    PersonId,
    "person"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_leave_its_folder() {
        for bad in ["", "../x", "a/b", "A", "-a", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<WorkspaceId>().is_err(), "{bad}");
        }
        assert_eq!("demo-1_a".parse::<WorkspaceId>().unwrap().as_str(), "demo-1_a");
    }
}
