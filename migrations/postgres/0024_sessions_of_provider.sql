-- Sessions of clients that people of the provider have begun, to see what a client sees.
ALTER TABLE sessions ADD COLUMN by_provider boolean NOT NULL DEFAULT false;
ALTER TABLE sign_in_links ADD COLUMN by_provider boolean NOT NULL DEFAULT false;
