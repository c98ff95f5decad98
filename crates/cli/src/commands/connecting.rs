//! Connecting as the server offers it: which platforms there are, and an account of one.

use std::path::Path;
use std::sync::Arc;

use netgain_control::{Control, Secret};
use netgain_domain::Currency;
use netgain_manifest::{Category, Manifest};
use netgain_server::{ConnectFailure, ConnectStart, ConnectedTo, Provider, ProviderField, ProviderWay};
use netgain_sync::{ConnectError, ConnectRequest, Form, Operator};

/// The platforms that can be connected, by id.
pub fn providers() -> Vec<Provider> {
    let operator = Operator::default();
    let manifests = netgain_providers::ids().filter_map(|id| netgain_providers::manifest(id).ok().flatten());
    let mut all: Vec<Provider> = manifests
        .map(|manifest| Provider {
            category: category(&manifest).to_owned(),
            ways: netgain_sync::forms(&manifest, &operator).into_iter().map(way).collect(),
            id: manifest.id,
            name: manifest.name,
            docs: manifest.docs,
        })
        .collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn way(form: Form) -> ProviderWay {
    let field = |field: netgain_sync::FormField| ProviderField {
        name: field.name,
        title: field.title,
        secret: field.secret,
        required: field.required,
        example: field.example,
    };
    ProviderWay {
        way: form.way.name().to_owned(),
        mode: form.way.mode().name().to_owned(),
        missing: form.missing,
        fields: form.fields.into_iter().map(field).collect(),
    }
}

/// The word that people read for what a platform is for.
pub fn category(manifest: &Manifest) -> &'static str {
    match manifest.category {
        Category::Commerce => "commerce",
        Category::Ads => "advertising",
        Category::Messaging => "messaging",
        Category::Crm => "crm",
        Category::Analytics => "analytics",
        Category::Finance => "finance",
    }
}

/// Connects an account; blocks until the platform has answered.
pub fn connect(
    control: &Arc<Control>,
    home: &Path,
    start: ConnectStart,
) -> Result<ConnectedTo, ConnectFailure> {
    let wrong = |field: &str, message: String, cure: &str| ConnectFailure::Invalid {
        message,
        field: Some(field.to_owned()),
        cure: Some(cure.to_owned()),
    };
    let mode = start.mode.map(|mode| mode.parse()).transpose();
    let request = ConnectRequest {
        workspace: start.workspace,
        provider: start.provider,
        connection: start.connection,
        name: start.name.filter(|name| !name.trim().is_empty()),
        fields: start.fields,
        secrets: start.secrets.into_iter().map(|(name, secret)| (name, trimmed(&secret))).collect(),
        base_url: start.base_url,
        mode: mode.map_err(|_| {
            wrong("mode", "mode is not known".to_owned(), "write own or central, or leave it out")
        })?,
        currency: currency(start.currency)?,
        time_zone: start.time_zone,
    };
    let runtime = super::runtime().map_err(|error| ConnectFailure::Failed(error.to_string()))?;
    let connected =
        runtime.block_on(netgain_sync::connect_account(control, home, request)).map_err(failure)?;
    Ok(ConnectedTo {
        connection: connected.connection.id,
        created: connected.created,
        accounts: connected.accounts,
    })
}

fn trimmed(secret: &str) -> Secret {
    Secret::new(secret.trim().to_owned())
}

/// The currency that was asked for.
pub fn currency(given: Option<String>) -> Result<Option<Currency>, ConnectFailure> {
    given.map(|currency| currency.parse()).transpose().map_err(|error| ConnectFailure::Invalid {
        message: format!("currency: {error}"),
        field: Some("currency".to_owned()),
        cure: Some("write an ISO 4217 code, such as EUR".to_owned()),
    })
}

/// Why nothing was connected, as the server knows it: with the field of a request in the place of an option.
pub fn failure(error: ConnectError) -> ConnectFailure {
    match error {
        ConnectError::Input(message) => ConnectFailure::Invalid { message, field: None, cure: None },
        ConnectError::Field { name, missing, message, cure } => {
            // words for a terminal do not help who fills in a form
            let cure =
                cure.split(", or ").filter(|part| !part.contains("--")).collect::<Vec<_>>().join(", or ");
            let cure = match (missing, cure.is_empty()) {
                (true, true) => format!("give `{name}`"),
                (true, false) => format!("give `{name}`, or {cure}"),
                (false, true) => format!("correct `{name}`, or leave it out"),
                (false, false) => cure,
            };
            ConnectFailure::Invalid { message, field: Some(name), cure: Some(cure) }
        }
        ConnectError::Refused { error, fields } => {
            let cure = match fields.as_slice() {
                [] => error.cure().to_owned(),
                fields => {
                    let named: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
                    format!("correct {}: {}", named.join(" or "), error.cure())
                }
            };
            ConnectFailure::NotWorking { message: error.to_string(), field: fields.into_iter().next(), cure }
        }
        ConnectError::Failed(error) => ConnectFailure::Failed(error.to_string()),
    }
}
