//! Placeholders: `{connection.x}`, `{cursor.x}`, `{page.x}`, `{slice.x}`, `{job.id}` … in the texts of a request, with
//! filters behind bars (`{cursor.since|epoch_ms}`), and JSON documents made of such texts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_manifest::Template;
use serde_json::Value;

use crate::Error;

/// The values that placeholders take, by their name without braces.
pub(crate) type Vars = BTreeMap<String, String>;

/// Behind the name of a connection field that may stay empty and is: what names it is left out.
const EMPTY: char = '?';

/// Says that a connection field was left empty.
pub(crate) fn leave_empty(vars: &mut Vars, field: &str) {
    vars.insert(format!("connection.{field}{EMPTY}"), String::new());
}

/// Fills a text. Nothing when it names a `cursor` or `page` value that does not exist (yet) or a field that was left
/// empty: the caller then leaves the parameter out, which asks for everything or for the first page.
///
/// # Errors
/// [`Error::Setup`] names any other placeholder without a value, and a filter that cannot be applied.
pub(crate) fn fill(text: &str, vars: &Vars) -> Result<Option<String>, Error> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let inside = from.get(1..).and_then(|inside| inside.split_once('}')).map(|(inside, _)| inside);
        // JSON and GraphQL have braces of their own: only `word.word` is a placeholder
        match inside.filter(|inside| is_name(inside.split('|').next().unwrap_or_default())) {
            None => {
                filled.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
            Some(inside) => {
                match value(inside, vars)? {
                    Some(value) => filled.push_str(&value),
                    None => return Ok(None),
                }
                rest = from.get(inside.len() + 2..).unwrap_or_default();
            }
        }
    }
    filled.push_str(rest);
    Ok(Some(filled))
}

/// Fills a JSON document; nothing when all of it is left out.
///
/// # Errors
/// As [`fill`].
pub(crate) fn fill_json(template: &Template, vars: &Vars) -> Result<Option<Value>, Error> {
    Ok(fill_part(template, vars)?.value)
}

/// A filled part of a document.
struct Part {
    value: Option<Value>,
    /// Whether something in it was left out.
    short: bool,
}

fn fill_part(template: &Template, vars: &Vars) -> Result<Part, Error> {
    let whole = |value| Ok(Part { value: Some(value), short: false });
    match template {
        Template::Null(()) => whole(Value::Null),
        Template::Bool(truth) => whole((*truth).into()),
        Template::Int(number) => whole((*number).into()),
        Template::Text(text) => {
            let value = typed(text, vars)?;
            Ok(Part { short: value.is_none(), value })
        }
        Template::Object(members) => {
            let mut object = serde_json::Map::new();
            let mut short = false;
            for (key, member) in members {
                let part = fill_part(member, vars)?;
                short |= part.short;
                object.extend(part.value.map(|value| (key.clone(), value)));
            }
            Ok(Part { value: Some(Value::Object(object)), short })
        }
        Template::List(elements) => {
            let mut list = Vec::new();
            for element in elements {
                // a condition without its value would mean something else
                let part = fill_part(element, vars)?;
                list.extend(part.value.filter(|_| !part.short));
            }
            let gone = list.is_empty() && !elements.is_empty();
            Ok(Part { value: (!gone).then_some(Value::Array(list)), short: gone })
        }
    }
}

/// A text's value: of a type when it is one placeholder with a filter that gives one.
fn typed(text: &str, vars: &Vars) -> Result<Option<Value>, Error> {
    let alone = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let alone = alone.filter(|inside| is_name(inside.split('|').next().unwrap_or_default()));
    let Some((before, last)) = alone.and_then(|inside| inside.rsplit_once('|')) else {
        return Ok(fill(text, vars)?.map(Value::String));
    };
    let cannot = |value: &str, what: &str| {
        Error::Setup(format!("`{text}`: `{value}` is not {what}: use another filter"))
    };
    let make: fn(&str) -> Option<Value> = match last {
        "int" => |value| value.parse::<i64>().ok().map(Value::from),
        "list" => |value| {
            let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(parts.map(Value::from).collect())
        },
        "json" => |value| serde_json::from_str(value).ok(),
        _ => return Ok(fill(text, vars)?.map(Value::String)),
    };
    let Some(value) = value(before, vars)? else { return Ok(None) };
    make(&value).map(Some).ok_or_else(|| cannot(&value, "of its type"))
}

/// The value of a placeholder: its name and filters.
fn value(inside: &str, vars: &Vars) -> Result<Option<String>, Error> {
    let mut parts = inside.split('|');
    let name = parts.next().unwrap_or_default();
    let Some(found) = vars.get(name) else {
        let left_out = name.starts_with("cursor.") || name.starts_with("page.");
        if left_out || vars.contains_key(&format!("{name}{EMPTY}")) {
            return Ok(None);
        }
        return Err(Error::Setup(format!("`{name}` has no value: fill it in")));
    };
    let mut value = found.clone();
    for filter in parts {
        value = filtered(&value, filter)
            .ok_or_else(|| Error::Setup(format!("`{{{inside}}}`: `{filter}` cannot be made of `{value}`")))?;
    }
    Ok(Some(value))
}

