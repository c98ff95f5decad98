//! Heads of the chain outside the store: a store whose last entries were cut off is whole in itself, and only what was
//! noted elsewhere can tell. They go to a file of the installation and to the log, which can be kept on another machine.

use std::io::Write;
use std::path::Path;

use super::entry::hex;
use crate::error::Result;
use crate::files::{io, private_file};

/// A head is noted whenever so many entries were added, and with every check that finds the chain whole.
pub(crate) const EVERY: i64 = 16;

/// A noted head.
pub(crate) struct Head {
    pub(crate) number: i64,
    pub(crate) hash: String,
}

fn file(home: &Path) -> std::path::PathBuf {
    home.join("audit.heads")
}

/// Notes a head. What cannot be noted is told, and stops nobody: the entry itself is kept.
pub(crate) fn note(home: &Path, number: i64, hash: &[u8]) {
    let hash = hex(hash);
    tracing::info!(audit.number = number, audit.hash = %hash, "head of the audit");
    let path = file(home);
    let written = private_file(&path, false).and_then(|mut file| {
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0))?;
        // one write, so that two processes do not mix their lines
        file.write_all(format!("{number} {hash}\n").as_bytes())
    });
    if let Err(error) = written {
        tracing::warn!(path = %path.display(), %error, "the head of the audit cannot be noted");
    }
}

/// The heads that were noted, in the order of their numbers. A line that was cut short is no head.
pub(crate) fn noted(home: &Path) -> Result<Vec<Head>> {
    let path = file(home);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("read", &path)(error)),
    };
    let mut heads: Vec<Head> = text
        .lines()
        .filter_map(|line| {
            let (number, hash) = line.split_once(' ')?;
            let hash = (hash.len() == 64).then(|| hash.to_owned())?;
            Some(Head { number: number.parse().ok()?, hash })
        })
        .collect();
    heads.sort_by_key(|head| head.number);
    Ok(heads)
}
