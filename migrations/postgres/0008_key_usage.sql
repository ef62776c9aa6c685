-- Usage of each key in each hour, by outcome.
CREATE TABLE key_usage (
    client_id  text NOT NULL,            -- empty: no key, or one that no store knows
    key_id     text NOT NULL,            -- the same
    hour       timestamptz NOT NULL,
    refusal    text NOT NULL,            -- why requests were refused; empty: they were let through
    requests   bigint NOT NULL,
    entries    bigint NOT NULL,
    bytes      bigint NOT NULL,
    latency_us bigint NOT NULL,         -- that answering took, in sum
    networks   text[] NOT NULL,          -- at most 16
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (client_id, key_id, hour, refusal)
);

-- For deletion by age.
CREATE INDEX key_usage_by_hour ON key_usage (hour);
