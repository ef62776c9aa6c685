-- The audit trail names who made a change, from which network and over which way. Earlier programs recorded
-- the name of the actor alone.
ALTER TABLE audit_log
    ADD COLUMN actor_kind text,   -- host, key, session, provider_key or server
    ADD COLUMN actor_id   text,   -- of the key or the session
    ADD COLUMN network    text,   -- such as 192.0.2.0/24
    ADD COLUMN via        text;   -- command_line, http, console or server
