-- The version of the schema that the program of a server knows; null: an earlier one. Logs are put into
-- blocks when no server is left that cannot read them.
ALTER TABLE server_lease ADD COLUMN knows INTEGER;
