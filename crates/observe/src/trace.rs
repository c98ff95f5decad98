//! Traces across threads and processes, as W3C `traceparent` texts. Whoever keeps traces installs how they are read and
//! written; without that, there are none and nothing is sent.
//! <https://www.w3.org/TR/trace-context/>

use std::sync::OnceLock;

use tracing::Span;

/// The header that carries a trace from one process to the next.
pub const TRACEPARENT: &str = "traceparent";

/// How traces are read and written.
#[derive(Debug, Clone, Copy)]
pub struct Propagation {
    /// The `traceparent` of the current span, if it is part of a trace.
    pub current: fn() -> Option<String>,
    /// Makes a span a child of what a `traceparent` names.
    pub adopt: fn(&Span, &str),
}

static INSTALLED: OnceLock<Propagation> = OnceLock::new();

/// Has traces read and written like this from now on. The first one stays.
pub fn install(propagation: Propagation) {
    let _ = INSTALLED.set(propagation);
}

/// The `traceparent` of the current span; none where no traces are kept.
#[must_use]
pub fn traceparent() -> Option<String> {
    INSTALLED.get().and_then(|installed| (installed.current)())
}

/// Makes a span a child of what that text names. A text of another form changes nothing.
pub fn adopt(span: &Span, parent: Option<&str>) {
    if let (Some(installed), Some(parent)) = (INSTALLED.get(), parent)
        && is_well_formed(parent)
    {
        (installed.adopt)(span, parent);
    }
}

/// Marks a span as failed, for whoever keeps traces. The span declares the fields `otel.status_code` and
/// `otel.status_description` as empty; the reason holds no secret.
/// <https://opentelemetry.io/docs/specs/otel/trace/api/#set-status>
pub fn failed(span: &Span, reason: &dyn std::fmt::Display) {
    span.record("otel.status_code", "ERROR");
    span.record("otel.status_description", tracing::field::display(reason));
}

/// `version-trace-parent-flags` in lower-case hex, neither id all zeros.
fn is_well_formed(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    match parts.as_slice() {
        ["00", trace, parent, flags] => {
            hex(trace, 32) && some(trace) && hex(parent, 16) && some(parent) && hex(flags, 2)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn only_texts_of_the_standards_form_are_taken() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_well_formed(good));
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
