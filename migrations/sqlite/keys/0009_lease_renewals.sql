-- Whoever waits for a lease counts its length from when the lease was first seen, by a clock of its own.
-- Programs before this one do not say how long theirs are: at most a minute.
ALTER TABLE server_lease ADD COLUMN length_ms INTEGER NOT NULL DEFAULT 60000;
ALTER TABLE server_lease ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;

-- What the clock showed with the last lease, and what had elapsed since the machine was started. A clock
-- that is ahead of what follows from it has jumped.
CREATE TABLE store_clock (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    shown      INTEGER NOT NULL,
    start      TEXT,               -- of the machine
    elapsed_ms INTEGER NOT NULL
) STRICT;
