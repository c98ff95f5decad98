//! The address of the next page, turned back into a call: only its path and parameters are taken, never a secret in it.

use netgain_manifest::{Manifest, Request as Spec, Texts};
use url::Url;

use crate::request::PROOF;
use crate::template::Vars;
use crate::{Error, SecretSource};

/// Parameters that are secrets by their name: one that has been replaced since is not known by its value any more.
const SECRET: [&str; 2] = ["access_token", PROOF];

/// The connection's secrets, as [`call`] must know them.
///
/// # Errors
/// [`Error::Secrets`] when they cannot be read.
pub(crate) fn secrets(manifest: &Manifest, source: &dyn SecretSource) -> Result<Vec<String>, Error> {
    let secret = manifest.connection.fields.iter().filter(|(_, field)| field.secret);
    let found =
        secret.map(|(name, _)| source.secret(name).map_err(Error::Secrets)).collect::<Result<Vec<_>, _>>()?;
    let grant = source.grants().map(|grants| grants.grant().map_err(Error::Secrets)).transpose()?.flatten();
    Ok(found.into_iter().flatten().chain(grant.map(|grant| grant.access_token)).collect())
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
    let (path, query) = below(base, address, secrets)?;
    let mut next = Spec { path: "{page.path}".to_owned(), query: Default::default(), ..spec.clone() };
    let mut vars = Vars::from([("page.path".to_owned(), path)]);
    for (at, (name, value)) in query.into_iter().enumerate() {
        let placed = next.query.entry(name).or_insert_with(|| Texts::Many(Vec::new()));
        if let Texts::Many(all) = placed {
            all.push(format!("{{page.v{at}}}"));
        }
        vars.insert(format!("page.v{at}"), value);
    }
    Ok((next, vars))
}

/// What of an address may be stored: its path below `base` and its parameters without secrets. Put behind the base, it
/// is the address again.
///
/// # Errors
/// As [`call`].
pub(crate) fn tail(base: &Url, address: &str, secrets: &[String]) -> Result<String, String> {
    let (path, query) = below(base, address, secrets)?;
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

/// Path and parameters of an address below `base`, in their order and without secrets.
fn below(base: &Url, address: &str, secrets: &[String]) -> Result<(String, Vec<(String, String)>), String> {
    let address =
        Url::parse(address).map_err(|_| "the address of the next page is not an address".to_owned())?;
    if address.origin() != base.origin() {
        let host = address.host_str().unwrap_or_default();
        return Err(format!("the next page leads to another host, {host}"));
    }
    let below = address.path().strip_prefix(base.path().trim_end_matches('/'));
    let below = below.filter(|path| path.starts_with('/'));
    let path = below.ok_or_else(|| "the next page leads outside the interface".to_owned())?;
    let told = |(name, value): &(String, String)| {
        !SECRET.contains(&name.as_str()) && !secrets.iter().any(|secret| secret == value)
    };
    let query = address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
    Ok((path.to_owned(), query.filter(told).collect()))
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
            .map(|(name, value)| format!("{name}={}", fill(&value.all()[0], &vars).unwrap().unwrap()))
            .collect();
        assert_eq!(filled, ["after=x{page.v0}", "fields=a,b"]);
        assert_eq!(fill(&next.path, &vars).unwrap().as_deref(), Some("/v1/things"));
        assert!(!format!("{next:?}{vars:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_stored_of_an_address_leads_to_the_same_call() {
        let base = Url::parse("https://api.example.com/meta/").unwrap();
        let query = "access_token=older&appsecret_proof=77&key=s3cret&after=a%26b%3D&fields=a%2Cb";
        let address = format!("https://api.example.com/meta/v1/th%20ings?{query}");
        let secrets = ["s3cret".to_owned()];
        let stored = tail(&base, &address, &secrets).unwrap();
        assert_eq!(stored, "/v1/th%20ings?after=a%26b%3D&fields=a%2Cb");
        let again = format!("https://api.example.com/meta{stored}");
        assert_eq!(
            call(&base, &again, &spec(), &secrets).unwrap(),
            call(&base, &address, &spec(), &secrets).unwrap()
        );
        assert_eq!(tail(&base, "https://api.example.com/meta/v1?key=s3cret", &secrets).unwrap(), "/v1");
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
