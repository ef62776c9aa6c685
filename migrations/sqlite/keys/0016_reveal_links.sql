-- Links by which clients get keys that come into being when they are revealed. Of the token only SHA-256 is
-- kept, of a passphrase its Argon2id.
CREATE TABLE reveal_links (
    id              TEXT PRIMARY KEY,
    client_id       TEXT NOT NULL,
    name            TEXT,
    scopes          TEXT NOT NULL,         -- separated by spaces; empty for a successor
    environment     TEXT NOT NULL,
    allowed_from    TEXT NOT NULL,
    rate_limit      TEXT,
    expires_at      INTEGER,               -- of the key
    note            TEXT,
    replaces        TEXT,                  -- the key whose successor is revealed
    grace_seconds   INTEGER,               -- of that key
    token_hash      BLOB NOT NULL UNIQUE,
    passphrase_hash TEXT,
    made_by         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    valid_until     INTEGER NOT NULL,
    opened_at       INTEGER,               -- first
    opened_from     TEXT,                  -- a network
    tries           INTEGER NOT NULL,      -- passphrases
    revealed_at     INTEGER,
    revealed_from   TEXT,                  -- a network
    key_id          TEXT,                  -- that was revealed
    withdrawn_at    INTEGER
) STRICT;

CREATE INDEX reveal_links_by_client ON reveal_links (client_id);
