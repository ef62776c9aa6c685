-- Keys. No column holds a key or a fast digest of one that a person may have chosen.
CREATE TABLE api_keys (
    id             TEXT PRIMARY KEY,
    client_id      TEXT NOT NULL,
    client_name    TEXT,
    key_hash       TEXT NOT NULL UNIQUE,  -- Argon2id, as a PHC string
    fingerprint    BLOB,                  -- 64 bits of SHA-256, of generated keys only
    scopes         TEXT NOT NULL,         -- separated by spaces
    environment    TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    allowed_from   TEXT NOT NULL,         -- networks, separated by spaces; empty: any
    is_active      INTEGER NOT NULL DEFAULT TRUE,
    is_weak        INTEGER NOT NULL,      -- can be guessed
    created_at     INTEGER NOT NULL,      -- this and all times: Unix milliseconds
    last_used_at   INTEGER,
    last_used_from TEXT,                  -- a network, such as 192.0.2.0/24
    expires_at     INTEGER,
    grace_ends_at  INTEGER,               -- of a rotated key
    revoked_at     INTEGER,
    revoked_reason TEXT,
    note           TEXT,
    predecessor    TEXT
) STRICT;

CREATE INDEX api_keys_client ON api_keys (client_id, created_at, id);

-- One row, which every change of keys locks.
CREATE TABLE key_store_state (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    opaque_salt BLOB,                         -- of the hashes of opaque keys, made with the first
    sequence    INTEGER NOT NULL DEFAULT 0,   -- of the last entry of the audit trail
    head        TEXT                          -- its seal
) STRICT;

INSERT INTO key_store_state (id) VALUES (1);

-- Changes of keys. The seal of an entry covers the previous seal.
CREATE TABLE audit_log (
    sequence  INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    action    TEXT NOT NULL,
    key_id    TEXT NOT NULL,
    client_id TEXT NOT NULL,
    before    TEXT,            -- JSON
    after     TEXT NOT NULL,   -- JSON
    seal      TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_log_is_not_altered BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_log_is_not_cut BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
