//! Deliveries are proved against vectors that the platforms' own clients signed; what is forged, old or signed with
//! another key is refused; addresses are tested in every way; events are read one by one.
#![allow(missing_docs, clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use netgain_connector::webhooks::{Deed, Delivery, Inbound, Keys, Refused, Reply};
use netgain_manifest::Manifest;
use serde_json::Value;

const SHOP: &str = include_str!("../../manifest/tests/data/shop.yaml");
/// Made by `judges/webhooks/judge.py --vectors`.
const VECTORS: &str = include_str!("data/webhooks.json");
const READING: &str = "  topic: {place: event, name: type}
  dedupe: {place: event, name: id}
  events:
    thing.changed: {do: sync, stream: customers}
";

/// How each vector's scheme is written in a manifest, by the vector's name.
const SCHEMES: [(&str, &str); 13] = [
    (
        "stripe",
        "{kind: hmac, alg: sha256, key: token, over: '{ts}.{body}', encoding: hex, at: {place: header, name: Stripe-Signature, kv: v1}, timestamp: {at: {place: header, name: Stripe-Signature, kv: t}}}",
    ),
    (
        "hubspot",
        "{kind: hmac, alg: sha256, key: token, over: '{method}{url}{body}{ts}', encoding: base64, at: {place: header, name: X-HubSpot-Signature-v3}, timestamp: {at: {place: header, name: X-HubSpot-Request-Timestamp}, unit: ms}}",
    ),
    (
        "shopify",
        "{kind: hmac, alg: sha256, key: token, encoding: base64, at: {place: header, name: X-Shopify-Hmac-Sha256}}",
    ),
    (
        "klaviyo",
        "{kind: hmac, alg: sha256, key: token, over: '{body}{ts}', encoding: hex, at: {place: header, name: Klaviyo-Signature}, timestamp: {at: {place: header, name: Klaviyo-Timestamp}, unit: http_date}}",
    ),
    (
        "meta",
        "{kind: hmac, alg: sha256, key: token, encoding: hex, at: {place: header, name: X-Hub-Signature-256, prefix: 'sha256='}}",
    ),
    ("postscript", "{kind: static_token, key: token, at: {place: header, name: Postscript-Signature}}"),
    (
        "gohighlevel",
        "{kind: signature, alg: ed25519, key: {field: token}, encoding: base64, at: {place: header, name: X-GHL-Signature}}",
    ),
    (
        "ecdsa",
        "{kind: signature, alg: ecdsa_p256, key: {field: token}, over: '{ts}{body}', encoding: base64, at: {place: header, name: X-Signature}, timestamp: {at: {place: header, name: X-Timestamp}}}",
    ),
    (
        "rsa",
        "{kind: signature, alg: rsa_sha256, key: {field: token}, encoding: base64, at: {place: header, name: X-Signature}}",
    ),
    (
        "sha1",
        "{kind: hmac, alg: sha1, key: token, encoding: hex, at: {place: header, name: X-Hub-Signature, prefix: 'sha1='}}",
    ),
    (
        "sha512",
        "{kind: hmac, alg: sha512, key: token, encoding: hex, at: {place: header, name: X-Signature}}",
    ),
    (
        "standard",
        "{kind: hmac, alg: sha256, key: token, key_prefix: whsec_, key_encoding: base64, over: '{ts}.{body}', encoding: base64, at: {place: header, name: webhook-signature, kv: v1}, timestamp: {at: {place: header, name: webhook-timestamp}}}",
    ),
    ("basic", "{kind: basic, user: shop, password: token}"),
];

fn inbound(section: &str) -> Inbound {
    let text = SHOP.replacen("streams:\n", &format!("webhooks:\n{section}streams:\n"), 1);
    Inbound::new(&Manifest::from_yaml(&text).unwrap()).unwrap().unwrap()
}

fn keys(values: &[(&str, &str)]) -> Keys {
    let mut keys = Keys::default();
    values.iter().for_each(|(name, value)| keys.add(name, (*value).to_owned()));
    keys
}

