-- What servers leave of rates and quotas to each other. A row is read and written for each share that a
-- server takes or returns, so its pages have room for new versions of it.
CREATE TABLE shared_limits (
    id      text PRIMARY KEY,                       -- such as rate:KEY_ID or requests_per_day:CLIENT_ID
    state   text NOT NULL,                          -- JSON, of the programs alone
    used_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
