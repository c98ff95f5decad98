//! The audit: who did what, and when. Entries are only ever added. Each holds the hash of the one before, so that a
//! change, a removal, an insertion or another order shows from the first entry that it touches. What this cannot show,
//! and how far the file of heads helps, is in `docs/audit.md`.

mod entry;
mod heads;
mod record;
mod search;
mod verify;

pub(crate) use entry::hex;
pub use entry::{Actor, ActorKind, AuditEntry, NewEntry};
pub(crate) use record::add;
pub use search::AuditFilter;
pub use verify::{AuditFault, Verified};

/// The tables. `audit_head` is the end of the chain: whoever adds an entry moves it first and so holds its row, which
/// lets writers in one after the other on every engine.
pub(crate) const TABLES: &str = "
CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    -- none for what concerns the whole installation; the chain is one, whatever the workspace
    workspace_id TEXT,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_of_workspace ON audit (workspace_id, number);
CREATE TABLE audit_head (
    id INTEGER NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
";

/// Makes the store itself refuse changes; set anew whenever it is opened, should somebody have taken them away.
pub(crate) const GUARDS: &str = "
CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER IF NOT EXISTS audit_is_not_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
";

/// The same in PostgreSQL's words; the program's role has no right to change or remove entries besides.
pub(crate) const GUARDS_OF_POSTGRES: &str = "
CREATE OR REPLACE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$;
CREATE OR REPLACE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to();
CREATE OR REPLACE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to();
REVOKE UPDATE, DELETE ON audit FROM {user};
";
