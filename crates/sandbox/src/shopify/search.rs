//! The platform's search syntax, as far as reading by time and id needs it.
use crate::world::shop::Seconds;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `>`
    After,
    /// `>=`
    From,
    /// `<`
    Before,
    /// `<=`
    Until,
    /// `:` alone.
    Is,
}

/// A condition of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The field's name.
    pub field: String,
    /// How it is compared.
    pub compare: Compare,
    /// What it is compared with.
    pub value: String,
}

/// All conditions, which must hold together, and what the platform would warn of.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The conditions that are obeyed.
    pub terms: Vec<Term>,
    /// Field and message of each condition that is ignored.
    pub warnings: Vec<(String, &'static str)>,
}

impl Search {
    /// Reads a search over `known` fields; like the platform, ignores what it does not know and says so.
    pub fn parse(text: &str, known: &[&str]) -> Search {
        let mut search = Search::default();
        for word in words(text) {
            if word.eq_ignore_ascii_case("and") {
                continue;
            }
            let Some((field, rest)) = word.split_once(':') else {
                search.warnings.push((word, "Input is not a field search."));
                continue;
            };
            let (compare, value) = match rest {
                _ if rest.starts_with(">=") => (Compare::From, &rest[2..]),
                _ if rest.starts_with("<=") => (Compare::Until, &rest[2..]),
                _ if rest.starts_with('>') => (Compare::After, &rest[1..]),
                _ if rest.starts_with('<') => (Compare::Before, &rest[1..]),
                _ => (Compare::Is, rest),
            };
            let value = value.trim_matches(|c| c == '\'' || c == '"').to_owned();
            if !known.contains(&field) {
                search.warnings.push((field.to_owned(), "Invalid search field for this query."));
            } else if field.ends_with("_at") && moment(&value).is_none() {
                search.warnings.push((field.to_owned(), "Input `value` is not an accepted time."));
            } else {
                search.terms.push(Term { field: field.to_owned(), compare, value });
            }
        }
        search
    }
}

/// Splits at spaces outside quotes.
fn words(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quote = None;
    for letter in text.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, letter) if letter.is_whitespace() => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(letter);
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

/// A moment of a search value: ISO 8601 with offset, or a bare date or time read as UTC.
pub fn moment(value: &str) -> Option<Seconds> {
    if let Ok(found) = value.parse::<jiff::Timestamp>() {
        return Some(found.as_second());
    }
    let local: jiff::civil::DateTime = value.parse().ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Whether a number compares with a value as asked.
pub fn holds(number: i64, compare: Compare, value: i64) -> bool {
    match compare {
        Compare::After => number > value,
        Compare::From => number >= value,
        Compare::Before => number < value,
        Compare::Until => number <= value,
        Compare::Is => number == value,
    }
}

/// The trailing number of a plain or global id.
pub fn id_of(value: &str) -> Option<i64> {
    value.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_warnings() {
        let search = Search::parse(
            "updated_at:>='2026-03-10T12:00:00Z' AND colour:red  test:false",
            &["updated_at", "test"],
        );
        assert_eq!(search.terms.len(), 2);
        assert_eq!(search.terms[0].compare, Compare::From);
        assert_eq!(moment(&search.terms[0].value), Some(1_773_144_000));
        assert_eq!(search.warnings, [("colour".to_owned(), "Invalid search field for this query.")]);
    }

    #[test]
    fn times_that_are_none_are_ignored_with_a_warning() {
        let search = Search::parse("updated_at:>yesterday-ish", &["updated_at"]);
        assert!(search.terms.is_empty());
        assert_eq!(search.warnings.len(), 1);
        assert_eq!(moment("2026-03-10"), Some(1_773_100_800));
        assert_eq!(moment("2026-03-10T13:00:00+01:00"), Some(1_773_144_000));
    }
}
