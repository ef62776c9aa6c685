-- A waiting command measures a lease from when it first saw it, by its own monotonic clock. Earlier
-- programs do not record the length of their leases: at most a minute.
ALTER TABLE server_lease ADD COLUMN length_ms INTEGER NOT NULL DEFAULT 60000;
ALTER TABLE server_lease ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;

-- The time of the clock at the last lease, and the time since the start of the machine. A clock that is
-- ahead of their sum has jumped.
CREATE TABLE store_clock (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    shown      INTEGER NOT NULL,
    start      TEXT,               -- of the machine
    elapsed_ms INTEGER NOT NULL
) STRICT;
