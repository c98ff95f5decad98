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
            .map_err(|error| Problem::new(Code::InvalidBody, short(&error.to_string())))
    }
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
