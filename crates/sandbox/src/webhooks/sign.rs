//! How each platform signs what it sends, as its documents say.
use super::{Event, Identity, Registration};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::Sha256;

/// SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The headers of a delivery. `at` is when it is signed.
pub fn headers(
    identity: &Identity,
    registration: &Registration,
    event: &Event,
    at: Timestamp,
) -> Vec<(String, String)> {
    let secret = registration.secret.as_bytes();
    let body = &event.body[..];
    let seconds = at.as_second().to_string();
    let pairs: Vec<(&str, String)> = match registration.face.as_str() {
        "shopify" => vec![
            ("X-Shopify-Topic", event.topic.clone()),
            ("X-Shopify-Hmac-Sha256", STANDARD.encode(hmac(secret, &[body]))),
            ("X-Shopify-Shop-Domain", format!("{}.myshopify.com", identity.shop)),
            ("X-Shopify-API-Version", "2026-10".to_owned()),
            ("X-Shopify-Webhook-Id", event.id.clone()),
            ("X-Shopify-Event-Id", event.id.clone()),
            ("X-Shopify-Triggered-At", at.to_string()),
        ],
        "stripe" => {
            let signed = hex(&hmac(secret, &[seconds.as_bytes(), b".", body]));
            vec![("Stripe-Signature", format!("t={seconds},v1={signed}"))]
        }
        "klaviyo" => {
            let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let signed = hex(&hmac(secret, &[body, date.as_bytes()]));
            let id = crate::klaviyo::webhook_id(registration.id);
            vec![("Klaviyo-Signature", signed), ("Klaviyo-Timestamp", date), ("Klaviyo-Webhook-Id", id)]
        }
        "hubspot" => {
            let millis = at.as_millisecond().to_string();
            let address = registration.address.as_bytes();
            let signed = hmac(secret, &[b"POST", address, body, millis.as_bytes()]);
            vec![("X-HubSpot-Signature-v3", STANDARD.encode(signed)), ("X-HubSpot-Request-Timestamp", millis)]
        }
        "gohighlevel" => {
            let signed = Ed25519KeyPair::from_seed_unchecked(&identity.key_seed)
                .map(|pair| STANDARD.encode(pair.sign(body)))
                .unwrap_or_default();
            vec![("X-GHL-Signature", signed)]
        }
        "postscript" => vec![("Postscript-Signature", registration.secret.clone())],
        "meta" | "meta_ads" => {
            vec![("X-Hub-Signature-256", format!("sha256={}", hex(&hmac(secret, &[body]))))]
        }
        "google_sheets" => vec![
            ("X-Goog-Channel-ID", registration.id.to_string()),
            ("X-Goog-Channel-Token", registration.secret.clone()),
            ("X-Goog-Message-Number", seconds),
            ("X-Goog-Resource-State", event.topic.clone()),
        ],
        _ => Vec::new(),
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The public key that belongs to a seed: SubjectPublicKeyInfo, base64.
pub fn public_key(seed: &[u8; 32]) -> Option<String> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    let mut info = ED25519_INFO.to_vec();
    info.extend_from_slice(pair.public_key().as_ref());
    Some(STANDARD.encode(info))
}

fn hmac(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // a key of any length is one
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    crate::secrets::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// The headers of one delivery of a face, with the secret `key` and the body `{}` at second 1.
    fn signed(face: &str) -> Vec<(String, String)> {
        let registration = Registration {
            id: 7,
            face: face.to_owned(),
            address: "http://127.0.0.1:1/webhooks/k".to_owned(),
            secret: "key".to_owned(),
            topics: vec!["*".to_owned()],
            dropped: false,
        };
        let event = Event { topic: "t".to_owned(), id: "e".to_owned(), body: Bytes::from_static(b"{}") };
        headers(&Identity::default(), &registration, &event, Timestamp::from_second(1).unwrap())
    }

    fn header<'h>(headers: &'h [(String, String)], name: &str) -> &'h str {
        &headers.iter().find(|(one, _)| one == name).unwrap().1
    }

    /// Expected values come from `openssl dgst -sha256 -hmac key`.
    #[test]
    fn every_platform_signs_its_own_text() {
        let body = "a777724d943eb48dc69bca8a4a6d57a04db3f9ec7e1de4e581e860265bdf3032";
        assert_eq!(header(&signed("meta"), "X-Hub-Signature-256"), format!("sha256={body}"));
        let shopify = "p3dyTZQ+tI3Gm8qKSm1XoE2z+ex+HeTlgehgJlvfMDI=";
        assert_eq!(header(&signed("shopify"), "X-Shopify-Hmac-Sha256"), shopify);
        let stripe = "t=1,v1=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224";
        assert_eq!(header(&signed("stripe"), "Stripe-Signature"), stripe);
        let klaviyo = "f8cd895a07f2c1ad1a674d4b9c72180801c75bdde2576ed9306bd3b400ea4469";
        assert_eq!(header(&signed("klaviyo"), "Klaviyo-Signature"), klaviyo);
        let hubspot = signed("hubspot");
        assert_eq!(
            header(&hubspot, "X-HubSpot-Signature-v3"),
            "bP/RsFBTF/rqEzeZ/UCJIhrNIF/dpr8408iPfXZzbIQ="
        );
        assert_eq!(header(&hubspot, "X-HubSpot-Request-Timestamp"), "1000");
        assert_eq!(header(&signed("postscript"), "Postscript-Signature"), "key");
    }

    #[test]
    fn a_key_pair_proves_its_own_signature() {
        let info = STANDARD.decode(public_key(&[9; 32]).unwrap()).unwrap();
        let identity = Identity { key_seed: [9; 32], ..Identity::default() };
        let registration = Registration {
            id: 1,
            face: "gohighlevel".to_owned(),
            address: String::new(),
            secret: String::new(),
            topics: Vec::new(),
            dropped: false,
        };
        let event = Event { topic: String::new(), id: String::new(), body: Bytes::from_static(b"{}") };
        let signed = headers(&identity, &registration, &event, Timestamp::UNIX_EPOCH);
        let signature = STANDARD.decode(header(&signed, "X-GHL-Signature")).unwrap();
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &info[12..]);
        assert!(key.verify(b"{}", &signature).is_ok());
        assert!(key.verify(b"{ }", &signature).is_err());
    }
}
