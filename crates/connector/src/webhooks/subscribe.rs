//! Telling a platform where to send: creating, listing, renewing and ending subscriptions.

use std::collections::BTreeSet;

use netgain_manifest::{Register, Request};
use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, Value};

use super::Inbound;
use crate::look::Look;
use crate::template::Vars;
use crate::{Engine, Error, Sink};

/// What the calls about one subscription are filled with.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// The event by its name in deliveries; none where one subscription carries all.
    pub topic: Option<&'a str>,
    /// Our address.
    pub address: &'a str,
    /// The secret that deliveries are to be signed with.
    pub secret: Option<&'a str>,
    /// The platform's id of the subscription.
    pub id: Option<&'a str>,
}

/// A subscription that the platform made.
#[derive(Clone)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The secret, where the platform chose it.
    pub secret: Option<String>,
}

impl Inbound {
    /// The events to subscribe, by their names in deliveries; one `*` where one subscription carries all.
    #[must_use]
    pub fn topics(&self) -> Vec<&str> {
        match &self.section.register {
            Register::Manual => Vec::new(),
            Register::Api { each: netgain_manifest::Each::All, .. } => vec!["*"],
            Register::Api { names, .. } => {
                let wanted = self
                    .section
                    .events
                    .iter()
                    .filter(|(name, _)| names.get(*name).is_none_or(|name| !name.is_empty()));
                wanted.map(|(name, _)| name.as_str()).collect()
            }
        }
    }

    /// Whether a secret of our own choice goes into a subscription.
    #[must_use]
    pub fn chooses_secret(&self) -> bool {
        let Register::Api { create, secret: None, .. } = &self.section.register else { return false };
        format!("{create:?}").contains("{webhook.secret}")
    }
}

impl Engine {
    /// Creates a subscription.
    ///
    /// # Errors
    /// When the platform refuses, or answers without the subscription's id.
    pub async fn subscribe(
        &self,
        inbound: &Inbound,
        asked: &Asked<'_>,
        sink: &dyn Sink,
    ) -> Result<Made, Error> {
        let Register::Api { create, id, errors, secret, .. } = &inbound.section.register else {
            return Err(Error::Setup("webhooks are entered at the platform by a person".to_owned()));
        };
        let body = self.tell("webhooks.create", inbound, create, asked, sink).await?;
        let word = |path: &str| -> Option<String> {
            Look::at(path).all(&body).first().and_then(|value| word_of(value)).map(|word| word.into_owned())
        };
        let wrong = |problem: String| Error::Answer { stream: "webhooks".to_owned(), problem };
        if let Some(refusal) = errors.as_deref().and_then(word) {
            return Err(wrong(format!("the platform refused the subscription: {refusal}")));
        }
        let found = word(id).ok_or_else(|| wrong(format!("the answer has no `{id}`")))?;
        let secret = match secret {
            Some(path) => Some(word(path).ok_or_else(|| wrong(format!("the answer has no `{path}`")))?),
            None => None,
        };
        Ok(Made { id: found, secret })
    }

    /// The ids of the subscriptions that still send; none where the manifest has no such call.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn subscriptions(
        &self,
        inbound: &Inbound,
        address: &str,
        sink: &dyn Sink,
    ) -> Result<Option<BTreeSet<String>>, Error> {
        let Register::Api { list: Some(list), .. } = &inbound.section.register else { return Ok(None) };
        let asked = Asked { address, ..Asked::default() };
        let body = self.tell("webhooks.list", inbound, &list.request, &asked, sink).await?;
        let setup = |error: netgain_mapping::CompileError| Error::Setup(error.to_string());
        let records = Path::compile(&list.records).map_err(setup)?;
        let all = records.first(&[&body]).and_then(|found| found.as_array());
        let off = |record: &Value| {
            list.off.as_ref().is_some_and(|off| {
                let words = Look::at(&off.path);
                words
                    .all(record)
                    .into_iter()
                    .filter_map(word_of)
                    .any(|word| off.values.iter().any(|one| *one == word))
            })
        };
        let id = Look::at(&list.id);
        let alive = all.into_iter().flat_map(|all| all.iter()).filter(|record| !off(record));
        let ids = alive.filter_map(|record| {
            id.all(record).first().and_then(|value| word_of(value)).map(|id| id.into_owned())
        });
        Ok(Some(ids.collect()))
    }

    /// Makes a subscription last longer where the platform has a call for that; whether it had.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn renew_subscription(
        &self,
        inbound: &Inbound,
        asked: &Asked<'_>,
        sink: &dyn Sink,
    ) -> Result<bool, Error> {
        let Register::Api { renew: Some(renew), .. } = &inbound.section.register else { return Ok(false) };
        self.tell("webhooks.renew", inbound, renew, asked, sink).await?;
        Ok(true)
    }

    /// Ends a subscription where the platform has a call for that.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn unsubscribe(
        &self,
        inbound: &Inbound,
        asked: &Asked<'_>,
        sink: &dyn Sink,
    ) -> Result<(), Error> {
        let Register::Api { delete: Some(delete), .. } = &inbound.section.register else { return Ok(()) };
        self.tell("webhooks.delete", inbound, delete, asked, sink).await.map(drop)
    }

    async fn tell(
        &self,
        name: &str,
        inbound: &Inbound,
        request: &Request,
        asked: &Asked<'_>,
        sink: &dyn Sink,
    ) -> Result<Value, Error> {
        let mut vars = Vars::from([("webhook.address".to_owned(), asked.address.to_owned())]);
        if let (Some(topic), Register::Api { names, .. }) = (asked.topic, &inbound.section.register) {
            let name = names.get(topic).map_or(topic, String::as_str);
            vars.insert("webhook.topic".to_owned(), name.to_owned());
        }
        vars.extend(asked.secret.map(|secret| ("webhook.secret".to_owned(), secret.to_owned())));
        vars.extend(asked.id.map(|id| ("webhook.id".to_owned(), id.to_owned())));
        Ok(self.caller.call(name, request, &vars, sink).await?.body)
    }
}
