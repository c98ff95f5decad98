//! A collector for the tests: takes what comes over HTTP and reads the protobuf by the published schema, with code of its
//! own. <https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto>

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A span as it was sent.
#[derive(Debug, Clone)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

#[derive(Default)]
struct Got {
    spans: Vec<Span>,
    metrics: Vec<String>,
    resources: Vec<BTreeMap<String, String>>,
    bytes: Vec<u8>,
    refused: Vec<String>,
}

pub struct Collector {
    pub address: String,
    got: Arc<Mutex<Got>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::<Mutex<Got>>::default();
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(&stream, &kept));
            }
        });
        Self { address, got }
    }

    pub fn spans(&self) -> Vec<Span> {
        self.got.lock().unwrap().spans.clone()
    }

    pub fn metrics(&self) -> Vec<String> {
        self.got.lock().unwrap().metrics.clone()
    }

    pub fn resources(&self) -> Vec<BTreeMap<String, String>> {
        self.got.lock().unwrap().resources.clone()
    }

    /// What was not protobuf at the right place.
    pub fn refused(&self) -> Vec<String> {
        self.got.lock().unwrap().refused.clone()
    }

    pub fn was_sent(&self, text: &str) -> bool {
        self.got.lock().unwrap().bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

fn serve(stream: &TcpStream, got: &Mutex<Got>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        while matches!(reader.read_line(&mut line), Ok(1..)) && line != "\r\n" {
            head.push_str(&std::mem::take(&mut line));
        }
        let head = head.to_ascii_lowercase();
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let Some(length) = header("content-length:").and_then(|text| text.parse::<usize>().ok()) else {
            return;
        };
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let mut got = got.lock().unwrap();
        let read = match head.split(' ').nth(1) {
            Some("/v1/traces") => traces(&body, &mut got),
            Some("/v1/metrics") => metrics(&body, &mut got),
            _ => None,
        };
        if read.is_none() || header("content-type:").as_deref() != Some("application/x-protobuf") {
            got.refused.push(head.clone());
        }
        got.bytes.extend(body);
        drop(got);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        if (&*stream).write_all(answer).is_err() {
            return;
        }
    }
}

fn traces(body: &[u8], got: &mut Got) -> Option<()> {
    for (_, resource_spans) in messages(body, 1)? {
        for (_, resource) in messages(resource_spans, 1)? {
            got.resources.push(attributes(resource, 1)?);
        }
        for (_, scope_spans) in messages(resource_spans, 2)? {
            for (_, span) in messages(scope_spans, 2)? {
                let one =
                    |field| Some(messages(span, field)?.first().map(|(_, bytes)| *bytes).unwrap_or_default());
                got.spans.push(Span {
                    trace: hex(one(1)?),
                    id: hex(one(2)?),
                    parent: hex(one(4)?),
                    name: String::from_utf8(one(5)?.to_vec()).ok()?,
                    attributes: attributes(span, 9)?,
                    failed: failure(one(15)?),
                });
            }
        }
    }
    Some(())
}

/// The message of a status that is an error.
fn failure(status: &[u8]) -> Option<String> {
    let fields = fields(status)?;
    let is_error = fields.iter().any(|field| matches!(field, (3, Field::Number(2))));
    let message = fields.iter().find_map(|field| match field {
        (2, Field::Bytes(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    is_error.then(|| message.unwrap_or_default())
}

fn metrics(body: &[u8], got: &mut Got) -> Option<()> {
    for (_, resource_metrics) in messages(body, 1)? {
        for (_, scope_metrics) in messages(resource_metrics, 2)? {
            for (_, metric) in messages(scope_metrics, 2)? {
                let name = messages(metric, 1)?.first()?.1;
                got.metrics.push(String::from_utf8(name.to_vec()).ok()?);
            }
        }
    }
    Some(())
}

/// Key and value of each attribute; numbers as text.
fn attributes(message: &[u8], field: u64) -> Option<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (_, pair) in messages(message, field)? {
        let key = String::from_utf8(messages(pair, 1)?.first()?.1.to_vec()).ok()?;
        let value = messages(pair, 2)?.first()?.1;
        let text = match fields(value)?.first()? {
            (1, Field::Bytes(text)) => String::from_utf8(text.to_vec()).ok()?,
            (_, Field::Number(number)) => number.to_string(),
            _ => continue,
        };
        all.insert(key, text);
    }
    Some(all)
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn messages(message: &[u8], wanted: u64) -> Option<Vec<(u64, &[u8])>> {
    let of_number = fields(message)?.into_iter().filter_map(|(number, field)| match field {
        Field::Bytes(bytes) if number == wanted => Some((number, bytes)),
        _ => None,
    });
    Some(of_number.collect())
}

/// The fields of a message: <https://protobuf.dev/programming-guides/encoding/>
fn fields(mut rest: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut all = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut rest)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                Field::Bytes(cut(&mut rest, length)?)
            }
            kind @ (1 | 5) => Field::Bytes(cut(&mut rest, if kind == 1 { 8 } else { 4 })?),
            _ => return None,
        };
        all.push((tag >> 3, field));
    }
    Some(all)
}

fn cut<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *cut(rest, 1)?.first()?;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
