//! A manifest's call made concrete: placeholders filled, signed with the connection's secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use netgain_manifest::{Auth, Method as Verb, Oauth2, Place, Request as Spec, Sign};
use sha2::Sha256;
use url::Url;

use crate::address::{is_allowed, own_address};
use crate::body::{self, pairs};
use crate::caller::Caller;
use crate::template::{Vars, fill, leave_empty};
use crate::{Error, Grant, Method, Request};

/// The connection field that holds the key of [`Sign::AppsecretProof`].
const APP_SECRET: &str = "app_secret";
/// The query parameter that carries it.
pub(crate) const PROOF: &str = "appsecret_proof";

impl Caller {
    /// Fills and signs a request. Beside it stand the secrets in it, so that they can be blanked from what is said
    /// about it.
    pub(crate) fn request(
        &self,
        spec: &Spec,
        vars: &Vars,
        held: Option<&Grant>,
    ) -> Result<(Request, Vec<String>), Error> {
        let mut vars = self.vars(vars);
        vars.extend(held.map(Grant::vars).unwrap_or_default());
        let mut url = self.address(&fill(&spec.path, &vars)?.unwrap_or_default())?;
        let query = pairs(&spec.query, &vars)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let (body, kind) = body::body(&spec.body, &vars)?;
        let mut headers = Vec::new();
        for (key, value) in self.manifest.http.headers.iter().chain(&spec.headers) {
            if let Some(value) = fill(value, &vars)? {
                headers.push((key.clone(), value));
            }
        }
        for (name, value) in [("accept", Some("application/json")), ("content-type", kind)] {
            if let Some(value) =
                value.filter(|_| !headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name)))
            {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let method = match spec.method {
            Verb::Get => Method::Get,
            Verb::Post => Method::Post,
            Verb::Delete => Method::Delete,
        };
        let mut request = Request { method, url, headers, body };
        let secrets = self.sign(&mut request, held)?;
        Ok((request, secrets))
    }

    /// Those values and the connection's own.
    pub(crate) fn vars(&self, vars: &Vars) -> Vars {
        let mut vars = vars.clone();
        let filled = self.fields.iter().filter(|(_, value)| !value.is_empty());
        vars.extend(filled.map(|(name, value)| (format!("connection.{name}"), value.clone())));
        let optional = self.manifest.connection.fields.iter().filter(|(_, field)| field.optional);
        optional.for_each(|(name, _)| leave_empty(&mut vars, name));
        vars
    }

    /// Where a path leads: below the base, or to a host of its own that the manifest allows. A connection with an
    /// address of its own (a sandbox) stands for every host.
    fn address(&self, path: &str) -> Result<Url, Error> {
        if !path.starts_with("https://") {
            let base = self.base_url.as_str().trim_end_matches('/');
            return Url::parse(&format!("{base}{path}")).map_err(|error| {
                Error::Setup(format!("base_url and path do not make an address ({error})"))
            });
        }
        let url = own_address(self.tokens.own(), path)?;
        if self.tokens.own().is_some() || is_allowed(&url, &self.manifest.http.allowed_hosts) {
            return Ok(url);
        }
        let host = url.host_str().unwrap_or_default();
        Err(Error::Setup(format!("a call leads to `{host}`: add the host to http.allowed_hosts")))
    }

