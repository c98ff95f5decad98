//! The web UI inside the binary. Files under `assets/` carry a hash in their name and may be kept for ever; the
//! page itself is asked for every time.

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::problem::{Code, Problem};

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

const INDEX: &str = "index.html";

/// Whatever no other route answers: a file of the UI, else its page for paths that the UI routes itself.
pub(crate) async fn fallback(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return missing(&uri);
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        let mut response = method_not_allowed(method).await.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if let Some(file) = Dist::get(path) {
        return answer(path, file);
    }
    // a name with an ending is a file; a page in its place would hide that it is missing
    let last = path.rsplit('/').next().unwrap_or_default();
    match Dist::get(INDEX) {
        Some(page) if !last.contains('.') && !path.starts_with("assets/") => answer(INDEX, page),
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

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let kept = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, HeaderValue::from_static(kept))];
    (headers, file.data.into_owned()).into_response()
}
