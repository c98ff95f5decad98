//! Connections: pages of a list with cursors.
use super::View;
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The part of a list that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First position.
    pub from: usize,
    /// One past the last position.
    pub to: usize,
}

/// The cursor of a position in a list inside an object.
pub fn cursor_of(position: usize) -> String {
    STANDARD.encode(format!("{{\"position\":{position}}}"))
}

/// The position a cursor stands for.
pub fn position_of(cursor: &str) -> Option<usize> {
    let bytes = STANDARD.decode(cursor).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    usize::try_from(value.get("position")?.as_u64()?).ok()
}

impl Window {
    /// The window that a connection's arguments ask for in a list of `count`.
    pub fn of(pick: &Pick, count: usize) -> Window {
        let from = pick.text("after").and_then(position_of).map_or(0, |position| (position + 1).min(count));
        let to =
            pick.text("before").and_then(position_of).map_or(count, |position| position.min(count)).max(from);
        if let Some(first) = pick.int("first") {
            return Window { from, to: to.min(from + first.max(0) as usize) };
        }
        if let Some(last) = pick.int("last") {
            return Window { from: from.max(to.saturating_sub(last.max(0) as usize)), to };
        }
        Window { from, to }
    }
}

/// Writes `pageInfo`.
pub fn page_info(out: &mut Out, picks: &[Pick], previous: bool, next: bool, ends: Option<(&str, &str)>) {
    out.open();
    for pick in picks {
        out.key(&pick.key);
        match pick.field {
            Field::HasNextPage => out.bool(next),
            Field::HasPreviousPage => out.bool(previous),
            Field::StartCursor => out.text_or_null(ends.map_or("", |(start, _)| start)),
            Field::EndCursor => out.text_or_null(ends.map_or("", |(_, end)| end)),
            _ => out.text("PageInfo"),
        }
        out.comma();
    }
    out.close();
}

impl View<'_> {
    /// Writes a connection over a list inside an object; `write` writes the node at a position.
    pub fn connection(
        &self,
        out: &mut Out,
        pick: &Pick,
        count: usize,
        mut write: impl FnMut(&mut Out, &[Pick], usize),
    ) {
        let window = Window::of(pick, count);
        let place = |index: usize| if pick.yes("reverse") { count - 1 - index } else { index };
        let range = window.from..window.to;
        out.open();
        for part in &pick.picks {
            out.key(&part.key);
            match part.field {
                Field::Nodes => {
                    self.list(out, range.clone(), |out, index| write(out, &part.picks, place(index)))
                }
                Field::Edges => self.list(out, range.clone(), |out, index| {
                    out.open();
                    for inner in &part.picks {
                        out.key(&inner.key);
                        match inner.field {
                            Field::Cursor => out.text(&cursor_of(index)),
                            Field::Node => write(out, &inner.picks, place(index)),
                            _ => out.text("Edge"),
                        }
                        out.comma();
                    }
                    out.close();
                }),
                Field::PageInfo => {
                    let ends =
                        (window.to > window.from).then(|| (cursor_of(window.from), cursor_of(window.to - 1)));
                    let ends = ends.as_ref().map(|(start, end)| (start.as_str(), end.as_str()));
                    page_info(out, &part.picks, window.from > 0, window.to < count, ends);
                }
                _ => out.text(pick.base),
            }
            out.comma();
        }
        out.close();
    }
}
