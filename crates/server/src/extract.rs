//! Reading requests so that a mistake names its field and the cure.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use netgain_domain::jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// The query string. Its type takes texts only, so that what is wrong with one is said by us.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::new(Code::InvalidParameter, short(&error.body_text()))),
        }
    }
}

/// A JSON body; an empty one stands for `{}`.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // a page of another site cannot send this type without being asked first
        if kind != "application/json" {
            let detail = if kind.is_empty() { "it has no content type".to_owned() } else { short(&kind) };
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| match error {
            BytesRejection::FailedToBufferBody(inner) if inner.status() == 413 => {
                Problem::new(Code::BodyTooLarge, "the body is larger than 1 MiB")
            }
            other => Problem::new(Code::InvalidBody, short(&other.body_text())),
        })?;
        let text = match bytes.trim_ascii() {
            [] => b"{}".as_slice(),
            // an array would be read as an object's fields in their order, which nobody can mean
            [b'[', ..] => return Err(Problem::new(Code::InvalidBody, "it is a list and not an object")),
            text => text,
        };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| Problem::new(Code::InvalidBody, short(&without_values(&error.to_string()))))
    }
}

/// What is wrong with a body, without what was written there: in the place of a field there may stand a password or a key,
/// and problems are kept in more places than bodies are.
fn without_values(words: &str) -> String {
    for what in ["invalid type: ", "invalid value: ", "unknown variant "] {
        let Some(rest) = words.strip_prefix(what) else { continue };
        // the value may hold these words too: its end is where they stand last
        let Some(end) = rest.rfind(", expected ") else { continue };
        let kinds = [
            "string",
            "character",
            "integer",
            "floating point",
            "boolean",
            "byte array",
            "sequence",
            "map",
            "null",
        ];
        let kind = kinds.into_iter().find(|kind| rest.starts_with(kind)).unwrap_or_default();
        let expected = rest.get(end..).unwrap_or_default();
        return format!(
            "{}{kind}{expected}",
            if kind.is_empty() { what.trim_end_matches([' ', ':']) } else { what }
        );
    }
    words.to_owned()
}

fn short(text: &str) -> String {
    text.chars().take(300).collect()
}

/// A day as `2026-03-01`.
pub(crate) fn day(field: &'static str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text else { return Ok(None) };
    // the general parser would also take a time behind the day
    let plain = text.len() == 10 && text.is_ascii();
    match text.parse::<Date>() {
        Ok(day) if plain => Ok(Some(day)),
        _ => Err(Problem::parameter(
            field,
            format!("{field} `{}` is not a day", short(text)),
            "write a day as YYYY-MM-DD, such as 2026-03-01",
        )),
    }
}

/// One of several words.
pub(crate) fn word<T: Copy>(
    field: &'static str,
    text: Option<&str>,
    words: &[(&str, T)],
    default: T,
) -> Result<T, Problem> {
    let Some(text) = text else { return Ok(default) };
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Problem::parameter(
            field,
            format!("{field} `{}` is not known", short(text)),
            format!("write one of {}", known.join(", ")),
        )
    })
}

/// A whole number between 1 and a limit.
pub(crate) fn limit(
    field: &'static str,
    text: Option<&str>,
    default: usize,
    max: usize,
) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(limit) if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(Problem::parameter(
            field,
            format!("{field} `{}` cannot be used", short(text)),
            format!("write a whole number between 1 and {max}"),
        )),
    }
}

/// Days asked for; where one is missing, the last 30 days up to the last with data.
pub(crate) fn range(
    from: Option<&str>,
    to: Option<&str>,
    known: Option<(Date, Date)>,
    today: Date,
) -> Result<(Date, Date), Problem> {
    let (from, to) = (day("from", from)?, day("to", to)?);
    let last = known.map_or(today, |(_, last)| last);
    // an open end never lies before the beginning that was asked for
    let to = to.unwrap_or_else(|| from.map_or(last, |from| from.max(last)));
    let before = netgain_domain::jiff::Span::new().days(29);
    let from = from.unwrap_or_else(|| to.saturating_sub(before));
    if from > to {
        return Err(Problem::parameter(
            "from",
            format!("from {from} lies after to {to}"),
            "write the earlier day as from and the later one as to",
        ));
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_body_is_told_without_what_it_holds() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Kind {
            One,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            #[serde(rename = "text")]
            _text: String,
            #[serde(rename = "map")]
            _map: Option<std::collections::BTreeMap<String, String>>,
            #[serde(rename = "kind")]
            _kind: Option<Kind>,
        }
        for (body, told) in [
            (r#"{"text":4711}"#, "invalid type: integer, expected a string at line 1 column 12"),
            (r#"{"text":47.11}"#, "invalid type: floating point, expected a string at line 1 column 13"),
            (r#"{"text":["secret"]}"#, "invalid type: sequence, expected a string at line 1 column 8"),
            (
                r#"{"text":"a","map":"my, expected secret, expected"}"#,
                "invalid type: string, expected a map at line 1 column 49",
            ),
            (r#"{"text":"a","kind":"secret"}"#, "unknown variant, expected `one` at line 1 column 27"),
            (
                r#"{"more":"secret"}"#,
                "unknown field `more`, expected one of `text`, `map`, `kind` at line 1 column 7",
            ),
            (r#""secret""#, "invalid type: string, expected struct Asked at line 1 column 8"),
        ] {
            let error = serde_json::from_str::<Asked>(body).unwrap_err();
            assert_eq!(without_values(&error.to_string()), told, "{body}");
        }
    }
}
