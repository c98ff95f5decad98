//! Who was erased stays erased: their words are taken out of whatever comes in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use netgain_control::{Control, Tombstones};
use netgain_domain::WorkspaceId;
use netgain_warehouse::Redaction;
use netgain_warehouse::archive::redact;

use crate::Error;
use crate::runner::locked;

/// Takes everybody who was erased out of lines that come in, before they are kept or mapped. Who is erased while a reading
/// is under way is noticed with its next page.
#[derive(Clone)]
pub struct Forgotten(Option<Arc<Known>>);

struct Known {
    control: Arc<Control>,
    workspace: WorkspaceId,
    /// What was known when it was last looked at, and how many words that were.
    tombstones: Mutex<(u64, Arc<Tombstones>)>,
    /// How many there were at first.
    first: u64,
}

impl Forgotten {
    /// Those of a workspace.
    ///
    /// # Errors
    /// When the control store fails or a key is missing.
    pub fn of(control: &Arc<Control>, workspace: &WorkspaceId) -> Result<Self, Error> {
        let first = control.tombstone_count(workspace)?;
        let tombstones = Arc::new(control.tombstones(workspace)?);
        let known = Known {
            control: Arc::clone(control),
            workspace: workspace.clone(),
            tombstones: Mutex::new((first, tombstones)),
            first,
        };
        Ok(Self(Some(Arc::new(known))))
    }

    /// Nobody was erased.
    #[must_use]
    pub fn nobody() -> Self {
        Self(None)
    }

    /// Whether somebody was erased since the reading began: what was under way then may name the person still.
    ///
    /// # Errors
    /// When the control store fails.
    pub(crate) fn grew(&self) -> Result<bool, Error> {
        let Some(known) = &self.0 else { return Ok(false) };
        Ok(known.control.tombstone_count(&known.workspace)? != known.first)
    }

    /// The lines without erased persons.
    pub(crate) fn clean(&self, lines: Vec<Bytes>) -> Result<Vec<Bytes>, Error> {
        let Some(known) = &self.0 else { return Ok(lines) };
        let tombstones = known.now()?;
        if tombstones.is_empty() {
            return Ok(lines);
        }
        Ok(lines.into_iter().map(|line| cleaned(&tombstones, &line).map_or(line, Bytes::from)).collect())
    }
}

impl Known {
    fn now(&self) -> Result<Arc<Tombstones>, Error> {
        let count = self.control.tombstone_count(&self.workspace)?;
        let mut held = locked(&self.tombstones);
        if held.0 != count {
            *held = (count, Arc::new(self.control.tombstones(&self.workspace)?));
        }
        Ok(Arc::clone(&held.1))
    }
}

fn cleaned(tombstones: &Tombstones, line: &[u8]) -> Option<Vec<u8>> {
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    let mut about = false;
    redact::texts(line, &mut |text| {
        if tombstones.knows(text) {
            about = true;
            // an id stays: figures are grouped by it
            if text.contains('@') || text.starts_with('+') {
                words.insert(text.trim().to_ascii_lowercase(), tombstones.instead(text));
            }
        }
    });
    about
        .then(|| Redaction { words: words.into_iter().collect(), about, ..Redaction::default() }.apply(line))
        .flatten()
}
