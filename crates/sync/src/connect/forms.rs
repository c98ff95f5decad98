//! What a person fills in to connect, way by way, as the manifest and the operator's environment have it.

use netgain_control::CredentialMode;
use netgain_manifest::{Auth, ConnectionField, Manifest};

use super::proposal::comes_with_grant;
use crate::operator::{Operator, is_needed};

/// How a person connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormWay {
    /// With an own key.
    Key,
    /// By signing in at the platform.
    SignIn,
    /// With the operator's credentials: the person names the account.
    Central,
}

impl FormWay {
    /// The word of the way.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::SignIn => "sign_in",
            Self::Central => "central",
        }
    }

    /// Whose credentials it uses.
    #[must_use]
    pub fn mode(self) -> CredentialMode {
        if self == Self::Central { CredentialMode::Central } else { CredentialMode::Own }
    }
}

/// One way to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The way.
    pub way: FormWay,
    /// Variables of the environment that the operator has to set before it can be used.
    pub missing: Vec<String>,
    /// What the person fills in.
    pub fields: Vec<FormField>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Its name in `fields` or `secrets` of a request.
    pub name: String,
    /// What the form says.
    pub title: String,
    /// Whether it belongs into `secrets`.
    pub secret: bool,
    /// Whether it has to be filled in.
    pub required: bool,
    /// A value that would be right.
    pub example: Option<String>,
}

impl FormField {
    fn of(name: &str, field: &ConnectionField, required: bool) -> Self {
        Self {
            name: name.to_owned(),
            title: field.title.clone(),
            secret: field.secret,
            required,
            example: field.example.clone(),
        }
    }
}

/// The ways in which a provider is connected, the simplest for the person first. No value of the environment is in
/// them.
#[must_use]
pub fn forms(manifest: &Manifest, operator: &Operator) -> Vec<Form> {
    let mut forms = Vec::new();
    if !matches!(manifest.auth, Auth::Oauth2Code(_)) {
        forms.push(key(manifest, operator));
    }
    let offered = [manifest.sign_in.as_ref(), Some(&manifest.auth)];
    if offered.into_iter().flatten().any(|auth| matches!(auth, Auth::Oauth2Code(_))) {
        forms.push(sign_in(manifest, operator));
    }
    forms.extend(central(manifest, operator));
    forms
}

fn has_app(manifest: &Manifest, operator: &Operator, name: &str) -> bool {
    operator.app(&manifest.id, name, operator.app_base_url(&manifest.id).as_deref()).is_some()
}

fn key(manifest: &Manifest, operator: &Operator) -> Form {
    let of_auth = manifest.auth.fields();
    let fields = manifest.connection.fields.iter().map(|(name, field)| {
        let signs = of_auth.contains(&name.as_str());
        let needed = !field.optional || (signs && is_needed(manifest, name, field));
        FormField::of(name, field, needed && !has_app(manifest, operator, name))
    });
    Form { way: FormWay::Key, missing: Vec::new(), fields: fields.collect() }
}

fn sign_in(manifest: &Manifest, operator: &Operator) -> Form {
    let key = manifest.auth.fields();
    let app = ["client_id", "client_secret"];
    let open = manifest.connection.fields.iter().filter(|(name, _)| {
        !key.contains(&name.as_str()) && !app.contains(&name.as_str()) && !comes_with_grant(manifest, name)
    });
    let mut fields: Vec<FormField> =
        open.map(|(name, field)| FormField::of(name, field, !field.optional)).collect();
    let titles = ["Client id of your app", "Client secret of your app"];
    for (name, title) in app.into_iter().zip(titles) {
        if !has_app(manifest, operator, name) {
            let (name, title) = (name.to_owned(), title.to_owned());
            fields.push(FormField { name, title, secret: true, required: true, example: None });
        }
    }
    Form { way: FormWay::SignIn, missing: Vec::new(), fields }
}

fn central(manifest: &Manifest, operator: &Operator) -> Option<Form> {
    let central = manifest.central.as_ref()?;
    let base_url = operator.central_base_url(&manifest.id);
    let names = std::iter::once(&central.identifier).chain(&central.describes);
    let fields = names.filter_map(|name| {
        let field = manifest.connection.fields.get(name)?;
        let provided = operator.central(&manifest.id, name, base_url.as_deref()).is_some();
        Some(FormField::of(name, field, !field.optional && !provided))
    });
    let missing = operator.missing(manifest, base_url.as_deref());
    Some(Form { way: FormWay::Central, missing, fields: fields.collect() })
}
