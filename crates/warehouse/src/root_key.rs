//! A number made of a record's id, stored beside it in every table. Ids of platforms mostly end in a number that
//! grows with time, so records that are written together have numbers close to each other, and the engine can
//! skip whole blocks of rows without looking at a text. It narrows a search, it never decides one: the id itself is
//! always compared too.

use sha2::{Digest, Sha256};

/// Ends that are longer would not fit, shorter ones say too little of ids such as `6f2e-…-1`.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=18;

/// The number at the end of the id where the rest is no part of a number or a code; otherwise a hash.
pub(crate) fn root_key(id: &str) -> i64 {
    let head = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = id.get(head.len()..).unwrap_or_default();
    let plain = head.is_empty() || head.ends_with(['/', ':', '_', '#']);
    match digits.parse() {
        Ok(number) if plain && DIGITS.contains(&digits.len()) => number,
        _ => {
            let hash = Sha256::digest(id.as_bytes());
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
            i64::from_be_bytes(bytes)
        }
    }
}

/// A condition that holds for every row of these ids and for few others.
pub(crate) fn near<'a>(column: &str, ids: impl Iterator<Item = &'a str>) -> String {
    const LISTED: usize = 64;
    let mut keys: Vec<i64> = ids.map(root_key).collect();
    keys.sort_unstable();
    keys.dedup();
    match (keys.first(), keys.last()) {
        (Some(first), Some(last)) if keys.len() > LISTED => format!("{column} BETWEEN {first} AND {last}"),
        (Some(_), _) => {
            let list: Vec<String> = keys.iter().map(i64::to_string).collect();
            format!("{column} IN ({})", list.join(", "))
        }
        _ => "false".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_order_and_the_rest_is_spread() {
        assert_eq!(root_key("5551234567890"), 5_551_234_567_890);
        assert_eq!(root_key("gid://shopify/Order/42"), 42);
        assert_eq!(root_key("ch_7"), 7);
        let hashed = root_key("6f2e6a4e-1");
        assert!(hashed.unsigned_abs() > 1 << 32);
        assert_eq!(hashed, root_key("6f2e6a4e-1"));
        assert_ne!(root_key(""), root_key("x"));
        assert_eq!(root_key("1234567890123456789"), root_key("1234567890123456789"));
        assert_eq!(near("k", ["3", "1", "3"].into_iter()), "k IN (1, 3)");
        let many: Vec<String> = (10..100).map(|n| n.to_string()).collect();
        assert_eq!(near("k", many.iter().map(String::as_str)), "k BETWEEN 10 AND 99");
        assert_eq!(near("k", std::iter::empty()), "false");
    }
}
