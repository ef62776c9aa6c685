-- How long logs are kept; for ever where nothing is said. An entry of the audit trail that is of no key
-- has an empty key_id, and one that is of all clients an empty client_id.
CREATE TABLE retention (
    client_id TEXT PRIMARY KEY,   -- empty: of all clients that have no row of their own
    keep      TEXT NOT NULL       -- such as 90d, or forever
) STRICT;
