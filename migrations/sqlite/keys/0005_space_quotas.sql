-- Ingest quotas of clients for a day.
ALTER TABLE client_quotas ADD COLUMN entries_per_day INTEGER CHECK (entries_per_day > 0);
ALTER TABLE client_quotas ADD COLUMN bytes_per_day INTEGER CHECK (bytes_per_day > 0);
