//! Signing in at an identity provider, against a small one that keeps to the standard, and against one that does not.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::Answer;
use common::guests::{Guests, HOST, Who};
use netgain_control::{Role, Secret};
use netgain_domain::jiff::Timestamp;
use netgain_server::{Oidc, OidcHttp, OidcSetup};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

const ISSUER: &str = "https://id.example";
const CLIENT: &str = "netgain";
const CLIENT_SECRET: &str = "the client's secret";

/// What the provider does wrong.
type Fault = Arc<dyn Fn(&mut Value, &mut Value) + Send + Sync>;

struct Provider {
    key: EcdsaKeyPair,
    /// What is signed with instead, while somebody else's key is tried.
    other: Option<EcdsaKeyPair>,
    /// What the authorisation was asked for, by code.
    asked: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    person: Value,
    fault: Fault,
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Provider {
    fn new(person: Value) -> Self {
        Self { key: key(), other: None, asked: Mutex::default(), person, fault: Arc::new(|_, _| ()) }
    }

    fn faulty(person: Value, fault: impl Fn(&mut Value, &mut Value) + Send + Sync + 'static) -> Self {
        Self { fault: Arc::new(fault), ..Self::new(person) }
    }

    /// The person signs in there: the code and state that the browser comes back with.
    fn authorize(&self, url: &str) -> (String, String) {
        let url = Url::parse(url).unwrap();
        assert_eq!(url.host_str(), Some("id.example"));
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let state = asked["state"].clone();
        let code = format!("code-of-{}", &state[..8]);
        self.asked.lock().unwrap().insert(code.clone(), asked);
        (code, state)
    }

    fn id_token(&self, nonce: &str) -> String {
        let now = Timestamp::now().as_second();
        let mut header = json!({ "alg": "ES256", "kid": "one", "typ": "JWT" });
        let mut claims =
            json!({ "iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce });
        claims.as_object_mut().unwrap().extend(self.person.as_object().unwrap().clone());
        (self.fault)(&mut header, &mut claims);
        let signed = format!("{}.{}", part(&header), part(&claims));
        let by = self.other.as_ref().unwrap_or(&self.key);
        let signature = by.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

impl OidcHttp for Provider {
    fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let answer = match url.strip_prefix(ISSUER).unwrap() {
            "/.well-known/openid-configuration" => json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/keys"),
            }),
            "/keys" => {
                let point = self.key.public_key().as_ref();
                let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
                let listed =
                    json!({ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": x, "y": y });
                json!({ "keys": [{ "kty": "oct", "k": "unused" }, listed] })
            }
            _ => return Err("status 404".to_owned()),
        };
        Ok(answer.to_string().into_bytes())
    }

    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, String> {
        assert_eq!((url, basic), (format!("{ISSUER}/token").as_str(), Some((CLIENT, CLIENT_SECRET))));
        let given: BTreeMap<&str, &str> = form.iter().copied().collect();
        // a code counts once
        let asked = self.asked.lock().unwrap().remove(given["code"]).ok_or("status 400")?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(given["code_verifier"]));
        if challenge != asked["code_challenge"] || given["redirect_uri"] != asked["redirect_uri"] {
            return Err("status 400".to_owned());
        }
        Ok(json!({ "id_token": self.id_token(&asked["nonce"]), "token_type": "Bearer" })
            .to_string()
            .into_bytes())
    }
}

struct Rig {
    guests: Guests,
    provider: Arc<Provider>,
}

impl Rig {
    fn new(provider: Provider) -> Self {
        let provider = Arc::new(provider);
        let setup = OidcSetup {
            issuer: ISSUER.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
            name: "Example ID".to_owned(),
        };
        let http: Arc<dyn OidcHttp> = Arc::<Provider>::clone(&provider);
        Self { guests: Guests::with_oidc(Oidc::new(setup, http)), provider }
    }

    /// Begins a sign-in: the provider's page, and the cookie that binds it to the browser.
    async fn begin(&self) -> (String, String) {
        let begun = self.guests.send("GET", "/api/v1/session/oidc?next=/account", &[HOST], "").await;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let cookie = begun.headers("set-cookie").remove(0);
        assert!(cookie.starts_with("netgain-oidc=") && cookie.contains("HttpOnly"), "{cookie}");
        (begun.header("location"), cookie.split(';').next().unwrap().to_owned())
    }

    async fn back(&self, code: &str, state: &str, cookie: &str) -> Answer {
        let path = format!("/oidc/callback?code={code}&state={state}");
        self.guests.send("GET", &path, &[HOST, ("cookie", cookie)], "").await
    }

    async fn whole(&self) -> Answer {
        let (url, cookie) = self.begin().await;
        let (code, state) = self.provider.authorize(&url);
        self.back(&code, &state, &cookie).await
    }
}

fn session(answer: &Answer) -> Option<Who> {
    let cookies = answer.headers("set-cookie");
    let found = cookies.iter().find(|one| one.starts_with("netgain-session="))?;
    Some(Who::Cookie(found.split(';').next()?.to_owned()))
}

fn viewer() -> Value {
    json!({ "sub": "person-7", "email": "Viewer@Example.com", "email_verified": true, "name": "Vi" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_known_by_their_verified_address_and_then_by_their_identity() {
    let rig = Rig::new(Provider::new(viewer()));
    let offered = rig.guests.ask(&Who::Nobody, "GET", "/api/v1/session", "").await.ok();
    assert_eq!(offered["oidc"], "Example ID");
    let done = rig.whole().await;
    assert_eq!((done.status, done.header("location").as_str()), (303, "/account"), "{}", done.text);
    let me = rig.guests.ask(&session(&done).unwrap(), "GET", "/api/v1/session", "").await.ok();
    assert_eq!(me["person"]["email"], "viewer@example.com");
    assert_eq!(me["person"]["memberships"][0]["role"], Role::Viewer.name());
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_invited_stays_outside() {
    for person in [
        json!({ "sub": "9", "email": "somebody@example.com", "email_verified": true }),
        json!({ "sub": "9", "email": "viewer@example.com", "email_verified": false }),
        json!({ "sub": "9", "email": "viewer@example.com" }),
        json!({ "sub": "9" }),
    ] {
        let rig = Rig::new(Provider::new(person.clone()));
        let answer = rig.whole().await;
        assert_eq!(answer.header("location"), "/sign-in?problem=oidc_unknown", "{person}");
        assert!(session(&answer).is_none(), "{person}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_counts_once_in_its_browser_and_with_its_state() {
    let rig = Rig::new(Provider::new(viewer()));
    let (url, cookie) = rig.begin().await;
    let (code, state) = rig.provider.authorize(&url);
    let (_, others) = rig.begin().await;
    for (state, cookie, why) in [
        (state.as_str(), "", "another browser"),
        (state.as_str(), others.as_str(), "another sign-in's browser"),
        ("made-up", cookie.as_str(), "a forged state"),
    ] {
        let answer = rig.back(&code, state, cookie).await;
        assert_eq!(answer.header("location"), "/sign-in?problem=oidc_failed", "{why}");
        assert!(session(&answer).is_none(), "{why}");
    }
    let done = rig.back(&code, &state, &cookie).await;
    assert!(session(&done).is_some(), "{}", done.header("location"));
    let again = rig.back(&code, &state, &cookie).await;
    assert!(session(&again).is_none(), "replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_not_made_for_this_sign_in_is_refused() {
    let set = |name: &'static str, value: Value| {
        Provider::faulty(viewer(), move |_, claims| claims[name] = value.clone())
    };
    let now = Timestamp::now().as_second();
    let faults = [
        ("issuer", set("iss", json!("https://evil.example"))),
        ("audience", set("aud", json!("another"))),
        ("audiences", set("aud", json!([CLIENT, "another"]))),
        ("authorised party", set("azp", json!("another"))),
        ("over", set("exp", json!(now - 120))),
        ("over, as a text", set("exp", json!("never"))),
        ("made later", set("iat", json!(now + 600))),
        ("nonce", set("nonce", json!("another"))),
        ("nobody", set("sub", json!(""))),
        ("no algorithm", Provider::faulty(viewer(), |header, _| header["alg"] = json!("none"))),
        ("a keyed hash", Provider::faulty(viewer(), |header, _| header["alg"] = json!("HS256"))),
        ("another key", Provider::faulty(viewer(), |header, _| header["kid"] = json!("two"))),
        ("demands", Provider::faulty(viewer(), |header, _| header["crit"] = json!(["exp"]))),
        ("somebody else's signature", Provider { other: Some(key()), ..Provider::new(viewer()) }),
    ];
    for (why, provider) in faults {
        let rig = Rig::new(provider);
        let answer = rig.whole().await;
        assert_eq!(answer.header("location"), "/sign-in?problem=oidc_failed", "{why}");
        assert!(session(&answer).is_none(), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_there_is_no_such_way() {
    let guests = Guests::new();
    guests.send("GET", "/api/v1/session/oidc", &[HOST], "").await.problem(404, "oidc_not_offered");
    guests.send("GET", "/oidc/callback?state=x", &[HOST], "").await.problem(404, "oidc_not_offered");
}
