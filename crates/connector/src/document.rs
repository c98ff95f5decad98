//! Files that answers name: read from their own address without any header of the connection, unpacked and decoded.

use bytes::BytesMut;
use netgain_domain::ErrorClass;
use netgain_manifest::Document;
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;
use url::Url;

use crate::bulk::is_allowed;
use crate::caller::Caller;
use crate::decode::{Decoded, Decoder, unpack};
use crate::{Backoff, Error, Note, Sink, TransportError};

/// Most bytes of a file, packed and unpacked; more is asked for in smaller windows.
const MOST: u64 = 512 << 20;

/// How a stream's answers name their files.
pub(crate) struct Documents {
    url: Path,
    compression: Option<Path>,
}

/// A file as it was sent.
struct File {
    bytes: BytesMut,
    content_type: Option<String>,
}

impl Documents {
    /// Compiles the paths.
    ///
    /// # Errors
    /// [`Error::Setup`] when one is none.
    pub fn new(document: &Document) -> Result<Self, Error> {
        let path = |text: &String| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
        Ok(Self {
            url: path(&document.url)?,
            compression: document.compression.as_ref().map(path).transpose()?,
        })
    }

    /// The records of the file that an answer names.
    ///
    /// # Errors
    /// When the file cannot be had whole, leads to a host that is not allowed, or is not what the manifest says.
    pub async fn records(
        &self,
        caller: &Caller,
        name: &str,
        body: &Value,
        decoder: &Decoder,
        sink: &dyn Sink,
    ) -> Result<Decoded, Error> {
        let wrong = |problem: String| Error::Answer { stream: name.to_owned(), problem };
        let address = self.url.first(&[body]).and_then(word_of);
        let address = address.ok_or_else(|| wrong(format!("the answer has no `{}`", self.url.text)))?;
        // the address itself is the key to the file: it is never shown
        let url =
            Url::parse(&address).map_err(|_| wrong("the address of the file is not valid".to_owned()))?;
        if !is_allowed(&url, &caller.base_url, &caller.manifest.http.allowed_hosts) {
            let host = url.host_str().unwrap_or_default();
            return Err(Error::Setup(format!(
                "the file of stream `{name}` is offered at `{host}`: add the host to http.allowed_hosts if it is the platform's"
            )));
        }
        let file = fetch(caller, name, &url, sink).await?;
        let packed = self.compression.as_ref().and_then(|path| path.first(&[body])).and_then(word_of);
        let unpacked = match packed.filter(|word| word.eq_ignore_ascii_case("gzip")) {
            Some(_) => Some(unpack(&file.bytes, MOST).map_err(wrong)?),
            None => None,
        };
        let bytes = unpacked.as_deref().unwrap_or(&file.bytes);
        let value = if decoder.wants_bytes() {
            Value::new_null()
        } else {
            let text = std::str::from_utf8(bytes).map_err(|_| wrong("the file is not UTF-8".to_owned()))?;
            netgain_mapping::parse(text).map_err(|error| wrong(error.to_string()))?
        };
        decoder.records(&value, bytes, file.content_type.as_deref())
    }
}

/// The whole file; what breaks off is asked for again.
async fn fetch(caller: &Caller, name: &str, url: &Url, sink: &dyn Sink) -> Result<File, Error> {
    let mut failed = 0;
    loop {
        let (error, asked) = match attempt(caller, name, url).await? {
            Ok(file) => return Ok(file),
            Err(failed) => failed,
        };
        failed += 1;
        let Some(time) = Backoff::default().pause(failed, asked, &mut rand::rng()) else {
            return Err(error.into());
        };
        sink.note(Note::Waiting { time, why: "download" });
        caller.clock.sleep(time).await;
    }
}

type Attempt = Result<File, (TransportError, Option<std::time::Duration>)>;

async fn attempt(caller: &Caller, name: &str, url: &Url) -> Result<Attempt, Error> {
    let host = || url.host_str().unwrap_or_default().to_owned();
    let mut download = match caller.transport.download(url.clone(), 0).await {
        Ok(download) => download,
        Err(error) if error.is_transient() => return Ok(Err((error, None))),
        Err(error) => return Err(error.into()),
    };
    match download.status {
        200 => {}
        status @ (408 | 429 | 500..=599) => {
            let asked = download.header("retry-after").and_then(|text| text.parse().ok());
            let reason = format!("it answers with status {status}");
            let error = TransportError::Broken { host: host(), reason, sent: true };
            return Ok(Err((error, asked.map(std::time::Duration::from_secs))));
        }
        status => {
            // such addresses die soon: another one is asked for
            let message = format!("the file of stream `{name}` is not there (status {status})");
            return Err(Error::Refused { class: ErrorClass::NotFound, status, message });
        }
    }
    let content_type = download.header("content-type").map(str::to_owned);
    let mut bytes = BytesMut::new();
    loop {
        match download.body.next().await {
            Ok(Some(piece)) if (bytes.len() + piece.len()) as u64 > MOST => {
                let limit = usize::try_from(MOST).unwrap_or(usize::MAX);
                return Err(TransportError::TooLarge { host: host(), limit }.into());
            }
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => return Ok(Ok(File { bytes, content_type })),
            Err(error) if error.is_transient() => return Ok(Err((error, None))),
            Err(error) => return Err(error.into()),
        }
    }
}
