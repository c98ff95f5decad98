//! The ways in which platforms name the next page: where the name stands in an answer, and where it goes in a request.

use netgain_manifest::{Body, Pagination, Request as Spec, Template};
use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, JsonValueTrait, Value};

use crate::Error;
use crate::caller::Answer;
use crate::decode::Decoded;
use crate::template::Vars;

/// The variable of a name, and its value in a JSON body: as it is, with its type.
const AFTER: (&str, &str) = ("{page.after}", "{page.after|json}");
const OFFSET: (&str, &str) = ("{page.offset}", "{page.offset|int}");
const NUMBER: (&str, &str) = ("{page.number}", "{page.number|int}");

/// A pagination with its paths compiled, and how far its counting has come.
pub(crate) struct Way<'a> {
    pagination: &'a Pagination,
    path: Option<Path>,
    more: Option<Path>,
    total: Option<Path>,
    total_pages: Option<Path>,
    also: Vec<Path>,
    /// Records before the next page.
    offset: u64,
    /// The page at hand.
    number: u64,
    /// Whether a cut listing goes on here, so that nobody counted the records before.
    uncounted: bool,
}

impl<'a> Way<'a> {
    /// Compiles a pagination and makes room for its name in the request.
    ///
    /// # Errors
    /// [`Error::Setup`] for a path that is none, or a place in a body that is no JSON document.
    pub fn of(pagination: &'a Pagination, spec: &mut Spec) -> Result<Self, Error> {
        let path = |text: &String| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
        let some = |text: &Option<String>| text.as_ref().map(path).transpose();
        let mut way = Self {
            pagination,
            path: None,
            more: None,
            total: None,
            total_pages: None,
            also: Vec::new(),
            offset: 0,
            number: 0,
            uncounted: false,
        };
        match pagination {
            Pagination::None {} | Pagination::LinkHeader {} => {}
            Pagination::NextUrl { path: place } | Pagination::Graphql { page_info: place } => {
                way.path = Some(path(place)?);
            }
            Pagination::Token { path: place, header, query, body, also, more, .. } => {
                if place.is_some() == header.is_some() {
                    return Err(Error::Setup("a token needs either `path` or `header`".to_owned()));
                }
                (way.path, way.more) = (some(place)?, some(more)?);
                put(spec, query.as_deref(), body.as_deref(), AFTER)?;
                for (at, (parameter, place)) in also.iter().enumerate() {
                    spec.query.insert(parameter.clone(), format!("{{page.also{at}}}").into());
                    way.also.push(path(place)?);
                }
            }
            Pagination::Offset { query, body, total, .. } => {
                way.total = some(total)?;
                put(spec, query.as_deref(), body.as_deref(), OFFSET)?;
            }
            Pagination::Page { query, body, start, total_pages, total, more, .. } => {
                way.number = u64::from(*start);
                (way.total_pages, way.total, way.more) = (some(total_pages)?, some(total)?, some(more)?);
                put(spec, query.as_deref(), body.as_deref(), NUMBER)?;
            }
            Pagination::Keyset { path: place, query, body, more, .. } => {
                (way.path, way.more) = (Some(path(place)?), some(more)?);
                put(spec, query.as_deref(), body.as_deref(), AFTER)?;
            }
        }
        Ok(way)
    }

    /// Whether the next page has an address of its own.
    pub fn is_by_address(&self) -> bool {
        matches!(self.pagination, Pagination::NextUrl { .. } | Pagination::LinkHeader {})
    }

    /// Whether pages hold other records when they are asked for in another size.
    pub fn is_by_number(&self) -> bool {
        matches!(self.pagination, Pagination::Page { .. })
    }

    /// How many records a page holds where the pagination says so.
    pub fn limit(&self) -> Option<u32> {
        match self.pagination {
            Pagination::Offset { limit, .. } => Some(*limit),
            Pagination::Page { limit, .. } | Pagination::Keyset { limit, .. } => *limit,
            _ => None,
        }
    }

    /// What the first page is asked with.
    pub fn begin(&self, vars: &mut Vars) {
        if self.is_by_number() {
            vars.insert("page.number".to_owned(), self.number.to_string());
        }
    }

