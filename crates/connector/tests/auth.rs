//! Grants: one renewal for many callers, for many processes, and never a good grant lost.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use netgain_connector::{
    BoxError, Clock, Engine, Error, Grant, Grants, MemoryGrants, Replaced, Request, Response, SecretSource,
    Setup, Tokens, Transport, TransportError,
};
use netgain_domain::ErrorClass;
use netgain_manifest::Manifest;
use support::{Kept, START, answer, manifest};

const OAUTH: &str = "{kind: oauth2_code, authorize_url: \"https://login.other.com/authorize\", \
    token_url: \"https://{connection.shop}.example.com/token\", scopes: [a, b], scope_separator: \",\", pkce: true, \
    rotates: true, from_response: {region: data.region}, from_callback: {seller: seller_id}}";
const RULES: &str = "  - {when: {status: [401]}, class: auth_expired, message: connect again}";
const STREAM: &str = "    request: {path: \"/{auth.region}/things\"}\n    pagination: {kind: none}\n    records: things\n    cursor: {kind: full}";

/// A clock that lets the others go on while somebody sleeps.
struct Yielding(Mutex<Timestamp>);

impl Yielding {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(START.parse().unwrap())))
    }

    fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

#[async_trait::async_trait]
impl Clock for Yielding {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }
}

/// Two processes over one store have each their own of these.
struct Source {
    grants: Arc<MemoryGrants>,
    fields: BTreeMap<&'static str, &'static str>,
    /// Stores that fail from now on.
    broken: Arc<AtomicUsize>,
}

impl SecretSource for Source {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.fields.get(field).map(|value| (*value).to_owned()))
    }

    fn grants(&self) -> Option<&dyn Grants> {
        Some(self)
    }
}

impl Grants for Source {
    fn grant(&self) -> Result<Option<Grant>, BoxError> {
        self.grants.grant()
    }

    fn claim(&self, version: u64, now: Timestamp, until: Timestamp) -> Result<bool, BoxError> {
        self.grants.claim(version, now, until)
    }

    fn release(&self, version: u64) -> Result<(), BoxError> {
        self.grants.release(version)
    }

    fn replace(&self, version: u64, next: &Grant) -> Result<Replaced, BoxError> {
        let left = self.broken.load(Ordering::SeqCst);
        if left > 0 {
            self.broken.store(left - 1, Ordering::SeqCst);
            return Err("the disk is full".into());
        }
        self.grants.replace(version, next)
    }
}

/// A platform whose refresh tokens die as soon as the token that they brought is used.
#[derive(Default)]
struct Platform {
    state: Mutex<State>,
    refreshes: AtomicUsize,
    /// Requests as text, for looking for secrets and parameters.
    sent: Mutex<Vec<String>>,
    /// Answers in place of a token.
    refuse: Mutex<Option<(u16, &'static str)>>,
    /// Answers of the token address that are lost on their way.
    lose: AtomicUsize,
}

#[derive(Default)]
struct State {
    count: u32,
    /// The refresh token and those that are still taken in its place.
    refresh: Vec<String>,
    access: Vec<String>,
}

impl Platform {
    fn new() -> Arc<Self> {
        let state = State { count: 0, refresh: vec!["r0".into()], access: vec!["a0".into()] };
        Arc::new(Self { state: Mutex::new(state), ..Self::default() })
    }

