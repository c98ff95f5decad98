//! The address of the next page, turned back into a call: only its path and parameters are taken, never a secret in it.

use netgain_manifest::{Manifest, Request as Spec};
use url::Url;

use crate::template::Vars;
use crate::{Error, SecretSource};

/// The connection's secrets, as [`call`] must know them.
///
/// # Errors
/// [`Error::Secrets`] when they cannot be read.
pub(crate) fn secrets(manifest: &Manifest, source: &dyn SecretSource) -> Result<Vec<String>, Error> {
    let secret = manifest.connection.fields.iter().filter(|(_, field)| field.secret);
    let found =
        secret.map(|(name, _)| source.secret(name).map_err(Error::Secrets)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The call that an address of the platform means, for a connection at `base`. Parameters whose value is one of
/// `secrets` are left out, because every call is signed anew. The values stand in the returned variables, so that no
/// brace in them is taken for a placeholder.
///
/// # Errors
/// In words, when the address does not lead to the connection's own host and path.
pub(crate) fn call(
    base: &Url,
    address: &str,
    spec: &Spec,
    secrets: &[String],
) -> Result<(Spec, Vars), String> {
    let address =
        Url::parse(address).map_err(|_| "the address of the next page is not an address".to_owned())?;
    if address.origin() != base.origin() {
        let host = address.host_str().unwrap_or_default();
        return Err(format!("the next page leads to another host, {host}"));
    }
    let below = address.path().strip_prefix(base.path().trim_end_matches('/'));
    let below = below.filter(|path| path.starts_with('/'));
    let path = below.ok_or_else(|| "the next page leads outside the interface".to_owned())?;
    let mut vars = Vars::new();
    let mut next = Spec { path: "{page.path}".to_owned(), query: Default::default(), ..spec.clone() };
    vars.insert("page.path".to_owned(), path.to_owned());
    for (at, (name, value)) in address.query_pairs().enumerate() {
        if !secrets.iter().any(|secret| *secret == value) {
            next.query.insert(name.into_owned(), format!("{{page.v{at}}}"));
            vars.insert(format!("page.v{at}"), value.into_owned());
        }
    }
    Ok((next, vars))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::fill;

    fn spec() -> Spec {
        serde_json::from_str(r#"{"path": "/v1/things", "query": {"limit": "2"}}"#).unwrap()
    }

    #[test]
    fn parameters_are_kept_and_the_token_is_not() {
        let base = Url::parse("https://api.example.com/meta").unwrap();
        let address =
            "https://api.example.com/meta/v1/things?access_token=s3cret&after=x%7Bpage.v0%7D&fields=a%2Cb";
        let (next, vars) = call(&base, address, &spec(), &["s3cret".to_owned()]).unwrap();
        let filled: Vec<_> = next
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", fill(value, &vars).unwrap().unwrap()))
            .collect();
        assert_eq!(filled, ["after=x{page.v0}", "fields=a,b"]);
        assert_eq!(fill(&next.path, &vars).unwrap().as_deref(), Some("/v1/things"));
        assert!(!format!("{next:?}{vars:?}").contains("s3cret"));
    }

    #[test]
    fn an_address_elsewhere_is_not_followed() {
        let base = Url::parse("https://api.example.com/meta").unwrap();
        for elsewhere in [
            "https://evil.example.com/meta/v1?after=1",
            "http://api.example.com/meta/v1?after=1",
            "https://api.example.com/other/v1?after=1",
            "https://api.example.com/metadata/v1",
            "//api",
        ] {
            assert!(call(&base, elsewhere, &spec(), &[]).is_err(), "{elsewhere}");
        }
    }
}
