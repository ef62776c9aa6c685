-- Networks that often present invalid keys.
CREATE TABLE failed_networks (
    hour     timestamptz NOT NULL,
    network  text NOT NULL,
    requests bigint NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (hour, network)
);

-- Alerts: one episode of suspicious usage, or of a necessary action, in a row.
CREATE TABLE alerts (
    id                text PRIMARY KEY,
    kind              text NOT NULL,
    client_id         text NOT NULL,      -- empty: about no single one
    key_id            text NOT NULL,      -- the same
    network           text NOT NULL,      -- the same
    first_at          timestamptz NOT NULL,
    last_at           timestamptz NOT NULL,
    count             bigint NOT NULL,
    counted_hour      timestamptz NOT NULL,  -- the last hour in the count
    counted_in_hour   bigint NOT NULL,
    evidence          text NOT NULL,
    acknowledged_at   timestamptz,
    acknowledged_by   text,
    delivery          text,               -- pending, delivered or given_up; null: no delivery
    delivery_attempts integer NOT NULL,
    delivery_at       timestamptz,        -- of the next attempt, or of the last one
    delivery_error    text
);

CREATE INDEX alerts_by_last_at ON alerts (last_at);
CREATE INDEX alerts_to_deliver ON alerts (delivery_at) WHERE delivery = 'pending';

-- The leader: the server that evaluates usage.
CREATE TABLE alert_watch (
    watcher text NOT NULL,
    until   timestamptz NOT NULL
);
INSERT INTO alert_watch VALUES ('', '-infinity');
