//! Bringing the key figures up to date after rows came in.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use netgain_domain::facts::KpiRead;
use netgain_profit::Settings;
use netgain_results::KpiReport;
use netgain_warehouse::Warehouse;

use crate::{Error, StreamSummary, SyncJob};

/// Works out the key figures, notes what was read, and enters which overrides this replaced.
///
/// # Errors
/// When the warehouse fails.
pub fn update_kpis(
    warehouse: &Warehouse,
    settings: &Settings,
    reads: &[KpiRead],
) -> Result<KpiReport, Error> {
    let report = netgain_results::update_kpis(warehouse, settings)?;
    netgain_results::note_kpi_reads(warehouse, settings, reads)?;
    Ok(report)
}

/// The same after a sync that began at a moment. Tables of which a stream failed do not count as read: what people said
/// about them stands until a sync reads them to the end.
pub(crate) async fn after_sync(
    job: &SyncJob,
    began: Timestamp,
    streams: &[StreamSummary],
) -> Result<(), Error> {
    let mut read: BTreeMap<&str, bool> = BTreeMap::new();
    for stream in &job.manifest.streams {
        let well = streams.iter().any(|one| one.stream == stream.name && one.error.is_none());
        *read.entry(&stream.entity).or_insert(true) &= well;
    }
    let reads: Vec<KpiRead> = read
        .into_iter()
        .filter(|(_, well)| *well)
        .map(|(entity, _)| KpiRead {
            connection_id: job.connection.id.to_string(),
            entity: entity.to_owned(),
            read_at: began,
        })
        .collect();
    let (warehouse, settings, turn) = (job.warehouse.clone(), job.settings.clone(), Arc::clone(&job.turn));
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        update_kpis(&warehouse, &settings, &reads).map(drop)
    });
    // it only ends early with the runtime itself
    work.await.unwrap_or(Err(Error::Stopped))
}