/// One vector with everything that a try may change.
#[derive(Clone)]
struct Try {
    key: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    now: Timestamp,
}

impl Try {
    fn of(vectors: &Value, vector: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = vector["headers"].as_object().unwrap().iter();
        Self {
            key: text(&vector["key"]),
            method: text(&vectors["method"]),
            url: text(&vectors["url"]),
            headers: headers.map(|(name, value)| (name.to_lowercase(), text(value))).collect(),
            body: text(&vectors["body"]),
            now: Timestamp::from_second(vectors["at"].as_i64().unwrap()).unwrap(),
        }
    }

    fn prove(&self, inbound: &Inbound) -> Result<(), Refused> {
        self.prove_with(inbound, &keys(&[("token", &self.key), ("shop", "user")]))
    }

    fn prove_with(&self, inbound: &Inbound, keys: &Keys) -> Result<(), Refused> {
        let Self { method, url, headers, body, .. } = self;
        inbound.prove(Delivery { method, url, headers, body: body.as_bytes() }, keys, self.now)
    }
}

fn each(mut check: impl FnMut(&str, &Inbound, Try)) {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let all = vectors["vectors"].as_array().unwrap();
    assert_eq!(all.len(), SCHEMES.len());
    for vector in all {
        let name = vector["name"].as_str().unwrap();
        let (_, scheme) = SCHEMES.iter().find(|(of, _)| *of == name).unwrap();
        check(name, &inbound(&format!("  verify: {scheme}\n{READING}")), Try::of(&vectors, vector));
    }
}

#[test]
fn what_the_platforms_sign_is_proved() {
    each(|name, inbound, case| assert_eq!(case.prove(inbound), Ok(()), "{name}"));
}

#[test]
fn what_is_forged_is_refused() {
    each(|name, inbound, case| {
        if !matches!(name, "postscript" | "basic") {
            let body = case.body.replace("t_1", "t_2");
            assert_eq!(Try { body, ..case.clone() }.prove(inbound), Err(Refused::Forged), "{name}: body");
        }
        for (at, (header, value)) in case.headers.iter().enumerate() {
            if !header.contains("sig") && !header.contains("hmac") && header != "authorization" {
                continue;
            }
            // the last letter that means something is another one
            let mut forged = case.clone();
            let place = value.rfind(|c: char| c.is_ascii_alphanumeric()).unwrap() - 2;
            let other = if &value[place..=place] == "A" { "B" } else { "A" };
            forged.headers[at].1.replace_range(place..=place, other);
            assert!(forged.prove(inbound).is_err(), "{name}: {header}");
            forged.headers[at].1.clear();
            assert!(forged.prove(inbound).is_err(), "{name}: empty {header}");
            forged.headers.remove(at);
            assert!(matches!(forged.prove(inbound), Err(Refused::Missing(_))), "{name}: no {header}");
        }
    });
}

#[test]
fn an_address_that_is_signed_must_be_ours() {
    each(|name, inbound, case| {
        let elsewhere = Try { url: case.url.replace("/k?", "/other?"), ..case.clone() };
        let renamed = Try { method: "PUT".to_owned(), ..case };
        for changed in [elsewhere, renamed] {
            let expected = if name == "hubspot" { Err(Refused::Forged) } else { Ok(()) };
            assert_eq!(changed.prove(inbound), expected, "{name}");
        }
    });
}

#[test]
fn a_replay_outside_the_tolerance_is_refused() {
    let mut timed = 0;
    each(|name, inbound, case| {
        let at = |seconds| Try { now: case.now + SignedDuration::from_secs(seconds), ..case.clone() };
        for within in [300, -300] {
            assert_eq!(at(within).prove(inbound), Ok(()), "{name}");
        }
        if matches!(name, "stripe" | "hubspot" | "klaviyo" | "ecdsa" | "standard") {
            timed += 1;
            for outside in [301, -301, 86_400] {
                assert_eq!(at(outside).prove(inbound), Err(Refused::Stale(outside)), "{name}");
            }
        }
    });
    assert_eq!(timed, 5);
}

