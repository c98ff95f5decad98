//! Where a database is and as whom to reach it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::error::{Error, Result};

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(10);

/// The address of a database with its role and password. It shows itself without the password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    /// Certificates to trust instead of the public ones.
    authorities: Option<PathBuf>,
    encrypted: bool,
}

impl Address {
    /// Reads `postgres://user:password@host:5432/database?sslmode=…&sslrootcert=FILE`. A server on another machine is
    /// only spoken to over TLS with a certificate that is checked, unless the address says `sslmode=disable`.
    ///
    /// # Errors
    /// [`Error::Address`], which never repeats the text: it may hold a password.
    pub fn parse(text: &str) -> Result<Self> {
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(Error::Address("it does not begin with postgres://".to_owned()));
        }
        let (text, authorities) = without_authorities(text)?;
        let mut config = Config::from_str(&text).map_err(|error| Error::Address(safe_reason(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(Error::Address("it names no host".to_owned()));
        }
        if config.get_user().is_none() {
            return Err(Error::Address("it names no user".to_owned()));
        }
        if config.get_dbname().is_none() {
            return Err(Error::Address("it names no database".to_owned()));
        }
        let local = config.get_hosts().iter().all(is_local);
        let mode = config.get_ssl_mode();
        let encrypted = mode == SslMode::Require || (!local && mode != SslMode::Disable);
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        config.application_name(crate::session_name());
        Ok(Self { config, authorities, encrypted })
    }

    /// The role.
    #[must_use]
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// Whether it is spoken to over TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The same address, with tables looked for in one schema.
    #[must_use]
    pub fn in_schema(&self, schema: &str) -> Self {
        let mut other = self.clone();
        let earlier = self.config.get_options().unwrap_or_default();
        other.config.options(format!("{earlier} -c search_path={schema}").trim_start());
        other
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn authorities(&self) -> Option<&PathBuf> {
        self.authorities.as_ref()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@", self.user())?;
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(at).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Takes `sslrootcert` out of the query, which the driver does not know.
fn without_authorities(text: &str) -> Result<(String, Option<PathBuf>)> {
    let Some((front, query)) = text.split_once('?') else { return Ok((text.to_owned(), None)) };
    let mut authorities = None;
    let mut others = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", file)) => {
                let file = percent_decoded(file).ok_or_else(|| {
                    Error::Address("its sslrootcert is not percent-encoded text".to_owned())
                })?;
                authorities = Some(PathBuf::from(file));
            }
            _ => others.push(pair),
        }
    }
    let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    Ok((format!("{front}{query}"), authorities))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The driver's word for what is wrong, without any part of the address.
fn safe_reason(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error).map(ToString::to_string) {
        // names the parameter, never its value
        Some(reason)
            if reason.starts_with("unknown option") || reason.starts_with("invalid value for option") =>
        {
            reason
        }
        _ => "its form is not that of an address".to_owned(),
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn another_machine_is_spoken_to_over_tls_only() {
        let encrypted = |text: &str| Address::parse(text).unwrap().is_encrypted();
        assert!(encrypted("postgres://a:b@db.example/x"));
        assert!(encrypted("postgres://a:b@10.0.0.7:6432/x?sslmode=prefer"));
        assert!(encrypted("postgres://a@127.0.0.1/x?sslmode=require"));
        assert!(!encrypted("postgres://a:b@localhost/x"));
        assert!(!encrypted("postgresql://a:b@%2Fvar%2Frun/x"));
        assert!(!encrypted("postgres://a:b@db.example/x?sslmode=disable"));
    }

    #[test]
    fn the_password_is_shown_nowhere() {
        let address =
            Address::parse("postgres://app:s3cr%40t@db.example:6432/shop?sslrootcert=%2Fetc%2Fca.pem")
                .unwrap();
        assert_eq!(address.authorities(), Some(&PathBuf::from("/etc/ca.pem")));
        assert_eq!(format!("{address} {address:?}"), ["postgres://app@db.example:6432/shop"; 2].join(" "));
        for wrong in [
            "mysql://app:s3cret@h/x",
            "postgres://app:s3cret@/x",
            "postgres://app:s3cret@h",
            "postgres://app:s3cret@h:port/x",
            "postgres://app:s3cret@h/x?sslmode=s3cret",
            "postgres://app:s3cret@h:5432:s3cret/x",
        ] {
            let error = Address::parse(wrong).unwrap_err().to_string();
            assert!(!error.contains("s3c") && error.contains("postgres://user"), "{wrong}: {error}");
        }
    }
}
