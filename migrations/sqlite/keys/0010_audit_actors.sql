-- The audit trail names who made a change, from which network and over which way. Earlier programs recorded
-- the name of the actor alone.
ALTER TABLE audit_log ADD COLUMN actor_kind TEXT;   -- host, key, session, provider_key or server
ALTER TABLE audit_log ADD COLUMN actor_id TEXT;     -- of the key or the session
ALTER TABLE audit_log ADD COLUMN network TEXT;      -- such as 192.0.2.0/24
ALTER TABLE audit_log ADD COLUMN via TEXT;          -- command_line, http, console or server
