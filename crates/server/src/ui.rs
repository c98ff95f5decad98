//! The web UI inside the binary. Files under `assets/` carry a hash in their name and may be kept for ever; the
//! page itself is asked for every time, and sent only where it changed.

use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::problem::{Code, Problem};

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

const INDEX: &str = "index.html";

/// Encodings that the UI's build makes, the smallest first, with what they add to a file's name.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whatever no other route answers: a file of the UI, else its page for paths that the UI routes itself.
pub(crate) async fn fallback(method: Method, uri: Uri, asked: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return missing(&uri);
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        let mut response = method_not_allowed(method).await.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    // what the build keeps for itself, and encodings of other files, have no address of their own
    let inner = path.starts_with('.') || ENCODINGS.iter().any(|(_, ending)| path.ends_with(ending));
    if !inner && let Some(file) = Dist::get(path) {
        return answer(path, file, &asked);
    }
    // a name with an ending is a file; a page in its place would hide that it is missing
    let last = path.rsplit('/').next().unwrap_or_default();
    match Dist::get(INDEX) {
        Some(page) if !last.contains('.') && !path.starts_with("assets/") => answer(INDEX, page, &asked),
        _ => missing(&uri),
    }
}

pub(crate) async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("{method} is not known here"))
}

fn missing(uri: &Uri) -> Response {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Code::NotFound, format!("there is nothing at `{path}`")).into_response()
}

/// A file as the reader can take it. Beside those worth it, the UI's build put them compressed.
fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let kept = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    // weak, because it stands for the content in whichever encoding
    let hash: String =
        file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{hash}\"");
    let known = said(asked, &IF_NONE_MATCH).any(|known| known == tag || known == "*");
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, HeaderValue::from_static(kept)),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(CONTENT_TYPE, kind);
    for (encoding, ending) in ENCODINGS {
        if accepts(asked, encoding)
            && let Some(packed) = Dist::get(&format!("{path}{ending}"))
        {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            return (headers, packed.data.into_owned()).into_response();
        }
    }
    (headers, file.data.into_owned()).into_response()
}

/// The parts of a list in a header.
fn said<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether the reader takes an encoding by its name; one with quality 0 is refused.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    said(headers, &ACCEPT_ENCODING).any(|offer| {
        let (name, parameters) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && refused != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap())])
    }

    #[test]
    fn an_encoding_is_taken_by_name_unless_it_is_refused() {
        assert!(accepts(&asking("gzip, deflate, br"), "br"));
        assert!(accepts(&asking("BR;q=0.5"), "br"));
        assert!(!accepts(&asking("gzip, br;q=0"), "br"));
        assert!(!accepts(&asking("br;q=0.000"), "br"));
        assert!(!accepts(&asking("gzip, brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_page_that_is_known_is_not_sent_again() {
        let page = || Dist::get(INDEX).unwrap();
        let first = answer(INDEX, page(), &HeaderMap::new());
        assert_eq!(
            (first.status(), first.headers()[CACHE_CONTROL].as_bytes()),
            (StatusCode::OK, &b"no-cache"[..])
        );
        let tag = first.headers()[ETAG].clone();
        let mut asked = HeaderMap::from_iter([(IF_NONE_MATCH, tag.clone())]);
        let again = answer(INDEX, page(), &asked);
        assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &tag));
        asked.insert(IF_NONE_MATCH, HeaderValue::from_static("W/\"another\""));
        assert_eq!(answer(INDEX, page(), &asked).status(), StatusCode::OK);
    }
}
