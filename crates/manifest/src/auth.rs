//! How calls prove who they are for: keys, and the three OAuth 2 grants with all that platforms vary in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::request::Request;

/// How a call proves who it is for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Calls are open.
    None {},
    /// A fixed key in a header, query parameter or body parameter.
    ApiKey {
        /// The connection field that holds it.
        field: String,
        /// Where it goes.
        place: Place,
        /// The header's or parameter's name.
        name: String,
        /// Put before the key, such as `Bearer `.
        #[serde(default)]
        prefix: String,
        /// An additional signature of the call.
        sign: Option<Sign>,
        /// Further keys that go with each call.
        #[serde(default)]
        also: Vec<Key>,
    },
    /// `Authorization: Bearer` with a fixed token.
    Bearer {
        /// The connection field that holds it.
        field: String,
        /// An additional signature of the call.
        sign: Option<Sign>,
        /// Further keys that go with each call.
        #[serde(default)]
        also: Vec<Key>,
    },
    /// `Authorization: Basic`.
    Basic {
        /// The connection field of the user name.
        user: String,
        /// The connection field of the password; none for an empty one.
        password: Option<String>,
    },
    /// OAuth 2 authorization code grant (RFC 6749, 4.1): a person signs in.
    Oauth2Code(Box<Oauth2>),
    /// OAuth 2 client credentials grant (RFC 6749, 4.4): the app signs in for itself.
    Oauth2ClientCredentials(Box<Oauth2>),
    /// OAuth 2 with a refresh token that the user enters: the fields `client_id`, `client_secret` and `refresh_token`.
    Oauth2RefreshToken(Box<Oauth2>),
}

/// A further key of a call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The connection field that holds it; a field that is empty is left out.
    pub field: String,
    /// Where it goes.
    #[serde(default)]
    pub place: Place,
    /// The header's or parameter's name.
    pub name: String,
    /// Put before the key.
    #[serde(default)]
    pub prefix: String,
}

/// An OAuth 2 grant. Addresses and parameters may hold `{connection.NAME}`, those of calls after the first token also
/// `{auth.NAME}`, and all but `authorize_url` and `authorize_params` also `{app.client_id}` and `{app.client_secret}`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oauth2 {
    /// Where a person grants access; only and always with `oauth2_code`.
    pub authorize_url: Option<String>,
    /// Where codes and refresh tokens are exchanged for access tokens (POST).
    pub token_url: String,
    /// Where refresh tokens are exchanged, if elsewhere.
    pub refresh_url: Option<String>,
    /// Where a grant is given back (POST, RFC 7009); none where the platform offers no such call.
    pub revoke_url: Option<String>,
    /// The call that gives a grant back where the platform has one of its own, such as a DELETE of what was granted;
    /// it is signed as all calls are. Instead of `revoke_url`.
    pub revoke: Option<Request>,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What stands between scopes; a space in the standard.
    #[serde(default = "space")]
    pub scope_separator: String,
    /// Whether the code is bound to this sign-in by PKCE, method `S256` (RFC 7636).
    #[serde(default)]
    pub pkce: bool,
    /// How the app proves itself at the token address.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// The form of the token call's body.
    #[serde(default)]
    pub body: TokenBody,
    /// Parameters of the authorize and token calls that the platform names in its own way: standard name to its name;
    /// an empty name leaves the parameter out. Such as `client_id: app_id`.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Parameters of the way back that the platform names in its own way, such as `code: spapi_oauth_code`.
    #[serde(default)]
    pub callback_names: BTreeMap<String, String>,
    /// Parts of the token answer that are elsewhere: `access_token`, `refresh_token`, `expires_in`, `error` or
    /// `error_description` to its path, such as `access_token: data.access_token`.
    #[serde(default)]
    pub answer_names: BTreeMap<String, String>,
    /// Further parameters of the authorize address, such as `access_type: offline`.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, String>,
    /// Further parameters of every token call.
    #[serde(default)]
    pub token_params: BTreeMap<String, String>,
    /// Headers of every token call.
    #[serde(default)]
    pub token_headers: BTreeMap<String, String>,
    /// A second exchange right after the first, for a token that lives longer (Meta).
    pub exchange: Option<Exchange>,
    /// Whether a refresh token dies with its use and a new one comes: then only one process at a time refreshes.
    #[serde(default)]
    pub rotates: bool,
    /// How long an access token lives.
    #[serde(default)]
    pub expires: Expires,
    /// Values that come with the token, as `{auth.NAME}`: name to path in the answer, such as
    /// `instance_url: instance_url`. One with the name of a connection field fills that field in at sign-in.
    #[serde(default)]
    pub from_response: BTreeMap<String, String>,
    /// Values that come with the code, as `{auth.NAME}`: name to parameter of the way back, such as
    /// `selling_partner_id: selling_partner_id`. Connection fields are filled in as by `from_response`.
    #[serde(default)]
    pub from_callback: BTreeMap<String, String>,
    /// How the way back itself proves that it is the platform's, and for the account that was asked for; only with
    /// `oauth2_code`.
    pub callback_proof: Option<CallbackProof>,
    /// Where the access token goes in a call.
    #[serde(default)]
    pub place: Place,
    /// The header's or parameter's name.
    #[serde(default = "authorization")]
    pub name: String,
    /// Put before the token.
    #[serde(default = "bearer")]
    pub prefix: String,
    /// An additional signature of the call.
    pub sign: Option<Sign>,
    /// Further keys that go with each call.
    #[serde(default)]
    pub also: Vec<Key>,
}

