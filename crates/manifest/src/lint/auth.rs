//! Checks of the credentials' sections: every field they name exists, every address can be reached.

use crate::{Auth, Expires, Http, Manifest, ManifestError, Method, Oauth2};

/// The standard names that `answer_names` may redirect.
const ANSWER: [&str; 5] = ["access_token", "refresh_token", "expires_in", "error", "error_description"];

pub(super) fn check(manifest: &Manifest, faults: &mut Vec<ManifestError>) {
    let mut seen = Sections { manifest, faults };
    seen.section("auth", &manifest.auth);
    if let Some(sign_in) = &manifest.sign_in {
        seen.section("sign_in", sign_in);
        if !matches!(sign_in, Auth::Oauth2Code(_)) {
            seen.fault("sign_in:", "`sign_in` is not oauth2_code".to_owned(), "put other kinds under `auth`");
        }
        if matches!(manifest.auth, Auth::Oauth2Code(_)) {
            let cure = "`auth` is a sign-in already: keep one of the two";
            seen.fault("sign_in:", "`sign_in` stands beside a sign-in".to_owned(), cure);
        }
    }
    if let Some(central) = &manifest.central {
        for name in &central.describes {
            if manifest.connection.fields.get(name).is_none_or(|field| field.secret) {
                let message = format!("`central.describes` has `{name}`, which is no open connection field");
                seen.fault("describes:", message, "name one of connection.fields that is no secret");
            }
        }
        match manifest.connection.fields.get(&central.identifier) {
            Some(field) if !field.secret => {}
            Some(_) => {
                let message = format!("`central.identifier` `{}` is a secret", central.identifier);
                seen.fault("identifier:", message, "name the field by which the user says which account");
            }
            None => {
                let message = format!("`central.identifier` `{}` is no connection field", central.identifier);
                seen.fault("identifier:", message, "name one of connection.fields");
            }
        }
    }
}

struct Sections<'a> {
    manifest: &'a Manifest,
    faults: &'a mut Vec<ManifestError>,
}

impl Sections<'_> {
    fn fault(&mut self, needle: &str, message: String, cure: &str) {
        let line = self.manifest.line_of(None, needle);
        self.faults.push(ManifestError::new(line, message, cure));
    }

    fn section(&mut self, section: &str, auth: &Auth) {
        for field in auth.fields() {
            if !self.manifest.connection.fields.contains_key(field) {
                let message = format!("`{section}` reads `{field}`, which is no connection field");
                self.fault(&format!("{section}:"), message, "add it to connection.fields");
            }
        }
        if let Some(grant) = auth.oauth2() {
            self.grant(section, auth, grant);
        }
    }

    fn grant(&mut self, section: &str, auth: &Auth, grant: &Oauth2) {
        let by_person = matches!(auth, Auth::Oauth2Code(_));
        match (&grant.authorize_url, by_person) {
            (None, true) => {
                let message = format!("`{section}` is oauth2_code without authorize_url");
                self.fault(&format!("{section}:"), message, "say where a person grants access");
            }
            (Some(_), false) => {
                let message = format!("`{section}` has an authorize_url, but nobody signs in");
                self.fault("authorize_url:", message, "leave it out, or use oauth2_code");
            }
            (Some(url), true) if !url.starts_with("https://") => {
                self.fault(
                    "authorize_url:",
                    "`authorize_url` is not https".to_owned(),
                    "begin it with https://",
                );
            }
            _ => {}
        }
        let exchange = grant.exchange.as_ref().and_then(|exchange| exchange.url.as_ref());
        let others = [
            ("refresh_url", grant.refresh_url.as_ref()),
            ("revoke_url", grant.revoke_url.as_ref()),
            ("exchange.url", exchange),
        ];
        let all = std::iter::once(("token_url", Some(&grant.token_url))).chain(others);
        for (name, url) in all.filter_map(|(name, url)| url.map(|url| (name, url))) {
            let needle = name.rsplit('.').next().unwrap_or(name);
            match host_of(url) {
                None => self.fault(needle, format!("`{name}` is not https"), "begin it with https://"),
                Some(host) if !allows(&self.manifest.http, host) => {
                    let message =
                        format!("`{name}` leads to {host}, which `http.allowed_hosts` does not name");
                    self.fault(needle, message, "add the host to http.allowed_hosts");
                }
                Some(_) => {}
            }
        }
        if let Some(revoke) = &grant.revoke {
            if grant.revoke_url.is_some() {
                let message = "`revoke` and `revoke_url` both say how a grant is given back".to_owned();
                self.fault("revoke:", message, "keep one");
            }
            if revoke.method == Method::Get {
                let message = "`revoke` only reads: a GET ends nothing".to_owned();
                self.fault("revoke:", message, "say `method: DELETE` or `method: POST`");
            }
        }
        if let Some(proof) = &grant.callback_proof {
            if !by_person {
                let message = format!("`{section}` has a callback_proof, but nobody comes back");
                self.fault("callback_proof:", message, "leave it out, or use oauth2_code");
            }
            if proof.hmac.is_none() && proof.equals.is_empty() {
                let message = "`callback_proof` checks nothing".to_owned();
                self.fault("callback_proof:", message, "give `hmac` or `equals`, or leave it out");
            }
            let texts = proof.equals.values().flat_map(|text| text.split("{connection.").skip(1));
            for field in texts.filter_map(|rest| rest.split('}').next()) {
                let known = self.manifest.connection.fields.get(field);
                if known.is_none_or(|known| known.secret) {
                    let message =
                        format!("`callback_proof` reads `{field}`, which is no open connection field");
                    self.fault("equals:", message, "name one of connection.fields that is no secret");
                }
            }
        }
        for name in grant.answer_names.keys().filter(|name| !ANSWER.contains(&name.as_str())) {
            let message = format!("`answer_names` has `{name}`, which is no part of a token answer");
            self.fault("answer_names:", message, "use from_response for further values");
        }
        if matches!(grant.expires, Expires::Fixed { seconds: 0 }) {
            self.fault(
                "expires:",
                "a token that lives 0 seconds is never good".to_owned(),
                "say how long it lives",
            );
        }
    }
}

/// The host of an https address, placeholders as they stand.
pub(super) fn host_of(url: &str) -> Option<&str> {
    url.strip_prefix("https://").map(|rest| rest.split('/').next().unwrap_or_default())
}

/// Whether calls may reach a host; one that the user fills in as a whole is checked when the connection is made.
pub(super) fn allows(http: &Http, host: &str) -> bool {
    let allowed = http.allowed_hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
        None => host == allowed,
    });
    let whole = |begin: &str| host.starts_with(begin) && host.find('}') == Some(host.len() - 1);
    allowed || whole("{connection.") || whole("{auth.")
}
