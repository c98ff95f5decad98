//! What settings must fulfil beyond their form.

use std::collections::HashSet;

use netgain_domain::Decimal;
use netgain_domain::facts::CostScope;

use super::{Dated, DefaultRatio, NeverDefault, Settings};

/// Settings that cannot be used. Each message names the field and the cure.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not of the expected form.
    #[error("settings cannot be read: {0}; correct the named field")]
    Form(#[source] serde_json::Error),
    /// Written by another version.
    #[error("version is {0}, this program reads version 1: write 1 or update the program")]
    Version(u32),
    /// No such time zone.
    #[error("time_zone `{0}` is not known: write an IANA name such as Europe/London")]
    TimeZone(String),
    /// A value outside its range.
    #[error("{field} has the value {value}: write {cure}")]
    Range {
        /// The field.
        field: &'static str,
        /// The value given.
        value: Decimal,
        /// What may stand there.
        cure: &'static str,
    },
    /// Two rows begin on the same day.
    #[error("{field} has two rows valid from {from}: keep one of them")]
    Twice {
        /// The field.
        field: &'static str,
        /// The day, or `ever`.
        from: String,
    },
    /// A row that names what it holds for although it is for the whole shop, or does not although it is not.
    #[error(
        "{field} has a row of scope {scope} whose scope_id does not fit: leave it out for shop, else name what it holds for"
    )]
    Scope {
        /// The field.
        field: &'static str,
        /// The scope given.
        scope: &'static str,
    },
    /// A dated list says nothing about the time before its first row.
    #[error("{0} has no row for the time before its first date: add one with valid_from null")]
    NoBeginning(&'static str),
    /// A status that no platform writes.
    #[error("orders.financial_statuses holds `{given}`: write one of {known}")]
    Status {
        /// The word given.
        given: String,
        /// The words that may stand there.
        known: String,
    },
    /// No such definition of profit.
    #[error("profile `{given}` is not known: write one of {known}")]
    Profile {
        /// The word given.
        given: String,
        /// The words that may stand there.
        known: String,
    },
    /// Something that is no good is treated as one.
    #[error("cost.never_default lacks `{0}`: it is not a good and costs nothing, so add it again")]
    NeverDefault(&'static str),
}

/// Every financial status that platforms write.
const STATUSES: [&str; 8] = [
    "paid",
    "partially_paid",
    "authorized",
    "refunded",
    "partially_refunded",
    "pending",
    "voided",
    "expired",
];

impl Settings {
    /// Checks what the form alone cannot.
    ///
    /// # Errors
    /// The first value that cannot hold, with field and cure.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.version != 1 {
            return Err(SettingsError::Version(self.version));
        }
        ratios(&self.cost.default_ratio)?;
        dated(
            "shipping.cost_per_order",
            &self.shipping.cost_per_order,
            (Decimal::new(1_000_000_000, 0), crate::amount::MAX_SCALE),
            "an amount between 0 and 1000000000 with at most 10 decimals",
        )?;
        for (kind, name) in [
            (NeverDefault::GiftCard, "gift_card"),
            (NeverDefault::Tip, "tip"),
            (NeverDefault::Shipping, "shipping"),
        ] {
            if !self.cost.never_default.contains(&kind) {
                return Err(SettingsError::NeverDefault(name));
            }
        }
        if crate::profile::find(&self.profile).is_none() {
            let given = self.profile.chars().take(40).collect();
            let known: Vec<_> = crate::profile::all().iter().map(|profile| profile.id.as_str()).collect();
            return Err(SettingsError::Profile { given, known: known.join(", ") });
        }
        for status in &self.orders.financial_statuses {
            if !STATUSES.contains(&status.as_str()) {
                let given = status.chars().take(40).collect();
                return Err(SettingsError::Status { given, known: STATUSES.join(", ") });
            }
        }
        Ok(())
    }
}

