-- The numbers of those who store entries. A number and an arrival are in the id of an entry, and the
-- bound keeps what a number has been lent from being lent again.
CREATE TABLE log_writers (
    number     INTEGER PRIMARY KEY,
    holder     BLOB NOT NULL,       -- a UUID
    bound      INTEGER NOT NULL,    -- no arrival from here on has been lent; Unix microseconds
    held_until INTEGER NOT NULL     -- Unix milliseconds
) STRICT;

-- What each commit has brought each client, for those who follow their logs. It holds minutes.
CREATE TABLE log_arrivals (
    sequence  INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT NOT NULL,
    ids       BLOB NOT NULL         -- 16 bytes each
) STRICT;

CREATE INDEX log_arrivals_client ON log_arrivals (client_id, sequence);
