//! The manifest's description of a bulk load with its paths compiled.

use netgain_manifest::{Fetch, Poll, Request, Stream, When};
use netgain_mapping::Path;

use crate::Error;
use crate::jsonl::Shape;

/// What to call and where to look in the answers.
pub(super) struct Plan<'a> {
    pub create: &'a Request,
    pub poll: &'a Poll,
    pub cancel: Option<&'a Request>,
    /// In the answer to `create`.
    pub id: Path,
    pub started: Path,
    pub errors: Option<Path>,
    pub busy: Option<(Path, &'a When)>,
    /// In the answers to `poll`.
    pub state: Path,
    pub url: Path,
    pub partial_url: Option<Path>,
    pub bytes: Option<Path>,
    pub lines: Option<Path>,
    pub records: Option<Path>,
    pub shape: Shape,
}

impl<'a> Plan<'a> {
    /// Compiles the paths of a stream's bulk load.
    ///
    /// # Errors
    /// [`Error::Setup`] names what the manifest lacks.
    pub fn compile(stream: &Stream, fetch: &'a Fetch) -> Result<Self, Error> {
        let lacks = |problem: String| Error::Setup(format!("stream `{}`: {problem}", stream.name));
        let Fetch::Bulk { create, id, started, errors, busy, poll, url, partial_url, whole, cancel, decode } =
            fetch
        else {
            return Err(lacks("it is not loaded from a file".to_owned()));
        };
        let path = |text: &String| Path::compile(text).map_err(|error| lacks(error.to_string()));
        let maybe = |text: &Option<String>| text.as_ref().map(path).transpose();
        let busy = match busy {
            None => None,
            Some(when) => {
                let code = when.path.as_ref().ok_or_else(|| lacks("`busy` has no path".to_owned()))?;
                Some((path(code)?, when))
            }
        };
        Ok(Self {
            create,
            poll,
            cancel: cancel.as_ref(),
            id: path(id)?,
            started: path(started)?,
            errors: maybe(errors)?,
            busy,
            state: path(&poll.state)?,
            url: path(url)?,
            partial_url: maybe(partial_url)?,
            bytes: maybe(&whole.bytes)?,
            lines: maybe(&whole.lines)?,
            records: maybe(&whole.records)?,
            shape: Shape::compile(decode).map_err(lacks)?,
        })
    }
}
