-- Where the keys of a client are handed over to, and which keys are pending there.
DROP TRIGGER key_altered_by_hand;

ALTER TABLE clients ADD COLUMN deliver TEXT;         -- a target, such as vault:secret/acme/logger
ALTER TABLE api_keys ADD COLUMN pending_target TEXT; -- the target that the key is being handed over to

CREATE TRIGGER key_altered_by_hand AFTER UPDATE OF id, client_id, name, key_hash, fingerprint, scopes, environment,
    allowed_from, is_active, is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason,
    note, predecessor, rate_limit, made_by, provider_set, shared_rates, pending_target ON api_keys
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;
