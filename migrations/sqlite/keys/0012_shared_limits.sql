-- What servers leave of rates and quotas to each other.
CREATE TABLE shared_limits (
    id      TEXT PRIMARY KEY,      -- such as rate:KEY_ID or requests_per_day:CLIENT_ID
    state   TEXT NOT NULL,         -- JSON, of the programs alone
    used_at INTEGER NOT NULL
) STRICT;
