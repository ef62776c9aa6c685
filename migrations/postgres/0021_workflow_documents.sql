-- Workflows of clients: the state of their runs, monitors, incidents and channels. What a document means is known
-- to the programs. The table can be sharded like the logs.
CREATE TABLE workflow_documents (
    client_id text NOT NULL,
    kind      text NOT NULL,
    key       text COLLATE "C" NOT NULL,
    revision  bigint NOT NULL,          -- of the last change
    body      text NOT NULL,
    due_at    timestamptz,              -- when it has to be looked at
    PRIMARY KEY (client_id, kind, key)
);

CREATE INDEX workflow_documents_due ON workflow_documents (kind, due_at) WHERE due_at IS NOT NULL;

ALTER TABLE workflow_documents ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON workflow_documents FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

CREATE POLICY adding ON workflow_documents FOR INSERT WITH CHECK (true);

-- What the server has noted that follows the entries of all clients. The table belongs to no client.
CREATE TABLE workflow_follower (
    id       integer PRIMARY KEY CHECK (id = 1),
    revision bigint NOT NULL,
    body     text NOT NULL
);
