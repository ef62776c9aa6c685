-- Links by which clients get keys that come into being when they are revealed. Of the token only SHA-256 is
-- kept, of a passphrase its Argon2id.
CREATE TABLE reveal_links (
    id              text PRIMARY KEY,
    client_id       text NOT NULL,
    name            text,
    scopes          text NOT NULL,         -- separated by spaces; empty for a successor
    environment     text NOT NULL,
    allowed_from    text NOT NULL,
    rate_limit      text,
    expires_at      timestamptz,           -- of the key
    note            text,
    replaces        text,                  -- the key whose successor is revealed
    grace_seconds   bigint,                -- of that key
    token_hash      bytea NOT NULL UNIQUE,
    passphrase_hash text,
    made_by         text NOT NULL,
    created_at      timestamptz NOT NULL,
    valid_until     timestamptz NOT NULL,
    opened_at       timestamptz,           -- first
    opened_from     text,                  -- a network
    tries           bigint NOT NULL,       -- passphrases
    revealed_at     timestamptz,
    revealed_from   text,                  -- a network
    key_id          text,                  -- that was revealed
    withdrawn_at    timestamptz
);

CREATE INDEX reveal_links_by_client ON reveal_links (client_id);
