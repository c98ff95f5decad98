//! One budget of calls for everything in this process that speaks to the same platform: syncs, webhooks, checks.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

use jiff::Timestamp;
use netgain_connector::Budget;
use netgain_control::{Connection, Control};
use netgain_manifest::Manifest;

use crate::runner::locked;

/// By provider and, since a sandbox has limits of its own, address.
static BUDGETS: LazyLock<Mutex<HashMap<(String, String), Budget>>> = LazyLock::new(Mutex::default);

/// Connections whose earlier use this process has asked the store for, by the store and what they are.
static ASKED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Takes over what an earlier process knew of the limits of a connection, once. What cannot be read is not worth failing
/// for: the platform tells it anew.
pub(crate) fn recall(control: &Control, manifest: &Manifest, connection: &Connection) {
    let name = format!("{} {}/{}", control.place(), connection.workspace_id, connection.id);
    if !locked(&ASKED).insert(name) {
        return;
    }
    match control.limits_known(&connection.workspace_id, &connection.id) {
        Ok(Some(known)) => budget_of(manifest, connection).recall(&known),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "what is known of a platform's limits could not be read"),
    }
}

/// Keeps what is known of the limits of a connection for the next process.
pub(crate) fn remember(control: &Control, manifest: &Manifest, connection: &Connection) {
    let now = Timestamp::now();
    let Some(known) = budget_of(manifest, connection).remembered(now) else { return };
    if let Err(error) = control.note_limits(&connection.workspace_id, &connection.id, &known, now) {
        tracing::warn!(%error, "what is known of a platform's limits could not be kept");
    }
}

/// The budget for calls of a connection. Limits of the app are shared with the provider's other connections.
pub(crate) fn budget_of(manifest: &Manifest, connection: &Connection) -> Budget {
    let address = connection.base_url.clone().unwrap_or_default();
    let mut budgets = locked(&BUDGETS);
    let shared = budgets.entry((manifest.id.clone(), address)).or_insert_with(|| Budget::new(manifest));
    shared.of_connection(&format!("{}/{}", connection.workspace_id, connection.id))
}
