//! Log lines. Spans name the request, the workspace and the connection that a line belongs to.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, FilterFn, filter_fn};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, fmt};

use super::json::JsonLines;
use crate::args::{LogArgs, LogFormat, LogLevel};

/// Where our own spans and lines come from; crates of others have theirs.
const OURS: &str = "netgain";

/// Writes log lines of that form to standard error.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(
    log: &LogArgs,
) -> Box<dyn Layer<S> + Send + Sync + 'static> {
    let level = match log.log_level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    // a span is kept however unimportant it is: the warning within it must say to which request it belongs
    let lines = filter_fn(move |told| told.is_span() || *told.level() <= level)
        .with_max_level_hint(LevelFilter::from_level(level).max(LevelFilter::INFO));
    let filter = lines.and(ours());
    match log.log_format {
        LogFormat::Text => fmt::layer().with_writer(std::io::stderr).with_filter(filter).boxed(),
        LogFormat::Json => JsonLines.with_filter(filter).boxed(),
    }
}

/// Our own spans and lines, and warnings of others.
pub fn ours() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    fn is_ours(told: &Metadata<'_>) -> bool {
        told.target().starts_with(OURS) || (told.is_event() && *told.level() <= Level::WARN)
    }
    filter_fn(is_ours as fn(&Metadata<'_>) -> bool)
}
