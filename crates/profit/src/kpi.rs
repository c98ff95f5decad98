//! Key figures over time: which there are, how their points come about, and whether a source or a person is believed.
//!
//! The catalogue is data (`kpis.yaml`). Points are worked out from exact sums; ratios are divided here and nowhere
//! else. Which of several statements about a point counts depends on their times alone.

mod catalogue;
mod metadata;
mod points;
mod precedence;
mod recurring;

pub use catalogue::{Catalogue, CatalogueError, Days, Group, Metric, RecurringFigure, Unit, Way};
pub use points::{Frame, day_start, flows, standing};
pub use precedence::{Effective, Verdict, effective, standing_override, verdict};
pub use recurring::recurring;
