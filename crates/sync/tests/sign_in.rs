//! A person signs in at the emulated platforms: begun, granted, come back, kept, renewed.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use netgain_connector::{
    Grants, HttpTransport, Limits, Method, Reach, Request, Setup, SystemClock, Tokens, Transport,
};
use netgain_control::{Control, CredentialMode, Database, NewConnection, Secret};
use netgain_sandbox::{Options, Running, start};
use netgain_sync::{
    ConnectError, ConnectRequest, Connected, SignInBegun, SignInError, SignInRequest, SignInReturn,
    StoredSecrets, begin_sign_in, connect, connect_account, finish_sign_in, open_sign_in,
};

const BACK: &str = "http://localhost:8080/oauth/callback";

struct World {
    running: Running,
    control: Arc<Control>,
    home: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let options = Options { today: Some("2026-11-21".parse().unwrap()), port: 0, ..Options::default() };
        let home = tempfile::tempdir().unwrap();
        // with `NETGAIN_TEST_STORES=postgres` in the database that stands for the folder
        let database = netgain_testkit::instead_of(home.path()).map(|server| Database {
            url: Secret::new(server.app_url()),
            owner_url: Some(Secret::new(server.owner_url())),
        });
        let control = Arc::new(Control::open_at(home.path(), database.as_ref()).unwrap());
        Self { running: start(options).await.unwrap(), control, home }
    }

    fn request(&self, provider: &str) -> ConnectRequest {
        let platform = &self.running.ready.platforms[provider];
        let own = |(name, value): (&&str, &String)| ((*name).to_owned(), value.clone());
        ConnectRequest {
            workspace: "mine".parse().unwrap(),
            provider: provider.to_owned(),
            connection: None,
            name: None,
            fields: platform.fields.iter().map(own).collect(),
            secrets: BTreeMap::new(),
            base_url: Some(platform.base_url.clone()),
            mode: None,
            currency: None,
            time_zone: None,
        }
    }

    /// With the app of the emulated platform.
    fn with_app(&self, provider: &str) -> ConnectRequest {
        let app = self.running.ready.platforms[provider].oauth.iter();
        let app = app.filter(|(name, _)| ["client_id", "client_secret"].contains(name));
        let secrets = app.map(|(name, value)| ((*name).to_owned(), Secret::new(value.clone())));
        ConnectRequest { secrets: secrets.collect(), ..self.request(provider) }
    }

    fn begin(&self, connect: ConnectRequest) -> Result<SignInBegun, SignInError> {
        let request =
            SignInRequest { connect, redirect_uri: BACK.to_owned(), by_browser: true, begun_by: None };
        begin_sign_in(&self.control, self.home.path(), request)
    }

    async fn finish(&self, came: &SignInReturn) -> Result<Connected, SignInError> {
        finish_sign_in(&self.control, self.home.path(), came).await
    }

    /// Signs in at a platform from begin to end.
    async fn sign_in(&self, connect: ConnectRequest) -> Connected {
        let came = granted(&self.begin(connect).unwrap()).await;
        self.finish(&came).await.unwrap()
    }

    fn stored(&self) -> Vec<String> {
        let all = self.control.connections(&"mine".parse().unwrap()).unwrap();
        all.into_iter().map(|one| one.id.to_string()).collect()
    }
}

