//! From an answer to its records: what the manifest says a body is, which of its records count and what each of them
//! takes along.

mod columns;
mod csv;
mod join;

use netgain_manifest::{Compression, Decode, Lift, Stream};
use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, JsonValueMutTrait, JsonValueTrait, Value};

use crate::Error;
use join::Joiner;

/// Reads the records of one stream's answers.
pub(crate) struct Decoder {
    stream: String,
    records: Path,
    optional: bool,
    kind: Kind,
    lift: Vec<(String, Path)>,
    join: Option<Joiner>,
    only: Vec<(Path, Vec<String>)>,
}

enum Kind {
    Json,
    Lines,
    Columns(columns::Columns),
    Csv(csv::Csv),
}

/// The records of an answer.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// Those that count.
    pub records: Vec<Value>,
    /// How many the platform listed.
    pub listed: usize,
    /// The last one listed, whether it counts or not.
    pub last: Option<Value>,
}

impl Decoder {
    /// The decoder of a stream.
    ///
    /// # Errors
    /// [`Error::Setup`] for a path or a word that cannot be used.
    pub fn of(stream: &Stream) -> Result<Self, Error> {
        let path = |text: &String| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
        let lift = |lift: &Lift| -> Result<Vec<_>, Error> {
            lift.iter().map(|(key, text)| Ok((key.clone(), path(text)?))).collect()
        };
        let only = stream.only.iter().map(|(text, words)| Ok((path(text)?, words.clone())));
        Ok(Self {
            stream: stream.name.clone(),
            records: path(&stream.records)?,
            optional: stream.records_optional,
            kind: match &stream.decode {
                Decode::Json {} => Kind::Json,
                Decode::JsonLines { .. } => Kind::Lines,
                Decode::Columns { headers, rows, values, number } => {
                    Kind::Columns(columns::Columns::new(headers, rows, values, number.as_deref())?)
                }
                Decode::Csv { delimiter, quote, charset, compression } => {
                    let packed = *compression == Compression::Gzip;
                    Kind::Csv(csv::Csv::new(*delimiter, *quote, charset.as_deref(), packed)?)
                }
            },
            lift: lift(&stream.lift)?,
            join: stream.join.as_ref().map(Joiner::new).transpose()?,
            only: only.collect::<Result<_, Error>>()?,
        })
    }

