-- Where the keys of a client are handed over to, and which keys are pending there.
ALTER TABLE clients ADD COLUMN deliver text;        -- a target, such as vault:secret/acme/logger
ALTER TABLE api_keys ADD COLUMN pending_target text; -- the target that the key is being handed over to

DROP TRIGGER keys_changed_by_hand ON api_keys;

CREATE TRIGGER keys_changed_by_hand AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF
    id, client_id, name, key_hash, fingerprint, scopes, environment, allowed_from, is_active,
    is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason, note, predecessor,
    rate_limit, made_by, provider_set, shared_rates, pending_target ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();
