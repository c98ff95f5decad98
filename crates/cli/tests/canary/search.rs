//! Looking for secrets: in whatever form one may hide, in whatever was said, answered or stored.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter ones may be anybody's word.
const TELLING: usize = 10;
/// Bytes of a form by which it is looked up.
const HEAD: usize = 8;

/// Something that nobody may find.
#[derive(Debug, Clone)]
pub struct Secret {
    /// What it is.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Beginnings of the places that give it out, which is what they are for.
    pub given_out_by: Vec<String>,
}

/// Something that was said, answered or stored.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Place {
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// One form of a secret: its name, and its bytes.
type Form<'a> = (&'a Secret, &'static str, Vec<u8>);

/// The secrets that are looked for.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// Adds one, unless it is so short that it may be anybody's word.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.add_given_out(name, text, &[]);
    }

    /// Adds one that some places give out on purpose.
    pub fn add_given_out(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>, by: &[&str]) {
        let bytes = bytes.into();
        if bytes.len() >= TELLING {
            let given_out_by = by.iter().map(|place| (*place).to_owned()).collect();
            self.0.push(Secret { name: name.into(), bytes, given_out_by });
        }
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What was found, as `secret (form) in place`; never the secret itself.
    pub fn search(&self, places: &[Place]) -> BTreeSet<String> {
        // by their first bytes, so that a place is gone through once for all forms of all secrets
        let mut forms: HashMap<[u8; HEAD], Vec<Form<'_>>> = HashMap::new();
        let mut begins = vec![false; 1 << 16];
        for secret in &self.0 {
            for (form, hidden) in forms_of(&secret.bytes) {
                let Some(head) = hidden.first_chunk::<HEAD>() else { continue };
                begins[pair(head)] = true;
                forms.entry(*head).or_default().push((secret, form, hidden));
            }
        }
        let mut found = BTreeSet::new();
        for place in places {
            for (at, window) in place.bytes.windows(HEAD).enumerate() {
                if !begins[pair(window)] {
                    continue;
                }
                let head: [u8; HEAD] = window.try_into().unwrap();
                for (secret, form, hidden) in forms.get(&head).into_iter().flatten() {
                    let given_out = secret.given_out_by.iter().any(|by| place.name.starts_with(by));
                    if !given_out && place.bytes[at..].starts_with(hidden) {
                        found.insert(format!("{} ({form}) in {}", secret.name, place.name));
                    }
                }
            }
        }
        found
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Every form that a secret is looked for in.
pub fn forms_of(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let lower: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(secret);
    let mut forms =
        vec![("as it is", secret.to_vec()), ("hex, upper case", lower.to_uppercase().into_bytes())];
    forms.push(("hex", lower.into_bytes()));
    for aligned in 0..3 {
        forms.push(("base64", base64_within(&STANDARD_NO_PAD, secret, aligned)));
        forms.push(("base64 of addresses", base64_within(&URL_SAFE_NO_PAD, secret, aligned)));
    }
    let form: String = url::form_urlencoded::byte_serialize(secret).collect();
    forms.push(("escaped in an address, lower case", lower_escapes(&form)));
    forms.push(("escaped in an address, spaces as %20", form.replace('+', "%20").into_bytes()));
    forms.push(("escaped in an address", form.into_bytes()));
    let json = serde_json::to_string(&text).unwrap();
    let json = json.trim_matches('"').to_owned();
    forms.push(("JSON with escaped slashes", json.replace('/', "\\/").into_bytes()));
    // JSON within JSON, as a log line has it that shows a body
    forms.push(("JSON within JSON", json.replace('\\', "\\\\").replace('"', "\\\"").into_bytes()));
    forms.push(("JSON", json.into_bytes()));
    forms.push(("HTML", text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").into_bytes()));
    let mut known = BTreeSet::new();
    forms.retain(|(_, hidden)| known.insert(hidden.clone()));
    forms
}

/// The signs that a secret alone decides when so many bytes of something else stand before it in a group of three, and
/// anything behind it.
fn base64_within(engine: &impl base64::Engine, secret: &[u8], aligned: usize) -> Vec<u8> {
    let mut bytes = vec![0; aligned];
    bytes.extend(secret);
    let text = engine.encode(&bytes);
    let from = (aligned * 8).div_ceil(6);
    let to = bytes.len() * 8 / 6;
    text.as_bytes()[from..to].to_vec()
}

fn lower_escapes(form: &str) -> Vec<u8> {
    let mut bytes = form.as_bytes().to_vec();
    for at in 0..bytes.len() {
        if bytes[at] == b'%' {
            for digit in bytes.iter_mut().skip(at + 1).take(2) {
                digit.make_ascii_lowercase();
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sec/ret+with=signs&\"quotes\" and words";

    fn found(place: &[u8]) -> Vec<String> {
        let mut secrets = Secrets::default();
        secrets.add("it", SECRET);
        secrets.search(&[Place::new("here", place)]).into_iter().collect()
    }

    /// Each written by another way than the search makes its forms, with other things around it.
    #[test]
    fn a_secret_is_found_in_every_form() {
        let around = |text: String| format!("before {text} behind").into_bytes();
        assert_eq!(found(&around(SECRET.to_owned())), ["it (as it is) in here"]);
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(found(&around(hex.to_lowercase())), ["it (hex) in here"]);
        assert_eq!(found(&around(hex)), ["it (hex, upper case) in here"]);
        for before in ["", "x", "xy", "user:", "Bearer "] {
            let whole = format!("{before}{SECRET}, and more");
            let standard = base64::engine::general_purpose::STANDARD.encode(&whole);
            assert!(found(&around(standard)).iter().any(|found| found.contains("base64")), "{before}");
            let of_addresses = base64::engine::general_purpose::URL_SAFE.encode(&whole);
            assert!(found(&around(of_addresses)).iter().any(|found| found.contains("base64")), "{before}");
        }
        let mut address = url::Url::parse("https://example.com/").unwrap();
        address.query_pairs_mut().append_pair("token", SECRET);
        assert_eq!(found(&around(address.to_string())).len(), 1, "{address}");
        let lower = address.to_string().replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d");
        assert_eq!(found(&around(lower)).len(), 1);
        let body = serde_json::json!({ "secret": SECRET }).to_string();
        assert_eq!(found(body.as_bytes()), ["it (JSON) in here"]);
        assert_eq!(found(body.replace('/', "\\/").as_bytes()), ["it (JSON with escaped slashes) in here"]);
        let line = serde_json::json!({ "body": body }).to_string();
        assert_eq!(found(line.as_bytes()), ["it (JSON within JSON) in here"]);
        assert_eq!(
            found(&around(SECRET.replace('&', "&amp;").replace('"', "&quot;"))),
            ["it (HTML) in here"]
        );
    }

    #[test]
    fn nothing_is_found_where_nothing_is_and_where_it_is_given_out() {
        assert!(found(&SECRET.as_bytes()[1..]).is_empty());
        assert!(found(b"").is_empty());
        let mut secrets = Secrets::default();
        secrets.add("short", "123456789");
        assert_eq!(secrets.count(), 0);
        secrets.add_given_out("it", SECRET, &["answer of POST /keys"]);
        let at = |name: &str| secrets.search(&[Place::new(name, SECRET)]).len();
        assert_eq!((at("answer of POST /keys"), at("answer of GET /keys")), (0, 1));
    }
}
