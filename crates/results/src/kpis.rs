//! Key figures: worked out from what is stored, listed with what people say instead, and changed by them.
//!
//! Working out is idempotent: the same rows give the same points. Whether a source or a person is believed depends on
//! the times of their statements alone, so nothing here has to happen at a certain moment.

mod evaluate;
mod list;
mod overrides;

pub use evaluate::{KpiReport, update_kpis};
pub use list::{KpiHistory, KpiLine, kpi_history, list_kpis};
pub use overrides::{KpiChange, note_kpi_reads, set_kpi_override, unset_kpi_override};

use std::collections::HashMap;

use jiff::Timestamp;
use netgain_domain::Table;
use netgain_domain::facts::{KpiRead, KpiSeries};
use netgain_profit::kpi::Catalogue;

/// When the source of each series was last read.
struct Reads(HashMap<(String, String), Timestamp>);

impl Reads {
    fn new(reads: Vec<KpiRead>) -> Self {
        Self(reads.into_iter().map(|read| ((read.connection_id, read.entity), read.read_at)).collect())
    }

    /// `given` says whether the source gives the points itself.
    fn of(&self, series: &KpiSeries, given: bool, catalogue: &Catalogue) -> Option<Timestamp> {
        let entity = match catalogue.metric(&series.metric) {
            Some((group, _)) if !given => group.entity(),
            _ => Table::KpiPoints.name(),
        };
        self.0.get(&(series.connection_id.clone(), entity.to_owned())).copied()
    }
}
