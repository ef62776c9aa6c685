-- Leases of servers that cache keys: the last change that each has applied, and the time until which
-- others must wait for it. A command that removes access returns when no lease is behind.
CREATE TABLE server_lease (
    holder     TEXT PRIMARY KEY,
    sequence   INTEGER NOT NULL,   -- of the last change that the server has applied
    head       TEXT,               -- its seal
    expires_at INTEGER NOT NULL
) STRICT;

-- The time of the last change of keys.
ALTER TABLE key_store_state ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
