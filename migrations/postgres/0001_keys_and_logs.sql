-- Keys. No column holds a key or a fast digest of one that a person may have chosen.
CREATE TABLE api_keys (
    id             text PRIMARY KEY,
    client_id      text NOT NULL,
    client_name    text,
    key_hash       text NOT NULL UNIQUE,  -- Argon2id, as a PHC string
    fingerprint    bytea,                 -- 64 bits of SHA-256, of generated keys only
    scopes         text NOT NULL,         -- separated by spaces
    environment    text NOT NULL CHECK (environment IN ('live', 'test')),
    allowed_from   text NOT NULL,         -- networks, separated by spaces; empty: any
    is_active      boolean NOT NULL DEFAULT true,
    is_weak        boolean NOT NULL,      -- can be guessed
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz,
    last_used_from text,                  -- a network, such as 192.0.2.0/24
    expires_at     timestamptz,
    grace_ends_at  timestamptz,           -- of a rotated key
    revoked_at     timestamptz,
    revoked_reason text,
    note           text,
    predecessor    text
);

CREATE INDEX api_keys_client ON api_keys (client_id, created_at, id);

-- One row, which every change of keys locks.
CREATE TABLE key_store_state (
    id          smallint PRIMARY KEY CHECK (id = 1),
    opaque_salt bytea,                       -- of the hashes of opaque keys, made with the first
    sequence    bigint NOT NULL DEFAULT 0,   -- of the last entry of the audit trail
    head        text                         -- its seal
);

INSERT INTO key_store_state (id) VALUES (1);

-- Changes of keys. The seal of an entry covers the previous seal.
CREATE TABLE audit_log (
    sequence  bigint PRIMARY KEY,
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    action    text NOT NULL,
    key_id    text NOT NULL,
    client_id text NOT NULL,
    before    text,            -- JSON
    after     text NOT NULL,   -- JSON
    seal      text NOT NULL
);

CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;

CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();

-- Logs, with one index: client, then time, since an id begins with executed_at. Sharding by client
-- requires client_id in every key, and no foreign keys or triggers.
CREATE TABLE workflow_logs (
    client_id   text NOT NULL,
    id          uuid NOT NULL,         -- of version 7, whose time is executed_at
    received_at timestamptz NOT NULL,
    environment text NOT NULL,
    executed_at text NOT NULL,         -- as it was sent
    status      text NOT NULL,
    workflow    text,
    message     text,
    event_id    text,
    extra       text,                  -- custom members, as the JSON text that was sent
    PRIMARY KEY (client_id, id)
) PARTITION BY RANGE (id);

CREATE TABLE workflow_logs_default PARTITION OF workflow_logs DEFAULT;
