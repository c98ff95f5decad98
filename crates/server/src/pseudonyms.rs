//! Answers without persons: keyed hashes stand in the place of e-mail addresses, phone numbers and names.

use std::collections::HashSet;

use netgain_control::{PersonWord, Pseudonyms};
use netgain_domain::WorkspaceId;
use netgain_warehouse::Warehouse;
use serde_json::Value;

use crate::app::Shared;
use crate::problem::Problem;

/// Columns that hold a person's words alone, by the names that they have in tables.
const COLUMNS: &[(&str, PersonWord)] = &[
    ("email", PersonWord::Email),
    ("customer_email", PersonWord::Email),
    ("phone", PersonWord::Phone),
    ("customer_name", PersonWord::Name),
    ("customer", PersonWord::Name),
    ("first_name", PersonWord::Name),
    ("last_name", PersonWord::Name),
];
/// Words of the longest name that is looked for within texts.
const LONGEST_NAME: usize = 5;
/// Groups of digits of the longest number that is looked for within texts.
const LONGEST_NUMBER: usize = 7;
/// Digits of the shortest number that may be a phone's.
const SHORTEST_PHONE: usize = 7;

/// Puts words in the place of persons.
pub(crate) struct Hider {
    words: Pseudonyms,
    /// The names of the workspace's persons, in lower case.
    names: HashSet<String>,
    /// Their phone numbers, by digits.
    phones: HashSet<String>,
}

impl Hider {
    /// For the answers of one workspace.
    ///
    /// # Errors
    /// When a store fails.
    pub(crate) fn of(
        shared: &Shared,
        warehouse: &Warehouse,
        workspace: &WorkspaceId,
    ) -> Result<Self, Problem> {
        let (names, phones) = warehouse.names_of_persons()?;
        Ok(Self {
            words: shared.control.pseudonyms(workspace)?,
            names: names.iter().map(|name| plain(name)).collect(),
            phones: phones
                .iter()
                .map(|phone| digits(phone))
                .filter(|one| one.len() >= SHORTEST_PHONE)
                .collect(),
        })
    }

    /// The word for a name.
    pub(crate) fn name(&self, name: &str) -> String {
        self.words.word(PersonWord::Name, name)
    }

    /// Hides persons in a value of a column; in lists and objects everywhere.
    pub(crate) fn hide(&self, column: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hidden(column, text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.hide(column, value)),
            Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| self.hide(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn hidden(&self, column: &str, text: &str) -> String {
        let column = column.to_ascii_lowercase();
        if let Some((_, kind)) = COLUMNS.iter().find(|(name, _)| *name == column) {
            // an address may stand where a name is asked for
            let kind = if text.contains('@') { PersonWord::Email } else { *kind };
            return self.words.word(kind, text);
        }
        if self.is_phone(text) {
            return self.words.word(PersonWord::Phone, text);
        }
        if self.names.contains(&plain(text)) {
            return self.name(text);
        }
        self.within(text)
    }

    fn is_phone(&self, text: &str) -> bool {
        let number = text.chars().all(|letter| letter.is_ascii_digit() || "+ -().".contains(letter));
        let found = digits(text);
        number
            && found.len() >= SHORTEST_PHONE
            && (text.trim_start().starts_with('+') || self.phones.contains(&found))
    }

    /// Hides addresses, numbers and names of known persons within a longer text.
    fn within(&self, text: &str) -> String {
        let pieces = pieces(text);
        let mut made = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            if let Some(count) = self.name_at(&pieces, at) {
                let last = pieces.get(at + count - 1).map_or(piece.to, |piece| piece.to);
                made.push_str(&self.name(bare(text.get(piece.from..last).unwrap_or_default())));
                at += count;
                continue;
            }
            if let Some(count) = self.phone_at(text, &pieces, at) {
                let last = pieces.get(at + count - 1).map_or(piece.to, |piece| piece.to);
                let number = text.get(piece.from..last).unwrap_or_default();
                made.push_str(&self.words.word(PersonWord::Phone, number));
                at += count;
                continue;
            }
            let word = bare(piece.text);
            made.push_str(&match piece.word {
                true if is_address(word) => {
                    piece.text.replacen(word, &self.words.word(PersonWord::Email, word), 1)
                }
                true if self.is_phone(word) => {
                    piece.text.replacen(word, &self.words.word(PersonWord::Phone, word), 1)
                }
                _ => piece.text.to_owned(),
            });
            at += 1;
        }
        made
    }

    /// Of how many pieces the number is that begins here, where it is written with spaces or brackets.
    fn phone_at(&self, text: &str, pieces: &[Piece<'_>], at: usize) -> Option<usize> {
        let first = pieces.get(at).filter(|piece| piece.word)?;
        (2..=LONGEST_NUMBER).rev().map(|words| words * 2 - 1).find(|count| {
            pieces.get(at + count - 1).is_some_and(|last| {
                last.text.bytes().any(|byte| byte.is_ascii_digit())
                    && self.is_phone(text.get(first.from..last.to).unwrap_or_default())
            })
        })
    }

    /// Of how many pieces the longest known name is that begins here; a single word may be anything.
    fn name_at(&self, pieces: &[Piece<'_>], at: usize) -> Option<usize> {
        if !pieces.get(at)?.word {
            return None;
        }
        (2..=LONGEST_NAME).rev().map(|words| words * 2 - 1).find(|count| {
            pieces.get(at..at + count).is_some_and(|some| {
                let words = some.iter().step_by(2).all(|piece| piece.word);
                let spaces = some.iter().skip(1).step_by(2).all(|piece| piece.text.trim().is_empty());
                words && spaces && {
                    let name: Vec<&str> = some.iter().step_by(2).map(|piece| bare(piece.text)).collect();
                    self.names.contains(&plain(&name.join(" ")))
                }
            })
        })
    }
}

/// A word or what stands between two.
struct Piece<'a> {
    text: &'a str,
    word: bool,
    from: usize,
    to: usize,
}

/// A text as words and what stands between them, one after the other.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let is_word = |letter: char| letter.is_alphanumeric() || "@._+-'%&".contains(letter);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut from = 0;
    let mut kind = None;
    for (at, letter) in text.char_indices().chain([(text.len(), '\0')]) {
        let here = (at < text.len()).then(|| is_word(letter));
        if here == kind && here.is_some() {
            continue;
        }
        if let Some(word) = kind {
            let text = text.get(from..at).unwrap_or_default();
            pieces.push(Piece { text, word, from, to: at });
        }
        (from, kind) = (at, here);
    }
    pieces
}

/// A word without the end of a sentence or a quotation behind it.
fn bare(word: &str) -> &str {
    word.trim_matches(['.', '\'', '-', '_']).trim_end_matches("'s").trim()
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
