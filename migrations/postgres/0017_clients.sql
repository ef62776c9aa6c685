-- What is recorded of clients, and the policy of all.
CREATE TABLE clients (
    client_id   text PRIMARY KEY,                    -- empty: for all clients, with a policy alone
    name        text,
    external_id text UNIQUE,                         -- in another system of the provider
    mail        text,
    policy      text NOT NULL DEFAULT '{}',          -- JSON; what is not there is as for all
    created_at  timestamptz NOT NULL
);

-- Its time tells which keys are older than what is recorded of clients.
INSERT INTO clients (client_id, created_at) VALUES ('', clock_timestamp());

-- Changes that were made for requests with a name, so that a repeat does not make them again.
CREATE TABLE change_receipts (
    id   text PRIMARY KEY,      -- a digest of who asked, where and under which name
    seal text NOT NULL,         -- over the request with its body
    keys text NOT NULL,         -- ids of what was made or changed, separated by spaces
    at   timestamptz NOT NULL
);

CREATE INDEX change_receipts_age ON change_receipts (at);

-- A client reads its own part of the trail.
CREATE INDEX IF NOT EXISTS audit_log_by_client ON audit_log (client_id, sequence);
