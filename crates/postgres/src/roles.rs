//! Which role a connection has, and whether row-level security holds for it.

use crate::client::Client;
use crate::error::Result;
use crate::value::Value;

/// What matters of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it sees past every policy: as a superuser, or by `BYPASSRLS`.
    pub sees_everything: bool,
}

/// The role of a connection.
///
/// # Errors
/// When the server refuses.
pub fn role(client: &mut Client) -> Result<Role> {
    let sql = "SELECT rolname::text, rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let rows = client.query(sql, Vec::new())?;
    Ok(match rows.into_iter().next().map(|row| row.into_iter().collect::<Vec<_>>()).as_deref() {
        Some([Value::Text(name), Value::Int(all)]) => Role { name: name.clone(), sees_everything: *all != 0 },
        // a role that cannot be told is not trusted
        _ => Role { name: String::new(), sees_everything: true },
    })
}
