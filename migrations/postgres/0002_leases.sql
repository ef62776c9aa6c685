-- Leases of servers that cache keys: the last change that each has applied, and the time until which
-- others must wait for it. A command that removes access returns when no lease is behind.
CREATE TABLE server_lease (
    holder     text PRIMARY KEY,
    sequence   bigint NOT NULL,         -- of the last change that the server has applied
    head       text,                    -- its seal
    expires_at timestamptz NOT NULL
);

-- The time of the last change of keys, by the clock of this database.
ALTER TABLE key_store_state ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
