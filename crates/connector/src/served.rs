//! What of the vocabulary this engine does not serve yet, said before a run begins rather than in the middle of one.

use netgain_manifest::{Body, Cursor, Decode, Deletes, Fetch, Filter, Limit, Pagination, Slice, Stream};

use crate::Error;

/// Refuses a stream that asks for something that is not served.
///
/// # Errors
/// [`Error::Setup`] names the stream and the word.
pub(crate) fn check(stream: &Stream) -> Result<(), Error> {
    match unserved(stream) {
        None => Ok(()),
        Some(word) => Err(Error::Setup(format!("stream `{}`: `{word}` is not served yet", stream.name))),
    }
}

fn unserved(stream: &Stream) -> Option<&'static str> {
    if matches!(stream.request.body, Body::Json { .. }) {
        return Some("body: json");
    }
    let paging = match &stream.pagination {
        Pagination::LinkHeader {} => Some("pagination: link_header"),
        Pagination::Page { .. } => Some("pagination: page"),
        Pagination::Keyset { .. } => Some("pagination: keyset"),
        _ => None,
    };
    let cursor = match &stream.cursor {
        Cursor::Sequence { .. } => Some("cursor: sequence"),
        Cursor::Token { .. } => Some("cursor: token"),
        Cursor::Events(_) => Some("cursor: events"),
        Cursor::Timestamp { filter: Filter::Client, .. } => Some("cursor.filter: client"),
        _ => None,
    };
    let decode = match &stream.decode {
        Decode::Columns { .. } => Some("decode: columns"),
        Decode::Csv { .. } => Some("decode: csv"),
        _ => None,
    };
    let fetch = match &stream.fetch {
        Fetch::Pages { document: Some(_) } | Fetch::AsyncJob { document: Some(_), .. } => Some("document"),
        _ => None,
    };
    let parent = stream.slices.iter().any(|slice| matches!(slice, Slice::Parent { .. }));
    let limits =
        stream.limits.iter().any(|limit| matches!(limit, Limit::Reported { .. } | Limit::Daily { .. }));
    paging
        .or(cursor)
        .or(decode)
        .or(fetch)
        .or(parent.then_some("slices: parent"))
        .or((!matches!(stream.deletes, Deletes::None)).then_some("deletes"))
        .or(stream.join.as_ref().map(|_| "join"))
        .or((!stream.lift.is_empty()).then_some("lift"))
        .or((!stream.only.is_empty()).then_some("where"))
        .or(limits.then_some("limits"))
        .or(stream.hook.as_ref().map(|_| "hook"))
}