    /// Signs with secrets that are read now, and says which.
    fn sign(&self, request: &mut Request, held: Option<&Grant>) -> Result<Vec<String>, Error> {
        const BEARER: (&str, &str) = ("authorization", "Bearer ");
        let token = || match held {
            Some(held) => Ok(held.access_token.clone()),
            None => Err(Error::Setup("nobody has signed in yet: sign in".to_owned())),
        };
        let (secret, place, name, prefix, sign, also) = match self.tokens.auth(held) {
            Auth::None {} => return Ok(Vec::new()),
            Auth::ApiKey { field, place, name, prefix, sign, also } => {
                (self.secret(field)?, *place, name.as_str(), prefix.as_str(), sign, also)
            }
            Auth::Bearer { field, sign, also } => {
                (self.secret(field)?, Place::Header, BEARER.0, BEARER.1, sign, also)
            }
            Auth::Oauth2Code(grant)
            | Auth::Oauth2ClientCredentials(grant)
            | Auth::Oauth2RefreshToken(grant) => {
                let Oauth2 { place, name, prefix, sign, also, .. } = &**grant;
                (token()?, *place, name.as_str(), prefix.as_str(), sign, also)
            }
            Auth::Basic { user, password } => {
                let user = match self.fields.get(user) {
                    Some(user) => user.clone(),
                    None => self.secret(user)?,
                };
                let password = match password {
                    Some(password) => self.secret(password)?,
                    None => String::new(),
                };
                let word = STANDARD.encode(format!("{user}:{password}"));
                request.headers.push(("authorization".to_owned(), format!("Basic {word}")));
                return Ok(vec![password, word]);
            }
        };
        put(request, place, name, format!("{prefix}{secret}"))?;
        let mut used = vec![secret];
        // the app of a sign-in is known by its client_secret
        let app = [Some(APP_SECRET), held.map(|_| "client_secret")].into_iter().flatten();
        let mut app_secrets = Vec::new();
        for name in app.filter(|_| *sign == Some(Sign::AppsecretProof)) {
            app_secrets.extend(self.secrets.secret(name).map_err(Error::Secrets)?);
        }
        if let Some(app_secret) = app_secrets.into_iter().next() {
            let mut proof = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
                .map_err(|_| Error::Setup(format!("`{APP_SECRET}` cannot sign: connect again with it")))?;
            proof.update(used.first().map(String::as_bytes).unwrap_or_default());
            let proof: String =
                proof.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            set(&mut request.url, PROOF, &proof);
            used.extend([proof, app_secret]);
        }
        for key in also {
            let kept = self.secrets.secret(&key.field).map_err(Error::Secrets)?;
            let given = self.fields.get(&key.field).cloned();
            if let Some(value) = kept.or(given).filter(|value| !value.is_empty()) {
                put(request, key.place, &key.name, format!("{}{value}", key.prefix))?;
                used.push(value);
            }
        }
        Ok(used)
    }

    fn secret(&self, field: &str) -> Result<String, Error> {
        let secret = self.secrets.secret(field).map_err(Error::Secrets)?;
        secret.ok_or_else(|| Error::Setup(format!("`{field}` is missing: connect again with it")))
    }
}

/// Puts a credential where the platform wants it.
fn put(request: &mut Request, place: Place, name: &str, value: String) -> Result<(), Error> {
    match place {
        Place::Header => request.headers.push((name.to_owned(), value)),
        Place::Query => set(&mut request.url, name, &value),
        Place::Body => request.body = in_body(request, name, value)?,
    }
    Ok(())
}

/// The body with a further parameter: a JSON object or a form; a call without a body gets a form.
fn in_body(request: &mut Request, name: &str, value: String) -> Result<Bytes, Error> {
    let kind = request.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case("content-type"));
    if kind.is_some_and(|(_, kind)| kind.starts_with("application/json")) {
        let unfit = || Error::Setup(format!("`{name}` has no place in a body that is no JSON object"));
        let mut body: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&request.body).map_err(|_| unfit())?;
        body.insert(name.to_owned(), value.into());
        return Ok(serde_json::Value::Object(body).to_string().into());
    }
    if kind.is_none() {
        request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    let fields = url::form_urlencoded::parse(&request.body).into_owned().filter(|(field, _)| field != name);
    let fields: Vec<(String, String)> = fields.collect();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    Ok(form.extend_pairs(fields).append_pair(name, &value).finish().into())
}

/// Sets a query parameter in place of any of that name.
fn set(url: &mut Url, name: &str, value: &str) {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
}

/// Blanks secrets in a text, also where they are percent-encoded.
pub(crate) fn blank(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text = text.replace(secret.as_str(), "[secret]").replace(&encoded, "[secret]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blanked_in_every_form() {
        let said =
            blank("token a+b/c== and a%2Bb%2Fc%3D%3D are wrong", &["a+b/c==".to_owned(), String::new()]);
        assert_eq!(said, "token [secret] and [secret] are wrong");
    }
}
