//! Taking a person out of a raw line. The line stays what it was: JSON stays JSON, numbers keep their digits, and whatever
//! does not tell of the person keeps every byte, so that figures come out of it as before.

use std::borrow::Cow;
use std::sync::Arc;

/// Keys whose values tell of a person, without case and signs.
const PERSONAL: &[&str] = &[
    "email",
    "emailaddress",
    "contactemail",
    "customeremail",
    "buyeremail",
    "receiptemail",
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "firstname",
    "lastname",
    "middlename",
    "fullname",
    "displayname",
    "customername",
    "address",
    "address1",
    "address2",
    "addresses",
    "line1",
    "line2",
    "street",
    "city",
    "zip",
    "postalcode",
    "postcode",
    "province",
    "provincecode",
    "state",
    "region",
    "latitude",
    "longitude",
    "note",
    "birthday",
    "dateofbirth",
    "ip",
    "ipaddress",
    "clientip",
    "browserip",
    "customerip",
    "useragent",
    "billingaddress",
    "shippingaddress",
    "defaultaddress",
    "formatted",
    "formattedarea",
];
/// Of those, the ones that mean a person's place only where they stand inside of an address: an order has a state too.
const INSIDE_ADDRESS: &[&str] = &["state", "region", "city", "zip", "province", "provincecode"];
/// Within an address, what figures need and what tells of nobody.
const KEPT: &[&str] = &["country", "countrycode", "countrycodev2", "id", "type", "object"];
/// Objects whose `name` is a person's.
const PERSONS: &[&str] = &[
    "customer",
    "buyer",
    "contact",
    "profile",
    "recipient",
    "billingaddress",
    "shippingaddress",
    "defaultaddress",
    "address",
    "addresses",
    "billingdetails",
    "shipping",
    "customerdetails",
];

/// What stands in the place of a name.
pub const NAMELESS: &str = "[erased]";
/// How addresses end that were put in a person's place.
const NOBODY: &str = "@erased.invalid";

/// Knows what stands in the place of an address.
pub trait Instead: Send + Sync {
    /// The same for the same address.
    fn instead(&self, address: &str) -> String;
}

/// What is taken out.
#[derive(Clone, Default)]
pub struct Redaction {
    /// Texts, in lower case, and what stands in their place wherever they occur.
    pub words: Vec<(String, String)>,
    /// Full names, in lower case. Others may have them too: elsewhere than in lines about the person they go out of longer
    /// texts alone, so that a namesake keeps the name.
    pub names: Vec<String>,
    /// Whether the line is about the person, so that everything personal in it goes.
    pub about: bool,
    /// Where everybody goes: what stands in the place of any address.
    pub everybody: Option<Arc<dyn Instead>>,
}

impl Redaction {
    /// Whether a text holds one of the words; a name alone may be a namesake's.
    #[must_use]
    pub fn met(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        self.words.iter().any(|(word, _)| lower.contains(word.as_str()))
    }

    /// The line without the person; none where it stays as it is.
    #[must_use]
    pub fn apply(&self, line: &[u8]) -> Option<Vec<u8>> {
        if !is_json(line) {
            let text = String::from_utf8_lossy(line);
            return self.replaced(&text, false).map(String::into_bytes);
        }
        let mut out = Vec::new();
        let mut copied = 0;
        walk(line, &mut |value| {
            let new = match value.scalar {
                Scalar::Text(ref text) if self.about && value.personal => self.instead(text),
                Scalar::Text(ref text) => {
                    self.replaced(text, true).map(|new| serde_json::Value::String(new).to_string())
                }
                Scalar::Number => (self.about && value.personal).then(|| "null".to_owned()),
            };
            if let Some(new) = new {
                out.extend_from_slice(line.get(copied..value.from).unwrap_or_default());
                out.extend_from_slice(new.as_bytes());
                copied = value.to;
            }
        });
        if copied == 0 {
            return None;
        }
        out.extend_from_slice(line.get(copied..).unwrap_or_default());
        Some(out)
    }

    /// What stands in the place of a personal value: an address keeps a word that leads to nobody, everything else goes.
    fn instead(&self, text: &str) -> Option<String> {
        if text.is_empty() || text.ends_with(NOBODY) {
            return None;
        }
        if let Some(everybody) = self.everybody.as_ref().filter(|_| text.contains('@')) {
            return Some(serde_json::Value::String(everybody.instead(text)).to_string());
        }
        let lower = text.trim().to_ascii_lowercase();
        let address = self.words.iter().find(|(word, _)| *word == lower && word.contains('@'));
        Some(match address {
            Some((_, instead)) => serde_json::Value::String(instead.clone()).to_string(),
            None => "null".to_owned(),
        })
    }

