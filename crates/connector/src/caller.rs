//! One call of a manifest: filled, signed, sent, understood; repeated as far as the manifest allows.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_manifest::{Auth, Body, Manifest, Method as Verb, Place, Request as Spec, Variable};
use sonic_rs::Value;
use url::Url;

use crate::template::{Vars, fill};
use crate::{Clock, Error, Method, Request, Response, SecretSource, Sink, Transport};

/// A good answer.
pub(crate) struct Answer {
    /// The body, numbers with their digits.
    pub body: Value,
    /// The body's bytes.
    pub text: Bytes,
    /// When the platform answered: its `Date` header, or now (UTC).
    pub at: Timestamp,
}

/// Makes the calls of one connection.
pub(crate) struct Caller {
    pub manifest: Arc<Manifest>,
    pub transport: Arc<dyn Transport>,
    pub secrets: Arc<dyn SecretSource>,
    pub clock: Arc<dyn Clock>,
    /// The platform's own address, or the one that the connection names instead.
    pub base_url: Url,
    /// The connection's fields, as `connection.x`.
    pub fields: Vars,
}

impl Caller {
    /// Makes a call. What the manifest's rules class as repeatable is repeated after a pause; `sink` hears of pauses.
    ///
    /// # Errors
    /// [`Error::Refused`] with the meaning of the last answer, [`Error::Transport`] when there was none.
    pub async fn call(&self, name: &str, spec: &Spec, vars: &Vars, sink: &dyn Sink) -> Result<Answer, Error> {
        let _ = sink;
        let request = self.request(spec, vars)?;
        let response = self.transport.send(request).await?;
        let at = self.answered_at(&response);
        let wrong = |problem: String| Error::Answer { stream: name.to_owned(), problem };
        let text =
            std::str::from_utf8(&response.body).map_err(|_| wrong("the body is not UTF-8".to_owned()))?;
        let body = netgain_mapping::parse(text).map_err(|error| wrong(error.to_string()))?;
        Ok(Answer { body, text: response.body, at })
    }

    /// Fills and signs a request.
    pub(crate) fn request(&self, spec: &Spec, vars: &Vars) -> Result<Request, Error> {
        let mut vars = vars.clone();
        vars.extend(self.fields.iter().map(|(name, value)| (format!("connection.{name}"), value.clone())));
        let path = fill(&spec.path, &vars)?.unwrap_or_default();
        let base = self.base_url.as_str().trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| Error::Setup(format!("base_url and path do not make an address ({error})")))?;
        for (key, value) in &spec.query {
            if let Some(value) = fill(value, &vars)? {
                url.query_pairs_mut().append_pair(key, &value);
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
                for (key, value) in fields {
                    if let Some(value) = fill(value, &vars)? {
                        form.append_pair(key, &value);
                    }
                }
                headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
                form.finish().into()
            }
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
        self.sign(&mut request)?;
        Ok(request)
    }

    fn sign(&self, request: &mut Request) -> Result<(), Error> {
        let (field, place, name, prefix) = match &self.manifest.auth {
            Auth::None {} => return Ok(()),
            Auth::ApiKey { field, place, name, prefix, .. } => (field.as_str(), place, name, prefix),
            Auth::Oauth2Code { place, name, prefix, .. } => ("access_token", place, name, prefix),
            Auth::Basic { .. } => {
                return Err(Error::Setup("basic authentication is not served yet".to_owned()));
            }
        };
        let secret = self.secrets.secret(field).map_err(Error::Secrets)?;
        let secret =
            secret.ok_or_else(|| Error::Setup(format!("`{field}` is missing: connect again with it")))?;
        match place {
            Place::Header => request.headers.push((name.clone(), format!("{prefix}{secret}"))),
            Place::Query => {
                request.url.query_pairs_mut().append_pair(name, &format!("{prefix}{secret}"));
            }
            Place::Body => return Err(Error::Setup("a key in the body is not served yet".to_owned())),
        }
        Ok(())
    }

    fn answered_at(&self, response: &Response) -> Timestamp {
        let said = response.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        said.map_or_else(|| self.clock.now(), |zoned| zoned.timestamp())
    }
}

/// A GraphQL body. A variable whose placeholder has no value yet is left out.
fn graphql(
    document: &str,
    variables: &std::collections::BTreeMap<String, Variable>,
    vars: &Vars,
) -> Result<Bytes, Error> {
    let mut given = serde_json::Map::new();
    for (name, variable) in variables {
        let value = match variable {
            Variable::Int(number) => Some((*number).into()),
            Variable::Bool(truth) => Some((*truth).into()),
            Variable::Text(text) => fill(text, vars)?.map(Into::into),
        };
        if let Some(value) = value {
            given.insert(name.clone(), value);
        }
    }
    Ok(serde_json::json!({"query": document, "variables": given}).to_string().into())
}
