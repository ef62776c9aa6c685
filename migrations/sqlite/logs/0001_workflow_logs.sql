-- Logs, in the order of the one index: client, then time, since an id begins with executed_at.
CREATE TABLE workflow_logs (
    client_id   TEXT NOT NULL,
    id          BLOB NOT NULL,     -- a UUID of version 7, whose time is executed_at
    received_at INTEGER NOT NULL,  -- Unix milliseconds
    environment TEXT NOT NULL,
    executed_at TEXT NOT NULL,     -- as it was sent
    status      TEXT NOT NULL,
    workflow    TEXT,
    message     TEXT,
    event_id    TEXT,
    extra       TEXT,              -- custom members, as the JSON text that was sent
    PRIMARY KEY (client_id, id)
) STRICT, WITHOUT ROWID;
