-- Numbers of writers. The id of an entry contains a number and an arrival; the bound prevents a second
-- allocation of the same arrivals. The table belongs to no client, and is not sharded.
CREATE TABLE log_writers (
    number     integer PRIMARY KEY,
    holder     uuid NOT NULL,
    bound      bigint NOT NULL,        -- no arrival from here on is allocated; Unix microseconds
    held_until timestamptz NOT NULL
);

-- The transaction that stored an event, to exclude its repeats from arrivals.
ALTER TABLE workflow_logs ADD COLUMN stored_by xid8;

-- Arrivals: the entries of each transaction and client, for tails. The rows live for minutes, and the
-- table can be sharded like the logs.
CREATE TABLE log_arrivals (
    client_id text NOT NULL,
    xid       xid8 NOT NULL,
    oldest    xid8 NOT NULL,           -- all transactions before it had ended when this one wrote
    ids       bytea NOT NULL,          -- 16 bytes each
    events    bytea NOT NULL,          -- of entries with an event id, which may be repeats
    PRIMARY KEY (client_id, xid)
);

ALTER TABLE log_arrivals ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON log_arrivals FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

CREATE POLICY adding ON log_arrivals FOR INSERT WITH CHECK (true);
