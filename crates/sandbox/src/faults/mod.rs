//! Faults that a face asks for at named points.

/// What to do at a fault point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The fault's kind, for example `fail`, `partial`, `expire`.
    pub kind: String,
}

/// The set of faults that are switched on.
#[derive(Debug, Default)]
pub struct Faults {}

impl Faults {
    /// Returns the fault to act out at `point`, and counts the hit.
    pub fn hit(&self, point: &str) -> Option<Fault> {
        let _ = point;
        None
    }
}