    fn replaced(&self, text: &str, json: bool) -> Option<String> {
        let mut now = Cow::Borrowed(text);
        for (word, instead) in &self.words {
            replace(&mut now, word, instead);
        }
        for name in &self.names {
            if self.about || (json && text.trim().len() > name.len()) {
                replace(&mut now, name, NAMELESS);
            }
        }
        match now {
            Cow::Owned(new) if new != text => Some(new),
            _ => None,
        }
    }
}

fn replace(text: &mut Cow<'_, str>, word: &str, instead: &str) {
    let mut rest = text.as_ref();
    let mut made = String::new();
    while let Some(at) = rest.to_ascii_lowercase().find(word).filter(|_| !word.is_empty()) {
        made.push_str(rest.get(..at).unwrap_or_default());
        made.push_str(instead);
        rest = rest.get(at + word.len()..).unwrap_or_default();
    }
    if !made.is_empty() {
        made.push_str(rest);
        *text = Cow::Owned(made);
    }
}

/// Hands over every text of a line: of JSON its values, otherwise the line and its cells.
pub fn texts(line: &[u8], take: &mut dyn FnMut(&str)) {
    if is_json(line) {
        walk(line, &mut |value| {
            if let Scalar::Text(text) = value.scalar {
                take(&text);
            }
        });
        return;
    }
    let text = String::from_utf8_lossy(line);
    for cell in text.split([',', ';', '\t', '|']) {
        take(cell.trim_matches(['"', '\'', ' ']));
    }
}

fn is_json(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), Some(b'{' | b'['))
}

enum Scalar {
    Text(String),
    Number,
}

/// A value of a line and where it stands.
struct Value {
    scalar: Scalar,
    personal: bool,
    from: usize,
    to: usize,
}

struct Frame {
    object: bool,
    /// Everything in it is a person's.
    personal: bool,
    /// The key that it stands under.
    key: String,
}

/// Goes through the tokens of a JSON line. It trusts that the line is JSON; of anything else it hands over what looks like
/// values, and never leaves the line.
fn walk(line: &[u8], take: &mut dyn FnMut(Value)) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut key: Option<String> = None;
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'{' | b'[' => {
                let under =
                    key.take().unwrap_or_else(|| frames.last().map_or_else(String::new, |f| f.key.clone()));
                let personal = is_personal(&frames, &under);
                frames.push(Frame { object: *byte == b'{', personal, key: under });
                at += 1;
            }
            b'}' | b']' => {
                frames.pop();
                key = None;
                at += 1;
            }
            b',' => {
                key = None;
                at += 1;
            }
            b'"' => {
                let to = end_of_text(line, at);
                let token = line.get(at..to).unwrap_or_default();
                let text: String = serde_json::from_slice(token).unwrap_or_default();
                let next = line.get(to..).unwrap_or_default().trim_ascii_start().first();
                if key.is_none() && frames.last().is_some_and(|frame| frame.object) && next == Some(&b':') {
                    key = Some(plain(&text));
                } else {
                    let personal = is_personal(&frames, &key_of(&frames, key.as_ref()));
                    take(Value { scalar: Scalar::Text(text), personal, from: at, to });
                }
                at = to;
            }
            b'-' | b'0'..=b'9' => {
                let rest = line.get(at..).unwrap_or_default();
                let length = rest
                    .iter()
                    .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                    .unwrap_or(rest.len());
                let personal = is_personal(&frames, &key_of(&frames, key.as_ref()));
                take(Value { scalar: Scalar::Number, personal, from: at, to: at + length });
                at += length;
            }
            _ => at += 1,
        }
    }
}

/// The key of a value: its own, or that of the list that it stands in.
fn key_of(frames: &[Frame], key: Option<&String>) -> String {
    key.cloned().unwrap_or_else(|| frames.last().map_or_else(String::new, |frame| frame.key.clone()))
}