/// What the browser comes back with from the platform.
async fn granted(begun: &SignInBegun) -> SignInReturn {
    let url = &begun.authorize_url;
    let request = Request {
        method: Method::Get,
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: Default::default(),
    };
    let transport = HttpTransport::new(Reach::Local, Limits::default()).unwrap();
    let answer = transport.send(request).await.unwrap();
    assert_eq!(answer.status, 302, "{}", String::from_utf8_lossy(&answer.body));
    let location: url::Url = answer.header("location").unwrap().parse().unwrap();
    assert!(location.as_str().starts_with(BACK), "{location}");
    let params = location.query_pairs().into_owned().collect();
    let browser = begun.browser.as_ref().map(|word| word.expose().to_owned());
    SignInReturn { params, browser, arrived_at: BACK.to_owned(), provider: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_the_grant_is_renewed() {
    let world = World::new().await;
    let begun = world.begin(world.with_app("shopify")).unwrap();
    let url = &begun.authorize_url;
    assert!(url.starts_with(&world.running.ready.platforms["shopify"].base_url), "{url}");
    assert!(!url.contains(&world.running.ready.platforms["shopify"].oauth["client_secret"]));
    let came = granted(&begun).await;
    let connected = world.finish(&came).await.unwrap();
    assert_eq!((connected.connection.mode, connected.accounts.len()), (CredentialMode::Own, 1));
    let (workspace, id) = (connected.workspace.id.clone(), connected.connection.id.clone());
    assert_eq!(world.control.grant(&workspace, &id).unwrap().unwrap().version, 1);
    let again = world.finish(&came).await.unwrap_err();
    assert!(matches!(again, SignInError::Unknown), "{again}");

    // the stored grant signs the next run, and is renewed when the platform says so
    let manifest = netgain_providers::manifest("shopify").unwrap().unwrap();
    let stored = Arc::new(StoredSecrets::of(&world.control, &connected.connection));
    let tokens = Tokens::new(&Setup {
        manifest: Arc::new(manifest),
        fields: connected.connection.fields.clone(),
        base_url: connected.connection.base_url.clone(),
        transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap()),
        secrets: Arc::clone(&stored) as _,
        clock: Arc::new(SystemClock),
        spool: world.home.path().to_owned(),
    })
    .unwrap();
    let first = tokens.held(None).await.unwrap().unwrap();
    let second = tokens.held(Some(first.version)).await.unwrap().unwrap();
    assert_eq!((first.version, second.version), (1, 2));
    assert_ne!(first.access_token, second.access_token);
    assert_eq!(stored.grant().unwrap().unwrap(), second);

    // connecting again without a key proves the grant that is there
    let same = connect(&world.control, world.home.path(), world.request("shopify")).await.unwrap();
    assert_eq!(same.connection.id, id);
    assert_eq!(world.control.grant(&workspace, &id).unwrap().unwrap().version, 2);
    // a key takes its place
    let key = &world.running.ready.platforms["shopify"].secrets["access_token"];
    let key = [("access_token".to_owned(), Secret::new(key.clone()))].into();
    let request = ConnectRequest { secrets: key, ..world.request("shopify") };
    connect(&world.control, world.home.path(), request).await.unwrap();
    assert!(world.control.grant(&workspace, &id).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_exchanged_for_one_that_lives_longer() {
    let world = World::new().await;
    let connected = world.sign_in(world.with_app("meta_ads")).await;
    let stored = StoredSecrets::of(&world.control, &connected.connection);
    let grant = stored.grant().unwrap().unwrap();
    let life = grant.expires_at.unwrap().duration_since(grant.obtained_at);
    assert!(life.as_hours() > 24 * 50, "{life}");
    assert_eq!(grant.refresh_token, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_name_the_cure_and_keep_nothing() {
    let world = World::new().await;
    let missing = world.begin(world.request("shopify")).unwrap_err().to_string();
    assert!(missing.contains("`client_id` of the app is missing"), "{missing}");
    let mut wrong = world.with_app("shopify");
    wrong.secrets.insert("client_secret".to_owned(), Secret::new("wrong-secret".to_owned()));
    // the platform signed with the right one
    let came = granted(&world.begin(wrong).unwrap()).await;
    let refused = world.finish(&came).await.unwrap_err();
    let said = refused.to_string();
    assert!(matches!(refused, SignInError::Forged(_)) && said.contains("client_secret"), "{said}");
    assert!(!said.contains("wrong-secret"));
    let params = [("state".to_owned(), "made-up".to_owned())].into();
    let unknown = world.finish(&SignInReturn { params, ..came }).await.unwrap_err();
    assert!(matches!(unknown, SignInError::Unknown));
    let mut wrong = world.with_app("meta_ads");
    wrong.secrets.insert("client_secret".to_owned(), Secret::new("wrong-secret".to_owned()));
    let came = granted(&world.begin(wrong).unwrap()).await;
    let refused = world.finish(&came).await.unwrap_err();
    let said = refused.to_string();
    assert!(matches!(refused, SignInError::Refused(_)) && !said.contains("wrong-secret"), "{said}");
    assert!(world.control.workspaces().unwrap().is_empty());

    let central = ConnectRequest { mode: Some(CredentialMode::Central), ..world.request("shopify") };
    let central = ConnectRequest { base_url: None, ..central };
    let error = connect(&world.control, world.home.path(), central).await.unwrap_err().to_string();
    assert!(error.contains("mode central is not offered"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_counts_in_its_browser_at_its_address_once() {
    let world = World::new().await;
    let came = granted(&world.begin(world.with_app("shopify")).unwrap()).await;
    for browser in [None, Some(String::new()), Some("another".to_owned())] {
        let error = world.finish(&SignInReturn { browser, ..came.clone() }).await.unwrap_err();
        assert!(matches!(&error, SignInError::Elsewhere(words) if words.contains("browser")), "{error}");
    }
    // whoever tried has not taken it away
    world.finish(&came).await.unwrap();
    let came = granted(&world.begin(world.with_app("shopify")).unwrap()).await;
    let arrived_at = "http://127.0.0.1:8080/oauth/callback".to_owned();
    let error = world.finish(&SignInReturn { arrived_at, ..came.clone() }).await.unwrap_err();
    assert!(matches!(&error, SignInError::Elsewhere(words) if words.contains(BACK)), "{error}");
    assert!(matches!(world.finish(&came).await.unwrap_err(), SignInError::Unknown), "it counts once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_did_not_sign_is_refused_before_the_code_is_used() {
    let world = World::new().await;
    type Change = fn(&mut BTreeMap<String, String>);
    let changes: [(&str, Change); 5] = [
        ("no signature", |params| drop(params.remove("hmac"))),
        ("another signature", |params| drop(params.insert("hmac".to_owned(), "00".repeat(32)))),
        ("another code", |params| drop(params.insert("code".to_owned(), "stolen".to_owned()))),
        ("another shop", |params| drop(params.insert("shop".to_owned(), "other.myshopify.com".to_owned()))),
        ("something added", |params| drop(params.insert("host".to_owned(), "x".to_owned()))),
    ];
    for (what, change) in changes {
        let mut came = granted(&world.begin(world.with_app("shopify")).unwrap()).await;
        change(&mut came.params);
        let error = world.finish(&came).await.unwrap_err();
        assert!(matches!(error, SignInError::Forged(_)), "{what}: {error}");
    }
    assert!(world.control.workspaces().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_without_a_browser_belongs_to_the_first_that_opens_it() {
    let world = World::new().await;
    let request = SignInRequest {
        connect: world.with_app("klaviyo"),
        redirect_uri: BACK.to_owned(),
        by_browser: false,
        begun_by: None,
    };
    let begun = begin_sign_in(&world.control, world.home.path(), request).unwrap();
    assert!(begun.browser.is_none());
    let came = granted(&begun).await;
    assert!(matches!(world.finish(&came).await.unwrap_err(), SignInError::Elsewhere(_)), "nobody opened it");
    let opened = open_sign_in(&world.control, &begun.state).unwrap();
    assert_eq!(opened.authorize_url, begun.authorize_url);
    assert!(matches!(open_sign_in(&world.control, &begun.state).unwrap_err(), SignInError::Unknown));
    world.finish(&granted(&opened).await).await.unwrap();
    assert_eq!(world.stored(), ["klaviyo"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_with_a_sign_in_takes_one() {
    let world = World::new().await;
    let mut signed_in = Vec::new();
    for id in netgain_providers::ids() {
        if netgain_providers::manifest(id).unwrap().unwrap().sign_in.is_some() {
            let connected = world.sign_in(world.with_app(id)).await;
            assert!(!connected.accounts.is_empty(), "{id}");
            signed_in.push(id);
        }
    }
    assert!(signed_in.len() >= 8, "{signed_in:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_connected_twice_is_one_connection() {
    let world = World::new().await;
    let keyed = |provider: &str| {
        let manifest = netgain_providers::manifest(provider).unwrap().unwrap();
        let keys = world.running.ready.platforms[provider].secrets.iter();
        let keys = keys.filter(|(name, _)| manifest.connection.fields.contains_key(**name));
        let secrets = keys.map(|(name, key)| ((*name).to_owned(), Secret::new(key.clone()))).collect();
        ConnectRequest {
            secrets,
            currency: Some("EUR".parse().unwrap()),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..world.request(provider)
        }
    };
    let (control, home) = (&world.control, world.home.path());
    let first = connect_account(control, home, keyed("stripe")).await.unwrap();
    let named = ConnectRequest { name: Some("Payments".to_owned()), ..keyed("stripe") };
    let second = connect_account(control, home, named).await.unwrap();
    assert_eq!((first.created, second.created), (true, false));
    assert_eq!(second.connection.id, first.connection.id);
    assert_eq!(second.connection.name, "Payments");
    assert_eq!(world.stored(), ["stripe"]);

    let key = connect_account(control, home, keyed("shopify")).await.unwrap();
    let id = Some("my-shop".parse().unwrap());
    let signed_in = world.sign_in(ConnectRequest { connection: id, ..world.with_app("shopify") }).await;
    assert_eq!((signed_in.created, signed_in.connection.id), (false, key.connection.id));
    assert_eq!(world.stored(), ["shopify", "stripe"]);

    // another account is another connection
    let other = NewConnection {
        id: "klaviyo".parse().unwrap(),
        provider: "klaviyo".to_owned(),
        name: "Another".to_owned(),
        base_url: None,
        local: false,
        mode: CredentialMode::Own,
        fields: BTreeMap::new(),
    };
    control.create_connection(&"mine".parse().unwrap(), &other).unwrap();
    let new = connect_account(control, home, keyed("klaviyo")).await.unwrap();
    assert_eq!((new.created, new.connection.id.as_str()), (true, "klaviyo-2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_names_its_field_and_keeps_nothing() {
    let world = World::new().await;
    for (provider, field, wrong) in [
        ("stripe", "api_key", "rk_test_wrong1wrong1"),
        ("shopify", "access_token", "shpat_wrong1wrong1"),
        ("klaviyo", "api_key", "pk_wrong1wrong1"),
        ("hubspot", "access_token", "pat-na1-wrong1wrong1"),
        ("triplewhale", "api_key", "wrong1wrong1"),
        ("postscript", "api_key", "sk_wrong1wrong1"),
    ] {
        let secrets = [(field.to_owned(), Secret::new(wrong.to_owned()))].into();
        let request = ConnectRequest { secrets, ..world.request(provider) };
        let error = connect_account(&world.control, world.home.path(), request).await.unwrap_err();
        let said = error.to_string();
        assert!(!said.contains("wrong1wrong1"), "{provider}: {said}");
        match error {
            ConnectError::Refused { fields, .. } => assert!(fields.contains(&field.to_owned()), "{said}"),
            other => panic!("{provider}: {other:?}"),
        }
    }
    assert!(world.control.workspaces().unwrap().is_empty());
}
