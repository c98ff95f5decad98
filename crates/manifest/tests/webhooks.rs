//! The `webhooks` section: every word of it is read, and each rule of the lint refuses what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use netgain_manifest::{Each, Event, Handshake, Manifest, Register, SignatureAlg, Unit, Verify, lint};

const SHOP: &str = include_str!("data/shop.yaml");
const HOOKS: &str = "webhooks:
  verify:
    kind: hmac
    alg: sha256
    key: token
    over: \"{ts}.{body}\"
    encoding: hex
    at: {place: header, name: X-Signature, kv: v1}
    timestamp: {at: {place: header, name: X-Signature, kv: t}}
  register:
    kind: api
    names: {customer.gone: CUSTOMER_GONE}
    create: {method: POST, path: /hooks, body: {kind: form, fields: {url: \"{webhook.address}\"}}}
    id: id
    list: {request: {path: /hooks}, records: hooks, id: id}
  topic: {place: event, name: type}
  dedupe: {place: event, name: id}
  objects:
    customers: {request: {path: \"/customers/{event.id}\"}, records: customer}
  events:
    customer.changed: {do: refetch, stream: customers, id: data.id}
    customer.gone: {do: delete, stream: customers, id: data.id}
    shop.gone: {do: ignore}
";

fn manifest(hooks: &str) -> Manifest {
    Manifest::from_yaml(&SHOP.replacen("streams:\n", &format!("{hooks}streams:\n"), 1)).unwrap()
}

fn fault(old: &str, new: &str) -> String {
    assert!(HOOKS.contains(old), "{old}");
    let samples = BTreeSet::from(["customers".to_owned(), "spend".to_owned()]);
    let faults = lint(&manifest(&HOOKS.replacen(old, new, 1)), &samples);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].to_string()
}

#[test]
fn a_sound_section_is_read() {
    let manifest = manifest(HOOKS);
    let samples = BTreeSet::from(["customers".to_owned(), "spend".to_owned()]);
    assert_eq!(lint(&manifest, &samples), []);
    let webhooks = manifest.webhooks.unwrap();
    let Verify::Hmac { timestamp: Some(stamp), .. } = &webhooks.verify else { panic!("no hmac") };
    assert_eq!((stamp.tolerance_s, stamp.unit, stamp.at.kv.as_str()), (300, Unit::S, "t"));
    let Register::Api { each: Each::Topic, names, .. } = &webhooks.register else { panic!("no api") };
    assert_eq!(names["customer.gone"], "CUSTOMER_GONE");
    assert_eq!(webhooks.handshake, Handshake::None);
    assert_eq!(webhooks.events["customer.gone"].stream(), Some("customers"));
    assert_eq!(webhooks.events["shop.gone"], Event::Ignore {});
}

#[test]
fn the_other_proofs_and_handshakes_are_read() {
    let start = HOOKS.find("  verify:").unwrap();
    let end = HOOKS.find("  register:").unwrap();
    let with = |verify: &str| manifest(&format!("{}{verify}{}", &HOOKS[..start], &HOOKS[end..]));
    let text = "  verify: {kind: signature, alg: ed25519, key: {fixed: QUJD}, encoding: base64, at: {place: header, name: X-S}}
  handshake: {kind: echo, challenge: {place: query, name: hub.challenge}, token: {place: query, name: hub.verify_token}}\n";
    let webhooks = with(text).webhooks.unwrap();
    let Verify::Signature { alg: SignatureAlg::Ed25519, over, .. } = &webhooks.verify else { panic!("no") };
    assert_eq!(over, "{body}");
    let Handshake::Echo { key, .. } = &webhooks.handshake else { panic!("no echo") };
    assert_eq!(key, "webhook_secret");
    for text in [
        "  verify: {kind: static_token, key: token, at: {place: header, name: X-T}}\n",
        "  verify: {kind: basic, user: shop, password: token}\n",
        "  verify: {kind: none, must_refetch: true}\n",
    ] {
        assert!(with(text).webhooks.is_some());
    }
}

#[test]
fn what_could_not_work_is_refused() {
    assert!(
        fault("stream: customers, id: data.id}\n    shop", "stream: clients, id: data.id}\n    shop")
            .contains("`clients`")
    );
    assert!(fault("do: refetch, stream: customers", "do: refetch, stream: spend").contains("in no way"));
    assert!(fault("key: token", "key: key_of_nobody").contains("key_of_nobody"));
    assert!(
        fault("    timestamp: {at: {place: header, name: X-Signature, kv: t}}\n", "")
            .contains("stands nowhere")
    );
    assert!(fault("kv: t}}", "kv: t}, tolerance_s: 0}").contains("no second"));
    let start = HOOKS.find("kind: hmac").unwrap();
    let end = HOOKS.find("  register:").unwrap();
    assert!(fault(&HOOKS[start..end], "kind: none\n    must_refetch: true\n").contains("believes"));
}
