//! Finds the members that a table's fields begin with in one pass over an element, where a search for each of them
//! would pass over it once for every field.

use sonic_rs::{JsonContainerTrait, Value};

use crate::path::Context;

/// Names that are looked for in one pass; fields that begin with later ones search for themselves.
const MOST: usize = 48;
/// No name.
const NONE: u8 = u8::MAX;

/// The names that the fields of a table begin with.
#[derive(Debug)]
pub(crate) struct Heads {
    names: Vec<String>,
    /// The first name of each trait of a name.
    first: Box<[u8; 256]>,
    /// The next name of the same trait.
    next: Vec<u8>,
}

/// Members by the place of their name.
pub(crate) type Seats<'v> = [Option<&'v Value>; MOST];

/// What a field reads from.
#[derive(Clone, Copy)]
pub(crate) struct Scopes<'s, 'v> {
    /// The enclosing elements, the field's own last.
    pub all: &'s [&'v Value],
    /// The members of the last one that were looked for.
    pub seats: &'s [Option<&'v Value>],
    /// What is known beside the record.
    pub context: &'s Context,
}

impl Heads {
    pub fn new() -> Self {
        Self { names: Vec::new(), first: Box::new([NONE; 256]), next: Vec::new() }
    }

    /// The place of a name; none when there are too many.
    pub fn place(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            return Some(at);
        }
        let at = self.names.len();
        let number = u8::try_from(at).ok().filter(|_| at < MOST)?;
        let first = self.first.get_mut(trait_of(name))?;
        self.next.push(std::mem::replace(first, number));
        self.names.push(name.to_owned());
        Some(at)
    }

    /// The members of an element that have one of the names; of two with the same name the first.
    pub fn find<'v>(&self, element: &'v Value) -> Seats<'v> {
        let mut seats: Seats<'v> = [None; MOST];
        let Some(object) = element.as_object() else { return seats };
        let mut missing = self.names.len();
        for (name, value) in object {
            let mut at = self.first.get(trait_of(name)).copied().unwrap_or(NONE);
            while let Some(known) = self.names.get(usize::from(at)) {
                if known == name {
                    if let Some(seat) = seats.get_mut(usize::from(at)).filter(|seat| seat.is_none()) {
                        *seat = Some(value);
                        missing -= 1;
                    }
                    break;
                }
                at = self.next.get(usize::from(at)).copied().unwrap_or(NONE);
            }
            if missing == 0 {
                break;
            }
        }
        seats
    }
}

/// A number below 256 that tells most names apart.
fn trait_of(name: &str) -> usize {
    let bytes = name.as_bytes();
    let byte = |at: Option<&u8>| usize::from(at.copied().unwrap_or_default());
    (bytes.len() * 37 + byte(bytes.first()) * 11 + byte(bytes.last()) * 5 + byte(bytes.get(bytes.len() / 2)))
        & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_place_and_finds_its_first_member() {
        let mut heads = Heads::new();
        let names: Vec<String> = (0..60).map(|number| format!("name{number}")).collect();
        let places: Vec<_> = names.iter().map(|name| heads.place(name)).collect();
        assert_eq!(heads.place("name7"), Some(7));
        assert_eq!(places.iter().flatten().count(), MOST);
        let members =
            names.iter().rev().map(|name| format!("\"{name}\":\"{name}\"")).collect::<Vec<_>>().join(",");
        let value = crate::parse(&format!("{{\"other\":1,{members},\"name3\":\"again\"}}")).unwrap();
        let seats = heads.find(&value);
        for (name, place) in names.iter().zip(places) {
            let Some(place) = place else { continue };
            let said = seats[place].and_then(crate::word_of);
            assert_eq!(said.as_deref(), Some(name.as_str()));
        }
        let list = crate::parse("[1]").unwrap();
        assert!(heads.find(&list).iter().all(Option::is_none));
    }
}
