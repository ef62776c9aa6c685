-- Fresh blocks: what one commit has brought of a client, until it is sealed.
ALTER TABLE log_blocks ADD COLUMN fresh_since INTEGER;  -- when the first entry was received, in Unix milliseconds; null: sealed

CREATE INDEX log_blocks_fresh ON log_blocks (client_id, first_id) WHERE fresh_since IS NOT NULL;
