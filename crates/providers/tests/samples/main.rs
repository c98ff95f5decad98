//! The manifests have no faults, and their recorded answers become the rows that they show.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod amazon_sp;
mod attribution_crm_sms;
mod google;
mod hubspot;
mod klaviyo;
mod meta_ads;
mod shopify;
mod stripe;
mod support;

#[test]
fn no_manifest_has_a_fault_and_every_stream_a_sample_that_maps() {
    for id in netgain_providers::ids() {
        let manifest = support::manifest(id);
        assert_eq!(netgain_manifest::lint(&manifest, &support::samples(id)), [], "{id}");
        for stream in &manifest.streams {
            assert!(!support::records(id, &stream.name).is_empty(), "{id} {}", stream.name);
        }
    }
    assert!(netgain_providers::manifest("nobody").unwrap().is_none());
}
