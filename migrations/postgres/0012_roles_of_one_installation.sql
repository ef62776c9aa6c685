-- From here on, each installation has its own roles for row-level security. `migrate` creates them and
-- their policies if it has the right to; until then the roles that all installations of a cluster
-- share remain in effect.
COMMENT ON TABLE workflow_logs IS 'behind row-level security: docs/reference.md of central-logger';
