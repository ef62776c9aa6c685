-- Sessions of people who have signed in, and the links by which they do. Of the tokens of both only SHA-256
-- is kept, which is enough for 256 random bits.
CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    client_id    TEXT NOT NULL,       -- or @provider
    name         TEXT,                -- of the person
    scopes       TEXT NOT NULL,       -- separated by spaces
    key_id       TEXT,                -- of the key with which it ends
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,    -- up to a minute late
    idle_ends_at INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    token_hash   BLOB NOT NULL UNIQUE
) STRICT;

CREATE INDEX sessions_by_client ON sessions (client_id);

CREATE TABLE sign_in_links (
    id          TEXT PRIMARY KEY,
    client_id   TEXT NOT NULL,        -- or @provider
    name        TEXT,
    scopes      TEXT NOT NULL,
    key_id      TEXT,                 -- of the key with which link and session end
    created_at  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    used_at     INTEGER,
    token_hash  BLOB NOT NULL UNIQUE
) STRICT;

CREATE INDEX sign_in_links_by_client ON sign_in_links (client_id);
