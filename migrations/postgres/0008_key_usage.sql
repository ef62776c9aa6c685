-- Usage of each key in each hour, by outcome.
CREATE TABLE key_usage (
    client_id  text NOT NULL,            -- empty: no key, or an unknown one
    key_id     text NOT NULL,            -- the same
    hour       timestamptz NOT NULL,
    refusal    text NOT NULL,            -- reason of the refusal; empty: accepted
    requests   bigint NOT NULL,
    entries    bigint NOT NULL,
    bytes      bigint NOT NULL,
    latency_us bigint NOT NULL,         -- sum of the times to answer
    networks   text[] NOT NULL,          -- at most 16
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (client_id, key_id, hour, refusal)
);

-- For deletion by age.
CREATE INDEX key_usage_by_hour ON key_usage (hour);