fn is_personal(frames: &[Frame], key: &str) -> bool {
    if KEPT.contains(&key) {
        return false;
    }
    let within = frames.last();
    if within.is_some_and(|frame| frame.personal) {
        return true;
    }
    if key == "name" {
        return within.is_some_and(|frame| PERSONS.contains(&frame.key.as_str()));
    }
    let inside = within.is_some_and(|frame| PERSONS.contains(&frame.key.as_str()));
    PERSONAL.contains(&key) && (inside || !INSIDE_ADDRESS.contains(&key))
}

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Behind the closing quote of a text that begins at `at`.
fn end_of_text(line: &[u8], at: usize) -> usize {
    let mut to = at + 1;
    while let Some(byte) = line.get(to) {
        match byte {
            b'\\' => to += 2,
            b'"' => return to + 1,
            _ => to += 1,
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(words: &[(&str, &str)]) -> Redaction {
        let words = words.iter().map(|(word, instead)| ((*word).to_owned(), (*instead).to_owned())).collect();
        Redaction { words, about: true, ..Redaction::default() }
    }

    fn applied(redaction: &Redaction, line: &str) -> String {
        String::from_utf8(redaction.apply(line.as_bytes()).unwrap_or_else(|| line.as_bytes().to_vec()))
            .unwrap()
    }

    #[test]
    fn a_person_goes_and_everything_else_keeps_every_byte() {
        let redaction = about(&[("jane@example.com", "erased-1@erased.invalid")]);
        let line = r##"{"id": 12345678901234567890, "name":"#1001","total":120.10,"email":"Jane@Example.com",
            "customer":{"id":"gid://Customer/7","firstName":"Jane","name":"Jane Doe","tags":["vip"]},
            "shippingAddress":{"address1":"1 High St","countryCodeV2":"GB","zip":"E1","latitude":51.5},
            "state":"paid","note":"ring the bell","about":"call jane@example.com \u00e9","items":[{"title":"Coat","sku":"A-1"}]}"##;
        let expected = r##"{"id": 12345678901234567890, "name":"#1001","total":120.10,"email":"erased-1@erased.invalid",
            "customer":{"id":"gid://Customer/7","firstName":null,"name":null,"tags":["vip"]},
            "shippingAddress":{"address1":null,"countryCodeV2":"GB","zip":null,"latitude":null},
            "state":"paid","note":null,"about":"call erased-1@erased.invalid é","items":[{"title":"Coat","sku":"A-1"}]}"##;
        assert_eq!(applied(&redaction, line), expected);
        // once more changes nothing
        assert_eq!(redaction.apply(expected.as_bytes()), None);
    }

    #[test]
    fn a_word_behind_escapes_is_met_too() {
        let redaction = about(&[("jane@example.com", "x")]);
        assert_eq!(
            applied(&redaction, r##"{"mail":"jane\u0040example.com","a":"\"b\\"}"##),
            r##"{"mail":"x","a":"\"b\\"}"##
        );
    }

    #[test]
    fn a_line_about_somebody_else_loses_the_words_alone() {
        let redaction = Redaction { about: false, ..about(&[("jane@example.com", "x")]) };
        let line = r##"{"email":"joe@example.com","note":"friend of jane@example.com"}"##;
        assert_eq!(applied(&redaction, line), r##"{"email":"joe@example.com","note":"friend of x"}"##);
        assert_eq!(redaction.apply(br##"{"email":"joe@example.com"}"##), None);
    }

    #[test]
    fn a_namesake_keeps_the_name() {
        let named = |about| Redaction { names: vec!["jane doe".to_owned()], about, ..Redaction::default() };
        let line = r##"{"displayName":"Jane Doe","memo":"Jane Doe called"}"##;
        assert_eq!(applied(&named(false), line), r##"{"displayName":"Jane Doe","memo":"[erased] called"}"##);
        assert_eq!(applied(&named(true), line), r##"{"displayName":null,"memo":"[erased] called"}"##);
        assert_eq!(named(false).apply(b"#2,Jane Doe,other@example.com"), None);
    }

    #[test]
    fn lines_of_files_lose_the_words() {
        let redaction =
            Redaction { names: vec!["jane doe".to_owned()], ..about(&[("jane@example.com", "x")]) };
        assert_eq!(applied(&redaction, "#1,Jane Doe,JANE@example.com,12.50"), "#1,[erased],x,12.50");
        let mut seen = Vec::new();
        texts(b"#1;\"Jane\";jane@example.com", &mut |text| seen.push(text.to_owned()));
        assert_eq!(seen, ["#1", "Jane", "jane@example.com"]);
    }

    #[test]
    fn broken_lines_harm_nobody() {
        let redaction = about(&[("jane", "x")]);
        for line in [r##"{"a":"jane"##, r##"{"a":"\"##, "{", r##"["##, r##"{"a"}}}]]"jane""##] {
            let _ = redaction.apply(line.as_bytes());
        }
    }
}
