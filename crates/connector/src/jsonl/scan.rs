//! One look over a line: its id, its parent and what kind of child it is; nothing is copied or unescaped.

use std::ops::Range;

use sonic_rs::LazyValue;

use super::Shape;

/// What a line says about itself; ranges are bytes of the line.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// The id as written, in its quotes.
    pub id: Option<Range<usize>>,
    /// The parent's id as written, in its quotes.
    pub parent: Option<Range<usize>>,
    /// What may be left out when the line is put into its parent.
    pub cut: Option<Range<usize>>,
    /// The list that it goes to as a child.
    pub list: Option<usize>,
    /// Bit for each list of which the first name is a key of this line already.
    pub has_first: u64,
}

/// Looks over a line.
///
/// # Errors
/// When it is not a JSON object.
pub(super) fn scan(line: &str, shape: &Shape) -> Result<Seen, String> {
    let mut seen = Seen::default();
    if !line.starts_with('{') {
        return Err("is not a JSON object".to_owned());
    }
    let mut end = 1;
    let mut best = usize::MAX;
    for entry in sonic_rs::to_object_iter(line) {
        let (key, value) = entry.map_err(|_| "is not valid JSON".to_owned())?;
        let range = range_of(line, &value).ok_or("cannot be read")?;
        end = range.end;
        if key == shape.id_key {
            seen.id = Some(range);
        } else if shape.parent_key.as_deref() == Some(&*key) {
            seen.cut = cut(line, &key, &range);
            seen.parent = Some(range);
        } else {
            best = best.min(shape.lists.kind_of(&key));
            seen.has_first |= shape.lists.beginning_with(&key);
        }
    }
    if line.get(end..).map(str::trim_ascii) != Some("}") {
        return Err("is not one JSON object".to_owned());
    }
    seen.list = shape.lists.of_kind(best);
    Ok(seen)
}

/// Where a value stands in the text that it was read from.
pub(super) fn range_of(text: &str, value: &LazyValue<'_>) -> Option<Range<usize>> {
    let raw = value.as_raw_str();
    let start = (raw.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let range = start..start.checked_add(raw.len())?;
    // a value that was copied stands elsewhere
    (text.get(range.clone())? == raw).then_some(range)
}

/// The bytes of a key with its value and one comma; nothing when they are not written compactly.
fn cut(line: &str, key: &str, value: &Range<usize>) -> Option<Range<usize>> {
    let before = line.get(..value.start)?.strip_suffix("\":")?.strip_suffix(key)?.strip_suffix('"')?;
    if before.ends_with(',') {
        return Some(before.len() - 1..value.end);
    }
    let after = line.get(value.end..)?;
    Some(before.len()..value.end + usize::from(after.starts_with(',')))
}
