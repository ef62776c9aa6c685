-- Retention periods; without one, logs are stored indefinitely. An entry of the audit trail about no key
-- has an empty key_id, and one about all clients an empty client_id.
CREATE TABLE retention (
    client_id TEXT PRIMARY KEY,   -- empty: for all clients without a row
    keep      TEXT NOT NULL       -- such as 90d, or forever
) STRICT;
