//! The providers that are built in: each a folder with its manifest and recorded samples.

pub mod overview;
mod page;

use netgain_manifest::{Manifest, ManifestError};

pub use page::page;

/// Ids and manifests of the built-in providers.
const BUILT_IN: &[(&str, &str)] = &[
    ("amazon_sp", include_str!("../amazon_sp/manifest.yaml")),
    ("ecb", include_str!("../ecb/manifest.yaml")),
    ("ga4", include_str!("../ga4/manifest.yaml")),
    ("gohighlevel", include_str!("../gohighlevel/manifest.yaml")),
    ("google_ads", include_str!("../google_ads/manifest.yaml")),
    ("google_sheets", include_str!("../google_sheets/manifest.yaml")),
    ("hubspot", include_str!("../hubspot/manifest.yaml")),
    ("klaviyo", include_str!("../klaviyo/manifest.yaml")),
    ("meta_ads", include_str!("../meta_ads/manifest.yaml")),
    ("postscript", include_str!("../postscript/manifest.yaml")),
    ("shopify", include_str!("../shopify/manifest.yaml")),
    ("stripe", include_str!("../stripe/manifest.yaml")),
    ("triplewhale", include_str!("../triplewhale/manifest.yaml")),
];

/// The ids of all built-in providers.
pub fn ids() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(id, _)| *id)
}

/// The manifest of a provider; nothing when there is no such provider.
///
/// # Errors
/// [`ManifestError`] when the built-in text does not fit the vocabulary; a test keeps this from shipping.
pub fn manifest(id: &str) -> Result<Option<Manifest>, ManifestError> {
    let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == id) else { return Ok(None) };
    Manifest::from_yaml(text).map(Some).map_err(|error| error.in_file(format!("{id}/manifest.yaml")))
}
