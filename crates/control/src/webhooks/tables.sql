-- The address under which a connection is told. Nobody can guess it, but it proves nothing by itself.
CREATE TABLE webhook_endpoints (
    key TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- since when the platform is known to send
    active_since INTEGER,
    -- deliveries that were refused, and repetitions of what was there
    refused INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    checked_at INTEGER,
    note TEXT,
    noted_at INTEGER,
    UNIQUE (workspace_id, connection_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
CREATE TABLE webhook_events (
    id INTEGER PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    dedupe TEXT NOT NULL,
    topic TEXT NOT NULL,
    account TEXT,
    stream TEXT,
    object TEXT,
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    reason TEXT,
    finished_at INTEGER,
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX webhook_events_once ON webhook_events (workspace_id, connection_id, dedupe);
CREATE INDEX webhook_events_due ON webhook_events (workspace_id, connection_id, due_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_events_object ON webhook_events (workspace_id, connection_id, stream, object, received_at);
CREATE TABLE webhook_subscriptions (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, topic),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
-- what polling found new or changed; what no event announced of it is the loss
CREATE TABLE webhook_polled (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    object TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, stream, object),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
