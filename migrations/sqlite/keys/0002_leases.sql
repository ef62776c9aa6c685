-- How far servers that remember keys have followed the changes, and until when others must wait for
-- those that have not. Whoever takes access away returns when no lease is behind.
CREATE TABLE server_lease (
    holder     TEXT PRIMARY KEY,
    sequence   INTEGER NOT NULL,   -- of the last change that the server knows
    head       TEXT,               -- its seal
    expires_at INTEGER NOT NULL
) STRICT;

-- When keys last changed.
ALTER TABLE key_store_state ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