/// The default ratios: each a part, one for the whole shop since ever, and none twice.
fn ratios(rows: &[DefaultRatio]) -> Result<(), SettingsError> {
    let field = "cost.default_ratio";
    let mut seen = HashSet::new();
    for row in rows {
        let value = row.value;
        if value.is_sign_negative() || value > Decimal::ONE || value.scale() > 4 {
            let cure = "a part between 0 and 1 with at most 4 decimals, such as 0.40";
            return Err(SettingsError::Range { field, value, cure });
        }
        if (row.scope == CostScope::Shop) != row.scope_id.is_empty() {
            return Err(SettingsError::Scope { field, scope: row.scope.name() });
        }
        if !seen.insert((row.scope.name(), row.scope_id.as_str(), row.valid_from)) {
            let from = row.valid_from.map_or_else(|| "ever".to_owned(), |day| day.to_string());
            return Err(SettingsError::Twice { field, from });
        }
    }
    if rows.iter().any(|row| row.scope == CostScope::Shop && row.valid_from.is_none()) {
        return Ok(());
    }
    Err(SettingsError::NoBeginning(field))
}

fn dated(
    field: &'static str,
    rows: &[Dated],
    (max, max_scale): (Decimal, u32),
    cure: &'static str,
) -> Result<(), SettingsError> {
    let mut seen = HashSet::new();
    for row in rows {
        let value = row.value;
        if value.is_sign_negative() || value > max || value.scale() > max_scale {
            return Err(SettingsError::Range { field, value, cure });
        }
        if !seen.insert(row.valid_from) {
            let from = row.valid_from.map_or_else(|| "ever".to_owned(), |day| day.to_string());
            return Err(SettingsError::Twice { field, from });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#""currency":"GBP","time_zone":"Europe/London""#;

    fn refused(rest: &str) -> String {
        Settings::from_json(&format!("{{{BASE}{rest}}}")).unwrap_err().to_string()
    }

    #[test]
    fn defaults_survive_their_own_json() {
        let settings = Settings::from_json(&format!("{{{BASE}}}")).unwrap();
        let again = Settings::from_json(&settings.to_json().unwrap()).unwrap();
        assert_eq!(again, settings);
        assert_eq!(again.key().unwrap(), settings.key().unwrap());
        let mut other = settings.clone();
        other.cost.default_ratio[0].value = Decimal::new(41, 2);
        assert_ne!(other.key().unwrap(), settings.key().unwrap());
    }

    #[test]
    fn each_refusal_names_field_and_cure() {
        for (rest, words) in [
            (r#","colour":1"#, vec!["colour", "expected one of"]),
            (r#","version":2"#, vec!["version is 2", "write 1"]),
            (r#","cost":{"default_ratio":[{"value":0.4}]}"#, vec!["value", "in quotes"]),
            (r#","cost":{"default_ratio":[{"value":"1.4"}]}"#, vec!["cost.default_ratio", "between 0 and 1"]),
            (r#","cost":{"default_ratio":[]}"#, vec!["cost.default_ratio", "valid_from null"]),
            (
                r#","cost":{"default_ratio":[{"value":"0.4"},{"value":"0.5"}]}"#,
                vec!["cost.default_ratio", "ever", "keep one"],
            ),
            (r#","cost":{"never_default":["tip","shipping"]}"#, vec!["never_default", "gift_card", "add it"]),
            (r#","shipping":{"cost_per_order":[{"value":"-1"}]}"#, vec!["shipping.cost_per_order", "-1"]),
            (r#","profile":"mine""#, vec!["profile", "mine", "netgain", "seed"]),
            (r#","orders":{"financial_statuses":["payed"]}"#, vec!["payed", "partially_paid"]),
            (r#","revenue":{"refund_basis":"pay_day"}"#, vec!["pay_day", "return_day"]),
        ] {
            let message = refused(rest);
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
        let message =
            Settings::from_json(r#"{"currency":"GBP","time_zone":"Mars/Base"}"#).unwrap_err().to_string();
        assert!(message.contains("time_zone") && message.contains("Europe/London"), "{message}");
    }
}