#[test]
fn another_key_is_refused_and_both_of_two_are_good() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let others = ["gohighlevel", "ecdsa", "rsa"];
    each(|name, inbound, case| {
        // a key of the same kind, where keys have kinds
        let other = match name {
            "standard" => "whsec_AAAA".to_owned(),
            "gohighlevel" => "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=".to_owned(),
            _ if others.contains(&name) => vectors["vectors"][6]["key"].as_str().unwrap().to_owned(),
            _ => "another".to_owned(),
        };
        let wrong = Try { key: other.clone(), ..case.clone() };
        assert_eq!(wrong.prove(inbound), Err(Refused::Forged), "{name}");
        // while a secret is being replaced the platform signs with either
        let both = keys(&[("token", &other), ("token", &case.key), ("shop", "user")]);
        assert_eq!(case.prove_with(inbound, &both), Ok(()), "{name}");
        assert!(matches!(case.prove_with(inbound, &Keys::default()), Err(Refused::NoKey(_))), "{name}");
        let empty = keys(&[("token", ""), ("shop", "")]);
        assert!(case.prove_with(inbound, &empty).is_err(), "{name}: an empty key proves nothing");
    });
}

#[test]
fn keys_are_not_shown() {
    let keys = keys(&[("token", "hidden")]);
    assert!(!format!("{keys:?}").contains("hidden"));
}

const SIGNED: &str =
    "  verify: {kind: hmac, alg: sha256, key: token, encoding: hex, at: {place: header, name: X-S}}\n";

fn shake(
    handshake: &str,
    method: &str,
    url: &str,
    body: &str,
    keys: &Keys,
) -> Result<Option<Reply>, Refused> {
    let inbound = inbound(&format!("{SIGNED}  handshake: {handshake}\n{READING}"));
    inbound.handshake(Delivery { method, url, headers: &[], body: body.as_bytes() }, keys)
}

#[test]
fn an_address_is_tested_in_the_platforms_way() {
    let agreed = keys(&[("webhook_secret", "agreed"), ("token", "key")]);
    let echo = "{kind: echo, challenge: {place: query, name: hub.challenge}, token: {place: query, name: hub.verify_token}}";
    let url = "https://a.example/webhooks/k?hub.mode=subscribe&hub.challenge=11%2B5&hub.verify_token=";
    let asked = |word: &str| shake(echo, "GET", &format!("{url}{word}"), "", &agreed);
    assert_eq!(asked("agreed"), Ok(Some(Reply::Text("11+5".to_owned()))));
    assert_eq!(asked("guessed"), Err(Refused::Forged));
    assert_eq!(shake(echo, "POST", "https://a.example/webhooks/k", "{}", &agreed), Ok(None));

    // eBay's documents: SHA-256 of challenge code, verification token and endpoint
    let hash = "{kind: hash_reply, challenge: {place: query, name: challenge_code}, key: token, reply: challengeResponse}";
    let reply = shake(hash, "GET", "https://a.example/webhooks/k?challenge_code=c", "", &agreed).unwrap();
    // printf 'ckeyhttps://a.example/webhooks/k' | sha256sum
    let expected = "eb932bebd49986471f90a872fe2b2aef694ed383a6ac52e38c79b8e5bf1f515b";
    assert_eq!(reply, Some(Reply::Json(format!("{{\"challengeResponse\":\"{expected}\"}}"))));

    let keyed = "{kind: hmac_reply, challenge: {place: query, name: crc}, alg: sha256, key: token, encoding: base64, prefix: 'sha256=', reply: response_token}";
    let reply = shake(keyed, "GET", "https://a.example/webhooks/k?crc=c", "", &agreed).unwrap();
    // printf c | openssl dgst -sha256 -hmac key -binary | base64
    let expected = "POQKDtwgg3mZHQdnTfA+oAh1yzgQM2vFUKfzd0FZHQo=";
    assert_eq!(reply, Some(Reply::Json(format!("{{\"response_token\":\"sha256={expected}\"}}"))));

    let store = "{kind: store_token, token: {place: body, name: verification_token}, key: webhook_secret}";
    let body = r#"{"verification_token": "secret_1"}"#;
    let kept = Reply::Keep { name: "webhook_secret".to_owned(), value: "secret_1".to_owned() };
    assert_eq!(shake(store, "POST", "https://a.example/webhooks/k", body, &Keys::default()), Ok(Some(kept)));
    // nobody puts another in its place
    assert_eq!(shake(store, "POST", "https://a.example/webhooks/k", body, &agreed), Ok(None));
}

