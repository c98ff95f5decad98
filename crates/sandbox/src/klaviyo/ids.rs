//! The platform's shapes of ids, the same for the same thing.
use crate::draw::Draw;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn spell(alphabet: &[u8], length: usize, parts: &[u64]) -> String {
    let mut draw = Draw::new(parts);
    let last = alphabet.len() as i64 - 1;
    (0..length).map(|_| char::from(alphabet[draw.between(0, last) as usize])).collect()
}

/// 26 signs, as profiles, campaigns and messages have them.
pub fn long(parts: &[u64]) -> String {
    format!("01{}", spell(CROCKFORD, 24, parts))
}

/// 6 signs, as lists, segments, flows and metrics have them.
pub fn short(parts: &[u64]) -> String {
    spell(LETTERS, 6, parts)
}

/// 11 signs, as events have them.
pub fn event(parts: &[u64]) -> String {
    spell(LETTERS, 11, parts)
}

/// A UUID.
pub fn uuid(parts: &[u64]) -> String {
    let text = spell(b"0123456789abcdef", 30, parts);
    format!("{}-{}-4{}-a{}-{}", &text[..8], &text[8..12], &text[12..15], &text[15..18], &text[18..30])
}
