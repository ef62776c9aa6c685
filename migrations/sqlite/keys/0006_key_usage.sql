-- Usage of each key in each hour, by outcome.
CREATE TABLE key_usage (
    client_id  TEXT NOT NULL,            -- empty: no key, or an unknown one
    key_id     TEXT NOT NULL,            -- the same
    hour       INTEGER NOT NULL,
    refusal    TEXT NOT NULL,            -- reason of the refusal; empty: accepted
    requests   INTEGER NOT NULL,
    entries    INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    latency_us INTEGER NOT NULL,         -- sum of the times to answer
    networks   TEXT NOT NULL,            -- at most 16, as a JSON array
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (client_id, key_id, hour, refusal)
) STRICT, WITHOUT ROWID;

-- For deletion by age.
CREATE INDEX key_usage_by_hour ON key_usage (hour);
