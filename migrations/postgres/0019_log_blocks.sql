-- Blocks: many entries of a client, compressed together, which take the place of their rows. What says
-- where a block lies is apart from its contents, and shows nothing of what logs say. Both tables can be
-- sharded like the logs.
CREATE TABLE log_blocks (
    client_id  text NOT NULL,
    first_id   uuid NOT NULL,          -- of the earliest entry; no block has entries of two months
    number     uuid NOT NULL,          -- random
    last_id    uuid NOT NULL,
    entries    bigint NOT NULL,
    text_bytes bigint NOT NULL,        -- of the entries
    bytes      bigint NOT NULL,        -- of the block and its filters
    header     bytea NOT NULL,         -- in the form of the programs
    PRIMARY KEY (client_id, first_id, number)
);

CREATE INDEX log_blocks_last ON log_blocks (client_id, last_id, first_id);

CREATE TABLE log_block_contents (
    client_id text NOT NULL,
    first_id  uuid NOT NULL,
    number    uuid NOT NULL,
    filters   bytea NOT NULL,
    counts    bytea NOT NULL,
    block     bytea NOT NULL,
    PRIMARY KEY (client_id, first_id, number)
) PARTITION BY RANGE (first_id);

-- They are compressed already.
ALTER TABLE log_block_contents ALTER COLUMN filters SET STORAGE EXTERNAL;
ALTER TABLE log_block_contents ALTER COLUMN block SET STORAGE EXTERNAL;

CREATE TABLE log_block_contents_default PARTITION OF log_block_contents DEFAULT;

ALTER TABLE log_blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_block_contents ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON log_blocks FOR SELECT
    USING (client_id = current_setting('app.client_id', true));
CREATE POLICY one_client ON log_block_contents FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

-- The version of the schema that the program of a server knows; null: an earlier one. Logs are put into
-- blocks when no server is left that cannot read them.
ALTER TABLE server_lease ADD COLUMN knows integer;

-- The server that seals rows into blocks.
CREATE TABLE log_sealing (
    leader text NOT NULL,
    until  timestamptz NOT NULL
);
INSERT INTO log_sealing VALUES ('', 'epoch');
