//! Requests that platforms pass on from a shop's customers, and answering those that wait.

use std::path::Path;

use jiff::Timestamp;
use netgain_control::{Control, NewPrivacyRequest, PrivacyKind, Secret};
use netgain_domain::{ConnectionId, WorkspaceId};
use serde_json::{Value, json};

use super::{PersonRequest, export_person, short_hash};
use crate::Error;

/// A request that came by a connection's webhook.
pub(crate) struct Came<'a> {
    pub workspace: &'a WorkspaceId,
    pub connection: &'a ConnectionId,
    /// By what a repetition is known.
    pub dedupe: &'a str,
    pub kind: PrivacyKind,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub customer: Option<String>,
    /// When it came (UTC).
    pub at: Timestamp,
}

/// Notes a request, once however often it comes. What it asks for is done by [`super::finish_erasures`] or, for an export,
/// by a person who calls [`answer_request`].
pub(crate) fn note(control: &Control, came: Came<'_>) -> Result<(), Error> {
    let connection = came.connection.clone();
    let given: Vec<String> =
        [&came.email, &came.phone, &came.customer].into_iter().flatten().cloned().collect();
    let about = PersonRequest {
        email: came.email,
        phone: came.phone,
        customer: came.customer,
        connection: Some(connection.clone()),
    };
    let about = Secret::new(serde_json::to_string(&about).unwrap_or_default());
    let id = short_hash(&format!("{}/{}/{}", came.workspace, came.connection, came.dedupe));
    let new = NewPrivacyRequest {
        id: id.clone(),
        kind: came.kind,
        origin: "webhook".to_owned(),
        connection: Some(connection),
        about: about.clone(),
    };
    control.note_privacy_request(came.workspace, &new, came.at)?;
    if came.kind == PrivacyKind::Erase {
        // somebody who is not known here yet is not let in later
        control.begin_erasure(came.workspace, &id, &about, &given, came.at)?;
    }
    Ok(())
}

/// Hands out what a waiting request asks for, which is then done; none where no request of that id waits.
///
/// # Errors
/// When a store fails; then the request waits on.
pub fn answer_request(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    id: &str,
) -> Result<Option<Value>, Error> {
    let open = control.open_requests(workspace)?;
    let Some(open) = open.into_iter().find(|open| open.id == id && open.kind == PrivacyKind::Export) else {
        return Ok(None);
    };
    let request: PersonRequest = serde_json::from_str(open.about.expose()).unwrap_or_default();
    let told = export_person(home, workspace, &request)?;
    let rows = told["tables"].as_object().into_iter().flat_map(|tables| tables.values());
    let rows: usize = rows.filter_map(Value::as_array).map(Vec::len).sum();
    let lines = told["payloads"].as_array().map_or(0, Vec::len);
    let counts = json!({ "rows": rows, "lines": lines }).to_string();
    control.finish_privacy_request(workspace, id, &counts, Timestamp::now())?;
    Ok(Some(told))
}
