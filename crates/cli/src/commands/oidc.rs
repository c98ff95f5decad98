//! Signing in at an identity provider, set up by the environment, over the one guarded HTTP client.

use std::sync::Arc;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use netgain_connector::{HttpTransport, Limits, Method, Reach, Request, Transport};
use netgain_control::Secret;
use netgain_server::{Oidc, OidcHttp, OidcSetup};
use tokio::runtime::Runtime;
use url::Url;

/// The way that the environment sets up; none where `NETGAIN_OIDC_ISSUER` is not set.
pub fn from_environment() -> anyhow::Result<Option<Oidc>> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let Some(issuer) = set("NETGAIN_OIDC_ISSUER") else { return Ok(None) };
    let client_id = set("NETGAIN_OIDC_CLIENT_ID")
        .context("NETGAIN_OIDC_ISSUER is set and NETGAIN_OIDC_CLIENT_ID is not: set both")?;
    let setup = OidcSetup {
        name: set("NETGAIN_OIDC_NAME").unwrap_or_else(|| "single sign-on".to_owned()),
        client_secret: set("NETGAIN_OIDC_CLIENT_SECRET").map(Secret::new),
        issuer: issuer.clone(),
        client_id,
    };
    let http = Http::new(&issuer)?;
    Ok(Some(Oidc::new(setup, Arc::new(http))))
}

struct Http {
    transport: HttpTransport,
    runtime: Runtime,
}

impl Http {
    fn new(issuer: &str) -> anyhow::Result<Self> {
        let url = Url::parse(issuer).context("NETGAIN_OIDC_ISSUER is not an address: write https://host")?;
        // the operator names it, and a provider on this machine or in the house is as good as any
        let reach = if url.scheme() == "http" { Reach::Local } else { Reach::Public };
        let limits =
            Limits { body_bytes: 1 << 20, total: std::time::Duration::from_secs(15), ..Limits::default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { transport: HttpTransport::new(reach, limits)?, runtime })
    }

    fn send(&self, request: Request) -> Result<Vec<u8>, String> {
        let answer =
            self.runtime.block_on(self.transport.send(request)).map_err(|error| error.to_string())?;
        if answer.status == 200 { Ok(answer.body.to_vec()) } else { Err(format!("status {}", answer.status)) }
    }
}

impl OidcHttp for Http {
    fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        self.send(Request { method: Method::Get, url, headers, body: Vec::new().into() })
    }

    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, String> {
        let encoded =
            |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        if let Some((user, password)) = basic {
            // RFC 6749, section 2.3.1: both are form-encoded first
            let pair = STANDARD.encode(format!("{}:{}", encoded(user), encoded(password)));
            headers.push(("authorization".to_owned(), format!("Basic {pair}")));
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Request { method: Method::Post, url, headers, body: body.into_bytes().into() })
    }
}
