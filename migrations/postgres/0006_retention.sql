-- Retention periods; without one, logs are stored indefinitely.
CREATE TABLE retention (
    client_id text PRIMARY KEY,   -- empty: for all clients without a row
    keep      text NOT NULL       -- such as 90d, or forever
);

COMMENT ON COLUMN audit_log.key_id IS 'empty: of no key';
COMMENT ON COLUMN audit_log.client_id IS 'empty: of all clients';
