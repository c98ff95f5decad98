//! The file itself: downloaded into the spool folder, taken up where a download broke off, and proven whole.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::Duration;

use netgain_domain::ErrorClass;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom};
use url::Url;

use super::job::Written;
use super::{Files, Load};
use crate::{Backoff, Download, Error, Note, TransportError, address};

/// Downloads from the beginning, after one that was not whole.
const DOWNLOADS: u32 = 4;
/// Bytes that are looked over or written at once.
const PIECE: usize = 1 << 18;

/// How fetching a file ends.
pub(super) enum Fetched {
    /// It is in the spool folder, whole.
    Whole,
    /// The address does not lead to it (any more); with the HTTP status.
    Gone(u16),
    /// However often it is downloaded, it is not what the platform says of it; what is wrong.
    Flawed(String),
}

/// Where the file of a job is kept meanwhile.
pub(super) struct Spooled {
    pub path: PathBuf,
}

impl Spooled {
    /// The place for the file of that job; the same one in every run.
    pub fn of(files: Files<'_>, stream: &str, job: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (files.caller.base_url.as_str(), job).hash(&mut hasher);
        Self { path: files.folder.join(format!("{stream}-{:016x}.jsonl", hasher.finish())) }
    }

    /// Throws the file away. One that cannot be removed is overwritten or left to whoever empties the folder.
    pub async fn remove(&self) {
        let _ = tokio::fs::remove_file(&self.path).await;
    }
}

/// What is in the spool folder so far.
struct Spool {
    file: File,
    bytes: u64,
    lines: u64,
    /// Whether the last byte ends a line.
    ended: bool,
}

/// How one download ends that was not refused.
enum Piece {
    /// The answer ended as it announced.
    Ended,
    /// The file must be read from its beginning.
    Restart,
    /// Ask again after a pause.
    Wait(Option<Duration>, TransportError),
    Gone(u16),
}

impl Spool {
    /// Opens the file with what an earlier run left in it.
    async fn open(spooled: &Spooled) -> Result<Self, Error> {
        if let Some(folder) = spooled.path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut options = tokio::fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&spooled.path).await?;
        let mut spool = Self { file, bytes: 0, lines: 0, ended: true };
        let mut piece = vec![0; PIECE];
        loop {
            let read = spool.file.read(&mut piece).await?;
            if read == 0 {
                return Ok(spool);
            }
            spool.count(piece.get(..read).unwrap_or_default());
        }
    }

    fn count(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.lines += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.ended = piece.last().map_or(self.ended, |last| *last == b'\n');
    }

    /// Lines, the last of which may lack its end.
    fn lines(&self) -> u64 {
        self.lines + u64::from(!self.ended)
    }

    async fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.file.write_all(piece).await?;
        self.count(piece);
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Error> {
        self.file.flush().await?;
        self.file.set_len(0).await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        (self.bytes, self.lines, self.ended) = (0, 0, true);
        Ok(())
    }

    /// What is missing or too much; none when all that the platform says of the file holds.
    fn flaw(&self, written: &Written) -> Option<String> {
        let compare = |what: &str, have: u64, all: Option<u64>| {
            all.filter(|all| *all != have).map(|all| format!("{have} of {all} {what}"))
        };
        compare("bytes", self.bytes, written.bytes).or_else(|| compare("lines", self.lines(), written.lines))
    }
}

