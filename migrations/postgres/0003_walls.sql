-- A second wall between clients, behind the one that the programs keep: whoever reads logs sees those
-- of the client that the transaction names. It stands when the roles of the wall are there, too, which
-- `migrate` makes where it may.
ALTER TABLE workflow_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY one_client ON workflow_logs FOR SELECT
    USING (client_id = current_setting('app.client_id', true));

CREATE POLICY adding ON workflow_logs FOR INSERT WITH CHECK (true);
