//! What people do: who becomes owner, who guesses, who has a second factor, keys and invitations.

use ring::hmac;
use serde_json::json;

use crate::search::Secrets;
use crate::witness::{Client, Server, Witness};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "canary password of Ada, kept=well";
const WRONG: &str = "canary password that is wrong & long";

/// The first owner, signed in; the client of whoever holds the session.
pub fn owner<'a>(server: &Server, witness: &'a Witness, secrets: &mut Secrets) -> Client<'a> {
    let word = server.wait_for_line("/owner#");
    // the terminal is where it is given out
    secrets.add_given_out("the owner's link", word.as_str(), &["log as"]);
    secrets.add("the password", PASSWORD);
    secrets.add("a wrong password", WRONG);
    let mut client = Client::new(server, witness);
    let made = json!({ "token": word, "email": EMAIL, "name": "Ada", "password": PASSWORD });
    let answer = client.post("/api/v1/owner", &made);
    assert_eq!(answer.status, 200, "{}", answer.body);
    keep_cookies(&answer.head, "the first session", secrets, "answer of POST /api/v1/owner");
    client
}

/// Everything that goes wrong when people and programs prove who they are, and everything that goes right.
pub fn all(server: &Server, witness: &Witness, client: &mut Client<'_>, secrets: &mut Secrets) {
    guesses(server, witness);
    second_factor(server, witness, client, secrets);
    keys_and_links(server, witness, client, secrets);
    for path in ["session", "sessions", "account/second-factor", "people", "invitations", "keys"] {
        assert_eq!(client.get(&format!("/api/v1/{path}")).status, 200, "{path}");
    }
}

/// Wrong passwords, words that are none, and bodies that are not understood.
fn guesses(server: &Server, witness: &Witness) {
    let mut stranger = Client::new(server, witness);
    let session = "/api/v1/session";
    for _ in 0..7 {
        let answer = stranger.post(session, &json!({ "email": EMAIL, "password": WRONG }));
        assert!([401, 429].contains(&answer.status), "{}", answer.body);
    }
    for body in [
        json!({ "email": EMAIL, "password": WRONG, "more": WRONG }),
        json!({ "email": EMAIL, "password": [WRONG] }),
        json!({ "email": EMAIL, "password": { "text": WRONG } }),
        json!([EMAIL, WRONG]),
        json!(WRONG),
    ] {
        assert!(stranger.post(session, &body).status >= 400);
    }
    let json = "content-type: application/json\r\n";
    let cut = format!("{{\"email\":\"{EMAIL}\",\"password\":\"{WRONG}\"");
    assert_eq!(stranger.send("POST", session, json, &cut).status, 400);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    assert!(stranger.send("POST", session, form, &format!("password={WRONG}")).status >= 400);
    // where people write secrets that have no place there
    let query: String = url::form_urlencoded::byte_serialize(WRONG.as_bytes()).collect();
    assert!(stranger.get(&format!("/api/v1/workspaces/w/orders?password={query}")).status >= 400);
    stranger.headers = format!("authorization: Bearer ngk_0123456789abcdef_{}\r\n", query);
    assert_eq!(stranger.get("/api/v1/workspaces").status, 401);
    stranger.headers = format!("cookie: netgain-session={query}\r\n");
    assert_eq!(stranger.get("/api/v1/workspaces").status, 401);
    stranger.headers = "x-netgain-request: 1\r\n".to_owned();
    for path in ["owner", "password", "invitations/open", "invitations/accept"] {
        let body = json!({ "token": WRONG, "email": EMAIL, "name": "x", "password": WRONG });
        assert!(stranger.post(&format!("/api/v1/{path}"), &body).status >= 400, "{path}");
    }
    // single sign-on whose provider does not answer
    assert!(stranger.get("/api/v1/session/oidc").status >= 400);
    let back = stranger.get(&format!("/oidc/callback?state={query}&code={query}"));
    assert!(back.status >= 300, "{}", back.head);
}