impl Load<'_> {
    /// Brings the whole file into the spool folder.
    pub(super) async fn fetch(&mut self, written: &Written, spooled: &Spooled) -> Result<Fetched, Error> {
        let mut spool = Spool::open(spooled).await?;
        let Some(url) = &written.url else {
            spool.restart().await?;
            return Ok(Fetched::Whole);
        };
        let url = self.admitted(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let (mut downloads, mut failed) = (0, 0);
        // an earlier run may have brought it whole
        let mut ended = spool.bytes > 0 && written.bytes == Some(spool.bytes);
        loop {
            if ended {
                let Some(flaw) = spool.flaw(written) else {
                    spool.file.flush().await?;
                    return Ok(Fetched::Whole);
                };
                downloads += 1;
                if downloads == DOWNLOADS {
                    return Ok(Fetched::Flawed(flaw));
                }
                self.recovered(format!("the file had {flaw} and is downloaded again"));
                spool.restart().await?;
            }
            let before = spool.bytes;
            ended = false;
            match self.piece(&url, &mut spool, written).await? {
                Piece::Ended => ended = true,
                Piece::Restart => {
                    failed += 1;
                    spool.restart().await?;
                }
                Piece::Gone(status) => return Ok(Fetched::Gone(status)),
                Piece::Wait(asked, error) => {
                    failed = if spool.bytes > before { 1 } else { failed + 1 };
                    let pause = Backoff::default().pause(failed, asked, &mut rand::rng());
                    let Some(time) = pause else { return Err(error.into()) };
                    self.sink.note(Note::Waiting { time, why: "download" });
                    self.files.caller.clock.sleep(time).await;
                }
            }
            if failed > Backoff::default().tries {
                let reason = "the file changes while it is downloaded".to_owned();
                return Err(TransportError::Broken { host, reason, sent: true }.into());
            }
        }
    }

    /// Downloads what is missing as far as one answer goes.
    async fn piece(&mut self, url: &Url, spool: &mut Spool, written: &Written) -> Result<Piece, Error> {
        let mut download = match self.files.caller.transport.download(url.clone(), spool.bytes).await {
            Ok(download) => download,
            Err(error) if error.is_transient() => return Ok(Piece::Wait(None, error)),
            Err(error) => return Err(error.into()),
        };
        match download.status {
            206 if begins_at(&download) == Some(spool.bytes) => {}
            // the whole file, though only the rest was asked for
            200 => spool.restart().await?,
            206 => return Ok(Piece::Restart),
            // nothing is left to be sent, or the file has become shorter
            416 if written.bytes.is_none_or(|all| all == spool.bytes)
                && size(&download) == Some(spool.bytes) =>
            {
                return Ok(Piece::Ended);
            }
            416 => return Ok(Piece::Restart),
            408 | 429 | 500..=599 => {
                let asked = download.header("retry-after").and_then(|text| text.parse().ok());
                let host = url.host_str().unwrap_or_default().to_owned();
                let reason = format!("it answers with status {}", download.status);
                let error = TransportError::Broken { host, reason, sent: true };
                return Ok(Piece::Wait(asked.map(Duration::from_secs), error));
            }
            status @ 400..=499 => return Ok(Piece::Gone(status)),
            status => {
                let message = format!("the file of stream `{}` is not there", self.stream.name);
                return Err(Error::Refused { class: ErrorClass::Invalid, status, message });
            }
        }
        loop {
            match download.body.next().await {
                Ok(Some(piece)) => spool.write(&piece).await?,
                Ok(None) => {
                    spool.file.flush().await?;
                    return Ok(Piece::Ended);
                }
                Err(error) if error.is_transient() => {
                    spool.file.flush().await?;
                    return Ok(Piece::Wait(None, error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The address of a file, if it leads to where the manifest or the connection allows.
    fn admitted(&self, text: &str) -> Result<Url, Error> {
        let caller = &self.files.caller;
        // the address itself is the key to the file: it is never shown
        let url = Url::parse(text).map_err(|_| self.wrong("the address of the file is not valid"))?;
        if is_allowed(&url, &caller.base_url, &caller.manifest.http.allowed_hosts) {
            return Ok(url);
        }
        Err(Error::Setup(format!(
            "the file of stream `{}` is offered at `{}`: add the host to http.allowed_hosts if it is the platform's",
            self.stream.name,
            url.host_str().unwrap_or_default()
        )))
    }
}

/// Whether a file may be fetched there: where calls go, or over https at a host that the manifest names.
pub(crate) fn is_allowed(url: &Url, base: &Url, allowed: &[String]) -> bool {
    url.origin() == base.origin() || address::is_allowed(url, allowed)
}

/// The first byte of a `Content-Range: bytes 7-9/10`.
fn begins_at(download: &Download) -> Option<u64> {
    download.header("content-range")?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// The length of the file in a `Content-Range: bytes …/10`.
fn size(download: &Download) -> Option<u64> {
    download.header("content-range")?.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_from_where_calls_go_or_from_named_hosts() {
        let allowed = ["*.shop.example".to_owned(), "files.example".to_owned()];
        let base: Url = "http://127.0.0.1:9400/shop".parse().unwrap();
        for (url, may) in [
            ("http://127.0.0.1:9400/bulk/1.jsonl?token=x", true),
            ("http://127.0.0.1:9401/bulk/1.jsonl", false),
            ("https://a.shop.example/1", true),
            ("https://shop.example/1", false),
            ("https://evilshop.example/1", false),
            ("https://files.example/1?sig=x", true),
            ("http://files.example/1", false),
            ("https://files.example.evil.example/1", false),
            ("https://files.example@evil.example/1", false),
        ] {
            assert_eq!(is_allowed(&url.parse().unwrap(), &base, &allowed), may, "{url}");
        }
    }
}
