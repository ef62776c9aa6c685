-- Rates of keys, and quotas of requests of clients.
ALTER TABLE api_keys ADD COLUMN rate_limit TEXT;   -- such as 100/s; null: unlimited

CREATE TABLE client_quotas (
    client_id          TEXT PRIMARY KEY,
    requests_per_day   INTEGER CHECK (requests_per_day > 0),
    requests_per_month INTEGER CHECK (requests_per_month > 0)
) STRICT;
