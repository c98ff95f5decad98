//! Records from a file of JSON lines, whose children stand on lines of their own after their record: read one record
//! at a time and put together as bytes, so that a file of any size needs the memory of one record.

mod scan;
mod splice;

use std::io::BufRead;

use bytes::BytesMut;
use netgain_manifest::Decode;

use scan::scan;
use splice::{Lists, Node};

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonlError {
    /// The file itself.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A line that is not what the manifest says.
    #[error("line {line} {problem}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
}

/// How lines become records.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// The key of a record's id.
    pub id_key: String,
    /// The key that names a child's parent, if lines can be children.
    pub parent_key: Option<String>,
    /// Where children go.
    pub lists: Lists,
}

impl Shape {
    /// The shape that a manifest describes.
    ///
    /// # Errors
    /// A text that says what the manifest lacks.
    pub fn compile(decode: &Decode) -> Result<Self, String> {
        let Decode::JsonLines { parent_key, id_key, children } = decode else {
            return Err("the file of a bulk load is decoded as json_lines".to_owned());
        };
        let lists = Lists::compile(children)?;
        let id_key = id_key.clone().unwrap_or_default();
        if parent_key.is_some() && id_key.is_empty() {
            return Err("children need the key of their parent's id: give decode.id_key".to_owned());
        }
        Ok(Self { id_key, parent_key: parent_key.clone(), lists })
    }
}

/// Reads records one after the other.
pub(crate) struct Records<R> {
    source: R,
    shape: Shape,
    /// Lines of the record that is being read, the record's own first.
    nodes: Vec<Node>,
    /// Their texts.
    text: Vec<u8>,
    /// Their ids.
    ids: Vec<u8>,
    line: Vec<u8>,
    number: u64,
    /// Where the last child went: the next one mostly goes there too.
    parent: usize,
}

impl<R: BufRead> Records<R> {
    /// Reads from the beginning of `source`.
    pub fn new(source: R, shape: Shape) -> Self {
        let (nodes, text, ids, line) = Default::default();
        Self { source, shape, nodes, text, ids, line, number: 0, parent: 0 }
    }

    /// Appends the next record with its children to `out`; false at the end.
    ///
    /// # Errors
    /// When the file cannot be read or a line fits nowhere; nothing is left out silently.
    pub fn next(&mut self, out: &mut BytesMut) -> Result<bool, JsonlError> {
        while self.read_line()? {
            let line = std::str::from_utf8(&self.line).map_err(|_| self.wrong("is not UTF-8"))?;
            let seen = scan(line, &self.shape).map_err(|problem| self.wrong(&problem))?;
            match seen.parent.clone() {
                None => {
                    let complete = !self.nodes.is_empty();
                    if complete {
                        self.put_together(out)?;
                    }
                    self.nodes.clear();
                    self.text.clear();
                    self.ids.clear();
                    self.parent = 0;
                    self.keep(&seen);
                    if complete {
                        return Ok(true);
                    }
                }
                Some(parent) => {
                    let list = seen.list.ok_or_else(|| self.wrong("is a child of no kind that is known"))?;
                    let parent = self.find(line.get(parent).unwrap_or_default().as_bytes());
                    let parent =
                        parent.ok_or_else(|| self.wrong("is a child but does not follow its parent"))?;
                    self.parent = parent;
                    let child = self.nodes.len();
                    self.keep(&seen);
                    self.hang(parent, child, list);
                }
            }
        }
        if self.nodes.is_empty() {
            return Ok(false);
        }
        self.put_together(out)?;
        self.nodes.clear();
        Ok(true)
    }

    fn read_line(&mut self) -> std::io::Result<bool> {
        loop {
            self.line.clear();
            if self.source.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.line.truncate(self.line.trim_ascii_end().len());
            if !self.line.is_empty() {
                return Ok(true);
            }
        }
    }

    fn keep(&mut self, seen: &scan::Seen) {
        let start = self.text.len();
        match &seen.cut {
            // the place in the parent says it better
            Some(cut) => {
                self.text.extend_from_slice(self.line.get(..cut.start).unwrap_or_default());
                self.text.extend_from_slice(self.line.get(cut.end..).unwrap_or_default());
            }
            None => self.text.extend_from_slice(&self.line),
        }
        let id = self.ids.len();
        if let Some(range) = &seen.id {
            self.ids.extend_from_slice(self.line.get(range.clone()).unwrap_or_default());
        }
        self.nodes.push(Node::new(start..self.text.len(), id..self.ids.len(), seen.has_first));
    }

    /// The line of a parent: the one with that id, or the one inside which an object has it.
    fn find(&self, id: &[u8]) -> Option<usize> {
        let is = |at: &usize| self.nodes.get(*at).and_then(|node| self.ids.get(node.id.clone())) == Some(id);
        [self.parent, 0].into_iter().find(is).or_else(|| (0..self.nodes.len()).rev().find(is)).or_else(|| {
            let pair = [b"\"", self.shape.id_key.as_bytes(), b"\":", id].concat();
            let text = |at: usize| self.nodes.get(at).and_then(|node| self.text.get(node.text.clone()));
            let has = |text: &[u8]| text.windows(pair.len()).any(|here| here == pair);
            (0..self.nodes.len()).rev().find(|at| text(*at).is_some_and(has))
        })
    }

    fn hang(&mut self, parent: usize, child: usize, list: usize) {
        let last = self.nodes.get_mut(parent).and_then(|node| node.last_child.replace(child));
        match last {
            Some(last) => {
                if let Some(node) = self.nodes.get_mut(last) {
                    node.next = Some(child);
                }
            }
            None => {
                if let Some(node) = self.nodes.get_mut(parent) {
                    node.first_child = Some(child);
                }
            }
        }
        if let Some(node) = self.nodes.get_mut(child) {
            node.list = list;
        }
    }

    fn put_together(&self, out: &mut BytesMut) -> Result<(), JsonlError> {
        splice::write(&self.shape.lists, &self.nodes, &self.text, 0, out).map_err(|problem| {
            // the record ended on the line before the one just read
            JsonlError::Line { line: self.number, problem: format!("ends a record that {problem}") }
        })
    }

    fn wrong(&self, problem: &str) -> JsonlError {
        JsonlError::Line { line: self.number, problem: problem.to_owned() }
    }
}

#[cfg(test)]
mod tests;
