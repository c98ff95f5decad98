//! One recorder for two readers: what is counted goes to `/metrics` and to the collector.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_prometheus::PrometheusRecorder;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

/// Counts for the collector, and for `/metrics` where that is kept.
pub struct Fanout {
    kept: Option<PrometheusRecorder>,
    meter: Meter,
    counters: Known<Counter>,
    gauges: Known<Gauge>,
    histograms: Known<Histogram>,
}

/// Instruments by name and labels: each is made once.
struct Known<T>(Mutex<HashMap<Key, T>>);

impl<T: Clone> Known<T> {
    fn get(&self, key: &Key, make: impl FnOnce() -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(key.clone()).or_insert_with(make).clone()
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl Fanout {
    pub fn new(kept: Option<PrometheusRecorder>, meter: Meter) -> Self {
        Self {
            kept,
            meter,
            counters: Known::default(),
            gauges: Known::default(),
            histograms: Known::default(),
        }
    }
}

fn attributes(key: &Key) -> Vec<KeyValue> {
    key.labels().map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned())).collect()
}

fn help(name: &str) -> &'static str {
    let found = netgain_observe::ALL.iter().find(|metric| metric.name == name);
    found.map(|metric| metric.help).unwrap_or_default()
}

struct Both<K, S> {
    kept: Option<K>,
    sent: S,
    attributes: Vec<KeyValue>,
    /// What the collector was told last: a sum for counters, the bits of the value for gauges.
    last: AtomicU64,
}

impl CounterFn for Both<Counter, opentelemetry::metrics::Counter<u64>> {
    fn increment(&self, value: u64) {
        if let Some(kept) = &self.kept {
            kept.increment(value);
        }
        self.last.fetch_add(value, Ordering::Relaxed);
        self.sent.add(value, &self.attributes);
    }

    fn absolute(&self, value: u64) {
        if let Some(kept) = &self.kept {
            kept.absolute(value);
        }
        let before = self.last.fetch_max(value, Ordering::Relaxed);
        self.sent.add(value.saturating_sub(before), &self.attributes);
    }
}

impl GaugeFn for Both<Gauge, opentelemetry::metrics::Gauge<f64>> {
    fn increment(&self, value: f64) {
        if let Some(kept) = &self.kept {
            kept.increment(value);
        }
        GaugeFn::increment(&self.last, value);
        self.tell();
    }

    fn decrement(&self, value: f64) {
        if let Some(kept) = &self.kept {
            kept.decrement(value);
        }
        GaugeFn::decrement(&self.last, value);
        self.tell();
    }

    fn set(&self, value: f64) {
        if let Some(kept) = &self.kept {
            kept.set(value);
        }
        GaugeFn::set(&self.last, value);
        self.tell();
    }
}

impl Both<Gauge, opentelemetry::metrics::Gauge<f64>> {
    fn tell(&self) {
        self.sent.record(f64::from_bits(self.last.load(Ordering::Acquire)), &self.attributes);
    }
}

impl HistogramFn for Both<Histogram, opentelemetry::metrics::Histogram<f64>> {
    fn record(&self, value: f64) {
        if let Some(kept) = &self.kept {
            kept.record(value);
        }
        self.sent.record(value, &self.attributes);
    }
}

impl Recorder for Fanout {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        if let Some(kept) = &self.kept {
            kept.describe_counter(key, unit, description);
        }
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        if let Some(kept) = &self.kept {
            kept.describe_gauge(key, unit, description);
        }
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        if let Some(kept) = &self.kept {
            kept.describe_histogram(key, unit, description);
        }
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.counters.get(key, || {
            let name = key.name().to_owned();
            let sent = self.meter.u64_counter(name.clone()).with_description(help(&name)).build();
            let kept = self.kept.as_ref().map(|kept| kept.register_counter(key, metadata));
            let (attributes, last) = (attributes(key), AtomicU64::default());
            Counter::from_arc(Arc::new(Both { kept, sent, attributes, last }))
        })
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.gauges.get(key, || {
            let name = key.name().to_owned();
            let sent = self.meter.f64_gauge(name.clone()).with_description(help(&name)).build();
            let kept = self.kept.as_ref().map(|kept| kept.register_gauge(key, metadata));
            let (attributes, last) = (attributes(key), AtomicU64::default());
            Gauge::from_arc(Arc::new(Both { kept, sent, attributes, last }))
        })
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.histograms.get(key, || {
            let name = key.name().to_owned();
            let instrument = self.meter.f64_histogram(name.clone()).with_description(help(&name));
            let sent = instrument.with_unit("s").with_boundaries(netgain_observe::BUCKETS.to_vec()).build();
            let kept = self.kept.as_ref().map(|kept| kept.register_histogram(key, metadata));
            let (attributes, last) = (attributes(key), AtomicU64::default());
            Histogram::from_arc(Arc::new(Both { kept, sent, attributes, last }))
        })
    }
}
