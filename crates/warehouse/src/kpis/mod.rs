//! Key figures as stored: the sums that they are worked out from, the points, what people say instead, and the list of
//! changes. Points that platforms and files give lie in `kpi_points`, those that are worked out in `kpi_values`.

mod overrides;
mod points;
mod sums;

use netgain_domain::Kind;

use crate::schema::{Spec, spec};

pub use points::KpiSummary;

/// Points that were worked out; `value` is null where it cannot be said, and then `metadata` says why. The workspace
/// stands before them, as in every table.
pub(crate) const KPI_VALUES: [Spec; 6] = [
    spec("connection_id", Kind::Text),
    spec("source", Kind::Text),
    spec("metric", Kind::Text),
    spec("timestamp", Kind::Time),
    spec("value", Kind::Decimal),
    spec("metadata", Kind::Json),
];

/// When the rows of a table were last read from a connection, without a failure.
pub(crate) const KPI_READS: [Spec; 3] =
    [spec("connection_id", Kind::Text), spec("entity", Kind::Text), spec("read_at", Kind::Time)];

/// What people say in the place of a source; only added to. A null `value` takes earlier ones back.
pub(crate) const KPI_OVERRIDES: [Spec; 9] = [
    spec("override_id", Kind::Text),
    spec("connection_id", Kind::Text),
    spec("source", Kind::Text),
    spec("metric", Kind::Text),
    spec("day", Kind::Date),
    spec("value", Kind::Decimal),
    spec("recorded_at", Kind::Time),
    spec("recorded_by", Kind::Text),
    spec("reason", Kind::Text),
];

/// What happened to overrides; only added to.
pub(crate) const KPI_AUDIT: [Spec; 11] = [
    spec("audit_id", Kind::Text),
    spec("changed_at", Kind::Time),
    spec("actor", Kind::Text),
    spec("action", Kind::Text),
    spec("connection_id", Kind::Text),
    spec("source", Kind::Text),
    spec("metric", Kind::Text),
    spec("day", Kind::Date),
    spec("old", Kind::Decimal),
    spec("new", Kind::Decimal),
    spec("reason", Kind::Text),
];
