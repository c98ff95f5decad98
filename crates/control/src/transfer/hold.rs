//! Keeping a store for oneself. Whoever has it open is found by the lock of its process or by its heartbeat; whoever comes
//! later waits at a lock that is held until the copy has ended.

use crate::db::{Dialect, Transaction};
use crate::error::{Context, Error, Result};
use crate::store::Control;
use crate::{nodes, owner};

/// Holds a store within a transaction, or tells who else has it open. `ours` are the caller's own handles.
pub(super) fn hold(db: &Transaction<'_>, control: &Control, ours: &[&str]) -> Result<()> {
    const DOING: &str = "look who uses it";
    let in_use = |who: String| Err(Error::InUse { place: control.place().to_owned(), who });
    // in a file, the transaction itself keeps out who comes later
    let owners = owner::all(&control.owners())?;
    let other = owners.iter().find(|(name, lives)| *lives && !ours.contains(&name.as_str()));
    if let Some((name, _)) = other {
        return in_use(format!("process {}", name.split('-').next().unwrap_or_default()));
    }
    if control.engine.dialect() == Dialect::Postgres {
        // a program that starts says that it lives before it does anything else, and waits here; what the transaction
        // reads is of one moment, the one after the lock
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", []).doing(DOING)?;
        db.execute("LOCK TABLE nodes IN SHARE ROW EXCLUSIVE MODE", []).doing(DOING)?;
        // one of this machine that was killed is known to be dead before its silence tells
        let dead = |node: &str| owners.iter().any(|(name, lives)| name == node && !lives);
        let living =
            nodes::living(db)?.into_iter().find(|node| !ours.contains(&node.as_str()) && !dead(node));
        if let Some(node) = living {
            return in_use(format!("node {node}"));
        }
    }
    Ok(())
}
