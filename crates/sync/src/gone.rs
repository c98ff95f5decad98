//! Records that are gone at the platform: their rows go, with an account in the raw archive so that a replay takes
//! them away as well.

use jiff::Timestamp;
use netgain_domain::{ConnectionId, Table};
use netgain_warehouse::{Archive, Aside, Batch, Read, ReadPage, Warehouse};

use crate::Error;

/// Whose records are gone.
pub(crate) struct Gone<'a> {
    pub warehouse: &'a Warehouse,
    pub archive: &'a Archive,
    pub connection: &'a ConnectionId,
    /// The platform's id.
    pub source: &'a str,
    pub stream: &'a str,
    pub table: Table,
}

/// Deletes records with every row that they own. The caller holds the workspace's turn.
pub(crate) fn forget(gone: &Gone<'_>, ids: Vec<String>, at: Timestamp) -> Result<(), Error> {
    let deleted = netgain_warehouse::Gone { table: gone.table, ids, swept: None };
    let page = ReadPage { gone: vec![deleted.clone()], ..ReadPage::default() };
    let read = Read {
        number: gone.warehouse.next_read(gone.connection)?,
        stream: gone.stream.to_owned(),
        source: gone.source.to_owned(),
        observed_at: at,
        cursor: None,
        pages: vec![page],
    };
    let name = gone.archive.put_read(gone.connection, &read)?.name;
    let aside = Aside { read: Some(name), ..Aside::default() };
    let batch = Batch {
        connection: gone.connection.clone(),
        source: read.source,
        stream: read.stream,
        observed_at: at,
        records: Vec::new(),
        cursor: None,
        aside,
    };
    gone.warehouse.commit_with(&batch, &[deleted], &mut |_, _| {})?;
    Ok(())
}
