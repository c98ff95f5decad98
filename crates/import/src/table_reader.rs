//! A CSV file as rows of decoded fields with the line they begin at; rows that cannot be decoded come as rejects.

use std::io::{BufRead, BufReader, Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::header::Header;
use crate::line_feed::{LineFeed, PhysicalLine};
use crate::mapping::{Delimiter, Encoding, Format};
use crate::{Error, Reject};

/// A row of the right width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub number: u64,
    pub fields: Vec<String>,
    pub raw: String,
}

/// A row or why it is none. A bad row keeps the fields that could be told, so that its order can be flagged.
#[derive(Debug)]
pub(crate) enum Item {
    Good(Line),
    Bad(Reject, Vec<String>),
}

/// Reads rows one by one.
pub(crate) struct TableReader<R: Read> {
    parser: Option<csv::Reader<LineFeed<BufReader<R>>>>,
    format: Format,
    delimiter: Delimiter,
    encoding: Encoding,
    header: Header,
    record: ByteRecord,
}

/// Where in a row a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
    AfterQuote,
}

struct RawRow {
    lines: Vec<PhysicalLine>,
    fields: Vec<Vec<u8>>,
}

impl<R: Read> TableReader<R> {
    /// Opens a file and reads its header.
    pub fn open(file: R, format: &Format) -> Result<Self, Error> {
        let mut source = BufReader::with_capacity(64 * 1024, file);
        if matches!(source.fill_buf()?, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
            return Err(Error::Utf16);
        }
        let mut feed = LineFeed::new(source);
        let delimiter = match format.delimiter {
            Delimiter::Auto => {
                let first = feed.next_line()?.ok_or(Error::Empty)?;
                let found = detect_delimiter(&first.bytes, format.quote);
                feed.give_back(std::iter::once(first));
                Delimiter::Byte(found)
            }
            known => known,
        };
        let parser = parser(feed, format, delimiter);
        let mut reader = Self {
            parser: Some(parser),
            format: format.clone(),
            delimiter,
            encoding: format.encoding,
            header: Header::new(format.columns.clone()),
            record: ByteRecord::new(),
        };
        if format.header {
            let row = reader.raw_row()?.ok_or(Error::Empty)?;
            let fields = reader.decode(&row.fields).map_err(|_| Error::HeaderEncoding("UTF-8"))?;
            reader.header = Header::new(fields);
        }
        Ok(reader)
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The delimiter in use, after detection.
    pub fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// The encoding as far as it is decided.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The next row; none at the end.
    pub fn next_item(&mut self) -> Result<Option<Item>, Error> {
        loop {
            let Some(row) = self.raw_row()? else { return Ok(None) };
            let Some(first) = row.lines.first() else { return Ok(None) };
            let width = self.header.names().len();
            if row.lines.iter().all(|line| line.bytes.iter().all(u8::is_ascii_whitespace)) {
                continue;
            }
            let number = first.number;
            if row.fields.len() != width || (row.lines.len() > 1 && !self.is_well_quoted(&row.lines)) {
                return Ok(Some(self.wrong_width(row)));
            }
            let raw = raw_text(&row.lines);
            return Ok(Some(match self.decode(&row.fields) {
                Ok(fields) => Item::Good(Line { number, fields, raw }),
                Err(at) => {
                    let value = row.fields.get(at).map(|field| String::from_utf8_lossy(field).into_owned());
                    let reject = Reject {
                        line: number,
                        column: self.header.name(at).map(str::to_owned),
                        value: value.unwrap_or_default(),
                        reason: "is not valid UTF-8: correct it, or set `format.encoding` to windows-1252"
                            .into(),
                        raw,
                    };
                    Item::Bad(reject, lossy(&row.fields))
                }
            }));
        }
    }

    /// Whether every quote that opens a field also closes it. The parser is lenient, which is right within one line;
    /// over several it would let a stray quote join rows that have nothing to do with each other.
    fn is_well_quoted(&self, lines: &[PhysicalLine]) -> bool {
        let Some(quote) = self.format.quote.and_then(|quote| u8::try_from(quote).ok()) else { return true };
        let delimiter = self.delimiter.byte().unwrap_or(b',');
        let (mut at, mut good) = (Place::FieldStart, true);
        for byte in lines.iter().flat_map(|line| &line.bytes).copied() {
            let ends_field = byte == delimiter || matches!(byte, b'\r' | b'\n');
            at = match at {
                Place::Quoted if byte == quote => Place::AfterQuote,
                Place::Quoted => Place::Quoted,
                Place::FieldStart | Place::AfterQuote if byte == quote => Place::Quoted,
                Place::AfterQuote if !ends_field => {
                    good = false;
                    Place::Plain
                }
                _ if ends_field => Place::FieldStart,
                _ => Place::Plain,
            };
        }
        good && at != Place::Quoted
    }

    /// A row of another width. If it took several lines a stray quote has swallowed the rest: only the first line
    /// is given up, the others are read again.
    fn wrong_width(&mut self, mut row: RawRow) -> Item {
        let expected = self.header.names().len();
        let mut found = row.fields.len();
        let mut reason = None;
        if row.lines.len() > 1 {
            let rest = row.lines.split_off(1);
            if let Some(parser) = self.parser.take() {
                let mut feed = parser.into_inner();
                feed.give_back(rest.into_iter());
                self.parser = Some(self::parser(feed, &self.format, self.delimiter));
            }
            found = 0;
            reason = Some(
                "a quote is opened and not closed, or the row has another number of fields than the header: close the quote",
            );
        }
        let line = row.lines.first();
        Item::Bad(
            Reject {
                line: line.map_or(0, |line| line.number),
                column: None,
                value: String::new(),
                reason: reason.map_or_else(
                    || {
                        format!(
                            "has {found} fields, expected {expected}: quote fields that contain the delimiter"
                        )
                    },
                    str::to_owned,
                ),
                raw: raw_text(&row.lines),
            },
            lossy(&row.fields),
        )
    }

    fn raw_row(&mut self) -> Result<Option<RawRow>, Error> {
        let Some(parser) = &mut self.parser else { return Ok(None) };
        if self.delimiter == Delimiter::Whitespace {
            let Some(line) = parser.get_mut().next_line()? else { return Ok(None) };
            let split = line.bytes.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
            let fields = split.map(<[u8]>::to_vec).collect();
            return Ok(Some(RawRow { lines: vec![line], fields }));
        }
        let more = parser.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => Error::Read(error),
            other => Error::Read(std::io::Error::other(format!("{other:?}"))),
        })?;
        if !more {
            return Ok(None);
        }
        let lines = parser.get_mut().take_fed();
        Ok(Some(RawRow { lines, fields: self.record.iter().map(<[u8]>::to_vec).collect() }))
    }

    /// The fields as text, or the position of the first that is not valid.
    fn decode(&mut self, fields: &[Vec<u8>]) -> Result<Vec<String>, usize> {
        if self.encoding == Encoding::Auto && !fields.iter().all(|field| field.is_ascii()) {
            let valid = fields.iter().all(|field| std::str::from_utf8(field).is_ok());
            self.encoding = if valid { Encoding::Utf8 } else { Encoding::Windows1252 };
        }
        let text = |(at, field): (usize, &Vec<u8>)| match self.encoding {
            Encoding::Windows1252 => {
                Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0.into_owned())
            }
            Encoding::Auto | Encoding::Utf8 => std::str::from_utf8(field).map(str::to_owned).map_err(|_| at),
        };
        fields.iter().enumerate().map(text).collect()
    }
}

fn parser<R: BufRead>(feed: LineFeed<R>, format: &Format, delimiter: Delimiter) -> csv::Reader<LineFeed<R>> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).buffer_capacity(8 * 1024);
    builder.delimiter(delimiter.byte().unwrap_or(b','));
    match format.quote.and_then(|quote| u8::try_from(quote).ok()) {
        Some(quote) => builder.quote(quote),
        None => builder.quoting(false),
    };
    builder.from_reader(feed)
}

fn raw_text(lines: &[PhysicalLine]) -> String {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| line.bytes.iter().copied()).collect();
    String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()
}

fn lossy(fields: &[Vec<u8>]) -> Vec<String> {
    fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
}

/// The most frequent candidate outside quotes; a comma where none stands.
fn detect_delimiter(line: &[u8], quote: Option<char>) -> u8 {
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in line {
        if quote == Some(char::from(*byte)) {
            quoted = !quoted;
        } else if let Some((_, count)) = counts.iter_mut().find(|(mark, _)| mark == byte && !quoted) {
            *count += 1;
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| *count > 0).map_or(b',', |(mark, _)| *mark)
}
