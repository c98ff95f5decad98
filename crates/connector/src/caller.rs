//! One call of a manifest: filled, signed, sent, understood; repeated as far as the answer's meaning allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use netgain_domain::ErrorClass;
use netgain_manifest::{Manifest, Request as Spec};
use netgain_observe as observe;
use sonic_rs::Value;
use tracing::{Instrument, field};
use url::Url;

use crate::limits::{Budget, Priority, Taken};
use crate::request::blank;
use crate::rules::Rules;
use crate::template::Vars;
use crate::{Backoff, Clock, Error, Note, Response, SecretSource, Sink, Tokens, Transport};

/// Nobody waits longer than this for a platform that names a time; the run ends and a later one goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Tries after troubles that pass by themselves.
const TRANSIENT: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(60), tries: 8 };
/// Tries after being told to slow down.
const LIMITED: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), tries: 10 };
/// Tries with a token that is said to have run out; the secret is read again for each.
const EXPIRED: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(5), tries: 4 };

/// A good answer.
pub(crate) struct Answer {
    /// The body, numbers with their digits; null where bytes were wanted that are no JSON document.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
    /// When the platform answered: its `Date` header, or now (UTC).
    pub at: Timestamp,
}

impl Answer {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Makes the calls of one connection.
pub(crate) struct Caller {
    pub manifest: Arc<Manifest>,
    pub transport: Arc<dyn Transport>,
    pub secrets: Arc<dyn SecretSource>,
    /// The grant that signs calls, shared by all that make them.
    pub tokens: Arc<Tokens>,
    pub clock: Arc<dyn Clock>,
    /// The platform's own address, or the one that the connection names instead.
    pub base_url: Url,
    /// The connection's fields, as `connection.x`.
    pub fields: Vars,
    rules: Arc<Rules>,
    budget: Budget,
    /// How urgent its calls are.
    priority: Priority,
    calls: AtomicU64,
}

/// Failures of one call so far, by what they mean.
#[derive(Default)]
struct Failures {
    transient: u32,
    limited: u32,
    expired: u32,
}

/// A try that brought nothing.
struct Failed {
    class: ErrorClass,
    wait: Option<Duration>,
    error: Error,
}

impl Caller {
    pub fn new(tokens: Tokens, base_url: Url) -> Self {
        let manifest = Arc::clone(&tokens.manifest);
        let rules = Arc::new(Rules::new(&manifest.errors));
        let budget = Budget::new(&manifest);
        Self {
            manifest,
            transport: Arc::clone(&tokens.transport),
            secrets: Arc::clone(&tokens.secrets),
            clock: Arc::clone(&tokens.clock),
            fields: tokens.fields.clone(),
            tokens: Arc::new(tokens),
            base_url,
            rules,
            budget,
            priority: Priority::default(),
            calls: AtomicU64::default(),
        }
    }

    /// The same connection and budget with a count of calls of its own, for calls of that urgency.
    pub fn fork(&self, priority: Priority) -> Self {
        Self {
            manifest: Arc::clone(&self.manifest),
            transport: Arc::clone(&self.transport),
            secrets: Arc::clone(&self.secrets),
            tokens: Arc::clone(&self.tokens),
            clock: Arc::clone(&self.clock),
            base_url: self.base_url.clone(),
            fields: self.fields.clone(),
            rules: Arc::clone(&self.rules),
            budget: self.budget.clone(),
            priority,
            calls: AtomicU64::default(),
        }
    }

