-- Where a reveal link was mailed to, what people of a client may do who sign in by mail, and what is written to
-- the place that the keys of a client are handed over to.
ALTER TABLE reveal_links ADD COLUMN mailed_to TEXT;
ALTER TABLE clients ADD COLUMN mail_scopes TEXT;      -- separated by spaces; logs:read unless it is set
ALTER TABLE clients ADD COLUMN deliver_template TEXT; -- with {key} in it; the key alone unless it is set
