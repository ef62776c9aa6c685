-- Rates of keys, and quotas of requests of clients.
ALTER TABLE api_keys ADD COLUMN rate_limit text;   -- such as 100/s; null: unlimited

CREATE TABLE client_quotas (
    client_id          text PRIMARY KEY,
    requests_per_day   bigint CHECK (requests_per_day > 0),
    requests_per_month bigint CHECK (requests_per_month > 0)
);
