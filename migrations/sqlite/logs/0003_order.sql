-- Numbers of writers. The id of an entry contains a number and an arrival; the bound prevents a second
-- allocation of the same arrivals.
CREATE TABLE log_writers (
    number     INTEGER PRIMARY KEY,
    holder     BLOB NOT NULL,       -- a UUID
    bound      INTEGER NOT NULL,    -- no arrival from here on is allocated; Unix microseconds
    held_until INTEGER NOT NULL     -- Unix milliseconds
) STRICT;

-- Arrivals: the entries of each commit and client, for tails. The rows live for minutes.
CREATE TABLE log_arrivals (
    sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT NOT NULL,
    ids       BLOB NOT NULL         -- 16 bytes each
) STRICT;

CREATE INDEX log_arrivals_client ON log_arrivals (client_id, sequence);