fn second_factor(server: &Server, witness: &Witness, client: &mut Client<'_>, secrets: &mut Secrets) {
    let path = "/api/v1/account/second-factor";
    let begun = client.post(path, &json!({ "password": PASSWORD }));
    assert_eq!(begun.status, 200, "{}", begun.body);
    let begun = begun.json();
    let seed = begun["secret"].as_str().unwrap();
    secrets.add_given_out("the second factor's secret", seed, &[&format!("answer of POST {path}")]);
    let now = jiff::Timestamp::now().as_second();
    let on = client.post(&format!("{path}/confirm"), &json!({ "code": code(seed, now) }));
    assert_eq!(on.status, 200, "{}", on.body);
    let on = on.json();
    let codes = on["recovery_codes"].as_array().unwrap();
    for code in codes {
        let by = format!("answer of POST {path}/confirm");
        secrets.add_given_out("a recovery code", code.as_str().unwrap(), &[&by]);
    }
    let mut second = Client::new(server, witness);
    // her own browser has seen her; a stranger's guesses slow nobody but the stranger
    second.browser = std::mem::take(&mut client.browser);
    let pending = second.post("/api/v1/session", &json!({ "email": EMAIL, "password": PASSWORD }));
    assert_eq!(pending.status, 200, "{}", pending.body);
    keep_cookies(&pending.head, "a session that waits", secrets, "answer of POST /api/v1/session");
    let factor = "/api/v1/session/second-factor";
    assert_eq!(second.post(factor, &json!({ "code": "000000" })).status, 401);
    // a code counts once: the next one, which a phone that goes ahead shows
    let signed_in = second.post(factor, &json!({ "code": codes[0] }));
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    keep_cookies(&signed_in.head, "a session", secrets, &format!("answer of POST {factor}"));
    client.browser = second.browser;
}

fn keys_and_links(server: &Server, witness: &Witness, client: &mut Client<'_>, secrets: &mut Secrets) {
    let made = client.post("/api/v1/keys", &json!({ "name": "robot", "scopes": ["admin"] }));
    assert_eq!(made.status, 201, "{}", made.body);
    let text = made.json()["text"].as_str().unwrap().to_owned();
    // the part before the last is its id, which is no secret
    let secret = text.rsplit('_').next().unwrap();
    secrets.add_given_out("an API key", secret, &["answer of POST /api/v1/keys"]);
    let mut robot = Client::new(server, witness);
    robot.headers = format!("authorization: Bearer {text}\r\n");
    assert_eq!(robot.get("/api/v1/workspaces").status, 200);
    assert!(robot.post("/api/v1/keys", &json!({ "name": text, "scopes": [text] })).status >= 400);
    let id = made.json()["key"]["id"].as_str().unwrap().to_owned();
    assert!(client.ask("DELETE", &format!("/api/v1/keys/{id}"), None).status < 300);
    assert_eq!(robot.get("/api/v1/workspaces").status, 401);
    let invited =
        client.post("/api/v1/invitations", &json!({ "email": "bob@example.com", "role": "viewer" }));
    assert_eq!(invited.status, 201, "{}", invited.body);
    let path = invited.json()["path"].as_str().unwrap().to_owned();
    let word = path.split_once('#').unwrap().1;
    secrets.add_given_out("an invitation", word, &["answer of POST /api/v1/invitations"]);
    let mut bob = Client::new(server, witness);
    let accepted = json!({ "token": word, "name": "Bob", "password": PASSWORD });
    let answer = bob.post("/api/v1/invitations/accept", &accepted);
    assert_eq!(answer.status, 200, "{}", answer.body);
    keep_cookies(&answer.head, "a guest's session", secrets, "answer of POST /api/v1/invitations/accept");
    assert!(bob.post("/api/v1/invitations/accept", &accepted).status >= 400);
}

/// The tokens that cookies carry; what set them gave them out. A browser's own word stays the same from sign-in to sign-in.
fn keep_cookies(head: &str, name: &str, secrets: &mut Secrets, by: &str) {
    const EACH: [&str; 3] = [
        "answer of POST /api/v1/owner",
        "answer of POST /api/v1/session",
        "answer of POST /api/v1/invitations/accept",
    ];
    let mut kept = 0;
    for line in head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")) {
        let (cookie, value) = line[12..].split(';').next().unwrap().split_once('=').unwrap();
        kept += usize::from(!value.is_empty());
        let by = if cookie.ends_with("-device") { &EACH[..] } else { &[by][..] };
        secrets.add_given_out(format!("{name}: {cookie}"), value, by);
    }
    assert!(kept > 0, "{name}: no cookie\n{head}");
}

/// The code that an app shows (RFC 6238), worked out from the secret as it is typed.
fn code(base32: &str, second: i64) -> String {
    let mut bits = String::new();
    for letter in base32.bytes() {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits.push_str(&format!("{value:05b}"));
    }
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(second / 30).to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes(bytes[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
