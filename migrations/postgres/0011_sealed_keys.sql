-- Seals of the keys themselves, and of the end of the audit trail.
ALTER TABLE audit_log ADD COLUMN key_seal text;   -- of the key after this entry, its hash included

CREATE INDEX audit_log_by_key ON audit_log (key_id, sequence);

-- In its own table, to detect other tables that were swapped with those of another database.
CREATE TABLE store_identity (
    id text PRIMARY KEY
);

INSERT INTO store_identity VALUES (replace(gen_random_uuid()::text, '-', ''));

ALTER TABLE key_store_state
    ADD COLUMN pepper text NOT NULL DEFAULT '',            -- its id; empty: no pepper
    ADD COLUMN end_sequence bigint,                        -- of the last entry that was sealed as the end
    ADD COLUMN end_seal text,
    ADD COLUMN is_taken_up boolean NOT NULL DEFAULT false, -- whether the trail has an entry for every key
    ADD COLUMN by_hand bigint NOT NULL DEFAULT 0,          -- the number of changes of keys past the trail
    ADD COLUMN restore_accepted_at timestamptz;

UPDATE key_store_state SET
    is_taken_up = NOT EXISTS (SELECT FROM audit_log),
    pepper = coalesce((SELECT split_part(seal, ':', 2) FROM audit_log
                       WHERE seal LIKE 'hmac-sha256:%' ORDER BY sequence DESC LIMIT 1), '');

-- Ids of the peppers of the holder; the first is the one that it would hash with.
ALTER TABLE server_lease ADD COLUMN peppers text NOT NULL DEFAULT '';

-- Opaque keys are few. They are searched for peppers that a server does not have.
CREATE INDEX api_keys_opaque ON api_keys (id) WHERE fingerprint IS NULL AND revoked_at IS NULL;

-- Servers follow changes by SQL, too. Programs mark their own changes.
CREATE FUNCTION keys_changed_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('central_logger.is_change', true), '') <> 'yes' THEN
        EXECUTE format('UPDATE %I.key_store_state SET by_hand = by_hand + 1,
                            changed_at = clock_timestamp()', TG_TABLE_SCHEMA);
        PERFORM pg_notify('central_logger_keys', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keys_changed_by_hand AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF
    id, client_id, client_name, key_hash, fingerprint, scopes, environment, allowed_from, is_active,
    is_weak, created_at, expires_at, grace_ends_at, revoked_at, revoked_reason, note, predecessor,
    rate_limit ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();

CREATE TRIGGER quotas_changed_by_hand AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON client_quotas
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();

CREATE TRIGGER retention_changed_by_hand AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON retention
    FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();
