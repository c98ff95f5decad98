//! Hands a file to the CSV parser one physical line at a time. So the lines a record took are always known, and a
//! quote that is never closed costs one row instead of the rest of the file.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// A record may stretch over this many lines.
const MAX_RECORD_LINES: usize = 200;
/// A longer line means that this is no text file.
const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// A physical line with its number, counted from 1.
#[derive(Debug, Clone)]
pub(crate) struct PhysicalLine {
    pub number: u64,
    pub bytes: Vec<u8>,
}

impl PhysicalLine {
    fn is_blank(&self) -> bool {
        self.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }
}

/// The feed; as a [`Read`] it gives at most one line per call and ends where a record grows too long.
pub(crate) struct LineFeed<R> {
    source: R,
    next_number: u64,
    replay: VecDeque<PhysicalLine>,
    fed: Vec<PhysicalLine>,
    offset: usize,
}

impl<R: BufRead> LineFeed<R> {
    pub fn new(source: R) -> Self {
        Self { source, next_number: 1, replay: VecDeque::new(), fed: Vec::new(), offset: 0 }
    }

    /// The next line, with its line end; blank ones too.
    pub fn next_line(&mut self) -> io::Result<Option<PhysicalLine>> {
        if let Some(line) = self.replay.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        let number = self.next_number;
        if read as u64 == MAX_LINE_BYTES && bytes.last() != Some(&b'\n') {
            let text = format!("line {number} is longer than 16 MB: is this a CSV file");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.next_number += 1;
        if number == 1 && bytes.starts_with(UTF8_BOM) {
            bytes.drain(..UTF8_BOM.len());
        }
        Ok(Some(PhysicalLine { number, bytes }))
    }

    /// The lines of the record that the parser has just returned.
    pub fn take_fed(&mut self) -> Vec<PhysicalLine> {
        self.offset = 0;
        std::mem::take(&mut self.fed)
    }

    /// Feeds these lines again, before anything else.
    pub fn give_back(&mut self, lines: impl DoubleEndedIterator<Item = PhysicalLine>) {
        for line in lines.rev() {
            self.replay.push_front(line);
        }
    }
}

impl<R: BufRead> Read for LineFeed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let used_up = self.fed.last().is_none_or(|line| self.offset >= line.bytes.len());
        if used_up {
            let content = self.fed.iter().skip_while(|line| line.is_blank()).count();
            if content >= MAX_RECORD_LINES {
                return Ok(0);
            }
            if content == 0 {
                // the parser skips blank lines between records, so they belong to none
                self.fed.clear();
            }
            let Some(line) = self.next_line()? else { return Ok(0) };
            self.fed.push(line);
            self.offset = 0;
        }
        let rest = self.fed.last().and_then(|line| line.bytes.get(self.offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.offset += count;
        Ok(count)
    }
}
