-- Requests with an idempotency key, to answer a repeat like the first. A row is written in the
-- transaction of its entries. The table can be sharded like the logs.
CREATE TABLE idempotency_keys (
    client_id   text NOT NULL,
    key         text NOT NULL,
    body        bytea NOT NULL,         -- its SHA-256
    received_at timestamptz NOT NULL,
    ids         bytea NOT NULL,         -- of the entries, 16 bytes each, in the order of sending
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (client_id, key)
);

CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON idempotency_keys FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

-- The writer must see whether a key exists.
CREATE POLICY adding ON idempotency_keys
    USING (current_user = 'central_logger_writer')
    WITH CHECK (current_user = 'central_logger_writer');
