-- How far servers that remember keys have followed the changes, and until when others must wait for
-- those that have not. Whoever takes access away returns when no lease is behind.
CREATE TABLE server_lease (
    holder     text PRIMARY KEY,
    sequence   bigint NOT NULL,         -- of the last change that the server knows
    head       text,                    -- its seal
    expires_at timestamptz NOT NULL
);

-- When keys last changed, by this database's clock.
ALTER TABLE key_store_state ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
