-- Whoever waits for a lease counts its length from when the lease was first seen, by a clock of its own.
-- Programs before this one do not say how long theirs are: at most a minute.
ALTER TABLE server_lease
    ADD COLUMN length_ms bigint NOT NULL DEFAULT 60000,
    ADD COLUMN renewals  bigint NOT NULL DEFAULT 0;