fn read(section: &str, headers: &[(&str, &str)], body: &str) -> Vec<netgain_connector::webhooks::Incoming> {
    let headers: Vec<_> = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let delivery = Delivery {
        method: "POST",
        url: "https://a.example/webhooks/k",
        headers: &headers,
        body: body.as_bytes(),
    };
    inbound(&format!("{SIGNED}{section}")).events(delivery).unwrap()
}

#[test]
fn events_are_read_one_by_one() {
    let section = "  batch: \"[]\"
  topic: {place: event, name: kind}
  dedupe: {place: event, name: eventId}
  route: {account: {place: event, name: portalId}, field: shop}
  objects: {customers: {request: {path: /c}}}
  events:
    gone: {do: delete, stream: customers, id: objectId}
    changed: {do: refetch, stream: customers, id: objectId}
    carried: {do: upsert, stream: customers, record: data}
";
    let body = r#"[{"eventId": 12345678901234567890, "kind": "changed", "objectId": 7, "portalId": 62515},
        {"eventId": 2, "kind": "gone", "objectId": "8"},
        {"eventId": 3, "kind": "carried", "data": {"id": 9, "amount": 1.10}},
        {"eventId": 4, "kind": "else"},
        {"eventId": 5, "kind": "changed"}]"#;
    let events = read(section, &[], body);
    let [changed, gone, carried, other, bad] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (changed.dedupe.as_str(), changed.account.as_deref()),
        ("changed 12345678901234567890", Some("62515"))
    );
    assert_eq!(
        changed.deed,
        Deed::Refetch { stream: "customers".into(), object: "7".into(), id: "7".into(), with: vec![] }
    );
    assert_eq!(gone.deed, Deed::Delete { stream: "customers".into(), object: "8".into() });
    let Deed::Upsert { object, record, .. } = &carried.deed else { panic!("{carried:?}") };
    // digits stay as they were sent
    assert_eq!((object.as_str(), record.as_slice()), ("9", &br#"{"id":9,"amount":1.10}"#[..]));
    assert_eq!(other.deed, Deed::Nothing);
    assert_eq!(bad.deed, Deed::Unclear("the event has no `objectId`".to_owned()));
}

#[test]
fn an_event_without_an_id_is_known_by_its_bytes() {
    let section = "  topic: {place: header, name: X-Topic}\n  events: {a: {do: ignore}}\n";
    let one = read(section, &[("x-topic", "a")], r#"{"n": 1}"#);
    assert_eq!(one, read(section, &[("x-topic", "a")], r#"{"n": 1}"#));
    let others = [
        read(section, &[("x-topic", "a")], r#"{"n": 2}"#),
        read(section, &[("x-topic", "b")], r#"{"n": 1}"#),
    ];
    for other in others {
        assert_ne!(one[0].dedupe, other[0].dedupe);
    }
    // a body of nothing, and a form
    assert_eq!(read(section, &[("x-topic", "a")], "").len(), 1);
    let form = "  topic: {place: body, name: type}\n  events: {subscribe: {do: ignore}}\n";
    let form =
        read(form, &[("content-type", "application/x-www-form-urlencoded")], "type=subscribe&data%5Bid%5D=1");
    assert_eq!(form[0].topic, "subscribe");
}
