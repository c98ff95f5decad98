//! Campaigns, ad sets and ads, the archived and deleted ones too, without the token in any address.

use std::sync::{Arc, Mutex};

use netgain_connector::{HttpTransport, Limits, Method, Reach, Request, Response, Transport, TransportError};

use crate::rig::Rig;

/// Passes calls on and remembers their addresses and how they were signed.
pub struct Watched {
    inner: HttpTransport,
    pub seen: Mutex<Vec<(Method, String, bool)>>,
}

impl Watched {
    fn new() -> Arc<Self> {
        let inner = HttpTransport::new(Reach::Local, Limits::default()).unwrap();
        Arc::new(Self { inner, seen: Mutex::default() })
    }
}

#[async_trait::async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let signed = request
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("authorization") && value.starts_with("Bearer "));
        self.seen.lock().unwrap().push((request.method, request.url.to_string(), signed));
        self.inner.send(request).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_is_listed_whatever_its_status() {
    let rig = Rig::new().await;
    let counts = {
        let ads = rig.running.state.world.ads.read().unwrap();
        [("campaigns", ads.campaigns.len()), ("ad_sets", ads.ad_sets.len()), ("ads", ads.ads.len())]
    };
    for (stream, count) in counts {
        let kept = rig.entities(stream).await;
        assert_eq!(kept.len(), count, "{stream}");
        for status in ["DELETED", "ARCHIVED", "ACTIVE"] {
            let has = kept.values().any(|row| row.effective_status == status);
            assert!(has, "{stream} lists none that is {status}");
        }
        let parents = kept.values().filter(|row| row.parent.is_some()).count();
        assert_eq!(parents, if stream == "campaigns" { 0 } else { count });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_stands_in_a_header_only_also_for_further_pages() {
    let rig = Rig::new().await;
    let watched = Watched::new();
    rig.use_transport(Arc::clone(&watched) as Arc<dyn Transport>);
    rig.sync().await.unwrap();
    rig.entities("ads").await;
    let token = &rig.running.ready.platforms["meta_ads"].secrets["access_token"];
    let seen = watched.seen.lock().unwrap();
    assert!(seen.iter().any(|(_, address, _)| address.contains("after=")), "no further page was read");
    for (_, address, signed) in seen.iter() {
        assert!(
            *signed && !address.contains(token.as_str()) && !address.contains("access_token"),
            "{address}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_asks_for_proof_gets_it() {
    let rig = Rig::with(|options| options.meta.require_proof = true).await;
    let error = rig.sync().await.unwrap_err().to_string();
    assert!(error.contains("app_secret"), "{error}");
    let secret = rig.running.ready.platforms["meta_ads"].oauth["client_secret"].clone();
    rig.add_secret("app_secret", &secret);
    rig.sync().await.unwrap();
    assert_eq!(rig.found(), rig.truth());
}