    fn token(&self, form: &BTreeMap<String, String>) -> Response {
        if let Some((status, body)) = *self.refuse.lock().unwrap() {
            return answer(status, body);
        }
        let mut state = self.state.lock().unwrap();
        match form["grant_type"].as_str() {
            "refresh_token" => {
                self.refreshes.fetch_add(1, Ordering::SeqCst);
                if !state.refresh.contains(&form["refresh_token"]) {
                    return answer(400, r#"{"error": "invalid_grant", "error_description": "r0 is used"}"#);
                }
            }
            "authorization_code" if form["code"] == "good" && form.contains_key("code_verifier") => {}
            "client_credentials" => {}
            _ => return answer(400, r#"{"error": "invalid_grant"}"#),
        }
        state.count += 1;
        let (access, refresh) = (format!("a{}", state.count), format!("r{}", state.count));
        state.refresh.push(refresh.clone());
        state.access.push(access.clone());
        let body = format!(
            r#"{{"access_token": "{access}", "refresh_token": "{refresh}", "expires_in": 3600, "data": {{"region": "eu"}}}}"#
        );
        answer(200, &body)
    }

    fn api(&self, token: &str) -> Response {
        let mut state = self.state.lock().unwrap();
        if !state.access.iter().any(|known| known == token) {
            return answer(401, r#"{"error": {"message": "expired"}}"#);
        }
        // using the newest token ends the refresh tokens before it
        if token == format!("a{}", state.count) {
            let newest = format!("r{}", state.count);
            state.refresh.retain(|known| *known == newest);
        }
        answer(200, r#"{"id": 1, "things": [{"id": 1, "name": "x"}]}"#)
    }

    fn expire(&self) {
        self.state.lock().unwrap().access.clear();
    }

    fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Transport for Platform {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        // others run meanwhile
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        self.sent.lock().unwrap().push(format!("{} {body}", request.url));
        if !request.url.path().ends_with("/token") {
            let signed = request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
            return Ok(self.api(signed.1.strip_prefix("Bearer ").unwrap()));
        }
        let form = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let response = self.token(&form);
        if self.lose.load(Ordering::SeqCst) > 0 {
            self.lose.fetch_sub(1, Ordering::SeqCst);
            return Err(support::broken());
        }
        Ok(response)
    }
}

fn grant(expires_in: i64) -> Grant {
    let start: Timestamp = START.parse().unwrap();
    Grant {
        access_token: "a0".into(),
        refresh_token: Some("r0".into()),
        obtained_at: start - SignedDuration::from_secs(3600 - expires_in),
        expires_at: Some(start + SignedDuration::from_secs(expires_in)),
        values: BTreeMap::from([("region".to_owned(), "eu".to_owned())]),
        version: 0,
    }
}

struct World {
    manifest: Arc<Manifest>,
    platform: Arc<Platform>,
    clock: Arc<Yielding>,
    store: Arc<MemoryGrants>,
    broken: Arc<AtomicUsize>,
}

impl World {
    fn new(auth: &str, grant: Option<Grant>) -> Self {
        Self {
            manifest: manifest(auth, RULES, "", STREAM),
            platform: Platform::new(),
            clock: Yielding::new(),
            store: Arc::new(MemoryGrants::new(grant)),
            broken: Arc::default(),
        }
    }

    fn setup(&self) -> Setup {
        let fields = [("client_id", "the-app"), ("client_secret", "hush")].into();
        Setup {
            manifest: Arc::clone(&self.manifest),
            fields: BTreeMap::from([("shop".to_owned(), "shop".to_owned())]),
            base_url: None,
            transport: Arc::clone(&self.platform) as Arc<dyn Transport>,
            secrets: Arc::new(Source {
                grants: Arc::clone(&self.store),
                fields,
                broken: Arc::clone(&self.broken),
            }),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            spool: std::env::temp_dir(),
        }
    }

    /// An engine as another process would have it.
    fn engine(&self) -> Arc<Engine> {
        Arc::new(Engine::new(self.setup()).unwrap())
    }

    fn stored(&self) -> Grant {
        self.store.grant().unwrap().unwrap()
    }
}

async fn at_once(engines: &[Arc<Engine>], callers: usize) -> Vec<Result<(), Error>> {
    let tasks: Vec<_> = (0..callers)
        .map(|at| {
            let engine = Arc::clone(&engines[at % engines.len()]);
            tokio::spawn(async move { engine.check(&Kept::default()).await })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test]
async fn fifty_callers_cause_one_renewal() {
    // ahead of its end, after its end, and when the platform says so
    for (left, expired) in [(200, false), (-5, true), (3000, true)] {
        let world = World::new(OAUTH, Some(grant(left)));
        if expired {
            world.platform.expire();
        }
        let done = at_once(&[world.engine()], 50).await;
        assert!(done.iter().all(Result::is_ok), "{:?}", done.iter().find(|one| one.is_err()));
        assert_eq!(world.platform.refreshes(), 1, "{left} s left");
        let stored = world.stored();
        assert_eq!((stored.version, stored.access_token.as_str()), (2, "a1"));
        assert_eq!(stored.refresh_token.as_deref(), Some("r1"));
    }
    let world = World::new(OAUTH, Some(grant(3000)));
    assert!(at_once(&[world.engine()], 50).await.iter().all(Result::is_ok));
    assert_eq!(world.platform.refreshes(), 0, "a good token is left alone");
}

#[tokio::test]
async fn two_processes_over_one_store_renew_once() {
    for left in [200, -5] {
        let world = World::new(OAUTH, Some(grant(left)));
        world.platform.expire();
        let done = at_once(&[world.engine(), world.engine()], 50).await;
        assert!(done.iter().all(Result::is_ok), "{:?}", done.iter().find(|one| one.is_err()));
        assert_eq!((world.platform.refreshes(), world.stored().version), (1, 2));
    }
}

#[tokio::test]
async fn a_process_that_dies_after_the_answer_leaves_a_grant_that_works() {
    let world = World::new(OAUTH, Some(grant(-5)));
    world.platform.expire();
    // the token came, and the process was gone before it was stored: the claim stays, the old grant too
    let dying = world.engine();
    world.broken.store(usize::MAX, Ordering::SeqCst);
    let error = dying.check(&Kept::default()).await.unwrap_err();
    assert!(matches!(error, Error::Secrets(_)), "{error}");
    drop(dying);
    assert_eq!((world.stored().version, world.stored().refresh_token.as_deref()), (1, Some("r0")));
    world.broken.store(0, Ordering::SeqCst);
    let before = world.clock.now();
    world.engine().check(&Kept::default()).await.unwrap();
    assert_eq!((world.platform.refreshes(), world.stored().access_token.as_str()), (2, "a2"));
    assert!(
        world.clock.now().duration_since(before) >= SignedDuration::from_secs(170),
        "it awaits the claim"
    );
}

#[tokio::test]
async fn a_token_that_could_not_be_stored_is_stored_later_and_not_asked_for_again() {
    let world = World::new(OAUTH, Some(grant(-5)));
    world.platform.expire();
    let engine = world.engine();
    world.broken.store(1, Ordering::SeqCst);
    assert!(engine.check(&Kept::default()).await.is_err());
    assert!(world.platform.sent.lock().unwrap().len() == 1, "an unstored token is not used");
    engine.check(&Kept::default()).await.unwrap();
    assert_eq!((world.platform.refreshes(), world.stored().access_token.as_str()), (1, "a1"));
}

#[tokio::test]
async fn a_refused_renewal_pauses_with_a_cure_and_keeps_the_grant() {
    let world = World::new(OAUTH, Some(grant(-5)));
    world.platform.expire();
    *world.platform.refuse.lock().unwrap() =
        Some((400, r#"{"error": "invalid_grant", "error_description": "hush and r0 are wrong."}"#));
    let done = at_once(&[world.engine()], 50).await;
    for error in done.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.class(), ErrorClass::AuthRevoked);
        let said = error.to_string();
        assert!(said.contains("sign in again") && said.contains("invalid_grant"), "{said}");
        assert!(!said.contains("hush") && !said.contains("r0"), "{said}");
    }
    assert_eq!(world.platform.sent.lock().unwrap().len(), 1, "who waited does not ask the same again");
    assert_eq!((world.stored().version, world.stored().access_token.as_str()), (1, "a0"));
    // what passes by itself is no reason to stop while the token lives
    let world = World::new(OAUTH, Some(grant(200)));
    *world.platform.refuse.lock().unwrap() = Some((503, "{}"));
    world.engine().check(&Kept::default()).await.unwrap();
    assert_eq!(world.stored().version, 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let world = World::new(OAUTH, Some(grant(-5)));
    world.platform.expire();
    world.platform.lose.store(2, Ordering::SeqCst);
    world.engine().check(&Kept::default()).await.unwrap();
    assert_eq!((world.platform.refreshes(), world.stored().access_token.as_str()), (3, "a3"));
}

#[tokio::test]
async fn a_token_that_stays_refused_is_renewed_once() {
    let world = World::new(OAUTH, Some(grant(3000)));
    world.platform.expire();
    let platform = Arc::clone(&world.platform);
    let engine = world.engine();
    let calling = tokio::spawn(async move { engine.check(&Kept::default()).await });
    // whatever it gets is not accepted
    while !calling.is_finished() {
        platform.expire();
        tokio::task::yield_now().await;
    }
    let error = calling.await.unwrap().unwrap_err();
    assert_eq!((error.class(), world.platform.refreshes()), (ErrorClass::AuthRevoked, 1));
    assert!(error.to_string().contains("connect again"), "{error}");
}

#[tokio::test]
async fn a_person_who_signs_in_meanwhile_wins() {
    let world = World::new(OAUTH, Some(grant(-5)));
    world.platform.expire();
    // somebody else renewed it with the same refresh token, which is dead now
    world.platform.state.lock().unwrap().refresh = vec!["other".into()];
    world.platform.state.lock().unwrap().access = vec!["signed-in".into()];
    let engine = world.engine();
    let calling = tokio::spawn(async move { engine.check(&Kept::default()).await });
    tokio::task::yield_now().await;
    let fresh = Grant { access_token: "signed-in".into(), ..grant(3600) };
    assert_eq!(world.store.replace(1, &fresh).unwrap(), Replaced::Kept(2));
    calling.await.unwrap().unwrap();
    assert_eq!((world.stored().version, world.stored().access_token.as_str()), (2, "signed-in"));
}

/// Draws of callers, processes, expiries, lost answers and full disks; the same seed plays the same.
#[tokio::test]
async fn whatever_happens_a_good_grant_stays() {
    for seed in 0..200_u64 {
        let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = |below: u64| {
            draw ^= draw << 13;
            draw ^= draw >> 7;
            draw ^= draw << 17;
            draw % below
        };
        let world = World::new(OAUTH, Some(grant(300)));
        let mut engines = vec![world.engine(), world.engine()];
        for _ in 0..12 {
            match next(6) {
                0 => world.platform.expire(),
                1 => world.clock.pass(i64::try_from(next(4000)).unwrap()),
                2 => world.platform.lose.store(1, Ordering::SeqCst),
                3 => world.broken.store(1, Ordering::SeqCst),
                // a process dies and another begins
                4 => engines[usize::try_from(next(2)).unwrap()] = world.engine(),
                _ => {}
            }
            let before = world.stored().version;
            let callers = usize::try_from(next(6) + 1).unwrap();
            let done = at_once(&engines, callers).await;
            assert!(world.stored().version >= before, "seed {seed}");
            for error in done.into_iter().filter_map(Result::err) {
                // a full disk is told; the grant is never given up
                assert!(matches!(error, Error::Secrets(_)), "seed {seed}: {error}");
            }
        }
        world.broken.store(0, Ordering::SeqCst);
        world.platform.expire();
        for done in at_once(&[world.engine()], 3).await {
            done.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
    }
}

#[tokio::test]
async fn a_person_signs_in() {
    let world = World::new(OAUTH, None);
    let tokens = Tokens::new(&world.setup()).unwrap();
    let error = world.engine().check(&Kept::default()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::AuthRevoked);
    assert!(error.to_string().contains("nobody has signed in yet"), "{error}");

    let back = "http://localhost:8080/oauth/callback";
    let authorize = tokens.authorize(back, "the-state").unwrap();
    let query: BTreeMap<String, String> = authorize.url.query_pairs().into_owned().collect();
    let said = |name: &str| query.get(name).map(String::as_str);
    assert!(authorize.url.as_str().starts_with("https://login.other.com/authorize?"));
    assert_eq!((said("response_type"), said("client_id")), (Some("code"), Some("the-app")));
    assert_eq!(
        (said("scope"), said("state"), said("redirect_uri")),
        (Some("a,b"), Some("the-state"), Some(back))
    );
    assert_eq!((said("code_challenge_method"), said("client_secret")), (Some("S256"), None));
    assert_eq!(said("code_challenge").unwrap().len(), 43);

    let came =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let callback: BTreeMap<String, String> = came(&[("code", "good"), ("seller_id", "A1")]);
    let granted = tokens.redeem(back, authorize.verifier.as_deref(), &callback).await.unwrap();
    assert_eq!((granted.values["region"].as_str(), granted.values["seller"].as_str()), ("eu", "A1"));
    world.store.replace(0, &granted).unwrap();
    let kept = Kept::default();
    world.engine().run(&world.manifest.streams[0], &[], None, &kept).await.unwrap();
    assert!(world.platform.sent.lock().unwrap().last().unwrap().contains("/eu/things"));
    assert_eq!(kept.records().len(), 1);

    let denied = came(&[("error", "access_denied"), ("error_description", "no")]);
    let error = tokens.redeem(back, None, &denied).await.unwrap_err();
    assert!(
        error.class() == ErrorClass::Permission && error.to_string().contains("sign in again"),
        "{error}"
    );
    let wrong = tokens.redeem(back, Some("v"), &came(&[("code", "s3cret-code")])).await.unwrap_err();
    assert!(wrong.class() == ErrorClass::AuthRevoked && !wrong.to_string().contains("s3cret"), "{wrong}");
    assert!(tokens.redeem(back, None, &came(&[])).await.unwrap_err().to_string().contains("no code"));
    assert!(!format!("{granted:?}").contains("a1"), "{granted:?}");
}

#[tokio::test]
async fn an_app_signs_in_for_itself_under_the_platforms_names() {
    let auth = "{kind: oauth2_client_credentials, token_url: \"https://shop.example.com/token\", scopes: [all], \
        names: {client_id: app_id, client_secret: secret}, token_params: {audience: \"{connection.shop}\"}, \
        from_response: {region: data.region}}";
    let world = World::new(auth, None);
    assert!(at_once(&[world.engine()], 20).await.iter().all(Result::is_ok));
    let sent = world.platform.sent.lock().unwrap();
    let token: Vec<&String> = sent.iter().filter(|sent| sent.contains("/token ")).collect();
    assert_eq!(token.len(), 1, "{token:?}");
    for part in
        ["app_id=the-app", "secret=hush", "audience=shop", "grant_type=client_credentials", "scope=all"]
    {
        assert!(token[0].contains(part), "{token:?}");
    }
    assert!(!token[0].contains("client_id="), "{token:?}");
}
