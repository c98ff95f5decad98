//! A transport whose exchanges are counted, and are spans of a trace. The trace ends here: platforms are told nothing of it,
//! as some sign or refuse headers that they do not know, and none needs to know what belongs together here.

use std::sync::Arc;
use std::time::Instant;

use netgain_observe as observe;
use tracing::{Instrument, Span, field};
use url::Url;

use super::{Download, Request, Response, Transport, TransportError};

/// Counts what goes through another transport, for one provider.
pub(crate) struct Watched {
    provider: String,
    inner: Arc<dyn Transport>,
}

impl Watched {
    pub(crate) fn new(provider: &str, inner: Arc<dyn Transport>) -> Self {
        Self { provider: provider.to_owned(), inner }
    }

    /// One exchange. Of the address only the host is told: the rest may hold ids and tokens.
    fn span(&self, method: &'static str, url: &Url) -> Span {
        tracing::info_span!(
            "exchange",
            provider = self.provider,
            http.request.method = method,
            server.address = url.host_str().unwrap_or_default(),
            http.response.status_code = field::Empty,
        )
    }

    fn ended(&self, span: &Span, status: Option<u16>, began: Instant) {
        if let Some(status) = status {
            span.record("http.response.status_code", status);
        }
        observe::called(&self.provider, status, began.elapsed());
    }
}

#[async_trait::async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let began = Instant::now();
        let span = self.span(request.method.name(), &request.url);
        let answer = self.inner.send(request).instrument(span.clone()).await;
        self.ended(&span, answer.as_ref().ok().map(|answer| answer.status), began);
        answer
    }

    async fn download(&self, url: Url, from: u64) -> Result<Download, TransportError> {
        let began = Instant::now();
        let span = self.span("GET", &url);
        let answer = self.inner.download(url, from).instrument(span.clone()).await;
        self.ended(&span, answer.as_ref().ok().map(|answer| answer.status), began);
        answer
    }
}
