//! Credentials that the platform no longer knows: they are changed on their way to the face, so that it answers in its
//! own words.
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};

/// Headers in which the platforms take credentials.
const HEADERS: [&str; 4] = ["authorization", "x-api-key", "x-amz-access-token", "x-shopify-access-token"];
/// What stands in place of a credential's end.
const STRANGE: &str = "0000";

/// The request with credentials that nobody ever gave out.
pub async fn forgotten(request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    change_headers(&mut parts.headers);
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Request::from_parts(parts, body);
    }
    // A body that cannot be read is a call that fails; the face sees it empty.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let form = change_form(&String::from_utf8_lossy(&bytes));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(form.len() as u64));
    Request::from_parts(parts, Body::from(form))
}

fn change_headers(headers: &mut HeaderMap) {
    for name in HEADERS {
        let Some(text) = headers.get(name).and_then(|value| value.to_str().ok()) else { continue };
        if let Ok(value) = HeaderValue::from_str(&changed(text)) {
            headers.insert(name, value);
        }
    }
}

/// The same form with another refresh token and access token.
fn change_form(form: &str) -> String {
    let pairs = form.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("refresh_token" | "access_token"), value)) => format!("{name}={}", changed(value)),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn changed(credential: &str) -> String {
    let keep = credential.char_indices().rev().nth(STRANGE.len() - 1).map_or(0, |(at, _)| at);
    format!("{}{STRANGE}", &credential[..keep])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_credential_is_another_one() {
        assert_eq!(changed("Bearer abcd1234"), "Bearer abcd0000");
        let form = "grant_type=refresh_token&refresh_token=1%2F%2F0abcdef&client_id=x";
        assert_eq!(change_form(form), "grant_type=refresh_token&refresh_token=1%2F%2F0ab0000&client_id=x");
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("key-9876"));
        change_headers(&mut headers);
        assert_eq!(headers["x-api-key"], "key-0000");
    }
}
