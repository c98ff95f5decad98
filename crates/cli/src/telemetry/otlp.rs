//! Traces and metrics for a collector, over OTLP as protobuf over HTTP. The variables are those of the standard:
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use std::time::Duration;

use anyhow::{Context as _, bail};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::fanout::Fanout;

/// Any of these switches it on.
const ENDPOINTS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
/// What we are called where nothing else is said.
const SERVICE: &str = "netgain";
/// A collector that takes longer is given up; the next parcel tries again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is sent to a collector.
pub struct Otlp {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    // it drives the sending, so it goes last
    _runtime: tokio::runtime::Runtime,
}

impl Otlp {
    /// Begins to collect and send, where the environment says where to.
    ///
    /// # Errors
    /// When what it says cannot be used.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let said = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let is_off = said("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is_off || !ENDPOINTS.iter().any(|name| said(name).is_some()) {
            return Ok(None);
        }
        if let Some(protocol) = said(PROTOCOL).filter(|protocol| protocol != "http/protobuf") {
            bail!("{PROTOCOL} is `{protocol}`, which is not spoken here: set it to http/protobuf");
        }
        // sending runs beside everything else, also while the program's own threads block
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("telemetry")
            .enable_all()
            .build()?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
        let client = Client { client: client.build()?, runtime: runtime.handle().clone() };
        let cure = "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: write http://host:4318";
        let spans = SpanExporter::builder().with_http().with_http_client(client.clone());
        let spans = spans.build().context(cure)?;
        let counts = MetricExporter::builder().with_http().with_http_client(client).build().context(cure)?;
        let resource = || {
            let named = Resource::builder();
            let named =
                if said("OTEL_SERVICE_NAME").is_some() { named } else { named.with_service_name(SERVICE) };
            let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
            named.with_attribute(version).build()
        };
        Ok(Some(Self {
            traces: SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(spans).build(),
            metrics: SdkMeterProvider::builder()
                .with_resource(resource())
                .with_periodic_exporter(counts)
                .build(),
            _runtime: runtime,
        }))
    }

    /// Makes our spans spans of a trace.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let tracer = self.traces.tracer(SERVICE);
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_filter(super::logs::ours())
    }

    /// Has metrics counted for the collector, beside whoever else keeps them, and traces go on across threads and
    /// processes. False when others were there first.
    pub fn install(&self, kept: Option<PrometheusRecorder>) -> bool {
        netgain_observe::install(netgain_observe::Propagation { current, adopt });
        metrics::set_global_recorder(Fanout::new(kept, self.metrics.meter(SERVICE))).is_ok()
    }

    /// Sends what is left.
    pub fn end(self) {
        for ended in [self.traces.shutdown(), self.metrics.shutdown()] {
            if let Err(error) = ended {
                tracing::warn!(%error, "some traces or metrics were not sent");
            }
        }
    }
}

fn current() -> Option<String> {
    let mut carried = std::collections::HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carried);
    carried.remove(netgain_observe::TRACEPARENT)
}

fn adopt(span: &Span, parent: &str) {
    let name = netgain_observe::TRACEPARENT.to_owned();
    let carried = std::collections::HashMap::from([(name, parent.to_owned())]);
    let parent = TraceContextPropagator::new().extract(&carried);
    // it fails only for a span that is part of a trace already, which then stays so
    let _ = span.set_parent(parent);
}

/// Sends with the program's own HTTP client.
#[derive(Debug, Clone)]
struct Client {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        // whoever exports waits on a thread without a runtime
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(request).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        });
        let (status, headers, body) = sending.await??;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}
