//! Serves the result of a bulk operation by its signed address, whole or in ranges.
use super::job::token;
use crate::faults::calls::Operation;
use crate::shopify::Face;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Answers `GET /bulk/{file}?token=…`; no access token is needed, the address itself is the secret.
pub async fn download(
    State(face): State<Arc<Face>>,
    Path(params): Path<HashMap<String, String>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut response = serve(&face, &params, &query, &headers);
    response.extensions_mut().insert(Operation("download".to_owned()));
    response
}

fn denied(status: StatusCode, code: &str) -> Response {
    let body = format!("<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml; charset=UTF-8")], body).into_response()
}

fn serve(
    face: &Face,
    params: &HashMap<String, String>,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
) -> Response {
    let name = params.get("file").map_or("", String::as_str).trim_end_matches(".jsonl");
    let partial = name.ends_with("-partial");
    let job = name.trim_end_matches("-partial").parse().ok().and_then(|id| face.bulk.find(id));
    let Some(job) = job else { return denied(StatusCode::NOT_FOUND, "NoSuchKey") };
    if query.get("token").map(String::as_str) != Some(&token(&face.app, job.id, partial)) {
        return denied(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let seen = job.look(face.app.world.now().as_second());
    if seen.status == super::Status::Expired {
        return denied(StatusCode::BAD_REQUEST, "ExpiredToken");
    }
    let Some(mut file) = job.open() else { return denied(StatusCode::NOT_FOUND, "NoSuchKey") };
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (from, to) = match asked.map(|range| range_of(range, seen.size)) {
        None => (0, seen.size),
        Some(Some(range)) => range,
        Some(None) => {
            let size = format!("bytes */{}", seen.size);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)]).into_response();
        }
    };
    if file.seek(SeekFrom::Start(from)).is_err() {
        return denied(StatusCode::INTERNAL_SERVER_ERROR, "InternalError");
    }
    let reader = tokio::fs::File::from_std(file).take(to - from);
    let body = Body::from_stream(ReaderStream::with_capacity(reader, 1 << 18));
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, "application/jsonl")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, to - from);
    if asked.is_some() {
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", to.saturating_sub(1), seen.size));
    }
    response.body(body).unwrap_or_else(|_| denied(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"))
}

/// First byte and the one past the last, of `bytes=a-b`, `bytes=a-` or `bytes=-n`.
fn range_of(text: &str, size: u64) -> Option<(u64, u64)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (from, to) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (from, "") => (from.parse().ok()?, size),
        (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.saturating_add(1).min(size)),
    };
    (range.0 < range.1).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::range_of;

    #[test]
    fn ranges() {
        assert_eq!(range_of("bytes=0-9", 100), Some((0, 10)));
        assert_eq!(range_of("bytes=90-", 100), Some((90, 100)));
        assert_eq!(range_of("bytes=-5", 100), Some((95, 100)));
        assert_eq!(range_of("bytes=5-500", 100), Some((5, 100)));
        assert_eq!(range_of("bytes=100-", 100), None);
        assert_eq!(range_of("lines=1-2", 100), None);
    }
}
