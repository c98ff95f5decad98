//! The filter language: `and(equals(field,'x'),greater-than(updated,2026-01-01T00:00:00Z))`.
use super::error::ApiError;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::cmp::Ordering;

/// A resource's value that filters and sorting compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Seconds since 1970-01-01 UTC, compared with a date and time.
    Time(i64),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
    /// True or false.
    Flag(bool),
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// `equals`, `any`, `greater-than` …
    pub operator: String,
    /// The field's name.
    pub field: String,
    /// What it is compared with; several for `any`.
    pub values: Vec<String>,
}

/// A field and the operators that may be used on it.
pub type Allowed = (&'static str, &'static [&'static str]);

/// The operators of a moment.
pub const MOMENT: &[&str] = &["greater-or-equal", "greater-than", "less-or-equal", "less-than"];

fn bad(detail: impl Into<String>) -> ApiError {
    ApiError::parameter("filter", detail)
}

/// Reads a filter and checks every condition against what is allowed.
pub fn parse(text: &str, allowed: &[Allowed]) -> Result<Vec<Term>, ApiError> {
    let mut terms = Vec::new();
    for part in split(text)? {
        match part.strip_prefix("and(").and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => terms.extend(parse(inner, allowed)?),
            None => terms.push(term(part)?),
        }
    }
    for term in &terms {
        let Some((_, operators)) = allowed.iter().find(|(field, _)| *field == term.field) else {
            return Err(bad(format!("'{}' is not a valid filter field for this resource.", term.field)));
        };
        if !operators.contains(&term.operator.as_str()) {
            return Err(bad(format!(
                "'{}' is not a valid filter operator for field '{}'.",
                term.operator, term.field
            )));
        }
    }
    Ok(terms)
}

fn term(text: &str) -> Result<Term, ApiError> {
    let open = text.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
    let Some((operator, inside)) = open else {
        return Err(bad(format!("Invalid filter provided: '{text}'")));
    };
    let parts = split(inside)?;
    let (Some(field), Some(value), 2) = (parts.first(), parts.get(1), parts.len()) else {
        return Err(bad(format!("Invalid filter provided: '{text}'")));
    };
    let values = match value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(list) => split(list)?.into_iter().map(unquote).collect(),
        None => vec![unquote(value)],
    };
    let (operator, field) = (operator.trim().to_owned(), (*field).to_owned());
    Ok(Term { operator, field, values })
}

/// The parts between commas that stand outside quotes, brackets and parentheses.
fn split(text: &str) -> Result<Vec<&str>, ApiError> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 || quote.is_some() {
        return Err(bad(format!("Invalid filter provided: '{text}'")));
    }
    let last = text[from..].trim();
    if !last.is_empty() {
        parts.push(last);
    }
    Ok(parts)
}

fn unquote(text: &str) -> String {
    let quoted = |sign: char| text.strip_prefix(sign).and_then(|rest| rest.strip_suffix(sign));
    quoted('\'').or_else(|| quoted('"')).unwrap_or(text).to_owned()
}

/// A moment as the platform accepts it: with or without a zone (then UTC), or a day alone.
pub fn moment(text: &str) -> Option<Timestamp> {
    // a plus sign that was not escaped arrives as a space
    let text = &text.trim().replace(' ', "+");
    let in_utc = |local: DateTime| local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    (text.parse::<Timestamp>().ok())
        .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
        .or_else(|| text.parse::<Date>().ok().and_then(|day| in_utc(day.at(0, 0, 0, 0))))
}

impl Term {
    /// Whether a resource with this value meets the condition; a resource without one meets none.
    pub fn holds(&self, key: Option<&Key>) -> Result<bool, ApiError> {
        let Some(key) = key else { return Ok(false) };
        let wrong = |value: &str| bad(format!("Invalid value '{value}' for field '{}'.", self.field));
        let mut any = false;
        for value in &self.values {
            let order = match key {
                Key::Time(at) => {
                    let at = Timestamp::from_second(*at).unwrap_or_default();
                    at.cmp(&moment(value).ok_or_else(|| wrong(value))?)
                }
                Key::Number(number) => number.cmp(&value.parse().map_err(|_| wrong(value))?),
                Key::Flag(flag) => flag.cmp(&value.to_lowercase().parse().map_err(|_| wrong(value))?),
                Key::Text(text) => match self.operator.as_str() {
                    "contains" if text.contains(value.as_str()) => Ordering::Equal,
                    "starts-with" if text.starts_with(value.as_str()) => Ordering::Equal,
                    "ends-with" if text.ends_with(value.as_str()) => Ordering::Equal,
                    _ => text.cmp(value),
                },
            };
            any |= match self.operator.as_str() {
                "greater-than" => order.is_gt(),
                "greater-or-equal" => order.is_ge(),
                "less-than" => order.is_lt(),
                "less-or-equal" => order.is_le(),
                _ => order.is_eq(),
            };
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[Allowed] =
        &[("name", &["equals", "any", "contains"]), ("updated", MOMENT), ("archived", &["equals"])];

    #[test]
    fn reads_nested_quoted_and_listed_values() {
        let terms =
            parse("and(equals(name,'a, (b)'),greater-than(updated,2026-01-01T00:00:00+00:00))", ALLOWED)
                .unwrap();
        assert_eq!(terms[0].values, ["a, (b)"]);
        assert!(terms[1].holds(Some(&Key::Time(1_767_225_601))).unwrap());
        assert!(!terms[1].holds(Some(&Key::Time(1_767_225_600))).unwrap());
        let any = parse("any(name,[\"x\",\"y\"]),equals(archived,true)", ALLOWED).unwrap();
        assert!(any[0].holds(Some(&Key::Text("y".into()))).unwrap());
        assert!(!any[1].holds(Some(&Key::Flag(false))).unwrap());
        assert!(!any[1].holds(None).unwrap());
    }

    #[test]
    fn refuses_what_the_resource_does_not_know() {
        for text in ["equals(color,'red')", "less-than(name,'a')", "equals(name", "name='a'", "equals(name)"]
        {
            assert!(parse(text, ALLOWED).is_err(), "{text}");
        }
        let terms = parse("greater-than(updated,yesterday)", ALLOWED).unwrap();
        assert!(terms[0].holds(Some(&Key::Time(0))).is_err());
    }
}
