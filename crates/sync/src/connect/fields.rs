//! What a person gives to connect, checked against the manifest.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::ToSocketAddrs;

use netgain_connector::is_public;
use netgain_control::{Connection, Control, Secret};
use netgain_manifest::{Auth, ConnectionField, Manifest};
use regex::Regex;
use url::{Host, Url};

use super::{ConnectError, input, missing, wrong};

/// The connection's fields: given ones over those that it had, completed and checked.
pub(super) fn fields(
    manifest: &Manifest,
    before: BTreeMap<String, String>,
    given: BTreeMap<String, String>,
    needless: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>, ConnectError> {
    let known = &manifest.connection.fields;
    for name in given.keys() {
        match known.get(name) {
            None => {
                let cure = names(known, false);
                return Err(wrong(name, format!("field `{name}` is not known"), cure));
            }
            Some(field) if field.secret => {
                let cure = format!("give it with --secret {name}=...");
                return Err(wrong(name, format!("field `{name}` is a secret"), cure));
            }
            Some(_) => {}
        }
    }
    let mut fields = before;
    fields.extend(given);
    let mut checked = BTreeMap::new();
    for (name, field) in known.iter().filter(|(_, field)| !field.secret) {
        match fields.remove(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
            Some(value) => {
                checked.insert(name.clone(), completed(name, field, &value)?);
            }
            None if field.optional || needless(name) => {}
            None => {
                let example = field.example.as_deref().unwrap_or("...");
                let cure = format!("add --field {name}={example}");
                return Err(missing(name, format!("field `{name}` is missing"), cure));
            }
        }
    }
    Ok(checked)
}

/// A value with what the user left out, if it matches its pattern.
fn completed(name: &str, field: &ConnectionField, value: &str) -> Result<String, ConnectError> {
    let mut whole = value.to_owned();
    if let Some(prefix) = field.prefix.as_deref().filter(|prefix| !whole.starts_with(prefix)) {
        whole.insert_str(0, prefix);
    }
    if let Some(suffix) = field.suffix.as_deref().filter(|suffix| !whole.ends_with(suffix)) {
        whole.push_str(suffix);
    }
    let Some(pattern) = &field.pattern else { return Ok(whole) };
    let regex = Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| input(format!("the pattern of field `{name}` is not one: correct the manifest")))?;
    if regex.is_match(&whole) {
        return Ok(whole);
    }
    // a field of a connection that is marked secret never comes here
    let message = format!("field `{name}` is `{whole}` but must match {pattern}");
    let cure = field
        .example
        .as_ref()
        .map_or_else(|| "correct it".to_owned(), |example| format!("write something like {example}"));
    Err(wrong(name, message, cure))
}

/// The secrets: given ones over those that are stored.
pub(super) fn secrets(
    manifest: &Manifest,
    control: &Control,
    existing: Option<&Connection>,
    given: BTreeMap<String, Secret>,
    needless: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Secret>, ConnectError> {
    let known = &manifest.connection.fields;
    // a grant or an app of one's own, beside the fields of the form
    let signs_in = manifest.sign_in.is_some() || matches!(manifest.auth, Auth::Oauth2Code(_));
    let by_grant = |name: &str| {
        (signs_in && ["client_id", "client_secret"].contains(&name))
            || (matches!(manifest.auth, Auth::Oauth2Code(_))
                && ["access_token", "refresh_token"].contains(&name))
    };
    for name in given.keys() {
        if !known.get(name).is_some_and(|field| field.secret) && !by_grant(name) {
            let cure = names(known, true);
            return Err(wrong(name, format!("secret `{name}` is not known"), cure));
        }
    }
    let mut secrets = given;
    if let Some(existing) = existing {
        for name in control.secret_names(&existing.workspace_id, &existing.id)? {
            if let Entry::Vacant(vacant) = secrets.entry(name) {
                let stored = control.secret(&existing.workspace_id, &existing.id, vacant.key())?;
                vacant.insert(stored);
            }
        }
    }
    for (name, field) in known.iter().filter(|(_, field)| field.secret) {
        let secret = secrets.get(name);
        let Some(secret) = secret.filter(|secret| !secret.expose().trim().is_empty()) else {
            if field.optional || needless(name) {
                secrets.remove(name);
                continue;
            }
            let cure = format!("add --secret {name}=...");
            return Err(missing(name, format!("secret `{name}` is missing"), cure));
        };
        let pattern = field.pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
        if pattern.is_some_and(|pattern| !pattern.is_match(secret.expose())) {
            let message = format!("secret `{name}` does not have the form that the platform gives out");
            return Err(wrong(name, message, "copy it again, as a whole"));
        }
    }
    Ok(secrets)
}

fn names(fields: &BTreeMap<String, ConnectionField>, secret: bool) -> String {
    let names: Vec<&str> =
        fields.iter().filter(|(_, field)| field.secret == secret).map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "leave it out".to_owned() } else { format!("use {}", names.join(", ")) }
}

