-- Blocks: many entries of a client, compressed together, which take the place of their rows. What says
-- where a block lies is apart from its contents, so that looking for blocks reads none.
CREATE TABLE log_blocks (
    client_id  TEXT NOT NULL,
    first_id   BLOB NOT NULL,       -- of the earliest entry; no block has entries of two months
    number     INTEGER NOT NULL,    -- of its contents
    last_id    BLOB NOT NULL,
    entries    INTEGER NOT NULL,
    text_bytes INTEGER NOT NULL,    -- of the entries
    bytes      INTEGER NOT NULL,    -- of the block and its filters
    header     BLOB NOT NULL,       -- in the form of the programs
    PRIMARY KEY (client_id, first_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_blocks_last ON log_blocks (client_id, last_id, first_id);

-- The filters come first: who reads only them reads no page of the block.
CREATE TABLE log_block_contents (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id TEXT NOT NULL,
    filters   BLOB NOT NULL,
    counts    BLOB NOT NULL,
    block     BLOB NOT NULL
) STRICT;

-- The server that seals rows into blocks.
CREATE TABLE log_sealing (
    leader TEXT NOT NULL,
    until  INTEGER NOT NULL         -- Unix milliseconds
) STRICT;
INSERT INTO log_sealing VALUES ('', 0);
