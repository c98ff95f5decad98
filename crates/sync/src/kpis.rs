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
    let warehouse = &warehouse.in_turn()?;
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
    let all = job.manifest.streams.iter().map(|stream| (stream.name.as_str(), stream.entity.as_str()));
    let reads: Vec<KpiRead> = read_to_the_end(all, streams)
        .into_iter()
        .map(|entity| KpiRead {
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

/// The tables of which every stream ended well; of streams by name and table.
fn read_to_the_end<'s>(
    all: impl Iterator<Item = (&'s str, &'s str)>,
    ended: &[StreamSummary],
) -> Vec<&'s str> {
    let mut tables: BTreeMap<&str, bool> = BTreeMap::new();
    for (stream, entity) in all {
        // one that a failure of another kept from beginning did not end either
        let well = ended.iter().any(|one| one.stream == stream && one.error.is_none());
        *tables.entry(entity).or_insert(true) &= well;
    }
    tables.into_iter().filter(|(_, well)| *well).map(|(entity, _)| entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_counts_as_read_when_all_of_its_streams_ended_well() {
        let all =
            [("ads", "ad_days"), ("sent", "message_days"), ("flows", "message_days"), ("late", "deals")];
        let ended = |stream: &str, error: Option<&str>| StreamSummary {
            stream: stream.to_owned(),
            error: error.map(str::to_owned),
            ..StreamSummary::default()
        };
        let streams = [ended("ads", None), ended("sent", None), ended("flows", Some("no permission"))];
        assert_eq!(read_to_the_end(all.into_iter(), &streams), ["ad_days"]);
        let streams = [ended("sent", None), ended("flows", None)];
        assert_eq!(read_to_the_end(all.into_iter(), &streams), ["message_days"]);
        assert!(read_to_the_end(all.into_iter(), &[]).is_empty());
    }
}
