//! A person signs in at the emulated platforms: begun, granted, come back, kept, renewed.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use netgain_connector::{
    Grants, HttpTransport, Limits, Method, Reach, Request, Setup, SystemClock, Tokens, Transport,
};
use netgain_control::{Control, CredentialMode, Secret};
use netgain_sandbox::{Options, Running, start};
use netgain_sync::{
    ConnectRequest, SignInError, SignInRequest, StoredSecrets, begin_sign_in, connect, finish_sign_in,
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
        let control = Arc::new(Control::open(home.path()).unwrap());
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
        let app = &self.running.ready.platforms[provider].oauth;
        let secrets = app.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(value.clone())));
        ConnectRequest { secrets: secrets.collect(), ..self.request(provider) }
    }

    fn begin(&self, connect: ConnectRequest) -> Result<String, SignInError> {
        let request = SignInRequest { connect, redirect_uri: BACK.to_owned() };
        begin_sign_in(&self.control, self.home.path(), request)
    }
}

/// The parameters with which the platform sends the browser back.
async fn granted(url: &str) -> BTreeMap<String, String> {
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
    location.query_pairs().into_owned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_the_grant_is_renewed() {
    let world = World::new().await;
    let url = world.begin(world.with_app("shopify")).unwrap();
    assert!(url.starts_with(&world.running.ready.platforms["shopify"].base_url), "{url}");
    assert!(!url.contains(&world.running.ready.platforms["shopify"].oauth["client_secret"]));
    let came = granted(&url).await;
    let connected = finish_sign_in(&world.control, world.home.path(), &came).await.unwrap();
    assert_eq!((connected.connection.mode, connected.accounts.len()), (CredentialMode::Own, 1));
    let (workspace, id) = (connected.workspace.id.clone(), connected.connection.id.clone());
    assert_eq!(world.control.grant(&workspace, &id).unwrap().unwrap().version, 1);
    let again = finish_sign_in(&world.control, world.home.path(), &came).await.unwrap_err();
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
    let url = world.begin(world.with_app("meta_ads")).unwrap();
    let came = granted(&url).await;
    let connected = finish_sign_in(&world.control, world.home.path(), &came).await.unwrap();
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
    let url = world.begin(wrong).unwrap();
    let refused = finish_sign_in(&world.control, world.home.path(), &granted(&url).await).await.unwrap_err();
    let said = refused.to_string();
    assert!(matches!(refused, SignInError::Refused(_)) && said.contains("client_secret"), "{said}");
    assert!(!said.contains("wrong-secret"));
    let state = [("state".to_owned(), "made-up".to_owned())].into();
    let unknown = finish_sign_in(&world.control, world.home.path(), &state).await.unwrap_err();
    assert!(matches!(unknown, SignInError::Unknown));
    assert!(world.control.workspaces().unwrap().is_empty());

    let central = ConnectRequest { mode: Some(CredentialMode::Central), ..world.request("shopify") };
    let central = ConnectRequest { base_url: None, ..central };
    let error = connect(&world.control, world.home.path(), central).await.unwrap_err().to_string();
    assert!(error.contains("mode central is not offered"), "{error}");
}
