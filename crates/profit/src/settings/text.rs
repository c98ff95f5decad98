//! How settings are written: decimals as text, time zones by their name.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::SettingsError;

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The rules of the zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for Zone {
    type Err = SettingsError;
    fn from_str(name: &str) -> Result<Self, SettingsError> {
        match TimeZone::get(name) {
            Ok(zone) => Ok(Self { name: name.to_owned(), zone }),
            Err(_) => Err(SettingsError::TimeZone(name.chars().take(60).collect())),
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = SettingsError;
    fn try_from(name: String) -> Result<Self, SettingsError> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Decimals as text. A bare number is refused: a reader may already have turned it into a float.
pub(super) mod decimal {
    use std::fmt;

    use netgain_domain::Decimal;
    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in super::super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Decimal, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`value` as a decimal in quotes, such as \"0.40\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
                Decimal::from_str_exact(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        from.deserialize_str(Text)
    }
}

/// A scope of the cost book by its word.
pub(super) mod scope {
    use netgain_domain::facts::CostScope;
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn serialize<S: Serializer>(scope: &CostScope, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(scope.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<CostScope, D::Error> {
        let word = String::deserialize(input)?;
        CostScope::from_name(&word).ok_or_else(|| {
            let known: Vec<&str> = CostScope::ALL.iter().map(|scope| scope.name()).collect();
            de::Error::custom(format!("scope `{word}` is not known: write one of {}", known.join(", ")))
        })
    }
}
