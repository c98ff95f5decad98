//! Reads the file and hands its records on in pages. Reading and putting together happen on a thread of their own, so
//! that whoever keeps the records works at the same time.

use std::io::BufReader;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::file::Spooled;
use super::job::Written;
use super::{Load, fraction};
use crate::Error;
use crate::cursor::{BulkPosition, State};
use crate::jsonl::{JsonlError, Records, Shape};

/// Most records in a page.
const PAGE_RECORDS: usize = 2_000;
/// Bytes after which a page ends.
const PAGE_BYTES: usize = 8 << 20;
/// Pages that wait while one is being kept.
const AHEAD: usize = 1;

impl Load<'_> {
    /// Hands on the records that are not kept yet, each page with the position behind it; tells what is wrong with
    /// a file that is not what the platform says of it.
    pub(super) async fn read(
        &mut self,
        at: &mut BulkPosition,
        written: &Written,
        spooled: &Spooled,
    ) -> Result<Option<String>, Error> {
        let (sender, mut pages) = mpsc::channel(AHEAD);
        let (path, shape, skip) = (spooled.path.clone(), self.plan.shape.clone(), at.roots);
        let reader = tokio::task::spawn_blocking(move || read_pages(path, shape, skip, &sender));
        while let Some(lines) = pages.recv().await {
            at.roots += lines.len() as u64;
            self.report.records += lines.len() as u64;
            let state = State { bulk: Some(at.clone()), ..State::default() };
            let part = fraction(at.roots, written);
            // dropping the channel ends the reader
            self.page(lines, Some(state), at, part).await?;
        }
        let read = match reader.await {
            Ok(Ok(read)) => read,
            Ok(Err(JsonlError::Io(error))) => return Err(error.into()),
            Ok(Err(error)) => return Ok(Some(format!("its file cannot be read: {error}"))),
            Err(_) => return Err(self.wrong("the reading of its file was cut short")),
        };
        Ok(written
            .records
            .filter(|all| *all != read)
            .map(|all| format!("its file has {read} of {all} records")))
    }
}

/// Reads to the end and tells how many records there are; the first `skip` are not handed on.
fn read_pages(
    path: PathBuf,
    shape: Shape,
    skip: u64,
    pages: &mpsc::Sender<Vec<Bytes>>,
) -> Result<u64, JsonlError> {
    let file = BufReader::with_capacity(1 << 20, std::fs::File::open(path)?);
    let mut records = Records::new(file, shape);
    let mut out = BytesMut::new();
    let mut read = 0;
    while read < skip && records.next(&mut out)? {
        read += 1;
        out.clear();
    }
    loop {
        let (mut lines, mut bytes) = (Vec::with_capacity(PAGE_RECORDS), 0);
        let mut more = true;
        while more && lines.len() < PAGE_RECORDS && bytes < PAGE_BYTES {
            more = records.next(&mut out)?;
            if more {
                let line = out.split().freeze();
                bytes += line.len();
                lines.push(line);
            }
        }
        read += lines.len() as u64;
        // nobody listens any more: the run has ended
        if !lines.is_empty() && pages.blocking_send(lines).is_err() {
            return Ok(read);
        }
        if !more {
            return Ok(read);
        }
    }
}
