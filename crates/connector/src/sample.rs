//! What a stream's words are worth before any run: whether they can be used at all, and what they find in a recorded
//! answer.

use netgain_manifest::{Cursor, Deletes, Fetch, Manifest, Pagination, Slice, Stream};
use netgain_mapping::Path;
use sonic_rs::Value;

use crate::decode::Decoder;
use crate::gone::Gone;
use crate::pages::Mark;
use crate::way::Way;
use crate::{Error, jobs, served};

/// What a stream finds in a recorded answer.
#[derive(Debug)]
pub struct Sample {
    /// Its records, as a run would keep them.
    pub records: Vec<Value>,
    /// Paths of the stream, beside its field table, that find nothing there.
    pub missing: Vec<String>,
}

/// Checks that a run of the stream could begin: paths, places of pages in bodies, slices, cursors and hooks.
///
/// # Errors
/// [`Error::Setup`] says what cannot work.
pub fn verify(manifest: &Manifest, stream: &Stream) -> Result<(), Error> {
    let wrong = |problem: String| Error::Setup(format!("stream `{}`: {problem}", stream.name));
    let path = |text: &String| Path::compile(text).map_err(|error| wrong(error.to_string()));
    served::check(stream)?;
    Decoder::of(stream)?;
    Gone::of(stream)?;
    Way::of(&stream.pagination, &mut stream.request.clone())?;
    let windows = stream.slices.iter().any(|slice| matches!(slice, Slice::Window { .. }));
    let days = windows && !matches!(stream.fetch, Fetch::Bulk { .. });
    if days || matches!(stream.fetch, Fetch::AsyncJob { .. }) {
        jobs::verify(stream)?;
    } else {
        Mark::of(stream)?;
    }
    for slice in &stream.slices {
        if let Slice::Parent { stream: parent, key, .. } = slice {
            path(key)?;
            if *parent == stream.name || manifest.stream(parent).is_none() {
                return Err(wrong(format!("its slices name `{parent}`, which is no other stream")));
            }
        }
    }
    if let Cursor::Events(events) = &stream.cursor {
        for text in [&events.kind, &events.time, &events.id, &events.object, &events.records] {
            path(text)?;
        }
        Way::of(&events.pagination, &mut events.request.clone())?;
        let refetches = events.types.values().any(|means| *means == netgain_manifest::EventMeans::Refetch);
        if refetches && events.refetch.is_none() {
            return Err(wrong("an event means `refetch`: add the call".to_owned()));
        }
    }
    if let Deletes::Tombstone { request, pagination, .. } = &stream.deletes {
        Way::of(pagination, &mut request.clone())?;
    }
    Ok(())
}

/// Reads a recorded answer (or the file that one names) as a run would.
///
/// # Errors
/// [`Error::Answer`] when it is not what the stream says, [`Error::Setup`] as [`verify`].
pub fn read_sample(stream: &Stream, answer: &[u8]) -> Result<Sample, Error> {
    let decoder = Decoder::of(stream)?;
    let wrong = |problem: String| Error::Answer { stream: stream.name.clone(), problem };
    let body = if decoder.wants_bytes() {
        Value::new_null()
    } else {
        let text = std::str::from_utf8(answer).map_err(|_| wrong("the sample is not UTF-8".to_owned()))?;
        netgain_mapping::parse(text).map_err(|error| wrong(error.to_string()))?
    };
    let decoded = decoder.records(&body, answer, None)?;
    let mut missing = Vec::new();
    let mut look = |text: &Option<String>, values: &[&Value]| {
        let Some(text) = text else { return };
        let found =
            Path::compile(text).is_ok_and(|path| values.iter().any(|value| path.first(&[*value]).is_some()));
        if !found {
            missing.push(text.clone());
        }
    };
    let records: Vec<&Value> = decoded.records.iter().collect();
    // what may be absent on a last page is not looked for
    let of_body = match &stream.pagination {
        Pagination::Token { more, .. } => [more.clone(), None, None],
        Pagination::Offset { total, .. } => [total.clone(), None, None],
        Pagination::Page { total, total_pages, more, .. } => {
            [total.clone(), total_pages.clone(), more.clone()]
        }
        Pagination::Keyset { more, .. } => [more.clone(), None, None],
        Pagination::Graphql { page_info } => [Some(page_info.clone()), None, None],
        _ => [None, None, None],
    };
    if !decoder.wants_bytes() {
        of_body.iter().for_each(|text| look(text, &[&body]));
    }
    if !records.is_empty() {
        let of_record = [
            match &stream.pagination {
                Pagination::Keyset { path, .. } => Some(path.clone()),
                _ => None,
            },
            match &stream.cursor {
                Cursor::Timestamp { path, .. } | Cursor::Sequence { path, .. } => Some(path.clone()),
                _ => None,
            },
            stream.cap.as_ref().and_then(|cap| cap.beyond.clone()),
        ];
        of_record.iter().for_each(|text| look(text, &records));
    }
    Ok(Sample { records: decoded.records, missing })
}
