//! What the operator of an installation provides in its environment, so that users need not: the credentials of
//! connections in mode `central`, and the app under which people sign in.
//!
//! `NETGAIN_CENTRAL_<PROVIDER>_<FIELD>` is a connection field, `NETGAIN_APP_<PROVIDER>_CLIENT_ID` and `…_CLIENT_SECRET`
//! are the app. They go only where the platform itself is: a connection with an address of its own gets them only if
//! the operator names that very address as `NETGAIN_CENTRAL_<PROVIDER>_BASE_URL` or `NETGAIN_APP_<PROVIDER>_BASE_URL`.

use std::fmt;
use std::sync::Arc;

use netgain_manifest::{ConnectionField, Manifest};

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The operator's environment.
#[derive(Clone)]
pub struct Operator(Arc<Lookup>);

impl Default for Operator {
    /// That of this process.
    fn default() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operator")
    }
}

impl Operator {
    /// Reads variables through `lookup`.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// A field of a connection in mode `central`.
    pub(crate) fn central(&self, provider: &str, field: &str, base_url: Option<&str>) -> Option<String> {
        let own = self.provided("CENTRAL", provider, field, base_url);
        // an operator who has an app need not say it twice
        own.or_else(|| self.app(provider, field, base_url))
    }

    /// Where connections in mode `central` go, if not to the platform itself.
    pub(crate) fn central_base_url(&self, provider: &str) -> Option<String> {
        self.get(&variable("CENTRAL", provider, "base_url"))
    }

    /// What a connection in mode `central` still needs of the operator, as the names of the variables.
    pub(crate) fn missing(&self, manifest: &Manifest, base_url: Option<&str>) -> Vec<String> {
        let Some(central) = &manifest.central else { return Vec::new() };
        if base_url.is_some_and(|own| self.central_base_url(&manifest.id).as_deref() != Some(own)) {
            return vec![variable("CENTRAL", &manifest.id, "base_url")];
        }
        let users = |name: &String| *name == central.identifier || central.describes.contains(name);
        let needed = manifest.connection.fields.iter().filter(|(name, _)| !users(name));
        needed
            .filter(|(name, field)| is_needed(manifest, name, field))
            .filter(|(name, _)| self.central(&manifest.id, name, base_url).is_none())
            .map(|(name, _)| variable("CENTRAL", &manifest.id, name))
            .collect()
    }

    /// Where the app signs people in, if not at the platform itself.
    pub(crate) fn app_base_url(&self, provider: &str) -> Option<String> {
        self.get(&variable("APP", provider, "base_url"))
    }

    /// `client_id` or `client_secret` of the app.
    pub(crate) fn app(&self, provider: &str, field: &str, base_url: Option<&str>) -> Option<String> {
        if !["client_id", "client_secret"].contains(&field) {
            return None;
        }
        self.provided("APP", provider, field, base_url)
    }

    fn provided(&self, kind: &str, provider: &str, field: &str, base_url: Option<&str>) -> Option<String> {
        let allowed = base_url
            .is_none_or(|own| self.get(&variable(kind, provider, "base_url")).as_deref() == Some(own));
        if allowed { self.get(&variable(kind, provider, field)) } else { None }
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// Whether a field has to be there: what a form may leave open to the operator's app, a grant still needs.
pub(crate) fn is_needed(manifest: &Manifest, name: &str, field: &ConnectionField) -> bool {
    let of_app = manifest.auth.oauth2().is_some() && ["client_id", "client_secret"].contains(&name);
    !field.optional || of_app
}

/// The name of a variable, such as `NETGAIN_CENTRAL_SHOP_API_KEY`.
pub(crate) fn variable(kind: &str, provider: &str, field: &str) -> String {
    format!("NETGAIN_{kind}_{}_{}", provider.to_ascii_uppercase(), field.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_the_operator_go_to_the_platform_or_where_the_operator_says() {
        let operator = Operator::new(|name| match name {
            "NETGAIN_CENTRAL_SHOP_API_KEY" => Some(" key ".to_owned()),
            "NETGAIN_CENTRAL_SHOP_BASE_URL" => Some("http://127.0.0.1:1/shop".to_owned()),
            "NETGAIN_APP_SHOP_CLIENT_SECRET" => Some("hush".to_owned()),
            _ => None,
        });
        let central = |own| operator.central("shop", "api_key", own);
        assert_eq!(central(None).as_deref(), Some("key"));
        assert_eq!(central(Some("http://127.0.0.1:1/shop")).as_deref(), Some("key"));
        assert_eq!(central(Some("https://evil.example")), None);
        assert_eq!(operator.app("shop", "client_secret", None).as_deref(), Some("hush"));
        assert_eq!(operator.app("shop", "client_secret", Some("https://evil.example")), None);
        assert_eq!(operator.app("shop", "base_url", None), None);
    }
}
