//! Which connection is meant where only the account is known: connected twice, it is one connection.

use std::collections::BTreeSet;

use netgain_control::{Connection, Control};
use netgain_domain::{ConnectionId, WorkspaceId};

use super::proposal::{Way, propose};
use super::{ConnectError, ConnectRequest, Proved, input};
use crate::operator::Operator;

/// An id for a further connection to a provider: the provider's, or that with a number.
pub(super) fn free_id(
    control: &Control,
    workspace: &WorkspaceId,
    provider: &str,
) -> Result<ConnectionId, ConnectError> {
    let taken: BTreeSet<String> =
        control.connections(workspace)?.into_iter().map(|one| one.id.to_string()).collect();
    let stem: String = provider.replace('_', "-").chars().take(64).collect();
    let mut id = stem.clone();
    let mut number = 2;
    while taken.contains(&id) {
        id = format!("{stem}-{number}");
        number += 1;
    }
    id.parse().map_err(|error| input(format!("provider `{stem}`: {error}")))
}

/// What was proved for a new connection, for the one that reaches the same account already, if there is one.
pub(super) fn known(
    control: &Control,
    operator: &Operator,
    request: ConnectRequest,
    way: Way,
    proved: Proved,
) -> Result<Proved, ConnectError> {
    if proved.proposal.existing {
        return Ok(proved);
    }
    let reached: BTreeSet<&str> = proved.accounts.iter().map(|account| account.id.as_str()).collect();
    let connection = &proved.proposal.connection;
    let all = control.connections(&request.workspace)?;
    let Some(twin) = all.into_iter().find(|other| is_same(other, connection, &reached)) else {
        return Ok(proved);
    };
    // the same account keeps its name and what was not given anew
    let mode = Some(connection.mode);
    let request = ConnectRequest { connection: Some(twin.id), mode, ..request };
    let proposal = propose(control, operator, request, way)?;
    Ok(Proved { proposal, ..proved })
}

/// Whether two connections reach the same accounts at the same place. One from before accounts were noted is known by
/// its fields.
fn is_same(stored: &Connection, new: &Connection, reached: &BTreeSet<&str>) -> bool {
    if stored.provider != new.provider || stored.base_url != new.base_url {
        return false;
    }
    if stored.accounts.is_empty() || reached.is_empty() {
        return !new.fields.is_empty() && stored.fields == new.fields;
    }
    stored.accounts.iter().map(String::as_str).collect::<BTreeSet<_>>() == *reached
}
