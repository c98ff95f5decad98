//! Placeholders: `{connection.x}`, `{cursor.x}`, `{page.x}`, `{slice.x}`, `{job.id}` in the texts of a request.

use std::collections::BTreeMap;

use crate::Error;

/// The values that placeholders take, by their name without braces.
pub(crate) type Vars = BTreeMap<String, String>;

/// Fills a text. Nothing when it names a `cursor` or `page` value that does not exist (yet): the caller then leaves
/// the parameter out, which asks for everything or for the first page.
///
/// # Errors
/// [`Error::Setup`] names any other placeholder without a value.
pub(crate) fn fill(text: &str, vars: &Vars) -> Result<Option<String>, Error> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let name = from.get(1..).and_then(|inside| inside.split_once('}')).map(|(name, _)| name);
        // JSON and GraphQL have braces of their own: only `word.word` is a placeholder
        match name.filter(|name| is_name(name)) {
            None => {
                filled.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
            Some(name) => {
                match vars.get(name) {
                    Some(value) => filled.push_str(value),
                    None if name.starts_with("cursor.") || name.starts_with("page.") => return Ok(None),
                    None => return Err(Error::Setup(format!("`{name}` has no value: fill it in"))),
                }
                rest = from.get(name.len() + 2..).unwrap_or_default();
            }
        }
    }
    filled.push_str(rest);
    Ok(Some(filled))
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
        [("connection.shop", "a-b"), ("page.after", "x\"y")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn known_names_are_filled_and_other_braces_stay() {
        let filled = fill("{connection.shop}/{ shop { id } } {page.after}", &vars()).unwrap();
        assert_eq!(filled.as_deref(), Some("a-b/{ shop { id } } x\"y"));
    }

    #[test]
    fn a_missing_cursor_leaves_the_whole_text_out() {
        assert_eq!(fill("updated_at:>='{cursor.since}'", &vars()).unwrap(), None);
    }

    #[test]
    fn any_other_missing_name_is_told() {
        let error = fill("{connection.account}", &vars()).unwrap_err().to_string();
        assert!(error.contains("connection.account"), "{error}");
    }
}
