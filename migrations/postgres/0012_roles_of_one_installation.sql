-- The roles that hold clients apart have names of their own in each installation from here on. `migrate`
-- makes them and their policies where it may; until then those that all installations of a cluster
-- shared hold, as before.
COMMENT ON TABLE workflow_logs IS 'behind row-level security: docs/reference.md of central-logger';
