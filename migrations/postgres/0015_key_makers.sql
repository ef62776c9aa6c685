-- Keys of the provider, whose client_id is '@provider'; makers of keys, and the limits that keys share.
ALTER TABLE api_keys RENAME COLUMN client_name TO name;
ALTER TABLE api_keys
    ADD COLUMN made_by text NOT NULL DEFAULT 'provider',  -- or a key id, or session:ID
    ADD COLUMN provider_set text NOT NULL DEFAULT '',     -- what a client may only tighten, separated by spaces
    ADD COLUMN shared_rates text NOT NULL DEFAULT '';     -- such as KEY_ID=100/s, separated by spaces

UPDATE api_keys SET provider_set = concat_ws(' ',
    CASE WHEN allowed_from <> '' THEN 'networks' END,
    CASE WHEN rate_limit IS NOT NULL THEN 'rate' END,
    CASE WHEN expires_at IS NOT NULL THEN 'expiry' END,
    CASE WHEN NOT is_active THEN 'inactive' END);

DROP TRIGGER keys_changed_by_hand ON api_keys;

CREATE TRIGGER keys_changed_by_hand AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF
    id, client_id, name, key_hash, fingerprint, scopes, environment, allowed_from, is_active,
    is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason, note, predecessor,
    rate_limit, made_by, provider_set, shared_rates ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();
