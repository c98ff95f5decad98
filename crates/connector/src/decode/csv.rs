//! Separated values: each line becomes an object of texts by the names in the first one.

use std::collections::BTreeSet;

use encoding_rs::Encoding;
use sonic_rs::Value;

use super::unpack;
use crate::Error;

/// Most bytes of a file, unpacked.
const MOST: u64 = 512 << 20;

/// How a file is written.
pub(super) struct Csv {
    delimiter: u8,
    quote: Option<u8>,
    charset: Option<&'static Encoding>,
    packed: bool,
}

impl Csv {
    pub fn new(
        delimiter: char,
        quote: Option<char>,
        charset: Option<&str>,
        packed: bool,
    ) -> Result<Self, Error> {
        let ascii = |one: char| {
            let byte = u8::try_from(one).ok().filter(u8::is_ascii);
            byte.ok_or_else(|| {
                Error::Setup(format!("`{one}` cannot separate or enclose values: use an ASCII character"))
            })
        };
        let encoding = |label: &str| {
            Encoding::for_label(label.as_bytes()).ok_or_else(|| {
                Error::Setup(format!("`{label}` is not a charset: use a name such as windows-1252"))
            })
        };
        Ok(Self {
            delimiter: ascii(delimiter)?,
            quote: quote.map(ascii).transpose()?,
            charset: charset.map(encoding).transpose()?,
            packed,
        })
    }

    /// The lines as objects. A line that ends early lacks its last values.
    pub fn records(&self, bytes: &[u8], content_type: Option<&str>) -> Result<Vec<Value>, String> {
        let unpacked = if self.packed { Some(unpack(bytes, MOST)?) } else { None };
        let bytes = unpacked.as_deref().unwrap_or(bytes);
        let encoding = self.charset.or_else(|| charset(content_type?)).unwrap_or(encoding_rs::UTF_8);
        let (text, _, broken) = encoding.decode(bytes);
        if broken {
            return Err(format!("the file is not written in {}: name its charset", encoding.name()));
        }
        let mut reader = ::csv::ReaderBuilder::new();
        reader.delimiter(self.delimiter).quoting(self.quote.is_some()).flexible(true);
        if let Some(quote) = self.quote {
            reader.quote(quote);
        }
        let mut reader = reader.from_reader(text.as_bytes());
        let wrong = |error: ::csv::Error| format!("the file cannot be read ({error})");
        let names = reader.headers().map_err(wrong)?.clone();
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
            return Err(format!("the file has the column `{twice}` twice"));
        }
        let mut records = Vec::new();
        for line in reader.records() {
            let line = line.map_err(wrong)?;
            if line.len() > names.len() {
                return Err(format!("a line has {} values for {} columns", line.len(), names.len()));
            }
            let mut record = Value::new_object();
            for (name, value) in names.iter().zip(&line) {
                record.insert(name, Value::copy_str(value));
            }
            records.push(record);
        }
        Ok(records)
    }
}

/// The encoding that a content type names.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let label = content_type.split(';').find_map(|part| part.trim().strip_prefix("charset="))?;
    Encoding::for_label(label.trim_matches('"').as_bytes())
}
