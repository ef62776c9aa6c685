-- Keys. No column holds a key or a fast digest of one that a person may have chosen.
CREATE TABLE api_keys (
    id             TEXT PRIMARY KEY,
    client_id      TEXT NOT NULL,
    client_name    TEXT,
    key_hash       TEXT NOT NULL UNIQUE,  -- Argon2id, as a PHC string
    fingerprint    BLOB,                  -- 64 bits of SHA-256, of generated keys only
    scopes         TEXT NOT NULL,         -- separated by spaces
    environment    TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    is_active      INTEGER NOT NULL DEFAULT TRUE,
    created_at     INTEGER NOT NULL,      -- this and all times: Unix milliseconds
    last_used_at   INTEGER,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    revoked_reason TEXT,
    note           TEXT,
    predecessor    TEXT
) STRICT;

CREATE INDEX api_keys_client ON api_keys (client_id, created_at, id);

-- One row. The salt that the hashes of opaque keys share, made with the first such key.
CREATE TABLE key_store_state (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    opaque_salt BLOB
) STRICT;

INSERT INTO key_store_state (id) VALUES (1);
