-- Requests with an idempotency key, to answer a repeat like the first. A row is written in the
-- transaction of its entries.
CREATE TABLE idempotency_keys (
    client_id   TEXT NOT NULL,
    key         TEXT NOT NULL,
    body        BLOB NOT NULL,      -- its SHA-256
    received_at INTEGER NOT NULL,   -- Unix milliseconds
    ids         BLOB NOT NULL,      -- of the entries, 16 bytes each, in the order of sending
    expires_at  INTEGER NOT NULL,   -- Unix milliseconds
    PRIMARY KEY (client_id, key)
) STRICT;

CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
