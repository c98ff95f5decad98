//! What of the vocabulary this engine does not serve, said before a run begins rather than in the middle of one.

use netgain_manifest::Stream;

use crate::Error;

/// Refuses a stream that asks for something that is not served.
///
/// # Errors
/// [`Error::Setup`] names the stream and the word.
pub(crate) fn check(stream: &Stream) -> Result<(), Error> {
    let no = |what: &str| Err(Error::Setup(format!("stream `{}`: {what}", stream.name)));
    match &stream.hook {
        Some(hook) => no(&format!("there is no hook `{hook}`: use the vocabulary")),
        None => Ok(()),
    }
}
