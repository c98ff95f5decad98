//! Everybody of one connection is erased: what a platform asks for when a merchant has left it. Rows, amounts and days of
//! the connection stay.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_control::{Control, Secret, Tombstones};
use netgain_domain::WorkspaceId;
use netgain_warehouse::Redaction;
use netgain_warehouse::archive::redact::Instead;

use super::{Erased, leave_nothing, open};
use crate::Error;

struct Hashed(Arc<Tombstones>);

impl Instead for Hashed {
    fn instead(&self, address: &str) -> String {
        self.0.instead(address)
    }
}

pub(super) fn erase(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    id: &str,
    connection: Option<&str>,
) -> Result<Erased, Error> {
    let Some(Ok(connection)) = connection.map(str::parse) else { return Ok(Erased::default()) };
    let (warehouse, archive) = open(home, workspace)?;
    // noted before anything that tells of them goes: a restored backup then knows whom to erase
    let words: Vec<String> = warehouse.words_of_connection(&connection)?.into_iter().collect();
    control.begin_erasure(workspace, id, &Secret::new("{}".to_owned()), &words, Timestamp::now())?;
    let tombstones = Arc::new(control.tombstones(workspace)?);
    let redaction = Redaction {
        everybody: Some(Arc::new(Hashed(Arc::clone(&tombstones)))),
        about: true,
        ..Redaction::default()
    };
    let mut done = Erased::default();
    archive.sweep(super::HALF_WRITTEN)?;
    for name in archive.every_segment()? {
        if name.split('/').next() == Some(connection.as_str()) {
            done.lines += archive.edit_segment(&name, &mut |_, line| redaction.apply(line))?;
        }
    }
    done.events = control.edit_events_of(workspace, &connection, &mut |body| redaction.apply(body))?;
    done.rows = warehouse.erase_connection(&connection, &|word| tombstones.instead(word))?;
    leave_nothing(warehouse, home, workspace)?;
    Ok(done)
}
