//! The small shop behind a closed door: people of every role, keys, and a second organisation that must see nothing of it.

use std::sync::Arc;

use netgain_control::{
    Attempt, Control, DEFAULT_ORGANISATION, Membership, NewKey, NewWorkspace, Role, Scope, Secret,
    SessionFrom, SignIn, SignedInAs,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{OrganisationId, WorkspaceId};
use netgain_server::{App, AppOptions, Oidc, Rate, Rates, router};

use super::{Answer, Runner, TestApp, send};

pub const PASSWORD: &str = "a long enough password";
pub const HOST: (&str, &str) = ("host", "localhost:8080");

/// Who asks.
#[derive(Clone)]
pub enum Who {
    Nobody,
    Cookie(String),
    Key(String),
}

pub struct Guests {
    /// The same shop, open, for looking at what is there.
    pub app: TestApp,
    router: axum::Router,
    control: Arc<Control>,
    key_id: String,
}

fn organisation() -> OrganisationId {
    DEFAULT_ORGANISATION.parse().expect("an id")
}

fn agency() -> OrganisationId {
    "agency".parse().expect("an id")
}

impl Guests {
    pub fn new() -> Self {
        Self::with(AppOptions::default())
    }

    pub fn behind(url: &str) -> Self {
        let host = url.rsplit("//").next().unwrap_or_default().to_owned();
        Self::with(AppOptions {
            hosts: vec![host],
            public_url: Some(url.to_owned()),
            ..AppOptions::default()
        })
    }

    pub fn slow() -> Self {
        // so slow that no machine fills a bucket while a test runs
        let key = Rate { per_second: 0, burst: 3 };
        Self::with(AppOptions { rates: Rates { key, ..Rates::default() }, ..AppOptions::default() })
    }

    pub fn with_oidc(oidc: Oidc) -> Self {
        Self::made(AppOptions::default(), Some(oidc))
    }

    fn with(options: AppOptions) -> Self {
        Self::made(options, None)
    }

    fn made(options: AppOptions, oidc: Option<Oidc>) -> Self {
        let app = TestApp::new();
        let control = Arc::new(super::place::control(app.home()));
        let now = Timestamp::now();
        for role in Role::ALL {
            let email = format!("{}@example.com", role.name());
            let password = (role == Role::Owner).then(|| Secret::new(PASSWORD.to_owned()));
            let person = control.create_person(&email, role.name(), password.as_ref(), now).expect("made");
            let member = Membership { organisation: organisation(), role, workspaces: None };
            control.put_member(&person.id, &member, now).expect("a member");
        }
        control.create_organisation(&agency(), "Agency", now).expect("made");
        for (id, of) in [("theirs", agency()), ("second", organisation())] {
            let new = NewWorkspace {
                id: id.parse().expect("an id"),
                name: format!("Brand {id}"),
                currency: "EUR".parse().expect("a currency"),
                time_zone: "Europe/Berlin".into(),
                settings: r#"{"currency":"EUR","time_zone":"Europe/Berlin"}"#.into(),
            };
            control.create_workspace_in(&of, &new).expect("made");
        }
        let runner = Arc::new(Runner::default());
        let options = AppOptions { store: Some(super::place::store(app.home())), ..options };
        let served = App::new(Arc::clone(&control), app.home().to_owned(), runner, options);
        let served = match oidc {
            Some(oidc) => served.with_oidc(oidc),
            None => served,
        };
        let mut guests = Self { router: router(served), app, control, key_id: String::new() };
        guests.key_id = guests.make_key(organisation(), Scope::Read).0;
        guests
    }

    fn make_key(&self, organisation: OrganisationId, scope: Scope) -> (String, Who) {
        let new = NewKey {
            organisation,
            name: scope.name().to_owned(),
            scopes: vec![scope],
            workspaces: None,
            expires_at: None,
        };
        let (key, text) = self.control.create_api_key(&new, None, Timestamp::now()).expect("made");
        (key.id, Who::Key(text.expose().to_owned()))
    }

    /// A session of the person of a role.
    pub fn person(&self, role: Role) -> Who {
        self.session(&format!("{}@example.com", role.name()))
    }

    /// A session without the work of a password: a link sets it up once for each address.
    fn session(&self, email: &str) -> Who {
        let now = Timestamp::now();
        let person = self.control.person_by_email(email).expect("read").expect("there");
        let password = Secret::new(PASSWORD.to_owned());
        if !person.has_password {
            self.control.set_password(&person.id, &password, None).expect("set");
        }
        let from = SessionFrom { agent: "tests", address: "192.0.2.1" };
        let attempt = Attempt { email, password: &password, from, device: None };
        match self.control.sign_in(attempt, now).expect("answered") {
            SignedInAs::Person(session, _) => {
                Who::Cookie(format!("netgain-session={}", session.token.expose()))
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn id_of(&self, role: Role) -> String {
        let email = format!("{}@example.com", role.name());
        self.control.person_by_email(&email).expect("read").expect("there").id.to_string()
    }

    /// A sign-in at a platform that is on its way for a workspace.
    pub fn sign_in(&self, state: &str, workspace: &str, by: Option<&str>) {
        let now = Timestamp::now();
        let sign_in = SignIn {
            workspace: workspace.parse().expect("an id"),
            connection: "shop".parse().expect("an id"),
            remembered: Secret::new("{}".to_owned()),
            expires_at: now + SignedDuration::from_mins(15),
            begun_by: by.map(|id| id.parse().expect("an id")),
        };
        self.control.put_sign_in(state, &sign_in, Some("browser"), now).expect("kept");
    }

    /// Who was of one role is of another from now on.
    pub fn becomes(&self, who: Role, role: Role) {
        let member = Membership { organisation: organisation(), role, workspaces: None };
        let id = self.id_of(who).parse().expect("an id");
        self.control.put_member(&id, &member, Timestamp::now()).expect("a member");
    }

    /// Who was of a role belongs here no more.
    pub fn leaves(&self, who: Role) {
        let id = self.id_of(who).parse().expect("an id");
        self.control.remove_member(&organisation(), &id, Timestamp::now()).expect("removed");
    }

    pub fn key(&self, scope: Scope) -> Who {
        self.make_key(organisation(), scope).1
    }

    /// The id of a key of the shop's organisation.
    pub fn key_id(&self) -> String {
        self.key_id.clone()
    }

    fn newcomer(&self, email: &str, member: &Membership) -> Who {
        let now = Timestamp::now();
        let person = self.control.create_person(email, "Newcomer", None, now).expect("made");
        self.control.put_member(&person.id, member, now).expect("a member");
        self.session(email)
    }

    /// A person of the other organisation.
    pub fn stranger(&self, role: Role) -> Who {
        self.newcomer("stranger@example.com", &Membership { organisation: agency(), role, workspaces: None })
    }

    /// A key of the other organisation that may everything there.
    pub fn stranger_key(&self) -> Who {
        self.make_key(agency(), Scope::Admin).1
    }

    /// A person of the shop's organisation who may see another workspace of it alone.
    pub fn restricted(&self) -> Who {
        let only: WorkspaceId = "second".parse().expect("an id");
        let member =
            Membership { organisation: organisation(), role: Role::Admin, workspaces: Some(vec![only]) };
        self.newcomer("restricted@example.com", &member)
    }

    pub async fn ask(&self, who: &Who, method: &str, path: &str, body: &str) -> Answer {
        let bearer;
        let mut headers = vec![HOST, ("content-type", "application/json"), ("x-netgain-request", "1")];
        match who {
            Who::Nobody => {}
            Who::Cookie(cookie) => headers.push(("cookie", cookie)),
            Who::Key(key) => {
                bearer = format!("Bearer {key}");
                headers.push(("authorization", &bearer));
            }
        }
        self.send(method, path, &headers, body).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        send(&self.router, method, path, headers, body).await
    }
}