fn filtered(value: &str, filter: &str) -> Option<String> {
    let day = || value.parse::<Date>().ok().filter(|_| value.len() <= 10);
    let instant = || match day() {
        Some(day) => day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
        None => value.parse::<Timestamp>().ok(),
    };
    let date = || match day() {
        Some(day) => Some(day),
        None => instant().map(|instant| instant.to_zoned(TimeZone::UTC).date()),
    };
    match filter {
        "date" => Some(date()?.to_string()),
        "compact" => Some(date()?.strftime("%Y%m%d").to_string()),
        // whole seconds: some platforms refuse more digits; rounding down asks for more, never for less
        "iso" => Some(Timestamp::from_second(floor(instant()?, 1_000)).ok()?.to_string()),
        "epoch_s" => Some(floor(instant()?, 1_000).to_string()),
        "epoch_ms" => Some(floor(instant()?, 1).to_string()),
        _ => None,
    }
}

/// Whole units of so many milliseconds since 1970.
fn floor(instant: Timestamp, milliseconds: i64) -> i64 {
    instant.as_microsecond().div_euclid(1_000 * milliseconds)
}

fn is_name(name: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.split_once('.').is_some_and(|(kind, field)| word(kind) && word(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars() -> Vars {
        let known = [
            ("connection.shop", "a-b"),
            ("page.after", "x\"y"),
            ("page.size", "50"),
            ("slice.since", "2026-03-31"),
            ("cursor.t", "2026-03-31T12:00:00.9Z"),
            ("page.list", "[1,\"a\"]"),
        ];
        let mut vars: Vars = known.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        leave_empty(&mut vars, "manager");
        vars
    }

    #[test]
    fn known_names_are_filled_and_other_braces_stay() {
        let filled = fill("{connection.shop}/{ shop { id } } {page.after}", &vars()).unwrap();
        assert_eq!(filled.as_deref(), Some("a-b/{ shop { id } } x\"y"));
    }

    #[test]
    fn a_missing_cursor_or_an_empty_field_leaves_the_whole_text_out() {
        assert_eq!(fill("updated_at:>='{cursor.since}'", &vars()).unwrap(), None);
        assert_eq!(fill("{connection.manager}", &vars()).unwrap(), None);
    }

    #[test]
    fn any_other_missing_name_is_told() {
        let error = fill("{connection.account}", &vars()).unwrap_err().to_string();
        assert!(error.contains("connection.account"), "{error}");
    }

    #[test]
    fn filters_write_times_as_the_platform_wants_them() {
        let filled = |text: &str| fill(text, &vars()).unwrap().unwrap();
        assert_eq!(filled("{cursor.t|date} {cursor.t|compact}"), "2026-03-31 20260331");
        assert_eq!(
            filled("{cursor.t|iso} {cursor.t|epoch_s} {cursor.t|epoch_ms}"),
            "2026-03-31T12:00:00Z 1774958400 1774958400900"
        );
        assert_eq!(filled("{slice.since|iso} {slice.since|date}"), "2026-03-31T00:00:00Z 2026-03-31");
        let error = fill("{connection.shop|date}", &vars()).unwrap_err().to_string();
        assert!(error.contains("a-b"), "{error}");
        assert!(fill("{connection.shop|upper}", &vars()).is_err());
    }

    #[test]
    fn documents_take_types_and_lose_what_has_no_value() {
        let template: Template = serde_json::from_str(
            r#"{"limit": "{page.size|int}", "after": "{page.list|json}", "ids": "{connection.shop|list}", "null": null,
                "groups": [{"filters": [
                    {"name": "a", "value": "{cursor.since}"}, {"name": "b", "value": "{cursor.t|epoch_ms}"}]}],
                "gone": [{"filters": [{"name": "a", "value": "{cursor.since}"}]}],
                "empty": [], "deep": {"since": "{cursor.since}", "word": "x{page.size}"}}"#,
        )
        .unwrap();
        let filled = fill_json(&template, &vars()).unwrap().unwrap();
        assert_eq!(
            filled,
            serde_json::json!({
                "limit": 50, "after": [1, "a"], "ids": ["a-b"], "null": null,
                "groups": [{"filters": [{"name": "b", "value": "1774958400900"}]}],
                "empty": [], "deep": {"word": "x50"}
            })
        );
        let wrong: Template = serde_json::from_str(r#""{connection.shop|int}""#).unwrap();
        assert!(fill_json(&wrong, &vars()).is_err());
    }
}
