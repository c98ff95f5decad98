//! The host and the query of an address, as far as attribution needs them. Sources write addresses with and without
//! scheme and host; what cannot be read is taken as it stands, never refused.

/// The host in lower case, without `www.`; none if the address has none.
pub(super) fn host(address: &str) -> Option<String> {
    let rest = address.split_once("://").map(|(_, rest)| rest).or_else(|| address.strip_prefix("//"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let name = authority.rsplit_once('@').map_or(authority, |(_, name)| name);
    let name = name.split(':').next().unwrap_or_default().to_lowercase();
    let name = name.strip_prefix("www.").unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The query's parameters in order: names in lower case, values decoded.
pub(super) fn parameters(address: &str) -> Vec<(String, String)> {
    let before_fragment = address.split('#').next().unwrap_or_default();
    let Some((_, query)) = before_fragment.split_once('?') else { return Vec::new() };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name).to_lowercase(), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match tail {
                [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    bytes.push(digit(*high) * 16 + digit(*low));
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => byte - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_kinds() {
        assert_eq!(host("https://user@WWW.Example.co.uk:8443/a?b#c").as_deref(), Some("example.co.uk"));
        assert_eq!(host("//l.example.com?x").as_deref(), Some("l.example.com"));
        assert_eq!(host("/collections/all?utm_source=a"), None);
        let found = parameters("/p?UTM_Source=a%20b+c&empty&x=%zz%4&y=%C3%A9#z=1");
        let text: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(text, [("utm_source", "a b c"), ("empty", ""), ("x", "%zz%4"), ("y", "é")]);
        assert!(parameters("https://example.com/#?a=b").is_empty());
    }
}
