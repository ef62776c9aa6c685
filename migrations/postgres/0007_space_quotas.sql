-- Ingest quotas of clients for a day.
ALTER TABLE client_quotas ADD COLUMN entries_per_day bigint CHECK (entries_per_day > 0);
ALTER TABLE client_quotas ADD COLUMN bytes_per_day bigint CHECK (bytes_per_day > 0);
