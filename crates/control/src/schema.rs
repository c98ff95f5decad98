//! The tables, brought up to date step by step. Times are microseconds since 1970 (UTC).

/// One step for each version; steps are only ever added.
pub(crate) const STEPS: [&str; 18] = [
    FIRST,
    crate::webhooks::TABLES,
    crate::grants::TABLES,
    crate::settings::TABLES,
    crate::sign_ins::CHANGES,
    crate::audit::TABLES,
    crate::keys::TABLES,
    crate::schedules::TABLES,
    crate::people::TABLES,
    crate::nodes::TABLES,
    crate::connection_tests::TABLE,
    crate::tombstones::TABLES,
    crate::transfer::COUNTERS,
    crate::sign_ins::BEGINNERS,
    crate::limits_known::TABLE,
    crate::nodes::CHANGES,
    crate::sync_requests::TABLE,
    crate::retention::TABLES,
];

const FIRST: &str = "
CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    settings TEXT NOT NULL
) STRICT;
CREATE TABLE connections (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    base_url TEXT,
    local INTEGER NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    error_cure TEXT,
    last_sync_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE TABLE secrets (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, name),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
CREATE TABLE runs (
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    state TEXT NOT NULL,
    stream TEXT,
    rows INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
-- of one connection at most one run is on its way
CREATE UNIQUE INDEX running ON runs (workspace_id, connection_id) WHERE state = 'running';
CREATE TABLE streams (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    entity TEXT NOT NULL,
    rows INTEGER NOT NULL,
    state TEXT NOT NULL,
    last_sync_at INTEGER,
    PRIMARY KEY (workspace_id, connection_id, stream),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
";