    /// Takes calls from this budget from now on.
    pub fn share(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Calls made, repeated ones included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Makes a call. What the manifest's rules class as repeatable is repeated after a pause; `sink` hears of pauses.
    /// `name` stands in errors, and calls of one name are taken to cost the same.
    ///
    /// # Errors
    /// [`Error::Refused`] with the meaning of the last answer, [`Error::Transport`] when there was none.
    pub async fn call(&self, name: &str, spec: &Spec, vars: &Vars, sink: &dyn Sink) -> Result<Answer, Error> {
        self.fetch(name, spec, vars, false, sink).await
    }

    /// As [`Caller::call`]; with `any` a good answer may be something else than a JSON document.
    pub async fn fetch(
        &self,
        name: &str,
        spec: &Spec,
        vars: &Vars,
        any: bool,
        sink: &dyn Sink,
    ) -> Result<Answer, Error> {
        // one call is one span, however often it is repeated
        let span = tracing::info_span!(
            "call",
            provider = self.manifest.id,
            call = name,
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
        );
        let answer = self.repeat(name, spec, vars, any, sink).instrument(span.clone()).await;
        if let Err(error) = &answer {
            observe::failed(&span, error);
        }
        answer
    }

    async fn repeat(
        &self,
        name: &str,
        spec: &Spec,
        vars: &Vars,
        any: bool,
        sink: &dyn Sink,
    ) -> Result<Answer, Error> {
        let mut failures = Failures::default();
        let mut used = Vec::new();
        let mut refused = None;
        loop {
            let (asked, mut has_waited) = (Instant::now(), false);
            let mut heard = |time| {
                has_waited = true;
                sink.note(Note::Waiting { time, why: "limits" });
            };
            let taken = self.budget.take(name, self.priority, &*self.clock, LONGEST_WAIT, &mut heard).await;
            if has_waited {
                observe::waited(&self.manifest.id, "limits", asked.elapsed());
            }
            let taken = taken.map_err(|wait| {
                let message = format!("the platform's limits leave no call for {} s", wait.as_secs());
                Error::Refused { class: ErrorClass::RateLimited, status: 0, message }
            })?;
            // signed after the wait, with the secret that holds then
            let ready = match self.tokens.held(refused).await {
                Ok(held) => self.request(spec, vars, held.as_ref()).map(|ready| (ready, held)),
                Err(error) => Err(error),
            };
            let ((request, secrets), held) = match ready {
                Ok(ready) => ready,
                Err(error) => {
                    self.budget.settle(name, taken, None, self.clock.now());
                    return Err(error);
                }
            };
            used.extend(secrets);
            self.calls.fetch_add(1, Ordering::Relaxed);
            let failed = match self.transport.send(request).await {
                Ok(response) => match self.understand(name, taken, response, any, &used) {
                    Ok(answer) => return Ok(answer),
                    Err(failed) => failed,
                },
                Err(error) => {
                    self.budget.settle(name, taken, None, self.clock.now());
                    let error = Error::from(error);
                    Failed { class: error.class(), wait: None, error }
                }
            };
            // a token of which the platform says that it ran out is renewed once, and the call repeated at once
            if let (ErrorClass::AuthExpired, Some(held), None) = (failed.class, &held, refused) {
                refused = Some(held.version);
                continue;
            }
            match failures.pause(failed) {
                Ok((pause, why)) => self.pause(pause, why, sink).await,
                Err(error) => return Err(error),
            }
        }
    }

    fn understand(
        &self,
        name: &str,
        taken: Taken,
        response: Response,
        any: bool,
        secrets: &[String],
    ) -> Result<Answer, Failed> {
        let at = self.answered_at(&response);
        let body = std::str::from_utf8(&response.body)
            .map_err(|_| "the body is not UTF-8".to_owned())
            .and_then(|text| netgain_mapping::parse(text).map_err(|error| error.to_string()));
        self.budget.settle(name, taken, Some((&response, body.as_ref().ok())), self.clock.now());
        let status = response.status;
        let refused = |class, message: &str| Error::Refused {
            class,
            status,
            message: format!("{} refused `{name}`: {}", self.manifest.name, blank(message, secrets)),
        };
        if let Some(meaning) = self.rules.judge(&response, body.as_ref().ok(), at) {
            let error = refused(meaning.class, &meaning.message);
            return Err(Failed { class: meaning.class, wait: meaning.wait, error });
        }
        match body {
            Ok(body) => Ok(Answer { body, bytes: response.body, headers: response.headers, at }),
            Err(_) if any => {
                let (bytes, headers) = (response.body, response.headers);
                Ok(Answer { body: Value::new_null(), bytes, headers, at })
            }
            // cut off on its way, or the word of something in between
            Err(problem) => {
                let class = ErrorClass::Transient;
                let message = format!("status {status}, but the answer cannot be read ({problem})");
                Err(Failed { class, wait: None, error: refused(class, &message) })
            }
        }
    }

    async fn pause(&self, time: Duration, why: &'static str, sink: &dyn Sink) {
        if !time.is_zero() {
            sink.note(Note::Waiting { time, why });
            observe::waited(&self.manifest.id, why, time);
            self.clock.sleep(time).await;
        }
    }

    fn answered_at(&self, response: &Response) -> Timestamp {
        let said = response.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        said.map_or_else(|| self.clock.now(), |zoned| zoned.timestamp())
    }
}

impl Failures {
    /// How long to wait before the next try and why; the error when there is none.
    fn pause(&mut self, failed: Failed) -> Result<(Duration, &'static str), Error> {
        let Failed { class, wait, error } = failed;
        let (count, backoff, why) = match class {
            ErrorClass::Transient => (&mut self.transient, TRANSIENT, "transient"),
            ErrorClass::RateLimited => (&mut self.limited, LIMITED, "rate_limited"),
            ErrorClass::AuthExpired => (&mut self.expired, EXPIRED, "auth_expired"),
            _ => return Err(error),
        };
        *count += 1;
        if wait.is_some_and(|wait| wait > LONGEST_WAIT) {
            return Err(error);
        }
        match (backoff.pause(*count, wait, &mut rand::rng()), error) {
            (Some(pause), _) => Ok((pause, why)),
            // a token that stays refused is not one that has just run out
            (None, Error::Refused { class: ErrorClass::AuthExpired, status, message }) => {
                Err(Error::Refused { class: ErrorClass::AuthRevoked, status, message })
            }
            (None, error) => Err(error),
        }
    }
}
