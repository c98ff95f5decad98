//! A manifest's call made concrete: placeholders filled, signed with the connection's secrets.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use netgain_manifest::{Auth, Body, Method as Verb, Oauth2, Place, Request as Spec, Sign, Variable};
use sha2::Sha256;
use url::Url;

use crate::caller::Caller;
use crate::template::{Vars, fill};
use crate::{Error, Grant, Method, Request};

/// The connection field that holds the key of [`Sign::AppsecretProof`].
const APP_SECRET: &str = "app_secret";
/// The query parameter that carries it.
pub(crate) const PROOF: &str = "appsecret_proof";
/// Placeholders that are numbers; a variable that is one of them alone is sent as a number.
const NUMBERS: [&str; 1] = ["{page.size}"];

impl Caller {
    /// Fills and signs a request. Beside it stand the secrets in it, so that they can be blanked from what is said
    /// about it.
    pub(crate) fn request(
        &self,
        spec: &Spec,
        vars: &Vars,
        held: Option<&Grant>,
    ) -> Result<(Request, Vec<String>), Error> {
        let mut vars = vars.clone();
        vars.extend(held.map(Grant::vars).unwrap_or_default());
        vars.extend(self.fields.iter().map(|(name, value)| (format!("connection.{name}"), value.clone())));
        let path = fill(&spec.path, &vars)?.unwrap_or_default();
        let base = self.base_url.as_str().trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| Error::Setup(format!("base_url and path do not make an address ({error})")))?;
        for (key, values) in &spec.query {
            for value in values.all() {
                if let Some(value) = fill(value, &vars)? {
                    url.query_pairs_mut().append_pair(key, &value);
                }
            }
        }
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        for (key, value) in self.manifest.http.headers.iter().chain(&spec.headers) {
            if let Some(value) = fill(value, &vars)? {
                headers.push((key.clone(), value));
            }
        }
        let body = match &spec.body {
            Body::None => Bytes::new(),
            Body::Form { fields } => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (key, values) in fields {
                    for value in values.all() {
                        if let Some(value) = fill(value, &vars)? {
                            form.append_pair(key, &value);
                        }
                    }
                }
                headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
                form.finish().into()
            }
            Body::Json { .. } => return Err(Error::Setup("`body: json` is not served yet".to_owned())),
            Body::Graphql { document, variables } => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                graphql(document, variables, &vars)?
            }
        };
        let method = match spec.method {
            Verb::Get => Method::Get,
            Verb::Post => Method::Post,
        };
        let mut request = Request { method, url, headers, body };
        let secrets = self.sign(&mut request, held)?;
        Ok((request, secrets))
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
        if *sign == Some(Sign::AppsecretProof)
            && let Some(app_secret) = self.secrets.secret(APP_SECRET).map_err(Error::Secrets)?
        {
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

/// A GraphQL body. A variable whose placeholder has no value yet is left out.
fn graphql(document: &str, variables: &BTreeMap<String, Variable>, vars: &Vars) -> Result<Bytes, Error> {
    let mut given = serde_json::Map::new();
    for (name, variable) in variables {
        let value = match variable {
            Variable::Int(number) => Some((*number).into()),
            Variable::Bool(truth) => Some((*truth).into()),
            Variable::Text(text) => fill(text, vars)?.map(|filled| {
                let number = filled.parse::<u64>().ok().filter(|_| NUMBERS.contains(&text.as_str()));
                number.map_or_else(|| filled.into(), Into::into)
            }),
        };
        if let Some(value) = value {
            given.insert(name.clone(), value);
        }
    }
    Ok(serde_json::json!({"query": document, "variables": given}).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_take_the_type_of_their_placeholder() {
        let text = |text: &str| Variable::Text(text.to_owned());
        let variables = [("size", text("{page.size}")), ("after", text("{page.after}")), ("word", text("7"))];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let vars = Vars::from([("page.size".to_owned(), "25".to_owned())]);
        let body = graphql("q", &variables, &vars).unwrap();
        assert_eq!(body, r#"{"query":"q","variables":{"size":25,"word":"7"}}"#);
    }

    #[test]
    fn secrets_are_blanked_in_every_form() {
        let said =
            blank("token a+b/c== and a%2Bb%2Fc%3D%3D are wrong", &["a+b/c==".to_owned(), String::new()]);
        assert_eq!(said, "token [secret] and [secret] are wrong");
    }
}
