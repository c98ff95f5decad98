//! Splits Rust source into words, numbers and texts, as far as the checks of this crate need it: comments are left out,
//! and texts come without their quotes.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a word of the language.
    Word,
    /// A number with its suffix.
    Number,
    /// What stands between the quotes of a text, raw or not.
    Text,
}

/// A piece of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    /// The line on which it begins, counted from 1.
    pub line: usize,
}

/// The tokens of a source file, in order.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { source, at: 0, line: 1, last_is_dot: false, found: Vec::new() };
    while reader.step() {}
    reader.found
}

struct Reader<'s> {
    source: &'s str,
    at: usize,
    line: usize,
    /// Whether a dot stands right before: a number behind it is a field of a tuple.
    last_is_dot: bool,
    found: Vec<Token<'s>>,
}

impl<'s> Reader<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) -> &'s str {
        let passed = self.rest().get(..bytes).unwrap_or(self.rest());
        self.line += passed.matches('\n').count();
        self.at += passed.len().max(1);
        passed
    }

    fn put(&mut self, kind: Kind, text: &'s str, line: usize) {
        self.found.push(Token { kind, text, line });
    }

    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        let line = self.line;
        let after_dot = std::mem::take(&mut self.last_is_dot);
        if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.skip(block_comment(rest));
        } else if let Some((open, close)) = raw_text(rest) {
            let inner = rest.get(open..).unwrap_or_default();
            let length = inner.find(&close).unwrap_or(inner.len());
            self.put(Kind::Text, inner.get(..length).unwrap_or_default(), line);
            self.skip(open + length + close.len());
        } else if first == '"' {
            let length = text_length(rest);
            self.put(Kind::Text, rest.get(1..length.saturating_sub(1)).unwrap_or_default(), line);
            self.skip(length);
        } else if first == '\'' {
            self.skip(character_length(rest));
        } else if first.is_ascii_digit() {
            let length = if after_dot { digits(rest) } else { number_length(rest) };
            let number = self.skip(length);
            if !after_dot {
                self.put(Kind::Number, number, line);
            }
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = self.skip(length);
            self.put(Kind::Word, word, line);
        } else {
            // the second dot of a range is no field's
            self.last_is_dot = first == '.' && !self.source.get(..self.at).is_some_and(|s| s.ends_with('.'));
            self.skip(first.len_utf8());
        }
        true
    }
}

fn digits(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
}

/// Block comments stand in each other.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(pair) = rest.as_bytes().get(at..at + 2) {
        match pair {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of what opens a raw text, and what closes it.
fn raw_text(rest: &str) -> Option<(usize, String)> {
    let marks = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    marks
        .get(hashes..)?
        .starts_with('"')
        .then(|| (rest.len() - marks.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

/// A text with its quotes.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character with its quotes, or the quote of a lifetime alone.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => rest.get(3..).and_then(|more| more.find('\'')).map_or(1, |at| at + 4),
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// A number with its point, exponent and suffix; `1..2` and `1.max(2)` end before the dot.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut at = 0;
    let mut pointed = false;
    loop {
        while is_word(at) {
            at += 1;
        }
        let hexadecimal = rest.starts_with("0x");
        let signed = at > 0 && !hexadecimal && matches!(bytes.get(at - 1), Some(b'e' | b'E'));
        if signed && matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        } else if !pointed && bytes.get(at) == Some(&b'.') && ends_number(bytes.get(at + 1)) {
            (pointed, at) = (true, at + 1);
        } else {
            return at;
        }
    }
}

/// Whether a dot before this belongs to the number.
fn ends_number(next: Option<&u8>) -> bool {
    next.is_none_or(|next| !next.is_ascii_alphabetic() && !matches!(next, b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(&str, Kind, usize)> {
        tokens(source).into_iter().map(|token| (token.text, token.kind, token.line)).collect()
    }

    #[test]
    fn words_numbers_and_texts() {
        use Kind::{Number, Text, Word};
        assert_eq!(
            found("let x = 1.5 + y.0.1; // f64\n/* f64 /* 1.0 */ */ 'a' b\"q\\\"\" 'f64"),
            [
                ("let", Word, 1),
                ("x", Word, 1),
                ("1.5", Number, 1),
                ("y", Word, 1),
                ("b", Word, 2),
                ("q\\\"", Text, 2),
                ("f64", Word, 2),
            ]
        );
        assert_eq!(found("r#\"a \"b\" \n\"# c"), [("a \"b\" \n", Text, 1), ("c", Word, 2)]);
        assert_eq!(found("1..2.0").iter().map(|(text, ..)| *text).collect::<Vec<_>>(), ["1", "2.0"]);
        assert_eq!(found("1e-3 7.max(2) 2.")[0].0, "1e-3");
        assert_eq!(found("7.max(2)")[0].0, "7");
        assert_eq!(found("'\\'' 1.5 '\\u{1F}' 2.5").iter().map(|t| t.0).collect::<Vec<_>>(), ["1.5", "2.5"]);
    }
}