    /// Has the page of that name asked for.
    ///
    /// # Errors
    /// In words, when that is not how this listing names a page.
    pub fn go_to(&mut self, name: &str, spec: &mut Spec, vars: &mut Vars) -> Result<(), String> {
        let number = || name.parse().map_err(|_| format!("`{name}` is no number of a page"));
        match self.pagination {
            Pagination::None {} => return Err("a page was named where there is one".to_owned()),
            Pagination::Offset { .. } => {
                self.offset = number()?;
                vars.insert("page.offset".to_owned(), name.to_owned());
            }
            Pagination::Page { .. } => {
                let asked = number()?;
                self.uncounted |= asked != self.number;
                self.number = asked;
                vars.insert("page.number".to_owned(), name.to_owned());
            }
            Pagination::Token { query, also, alone, .. } => {
                if also.is_empty() {
                    vars.insert("page.after".to_owned(), name.to_owned());
                } else {
                    let names: Vec<String> =
                        serde_json::from_str(name).map_err(|_| format!("`{name}` is no name of a page"))?;
                    let keys = std::iter::once("page.after".to_owned())
                        .chain((0..also.len()).map(|at| format!("page.also{at}")));
                    vars.extend(keys.zip(names));
                }
                if *alone {
                    spec.query.retain(|key, _| Some(key) == query.as_ref() || also.contains_key(key));
                }
            }
            _ => drop(vars.insert("page.after".to_owned(), name.to_owned())),
        }
        Ok(())
    }

    /// The name of the page after this one, as it may be stored; none at the end. `asked` is how many records were
    /// asked for at once, where that is ours to say.
    ///
    /// # Errors
    /// In words, when the answer does not say what it must.
    pub fn following(
        &mut self,
        answer: &Answer,
        decoded: &Decoded,
        asked: Option<u32>,
    ) -> Result<Option<String>, String> {
        let body = &answer.body;
        let said = self.path.as_ref().and_then(|path| path.first(&[body]));
        let more = match &self.more {
            None => None,
            Some(path) => {
                let said = path.first(&[body]).and_then(word_of);
                let said = said.ok_or_else(|| format!("the answer has no `{}`", path.text))?;
                Some(matches!(said.as_ref(), "true" | "1"))
            }
        };
        let listed = decoded.listed as u64;
        Ok(match self.pagination {
            Pagination::None {} => None,
            Pagination::NextUrl { .. } => said.and_then(word),
            Pagination::LinkHeader {} => answer.header("link").and_then(next_link),
            Pagination::Graphql { page_info } => {
                let more = said.and_then(|info| info.get("hasNextPage")).and_then(|more| more.as_bool());
                let more = more.ok_or_else(|| format!("the answer has no `{page_info}`"))?;
                let end = said.and_then(|info| info.get("endCursor")).and_then(word);
                if more && end.is_none() {
                    return Err(format!("`{page_info}` says that there is more, but not where"));
                }
                end.filter(|_| more)
            }
            Pagination::Token { header, body: place, also, .. } => {
                let token = match header {
                    Some(header) => {
                        answer.header(header).map(str::to_owned).filter(|token| !token.is_empty())
                    }
                    None => said.and_then(|said| name(said, place.is_some())),
                };
                match token.filter(|_| more != Some(false)) {
                    Some(token) if !also.is_empty() => {
                        let further = self.also.iter().map(|path| {
                            let said = path.first(&[body]).and_then(word);
                            said.ok_or_else(|| format!("the answer has no `{}`", path.text))
                        });
                        let names =
                            std::iter::once(Ok(token)).chain(further).collect::<Result<Vec<_>, _>>()?;
                        Some(serde_json::json!(names).to_string())
                    }
                    token => token,
                }
            }
            Pagination::Offset { limit, .. } => {
                // an empty answer may leave its number of records out
                if listed == 0 {
                    return Ok(None);
                }
                self.offset += listed;
                let goes_on = match number(self.total.as_ref(), body)? {
                    Some(total) => self.offset < total,
                    None => listed >= u64::from(asked.unwrap_or(*limit)),
                };
                goes_on.then(|| self.offset.to_string())
            }
            Pagination::Page { start, limit, .. } => {
                let (at, first) = (self.number, u64::from(*start));
                if std::mem::take(&mut self.uncounted) {
                    // pages may hold fewer than were asked for, so those before are taken to be like this one; were
                    // they longer, an empty page ends the listing
                    self.offset = at.saturating_sub(first) * listed;
                }
                self.offset += listed;
                self.number += 1;
                let pages = number(self.total_pages.as_ref(), body)?;
                let total = number(self.total.as_ref(), body)?;
                let goes_on = match (more, pages, total) {
                    (Some(more), ..) => more,
                    (_, Some(pages), _) => at + 1 < first + pages,
                    (.., Some(total)) => self.offset < total,
                    _ => limit.is_none_or(|limit| listed >= u64::from(asked.unwrap_or(limit))),
                };
                (goes_on && listed > 0).then(|| self.number.to_string())
            }
            Pagination::Keyset { body: place, limit, .. } => {
                let goes_on = more
                    .unwrap_or_else(|| limit.is_none_or(|limit| listed >= u64::from(asked.unwrap_or(limit))));
                let last = decoded.last.as_ref().filter(|_| goes_on && listed > 0);
                match (last, &self.path) {
                    (Some(last), Some(path)) => {
                        let said = path.first(&[last]).and_then(|said| name(said, place.is_some()));
                        Some(said.ok_or_else(|| format!("the last record has no `{}`", path.text))?)
                    }
                    _ => None,
                }
            }
        })
    }
}