    /// A decoder of JSON answers whose records lie at a path.
    ///
    /// # Errors
    /// [`Error::Setup`] when it is not a path.
    pub fn at(stream: &str, records: &str) -> Result<Self, Error> {
        let records = Path::compile(records).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self {
            stream: stream.to_owned(),
            records,
            optional: false,
            kind: Kind::Json,
            lift: Vec::new(),
            join: None,
            only: Vec::new(),
        })
    }

    /// Whether an answer is no JSON document.
    pub fn wants_bytes(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::Csv(_))
    }

    /// The records of an answer: its parsed body, or its bytes where [`Decoder::wants_bytes`]. `content_type` may name
    /// the encoding.
    ///
    /// # Errors
    /// [`Error::Answer`] when the answer is not what the manifest says.
    pub fn records(&self, body: &Value, bytes: &[u8], content_type: Option<&str>) -> Result<Decoded, Error> {
        let wrong = |problem: String| Error::Answer { stream: self.stream.clone(), problem };
        let mut records = match &self.kind {
            Kind::Json => self.listed(body).map_err(wrong)?,
            Kind::Lines => lines(bytes).map_err(wrong)?,
            Kind::Columns(columns) => columns.records(body).map_err(wrong)?,
            Kind::Csv(csv) => csv.records(bytes, content_type).map_err(wrong)?,
        };
        let listed = records.len();
        records.retain(|record| !record.is_null());
        self.fill(body, &mut records)?;
        let last = records.last().cloned();
        records.retain(|record| self.counts(record));
        Ok(Decoded { records, listed, last })
    }

    /// One record that came alone, with what `body` around it gives to each of its records; none where it does not
    /// count.
    ///
    /// # Errors
    /// [`Error::Answer`] when it cannot be written in order.
    pub fn alone(&self, body: &Value, record: Value) -> Result<Option<Value>, Error> {
        let mut records = vec![record];
        self.fill(body, &mut records)?;
        Ok(records.pop().filter(|record| self.counts(record)))
    }

    /// Gives the records what the document around them holds.
    fn fill(&self, body: &Value, records: &mut Vec<Value>) -> Result<(), Error> {
        if let Some(join) = &self.join {
            join.fill(body, records);
        }
        for (key, path) in self.lift.iter().filter(|(_, path)| path.ups() == 0) {
            let Some(value) = path.first(&[body]) else { continue };
            for record in records.iter_mut().filter_map(JsonValueMutTrait::as_object_mut) {
                record.insert(key, value.clone());
            }
        }
        if self.changes() {
            let in_order = records.iter().map(in_order).collect::<Result<_, _>>();
            *records = in_order.map_err(|problem| Error::Answer { stream: self.stream.clone(), problem })?;
        }
        Ok(())
    }

    /// Whether records are made here rather than taken as they are.
    fn changes(&self) -> bool {
        let made = matches!(self.kind, Kind::Columns(_) | Kind::Csv(_));
        made || self.join.is_some() || !self.lift.is_empty()
    }

    fn listed(&self, body: &Value) -> Result<Vec<Value>, String> {
        let found = self.records.all_within(body);
        if found.is_empty() && !self.optional && !self.records.is_through_lists() {
            return Err(format!("the answer has no `{}`", self.records.text));
        }
        let mut records = Vec::new();
        for mut around in found {
            let Some(place) = around.pop() else { continue };
            // `a[].b` finds lists, `a[]` the elements themselves
            for element in list(place) {
                around.push(element);
                records.push(self.lifted(element.clone(), &around));
                around.pop();
            }
        }
        Ok(records)
    }

    /// A record with what it takes along from the elements around it.
    fn lifted(&self, mut record: Value, around: &[&Value]) -> Value {
        for (key, path) in self.lift.iter().filter(|(_, path)| path.ups() > 0) {
            if let (Some(value), Some(members)) = (path.first(around), record.as_object_mut()) {
                members.insert(key, value.clone());
            }
        }
        record
    }

    fn counts(&self, record: &Value) -> bool {
        self.only.iter().all(|(path, words)| {
            path.first(&[record]).is_some_and(|value| {
                let said = word_of(value);
                words.iter().any(|word| word == "exists" || said.as_deref() == Some(word))
            })
        })
    }
}

/// A list's elements; anything else stands for itself.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), |array| array.as_slice())
}

/// A record that was changed or made here, with the keys of its objects in order: otherwise their order would be another
/// one in every process, and the same page would not have the same bytes.
///
/// # Errors
/// In words, which no value that was parsed or made here meets.
pub(crate) fn in_order(record: &Value) -> Result<Value, String> {
    fn write(value: &Value, text: &mut String) -> Result<(), sonic_rs::Error> {
        if let Some(object) = value.as_object() {
            let mut members: Vec<(&str, &Value)> = object.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            for (at, (key, value)) in members.into_iter().enumerate() {
                text.push(if at == 0 { '{' } else { ',' });
                text.push_str(&sonic_rs::to_string(key)?);
                text.push(':');
                write(value, text)?;
            }
            text.push_str(if object.is_empty() { "{}" } else { "}" });
        } else if let Some(list) = value.as_array() {
            text.push('[');
            for (at, element) in list.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(element, text)?;
            }
            text.push(']');
        } else {
            text.push_str(&sonic_rs::to_string(value)?);
        }
        Ok(())
    }
    let mut text = String::new();
    write(record, &mut text).map_err(|error| error.to_string())?;
    netgain_mapping::parse(&text).map_err(|error| error.to_string())
}

/// One document a line.
fn lines(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let parse = |(at, line)| {
        netgain_mapping::parse(line).map_err(|error| format!("line {} of the file: {error}", at + 1))
    };
    lines.enumerate().map(parse).collect()
}

/// Unpacks gzip, up to `most` bytes.
///
/// # Errors
/// In words, when the bytes are not gzip or unpack to more.
pub(crate) fn unpack(bytes: &[u8], most: u64) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut plain);
    read.map_err(|_| "the file cannot be unpacked as gzip".to_owned())?;
    if plain.len() as u64 > most {
        return Err(format!("the file unpacks to more than {most} bytes"));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests;