fn space() -> String {
    " ".to_owned()
}

fn authorization() -> String {
    "Authorization".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// What is checked of the parameters of a way back, beside its `state`, before the code is exchanged.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackProof {
    /// The parameter with a signature of all others: hexadecimal HMAC-SHA256 under the app's `client_secret` of
    /// `name=value` sorted by name and joined by `&`, names and values form-encoded.
    pub hmac: Option<String>,
    /// Further parameters that are not signed.
    #[serde(default)]
    pub unsigned: Vec<String>,
    /// Parameters that must be there with just this value: name to a text that may hold `{connection.NAME}`, such as
    /// `shop: "{connection.shop}.example.com"`.
    #[serde(default)]
    pub equals: BTreeMap<String, String>,
}

/// How the app proves itself at the token address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` are parameters.
    #[default]
    Body,
    /// They are the user and password of `Authorization: Basic`.
    Basic,
}

/// The form of a token call's body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as in the standard.
    #[default]
    Form,
    /// A JSON object of texts.
    Json,
}

/// The exchange of a fresh token for one that lives longer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Where; the `token_url` where none is given.
    pub url: Option<String>,
    /// How the call is made.
    #[serde(default)]
    pub method: crate::Method,
    /// All its parameters, in the query of a `GET` and in the body of a `POST`; `{auth.access_token}` is the token.
    pub params: BTreeMap<String, String>,
}

/// How long an access token lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expires {
    /// `expires_in` of the answer says so in seconds; without it the token is used until it is refused.
    #[default]
    Response,
    /// Always so long.
    Fixed {
        /// Seconds.
        seconds: u32,
    },
    /// It does not run out by itself.
    Never,
}

/// Where a credential goes in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A request header.
    #[default]
    Header,
    /// A query parameter, where the platform takes it nowhere else.
    Query,
    /// A parameter of a form or JSON body.
    Body,
}

/// A signature that goes with the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Meta: hex HMAC-SHA256 of the token under the app secret, parameter `appsecret_proof`.
    AppsecretProof,
}

/// That the operator of an installation may hold the credentials for all its users (`central`), who then give only
/// their account; otherwise every user brings an own grant or key (`own`), which is always allowed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Central {
    /// The connection field in which the user names the account, such as a shop. The other fields come from the
    /// operator's environment as `NETGAIN_CENTRAL_<PROVIDER>_<FIELD>`.
    pub identifier: String,
    /// Further fields that say something of the account, such as its currency: the user may give them, and where the
    /// operator provides a value the user need not.
    #[serde(default)]
    pub describes: Vec<String>,
}

impl Auth {
    /// The OAuth 2 grant, where it is one.
    #[must_use]
    pub fn oauth2(&self) -> Option<&Oauth2> {
        match self {
            Self::Oauth2Code(grant)
            | Self::Oauth2ClientCredentials(grant)
            | Self::Oauth2RefreshToken(grant) => Some(grant),
            Self::None {} | Self::ApiKey { .. } | Self::Bearer { .. } | Self::Basic { .. } => None,
        }
    }

    /// The word of the kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None {} => "none",
            Self::ApiKey { .. } => "api_key",
            Self::Bearer { .. } => "bearer",
            Self::Basic { .. } => "basic",
            Self::Oauth2Code(_) => "oauth2_code",
            Self::Oauth2ClientCredentials(_) => "oauth2_client_credentials",
            Self::Oauth2RefreshToken(_) => "oauth2_refresh_token",
        }
    }

    /// The connection fields that hold its credentials.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let (mut fields, also): (Vec<&str>, &[Key]) = match self {
            Self::None {} => (Vec::new(), &[]),
            Self::ApiKey { field, also, .. } | Self::Bearer { field, also, .. } => (vec![field], also),
            Self::Basic { user, password } => {
                (std::iter::once(user).chain(password).map(String::as_str).collect(), &[])
            }
            Self::Oauth2Code(grant) => (Vec::new(), &grant.also),
            Self::Oauth2ClientCredentials(grant) => (vec!["client_id", "client_secret"], &grant.also),
            Self::Oauth2RefreshToken(grant) => {
                (vec!["client_id", "client_secret", "refresh_token"], &grant.also)
            }
        };
        fields.extend(also.iter().map(|key| key.field.as_str()));
        fields
    }
}
