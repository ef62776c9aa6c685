-- Workflows of clients: the state of their runs, monitors, incidents and channels. What a document means is known
-- to the programs.
CREATE TABLE workflow_documents (
    client_id TEXT NOT NULL,
    kind      TEXT NOT NULL,
    key       TEXT NOT NULL,
    revision  INTEGER NOT NULL,         -- of the last change
    body      TEXT NOT NULL,
    due_at    INTEGER,                  -- when it has to be looked at; Unix milliseconds
    PRIMARY KEY (client_id, kind, key)
) STRICT;

CREATE INDEX workflow_documents_due ON workflow_documents (kind, due_at) WHERE due_at IS NOT NULL;

-- What the server has noted that follows the entries of all clients.
CREATE TABLE workflow_follower (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
