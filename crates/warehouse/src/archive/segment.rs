//! The form of a segment: lines joined by line feeds, compressed, named by the hash of what they say.

use std::fmt::Write as _;
use std::io::{Read, Write as _};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Fast rather than small: the archive must keep up with the sync.
const LEVEL: i32 = 1;
/// A segment that unpacks to more is not one of ours.
const MAX_BYTES: u64 = 1 << 31;
/// Hex digits of a segment's name.
const HASH_DIGITS: usize = 32;

/// A stream name that can be part of a path.
pub(super) struct Stream<'a>(&'a str);

impl<'a> Stream<'a> {
    pub(super) fn new(name: &'a str) -> Result<Self> {
        let plain =
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if plain && (1..=64).contains(&name.len()) {
            Ok(Self(name))
        } else {
            Err(Error::StreamName(name.chars().take(80).collect()))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        self.0
    }
}

/// The first half of the SHA-256 of the lines, each with its line feed, in hex.
pub(super) fn hash(lines: &[Bytes]) -> String {
    let mut sha = Sha256::new();
    for line in lines {
        sha.update(line);
        sha.update(b"\n");
    }
    let mut hex = String::with_capacity(HASH_DIGITS);
    for byte in sha.finalize().iter().take(HASH_DIGITS / 2) {
        // writing to a string cannot fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

pub(super) fn pack(lines: &[Bytes]) -> std::io::Result<Vec<u8>> {
    let mut out = zstd::Encoder::new(Vec::new(), LEVEL)?;
    for line in lines {
        if line.contains(&b'\n') {
            return Err(std::io::Error::other("a line holds a line feed: hand over compact JSON"));
        }
        out.write_all(line)?;
        out.write_all(b"\n")?;
    }
    out.finish()
}

pub(super) fn unpack(packed: &[u8]) -> std::io::Result<Vec<Bytes>> {
    let mut plain = Vec::new();
    zstd::Decoder::new(packed)?.take(MAX_BYTES).read_to_end(&mut plain)?;
    let plain = Bytes::from(plain);
    let mut lines = Vec::new();
    let mut from = 0;
    for (at, byte) in plain.iter().enumerate() {
        if *byte == b'\n' {
            lines.push(plain.slice(from..at));
            from = at + 1;
        }
    }
    if from == plain.len() { Ok(lines) } else { Err(std::io::Error::other("its last line is cut off")) }
}

/// Splits `connection/stream/hash#line`.
pub(super) fn parse_ref(raw_ref: &str) -> Result<(&str, usize)> {
    let wrong = || Error::RawRef(raw_ref.chars().take(200).collect());
    let (name, line) = raw_ref.split_once('#').ok_or_else(wrong)?;
    hash_of_name(name)?;
    Ok((name, line.parse().map_err(|_| wrong())?))
}

/// The hash at the end of a segment's name; refuses every name that could lead elsewhere.
pub(super) fn hash_of_name(name: &str) -> Result<&str> {
    let wrong = || Error::RawRef(name.chars().take(200).collect());
    let mut parts = name.split('/');
    let (Some(connection), Some(stream), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    let hex =
        hash.len() == HASH_DIGITS && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let plain = connection.parse::<netgain_domain::ConnectionId>().is_ok() && Stream::new(stream).is_ok();
    if hex && plain { Ok(hash) } else { Err(wrong()) }
}
