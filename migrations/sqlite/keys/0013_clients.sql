-- What is recorded of clients, and the policy of all.
CREATE TABLE clients (
    client_id   TEXT PRIMARY KEY,           -- empty: for all clients, with a policy alone
    name        TEXT,
    external_id TEXT UNIQUE,                -- in another system of the provider
    mail        TEXT,
    policy      TEXT NOT NULL DEFAULT '{}', -- JSON; what is not there is as for all
    created_at  INTEGER NOT NULL
) STRICT;

-- Its time tells which keys are older than what is recorded of clients.
INSERT INTO clients (client_id, created_at)
VALUES ('', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));

-- Changes that were made for requests with a name, so that a repeat does not make them again.
CREATE TABLE change_receipts (
    id   TEXT PRIMARY KEY,      -- a digest of who asked, where and under which name
    seal TEXT NOT NULL,         -- over the request with its body
    keys TEXT NOT NULL,         -- ids of what was made or changed, separated by spaces
    at   INTEGER NOT NULL
) STRICT;

CREATE INDEX change_receipts_age ON change_receipts (at);

-- A client reads its own part of the trail.
CREATE INDEX IF NOT EXISTS audit_log_by_client ON audit_log (client_id, sequence);
