//! Fresh databases on the process's own PostgreSQL server.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::server::{Server, locked, server, start};

/// Says that tests which need PostgreSQL may be left out: then each prints why.
const SKIP: &str = "NETGAIN_SKIP_POSTGRES";

/// A database of one test. It is removed when this is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    folder: String,
}

/// A fresh, empty database with two roles: an owner, who makes tables, and the role of the application, which owns
/// nothing, is no superuser and cannot bypass row-level security. None, with a printed reason, only where
/// `NETGAIN_SKIP_POSTGRES=1` allows it.
///
/// # Panics
/// When PostgreSQL cannot be started: a test that cannot run must not pass.
#[must_use]
pub fn postgres() -> Option<Database> {
    server().as_ref().map_or_else(|reason| left_out(reason), |server| Some(Database::new(server)))
}

fn left_out<T>(reason: &str) -> Option<T> {
    if std::env::var(SKIP).is_ok_and(|value| value == "1") {
        println!("skipped, {SKIP}=1: {reason}");
        return None;
    }
    panic!("{reason}; or leave these tests out with {SKIP}=1")
}

/// A server of one test that speaks TLS on this machine's network, with a certificate for the name `localhost`. It ends when
/// this is dropped.
#[derive(Debug)]
pub struct TlsServer {
    server: Server,
}

/// A server that speaks TLS; none where [`postgres`] gives none. It needs the program `openssl`, as PostgreSQL's packages do.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn postgres_with_tls() -> Option<TlsServer> {
    // free at this moment; who takes it in between makes the start fail, and another one is tried
    let free = || Some(TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port());
    let started = start(free()).or_else(|_| start(free()));
    started.map_or_else(|reason| left_out(&reason), |server| Some(TlsServer { server }))
}

impl TlsServer {
    /// The address for the role that owns tables, with TLS asked for. `host` is a name of this machine, `authority` the name
    /// of a file beside the server's: `ca.pem` made its certificate, `other.pem` did not.
    #[must_use]
    pub fn owner_url(&self, host: &str, authority: &str) -> String {
        let port = self.server.port.unwrap_or_default();
        let file = self.server.folder.join(authority).display().to_string().replace('/', "%2F");
        format!("postgres://netgain_owner:owner-s3cret@{host}:{port}/shop?sslmode=require&sslrootcert={file}")
    }

    /// Runs statements as the superuser, beside TLS.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.server.run(database, sql).unwrap_or_else(|reason| panic!("{sql}: {reason}"))
    }
}

impl Database {
    fn new(server: &Server) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // one after the other: the template must not be in use while it is copied
        static MAKING: Mutex<()> = Mutex::new(());
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let one = locked(&MAKING);
        let made = server.run("postgres", &format!("CREATE DATABASE {name} OWNER netgain_owner"));
        drop(one);
        if let Err(reason) = made {
            panic!("no fresh database: {reason}");
        }
        Self { name, folder: server.folder.display().to_string() }
    }

    /// The address for the role that makes and owns tables.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.url("netgain_owner:owner-s3cret")
    }

    /// The address for the role of the application.
    #[must_use]
    pub fn app_url(&self) -> String {
        self.url("netgain_app:app-s3cret")
    }

    /// The password in [`Database::app_url`], to look for where it must not be.
    #[must_use]
    pub fn app_password(&self) -> &'static str {
        "app-s3cret"
    }

    /// The address for the superuser, who sees everything.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        self.url("tester")
    }

    /// Runs statements as the superuser and gives the rows as lines, their cells parted by `|`.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn psql(&self, sql: &str) -> String {
        match server() {
            Ok(server) => server.run(&self.name, sql).unwrap_or_else(|reason| panic!("{sql}: {reason}")),
            Err(reason) => panic!("{reason}"),
        }
    }

    fn url(&self, user: &str) -> String {
        format!("postgres://{user}@{}/{}", self.folder.replace('/', "%2F"), self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(server) = server() {
            // what stays behind goes with the server
            let _ = server.run("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}
