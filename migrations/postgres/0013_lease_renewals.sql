-- A waiting command measures a lease from when it first saw it, by its own monotonic clock. Earlier
-- programs do not record the length of their leases: at most a minute.
ALTER TABLE server_lease
    ADD COLUMN length_ms bigint NOT NULL DEFAULT 60000,
    ADD COLUMN renewals  bigint NOT NULL DEFAULT 0;
