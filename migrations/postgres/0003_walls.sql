-- Row-level security, besides the isolation in the programs: a reader sees the logs of the client that
-- the transaction names. It is in effect once its roles exist, which `migrate` creates if it has the
-- right to.
ALTER TABLE workflow_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON workflow_logs FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

CREATE POLICY adding ON workflow_logs FOR INSERT WITH CHECK (true);
