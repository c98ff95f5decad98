//! Keys, in two layers. Secrets are sealed with data keys, one for each workspace and one for the installation itself;
//! data keys are sealed with a master key that lies outside the store. So a workspace's secrets open with nothing but its
//! own data key, and a new master key means sealing a few data keys anew.

mod cipher;
mod data;
mod master;
mod rotate;

pub use master::{LocalKey, MasterKey, MasterKeys};
pub use rotate::{Rotated, Rotation, RotationStep};

/// The tables, and beside each sealed value which version of the data key it was sealed with: 0 for those of the first form,
/// which were sealed with the master key itself.
pub(crate) const TABLES: &str = "
CREATE TABLE data_keys (
    -- empty for the installation's own secrets
    workspace_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- which master key it is sealed with
    master_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, version)
) STRICT;
-- the master key that seals new data keys, and the work that is under way
CREATE TABLE key_rotations (
    -- master or data
    kind TEXT NOT NULL PRIMARY KEY,
    target TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
ALTER TABLE secrets ADD COLUMN key_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN key_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sign_ins ADD COLUMN key_version INTEGER NOT NULL DEFAULT 0;
";

pub(crate) use data::{DataKeys, StoredKey, seal_with};
