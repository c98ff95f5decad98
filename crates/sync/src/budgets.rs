//! One budget of calls for everything in this process that speaks to the same platform: syncs, webhooks, checks.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use netgain_connector::Budget;
use netgain_control::Connection;
use netgain_manifest::Manifest;

use crate::runner::locked;

/// By provider and, since a sandbox has limits of its own, address.
static BUDGETS: LazyLock<Mutex<HashMap<(String, String), Budget>>> = LazyLock::new(Mutex::default);

/// The budget for calls of a connection. Limits of the app are shared with the provider's other connections.
pub(crate) fn budget_of(manifest: &Manifest, connection: &Connection) -> Budget {
    let address = connection.base_url.clone().unwrap_or_default();
    let mut budgets = locked(&BUDGETS);
    let shared = budgets.entry((manifest.id.clone(), address)).or_insert_with(|| Budget::new(manifest));
    shared.of_connection(&format!("{}/{}", connection.workspace_id, connection.id))
}
