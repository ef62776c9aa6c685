-- Networks that often present invalid keys.
CREATE TABLE failed_networks (
    hour     INTEGER NOT NULL,
    network  TEXT NOT NULL,
    requests INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (hour, network)
) STRICT, WITHOUT ROWID;

-- Alerts: one episode of suspicious usage, or of a necessary action, in a row.
CREATE TABLE alerts (
    id                TEXT PRIMARY KEY,
    kind              TEXT NOT NULL,
    client_id         TEXT NOT NULL,       -- empty: about no single one
    key_id            TEXT NOT NULL,       -- the same
    network           TEXT NOT NULL,       -- the same
    first_at          INTEGER NOT NULL,
    last_at           INTEGER NOT NULL,
    count             INTEGER NOT NULL,
    counted_hour      INTEGER NOT NULL,    -- the last hour in the count
    counted_in_hour   INTEGER NOT NULL,
    evidence          TEXT NOT NULL,
    acknowledged_at   INTEGER,
    acknowledged_by   TEXT,
    delivery          TEXT,                -- pending, delivered or given_up; null: no delivery
    delivery_attempts INTEGER NOT NULL,
    delivery_at       INTEGER,             -- of the next attempt, or of the last one
    delivery_error    TEXT
) STRICT;

CREATE INDEX alerts_by_last_at ON alerts (last_at);
CREATE INDEX alerts_to_deliver ON alerts (delivery_at) WHERE delivery = 'pending';

-- The leader: the server that evaluates usage.
CREATE TABLE alert_watch (
    watcher TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT;
INSERT INTO alert_watch VALUES ('', 0);
