-- Seals of the keys themselves, and of the end of the audit trail.
ALTER TABLE audit_log ADD COLUMN key_seal TEXT;   -- of the key after this entry, its hash included

CREATE INDEX audit_log_by_key ON audit_log (key_id, sequence);

-- In its own table, to detect other tables that were swapped with those of another database.
CREATE TABLE store_identity (
    id TEXT PRIMARY KEY
) STRICT;

INSERT INTO store_identity VALUES (lower(hex(randomblob(16))));

ALTER TABLE key_store_state ADD COLUMN pepper TEXT NOT NULL DEFAULT '';           -- its id; empty: no pepper
ALTER TABLE key_store_state ADD COLUMN end_sequence INTEGER;                      -- of the last entry that was sealed as the end
ALTER TABLE key_store_state ADD COLUMN end_seal TEXT;
ALTER TABLE key_store_state ADD COLUMN is_taken_up INTEGER NOT NULL DEFAULT 0;    -- whether the trail has an entry for every key
ALTER TABLE key_store_state ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;        -- the number of changes of keys past the trail
ALTER TABLE key_store_state ADD COLUMN is_change INTEGER NOT NULL DEFAULT 0;      -- while a program changes keys
ALTER TABLE key_store_state ADD COLUMN restore_accepted_at INTEGER;

UPDATE key_store_state SET
    is_taken_up = NOT EXISTS (SELECT 1 FROM audit_log),
    pepper = coalesce((SELECT substr(seal, 13, 16) FROM audit_log
                       WHERE seal LIKE 'hmac-sha256:%' ORDER BY sequence DESC LIMIT 1), '');

-- Ids of the peppers of the holder; the first is the one that it would hash with.
ALTER TABLE server_lease ADD COLUMN peppers TEXT NOT NULL DEFAULT '';

-- Opaque keys are few. They are searched for peppers that a server does not have.
CREATE INDEX api_keys_opaque ON api_keys (id) WHERE fingerprint IS NULL AND revoked_at IS NULL;

-- Servers follow changes by SQL, too. Programs mark their own changes.
CREATE TRIGGER key_added_by_hand AFTER INSERT ON api_keys
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER key_removed_by_hand AFTER DELETE ON api_keys
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER key_altered_by_hand AFTER UPDATE OF id, client_id, client_name, key_hash, fingerprint, scopes, environment,
    allowed_from, is_active, is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason,
    note, predecessor, rate_limit ON api_keys
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER quota_added_by_hand AFTER INSERT ON client_quotas
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER quota_removed_by_hand AFTER DELETE ON client_quotas
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER quota_altered_by_hand AFTER UPDATE ON client_quotas
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER term_added_by_hand AFTER INSERT ON retention
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER term_removed_by_hand AFTER DELETE ON retention
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;

CREATE TRIGGER term_altered_by_hand AFTER UPDATE ON retention
WHEN (SELECT is_change FROM key_store_state) = 0
BEGIN
    UPDATE key_store_state SET by_hand = by_hand + 1,
        changed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);
END;