/// Makes room for a variable: in a query parameter, or in the JSON body as what it is.
fn put(
    spec: &mut Spec,
    query: Option<&str>,
    body: Option<&str>,
    (text, typed): (&str, &str),
) -> Result<(), Error> {
    if let Some(query) = query {
        spec.query.insert(query.to_owned(), text.to_owned().into());
    }
    let Some(place) = body else { return Ok(()) };
    let Body::Json { body } = &mut spec.body else {
        return Err(Error::Setup(format!("the page goes to `{place}`, but the body is no JSON document")));
    };
    let mut here = body;
    for key in place.split('.') {
        let Template::Object(members) = here else {
            return Err(Error::Setup(format!("the body has no place `{place}` for the page")));
        };
        here = members.entry(key.to_owned()).or_insert_with(|| Template::Object(Default::default()));
    }
    *here = Template::Text(typed.to_owned());
    Ok(())
}

/// A word that says something.
fn word(value: &Value) -> Option<String> {
    word_of(value).filter(|word| !word.is_empty()).map(std::borrow::Cow::into_owned)
}

/// The name of a page: a word, or with its type what goes into a body.
fn name(value: &Value, typed: bool) -> Option<String> {
    if !typed {
        return word(value);
    }
    let says = match (value.as_str(), value.as_array()) {
        (Some(text), _) => !text.is_empty(),
        (_, Some(list)) => !list.is_empty(),
        _ => !value.is_null(),
    };
    says.then(|| sonic_rs::to_string(value).ok()).flatten()
}

/// A whole number that must be there, where one is looked for.
fn number(path: Option<&Path>, body: &Value) -> Result<Option<u64>, String> {
    let Some(path) = path else { return Ok(None) };
    let said = path.first(&[body]).and_then(word_of).and_then(|word| word.parse().ok());
    said.map(Some).ok_or_else(|| format!("the answer has no number `{}`", path.text))
}

/// The address of `rel="next"` in a `Link` header.
fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|one| {
            let (key, value) = one.split_once('=').unwrap_or((one, ""));
            key.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"') == "next"
        });
        is_next.then(|| address.trim_start().trim_start_matches('<').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_address_is_found_among_others() {
        let header = "<https://a.example/x?page=1>; rel=\"prev\", <https://a.example/x?page=3>; rel=\"next\"";
        assert_eq!(next_link(header).as_deref(), Some("https://a.example/x?page=3"));
        assert_eq!(next_link("<https://a.example/x>; rel=\"last\""), None);
    }

    #[test]
    fn a_place_in_a_body_must_be_one() {
        let spec = |body: &str| -> Spec {
            serde_json::from_str(&format!(r#"{{"path": "/x", "body": {body}}}"#)).unwrap()
        };
        let mut fits = spec(r#"{"kind": "json", "body": {"q": 1}}"#);
        put(&mut fits, None, Some("paging.after"), AFTER).unwrap();
        let expected =
            spec(r#"{"kind": "json", "body": {"q": 1, "paging": {"after": "{page.after|json}"}}}"#);
        assert_eq!(fits, expected);
        for body in [
            r#"{"kind": "none"}"#,
            r#"{"kind": "json", "body": [1]}"#,
            r#"{"kind": "json", "body": {"paging": 1}}"#,
        ] {
            assert!(put(&mut spec(body), None, Some("paging.after"), AFTER).is_err(), "{body}");
        }
    }
}