/// Whether an address leads to this machine or a private network.
pub(super) fn leads_inside(base_url: &str) -> Result<bool, ConnectError> {
    let bad = |message: &str, cure: &str| wrong("base_url", message, cure);
    let url = Url::parse(base_url)
        .map_err(|error| bad(&format!("base_url is not an address ({error})"), "write https://host/..."))?;
    if !matches!(url.scheme(), "http" | "https") {
        let cure = "begin it with https:// (or http:// for an address on this machine)";
        return Err(bad("base_url is no web address", cure));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("base_url holds a user name or password", "give it with --secret"));
    }
    let inside = match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let port = url.port_or_known_default().unwrap_or(443);
            let found: Vec<_> = (name, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            name == "localhost" || (!found.is_empty() && found.iter().all(|at| !is_public(at.ip())))
        }
        None => return Err(bad("base_url names no host", "write https://host/...")),
    };
    if !inside && url.scheme() == "http" {
        return Err(bad("base_url is a public address without TLS", "begin it with https://"));
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::manifest_of;

    fn manifest() -> Manifest {
        manifest_of("shopify").unwrap()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn fields_are_refused_with_field_and_cure() {
        for (given, words) in [
            (map(&[]), vec!["`shop` is missing", "--field shop="]),
            (map(&[("shop", "Not A Shop")]), vec!["`shop`", "must match"]),
            (map(&[("shop", "a"), ("colour", "red")]), vec!["`colour` is not known", "shop"]),
            (map(&[("access_token", "hush-hush")]), vec!["is a secret", "--secret access_token=..."]),
        ] {
            let message = fields(&manifest(), BTreeMap::new(), given, &|_| false).unwrap_err().to_string();
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
            assert!(!message.contains("hush-hush"));
        }
        let kept = fields(&manifest(), map(&[("shop", "a-shop")]), BTreeMap::new(), &|_| false).unwrap();
        assert_eq!(kept, map(&[("shop", "a-shop")]));
    }

    #[test]
    fn prefix_and_suffix_are_put_where_they_are_missing() {
        let field = ConnectionField {
            title: "Account".into(),
            pattern: Some("act_[0-9]+".into()),
            example: None,
            secret: false,
            optional: false,
            prefix: Some("act_".into()),
            suffix: None,
        };
        assert_eq!(completed("a", &field, "12").unwrap(), "act_12");
        assert_eq!(completed("a", &field, "act_12").unwrap(), "act_12");
        assert!(completed("a", &field, "act_12x").is_err());
    }

    #[test]
    fn only_addresses_inside_are_local_and_public_ones_need_tls() {
        assert!(leads_inside("http://127.0.0.1:9400/shopify/demo").unwrap());
        assert!(leads_inside("http://localhost:9400").unwrap());
        assert!(leads_inside("https://10.0.0.1").unwrap());
        assert!(!leads_inside("https://93.184.216.34/x").unwrap());
        for refused in ["http://93.184.216.34", "ftp://127.0.0.1", "not an address", "http://u:p@127.0.0.1"] {
            let message = leads_inside(refused).unwrap_err().to_string();
            assert!(message.contains("base_url"), "{message}");
        }
    }
}
