//! What a `webhooks` section must promise: known streams, a way to read objects anew, keys that exist, no belief in
//! unsigned bodies.

use crate::{Ask, Event, Manifest, ManifestError, Register, Stamp, Verify, Webhooks};

/// The secret that registration agrees on; it is no connection field.
const AGREED: &str = "webhook_secret";

pub(super) fn check(manifest: &Manifest, faults: &mut Vec<ManifestError>) {
    let Some(webhooks) = &manifest.webhooks else { return };
    let begins = manifest.line_of(None, "webhooks:");
    let mut fault = |message: String, cure: &str| faults.push(ManifestError::new(begins, message, cure));
    for stream in webhooks.objects.keys().map(String::as_str).chain(streams(webhooks)) {
        if manifest.stream(stream).is_none() {
            let message = format!("`webhooks` names stream `{stream}`, which is not described");
            fault(message, "use the name of a stream");
        }
    }
    for (name, event) in &webhooks.events {
        match event {
            Event::Refetch { stream, with, .. } => {
                let undescribed = |stream: &&String| !webhooks.objects.contains_key(*stream);
                for stream in std::iter::once(stream).chain(with).filter(undescribed) {
                    let message = format!("event `{name}` reads an object of `{stream}` in no way");
                    fault(message, "add the call to webhooks.objects");
                }
            }
            Event::Upsert { .. } | Event::Delete { .. } if matches!(webhooks.verify, Verify::None { .. }) => {
                let message = format!("event `{name}` believes a body that nothing proves");
                fault(message, "write `do: refetch` or `do: sync`");
            }
            Event::Privacy { .. } if matches!(webhooks.verify, Verify::None { .. }) => {
                let message = format!("event `{name}` would erase for anybody: nothing proves it");
                fault(message, "leave it out, or say how deliveries are proved");
            }
            Event::Privacy { ask: Ask::Export | Ask::Erase, email: None, phone: None, customer: None } => {
                let message = format!("event `{name}` does not say where it names the person");
                fault(message, "write the path of email, phone or customer");
            }
            _ => {}
        }
    }
    let known = |name: &str| name == AGREED || manifest.connection.fields.contains_key(name);
    for name in keys(&webhooks.verify) {
        if !known(name) {
            fault(
                format!("`webhooks.verify` names key `{name}`, which is no connection field"),
                "add it to connection.fields, or use webhook_secret",
            );
        }
    }
    if let Verify::None { must_refetch: false } = webhooks.verify {
        fault("`webhooks.verify` believes unsigned bodies".to_owned(), "write must_refetch: true");
    }
    let (over, stamp) = match &webhooks.verify {
        Verify::Hmac { over, timestamp, .. } | Verify::Signature { over, timestamp, .. } => {
            (over.as_str(), timestamp.as_ref())
        }
        _ => ("", None),
    };
    if over.contains("{ts}") && stamp.is_none() {
        let message = "`webhooks.verify.over` signs a time that stands nowhere".to_owned();
        fault(message, "say where in webhooks.verify.timestamp");
    }
    if let Some(batch) = webhooks.batch.as_ref().filter(|batch| !batch.ends_with("[]")) {
        let message = format!("`webhooks.batch` names the list `{batch}` and not its elements");
        fault(message, "write [] behind it");
    }
    if let Some(Stamp { tolerance_s: 0, .. }) = stamp {
        let message = "`webhooks.verify.timestamp` tolerates no second, which refuses every delivery";
        fault(message.to_owned(), "write a tolerance_s of at least 1, such as 300");
    }
    if let Register::Api { each: crate::Each::All, names, .. } = &webhooks.register
        && !names.is_empty()
    {
        let message = "`webhooks.register.names` is not used by one subscription for all events".to_owned();
        fault(message, "list the events in the request, and remove names");
    }
}

fn streams(webhooks: &Webhooks) -> impl Iterator<Item = &str> {
    webhooks.events.values().filter_map(Event::stream)
}

fn keys(verify: &Verify) -> Vec<&str> {
    match verify {
        Verify::Hmac { key, .. } | Verify::StaticToken { key, .. } => vec![key],
        Verify::Basic { user, password } => vec![user, password],
        Verify::Signature { key, .. } => key.field.iter().map(String::as_str).collect(),
        Verify::None { .. } => Vec::new(),
    }
}
