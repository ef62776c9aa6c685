-- Sessions of people who have signed in, and the links by which they do. Of the tokens of both only SHA-256
-- is kept, which is enough for 256 random bits.
CREATE TABLE sessions (
    id           text PRIMARY KEY,
    client_id    text NOT NULL,         -- or @provider
    name         text,                  -- of the person
    scopes       text NOT NULL,         -- separated by spaces
    key_id       text,                  -- of the key with which it ends
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,  -- up to a minute late
    idle_ends_at timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    token_hash   bytea NOT NULL UNIQUE
);

CREATE INDEX sessions_by_client ON sessions (client_id);

CREATE TABLE sign_in_links (
    id          text PRIMARY KEY,
    client_id   text NOT NULL,          -- or @provider
    name        text,
    scopes      text NOT NULL,
    key_id      text,                   -- of the key with which link and session end
    created_at  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    used_at     timestamptz,
    token_hash  bytea NOT NULL UNIQUE
);

CREATE INDEX sign_in_links_by_client ON sign_in_links (client_id);
