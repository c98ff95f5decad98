//! Puts the texts of children into the text of their parent, without reading either as a tree.

use std::ops::Range;

use bytes::BytesMut;
use netgain_manifest::Child;
use sonic_rs::JsonValueTrait;

use super::scan::range_of;

/// A line of a record; `usize::MAX` and none mean that there is none.
#[derive(Debug)]
pub(super) struct Node {
    pub text: Range<usize>,
    pub id: Range<usize>,
    /// Bit for each list of which the first name is a key of this line already.
    pub has_first: u64,
    pub first_child: Option<usize>,
    pub last_child: Option<usize>,
    /// The next child of the same parent.
    pub next: Option<usize>,
    /// The list of the parent that it is in.
    pub list: usize,
}

impl Node {
    pub fn new(text: Range<usize>, id: Range<usize>, has_first: u64) -> Self {
        let (first_child, last_child, next) = (None, None, None);
        Self { text, id, has_first, first_child, last_child, next, list: usize::MAX }
    }
}

/// Where children go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    /// The key that tells a kind, with its list.
    kinds: Vec<(String, usize)>,
    /// Paths of the lists.
    paths: Vec<Vec<String>>,
}

impl Lists {
    /// The lists of a manifest.
    ///
    /// # Errors
    /// A text that says which of them cannot be.
    pub fn compile(children: &[Child]) -> Result<Self, String> {
        let mut lists = Self::default();
        for Child { has, into } in children {
            let path: Vec<String> = into.split('.').map(str::to_owned).collect();
            let plain = |name: &String| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            if !path.iter().all(plain) {
                return Err(format!("children cannot go into `{into}`: write names joined by dots"));
            }
            let known = lists.paths.iter().position(|known| *known == path);
            let list = known.unwrap_or_else(|| {
                lists.paths.push(path);
                lists.paths.len() - 1
            });
            lists.kinds.push((has.clone(), list));
        }
        if lists.paths.len() > 64 {
            return Err("more than 64 lists of children".to_owned());
        }
        Ok(lists)
    }

    /// The first kind that a key tells, `usize::MAX` for none.
    pub fn kind_of(&self, key: &str) -> usize {
        self.kinds.iter().position(|(has, _)| has == key).unwrap_or(usize::MAX)
    }

    /// The list of a kind.
    pub fn of_kind(&self, kind: usize) -> Option<usize> {
        self.kinds.get(kind).map(|(_, list)| *list)
    }

    /// Bit for each list whose path begins with that name.
    pub fn beginning_with(&self, key: &str) -> u64 {
        let begins = |(_, path): &(usize, &Vec<String>)| path.first().is_some_and(|name| name == key);
        self.paths.iter().enumerate().filter(begins).fold(0, |bits, (at, _)| bits | (1 << at))
    }
}

/// A point of a parent's text where children are put in.
struct Place<'l> {
    at: usize,
    list: usize,
    /// Names of the objects that are not there yet, the list's own last.
    missing: &'l [String],
}

/// Appends the node's text with all that hangs below it.
///
/// # Errors
/// A text that says what stands where a list should.
pub(super) fn write(
    lists: &Lists,
    nodes: &[Node],
    text: &[u8],
    index: usize,
    out: &mut BytesMut,
) -> Result<(), String> {
    let Some(node) = nodes.get(index) else { return Ok(()) };
    let own = text.get(node.text.clone()).unwrap_or_default();
    let Some(first) = node.first_child else {
        out.extend_from_slice(own);
        return Ok(());
    };
    let mut places = places(lists, nodes, node, first, own)?;
    places.sort_by_key(|place| place.at);
    // the first names of lists that begin at the same byte must differ
    let twice = places.chunk_by(|one, next| one.at == next.at).find_map(|here| {
        let mut names: Vec<&String> = here.iter().filter_map(|place| place.missing.first()).collect();
        names.sort();
        names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first().copied())
    });
    if let Some(name) = twice {
        return Err(format!("has two lists of children under `{name}`"));
    }
    let mut done = 0;
    for place in places {
        out.extend_from_slice(own.get(done..place.at).unwrap_or_default());
        done = place.at;
        comma(out);
        for (depth, name) in place.missing.iter().enumerate() {
            out.extend_from_slice(if depth == 0 { b"\"" } else { b"{\"" });
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
        }
        if !place.missing.is_empty() {
            out.extend_from_slice(b"[");
        }
        let mut child = Some(first);
        let mut begun = false;
        while let Some((at, this)) = child.and_then(|at| nodes.get(at).map(|node| (at, node))) {
            if this.list == place.list {
                if begun {
                    out.extend_from_slice(b",");
                }
                begun = true;
                write(lists, nodes, text, at, out)?;
            }
            child = this.next;
        }
        if !place.missing.is_empty() {
            out.extend_from_slice(b"]");
        }
        for _ in 1..place.missing.len() {
            out.extend_from_slice(b"}");
        }
    }
    out.extend_from_slice(own.get(done..).unwrap_or_default());
    Ok(())
}

/// A comma, unless the object or list has just been opened.
fn comma(out: &mut BytesMut) {
    if !matches!(out.trim_ascii_end().last(), Some(b'{' | b'[')) {
        out.extend_from_slice(b",");
    }
}

fn places<'l>(
    lists: &'l Lists,
    nodes: &[Node],
    node: &Node,
    first: usize,
    own: &[u8],
) -> Result<Vec<Place<'l>>, String> {
    let mut wanted = 0_u64;
    let mut child = nodes.get(first);
    while let Some(this) = child {
        wanted |= 1 << this.list.min(63);
        child = this.next.and_then(|next| nodes.get(next));
    }
    let own = std::str::from_utf8(own).map_err(|_| "is not UTF-8".to_owned())?;
    let mut places = Vec::new();
    for (list, path) in lists.paths.iter().enumerate() {
        let bit = 1 << list;
        if wanted & bit != 0 {
            let path = path.as_slice();
            let (at, missing) = if node.has_first & bit == 0 {
                (own.len().saturating_sub(1), path)
            } else {
                existing(own, path)?
            };
            places.push(Place { at, list, missing });
        }
    }
    Ok(places)
}

/// How much of a path is there already: the byte before which the rest goes, and the rest.
fn existing<'l>(own: &str, path: &'l [String]) -> Result<(usize, &'l [String]), String> {
    let mut inside = 0..own.len();
    for (depth, name) in path.iter().enumerate() {
        let here = own.get(inside.clone()).unwrap_or_default();
        let end = inside.end.saturating_sub(1);
        let value = match sonic_rs::get(here, [name.as_str()]) {
            Ok(value) => value,
            Err(error) if error.is_not_found() => return Ok((end, path.get(depth..).unwrap_or_default())),
            Err(_) => return Err("is not valid JSON".to_owned()),
        };
        let last = depth + 1 == path.len();
        if !(if last { value.is_array() } else { value.is_object() }) {
            return Err(format!("has children for `{}` but something else in its place", path.join(".")));
        }
        inside = range_of(own, &value).ok_or("cannot be read")?;
    }
    Ok((inside.end.saturating_sub(1), &[]))
}
