-- The numbers of those who store entries. A number and an arrival are in the id of an entry, and the
-- bound keeps what a number has been lent from being lent again. It belongs to no client, and stays
-- where it is when the logs are sharded.
CREATE TABLE log_writers (
    number     integer PRIMARY KEY,
    holder     uuid NOT NULL,
    bound      bigint NOT NULL,        -- no arrival from here on has been lent; Unix microseconds
    held_until timestamptz NOT NULL
);

-- Which transaction has stored an event: its repeats are none of what has come.
ALTER TABLE workflow_logs ADD COLUMN stored_by xid8;

-- What each transaction has brought each client, for those who follow their logs. It holds minutes, and
-- can be sharded as the logs.
CREATE TABLE log_arrivals (
    client_id text NOT NULL,
    xid       xid8 NOT NULL,
    oldest    xid8 NOT NULL,           -- all transactions before it had ended when this one wrote
    ids       bytea NOT NULL,          -- 16 bytes each
    events    bytea NOT NULL,          -- of entries with an event id, which may have been there before
    PRIMARY KEY (client_id, xid)
);

ALTER TABLE log_arrivals ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON log_arrivals FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

CREATE POLICY adding ON log_arrivals FOR INSERT WITH CHECK (true);
