-- Keys of the provider, whose client_id is '@provider'; makers of keys, and the limits that keys share.
DROP TRIGGER key_altered_by_hand;

ALTER TABLE api_keys RENAME COLUMN client_name TO name;
ALTER TABLE api_keys ADD COLUMN made_by TEXT NOT NULL DEFAULT 'provider';   -- or a key id, or session:ID
ALTER TABLE api_keys ADD COLUMN provider_set TEXT NOT NULL DEFAULT '';      -- what a client may only tighten, separated by spaces
ALTER TABLE api_keys ADD COLUMN shared_rates TEXT NOT NULL DEFAULT '';      -- such as KEY_ID=100/s, separated by spaces

UPDATE api_keys SET provider_set = rtrim(
    CASE WHEN allowed_from <> '' THEN 'networks ' ELSE '' END
    || CASE WHEN rate_limit IS NOT NULL THEN 'rate ' ELSE '' END
    || CASE WHEN expires_at IS NOT NULL THEN 'expiry ' ELSE '' END
    || CASE WHEN NOT is_active THEN 'inactive' ELSE '' END);

CREATE TRIGGER key_altered_by_hand AFTER UPDATE OF id, client_id, name, key_hash, fingerprint, scopes, environment,
    allowed_from, is_active, is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason,
    note, predecessor, rate_limit, made_by, provider_set, shared_rates ON api_keys
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;
