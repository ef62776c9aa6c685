//! The table `api_keys`.

use crate::{Row, UnreadableRow, Value, columns::Columns, quotas};
use central_logger_key_store::{
    KeyProof, KeyRecord, Owners, RateBucket, StoredKey, record::UnreadableKey,
};
use central_logger_keys::{Fingerprint, KeyId, KeyOwner};

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "id, client_id, name, key_hash, fingerprint, scopes, environment, \
     is_active, created_at, last_used_at, last_used_from, expires_at, grace_ends_at, revoked_at, \
     revoked_reason, note, predecessor, allowed_from, is_weak, rate_limit, made_by, provider_set, \
     shared_rates, pending_target";

/// The tables that [`READ_COLUMNS`] are of.
pub const TABLES: &str = "api_keys LEFT JOIN client_quotas USING (client_id)";

/// The columns that [`read`] reads: those of the key, and those of its client's quota.
pub const READ_COLUMNS: &str = "id, client_id, name, key_hash, fingerprint, scopes, environment, \
     is_active, created_at, last_used_at, last_used_from, expires_at, grace_ends_at, revoked_at, \
     revoked_reason, note, predecessor, allowed_from, is_weak, rate_limit, made_by, provider_set, \
     shared_rates, pending_target, \
     requests_per_day, requests_per_month, entries_per_day, bytes_per_day";

/// The columns that [`changed_values`] are of, but for the id.
pub const CHANGED_COLUMNS: [&str; 11] = [
    "is_active",
    "grace_ends_at",
    "revoked_at",
    "revoked_reason",
    "name",
    "note",
    "allowed_from",
    "rate_limit",
    "provider_set",
    "shared_rates",
    "pending_target",
];

/// What `client_id` holds of a key of the provider.
pub const PROVIDER: &str = "@provider";

const REVOKED_AT: usize = 13;
const MADE_BY: usize = 20;

/// Returns the condition on `client_id` of keys of these owners, and the value of its parameter if it has
/// one.
pub fn condition<'a>(owners: Owners<'a>, parameter: &str) -> (String, Option<&'a str>) {
    let owner = match owners {
        Owners::All => return ("1 = 1".to_owned(), None),
        Owners::Clients => return (format!("client_id <> '{PROVIDER}'"), None),
        Owners::Client(client) => client.as_str(),
        Owners::Provider => PROVIDER,
    };
    (format!("client_id = {parameter}"), Some(owner))
}

/// Reads a key from the [`READ_COLUMNS`].
///
/// # Errors
/// When it cannot be read, which says nothing of other rows.
pub fn read(row: &impl Row) -> Result<StoredKey, UnreadableKey> {
    read_row(row).map_err(|error| UnreadableKey {
        id: row.text(0).unwrap_or_default().to_owned(),
        client_id: row.text(1).ok().and_then(|client| client.parse().ok()),
        made_by: row.text(MADE_BY).ok().and_then(|maker| maker.parse().ok()),
        // What is there and no time is no null.
        is_revoked: !row.is_null(REVOKED_AT),
        reason: error.reason,
    })
}

fn read_row(row: &impl Row) -> Result<StoredKey, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let hash = columns.parse(3)?;
    let proof = match columns.bytes_or_null(4)? {
        Some(bytes) => KeyProof::Generated {
            hash,
            fingerprint: bytes
                .try_into()
                .map(Fingerprint::from_bytes)
                .map_err(|_| columns.unreadable("its fingerprint has not 8 bytes"))?,
        },
        None => KeyProof::Opaque { hash },
    };
    let created_at = columns.time_or_null(8)?;
    let (owner, scopes) = (columns.parse::<KeyOwner>(1)?, columns.parse(5)?);
    owner
        .check(&scopes)
        .map_err(|error| columns.unreadable(error))?;
    if owner == KeyOwner::Provider && proof.fingerprint().is_none() {
        return Err(columns.unreadable("a key of the provider is a generated one"));
    }
    let record = KeyRecord {
        id: columns.parse(0)?,
        owner,
        name: columns.string_or_null(2)?,
        scopes,
        environment: columns.parse(6)?,
        is_active: columns.flag(7)?,
        created_at: created_at.ok_or_else(|| columns.unreadable("created_at is missing"))?,
        last_used_at: columns.time_or_null(9)?,
        last_used_from: columns.string_or_null(10)?,
        expires_at: columns.time_or_null(11)?,
        grace_ends_at: columns.time_or_null(12)?,
        revoked_at: columns.time_or_null(REVOKED_AT)?,
        revoked_reason: columns.string_or_null(14)?,
        note: columns.string_or_null(15)?,
        predecessor: columns.parse_or_null(16)?,
        allowed_from: columns.parse(17)?,
        is_weak: columns.flag(18)?,
        rate_limit: columns.parse_or_null(19)?,
        made_by: columns.parse(MADE_BY)?,
        provider_set: columns.parse(21)?,
        shared_rates: RateBucket::parse_all(columns.text(22)?)
            .map_err(|error| columns.unreadable(error))?,
        pending_target: columns.string_or_null(23)?,
        quota: quotas::read(&columns, 24)?,
    };
    Ok(StoredKey { record, proof })
}

/// Returns the values of a new key, in the order of the [`COLUMNS`].
///
/// # Errors
/// When it is a static key, which has no place in a database.
pub fn values(key: &StoredKey) -> Result<[Value<'_>; 24], UnreadableRow> {
    let StoredKey { record, proof } = key;
    let Some(hash) = proof.hash() else {
        let reason = "a static key cannot be stored";
        return Err(UnreadableRow::new(record.id.as_str(), reason));
    };
    let fingerprint = proof.fingerprint().map(Fingerprint::to_bytes);
    Ok([
        record.id.as_str().into(),
        record.owner.as_str().into(),
        Value::text(record.name.as_deref()),
        hash.as_phc().into(),
        Value::Bytes(fingerprint.map(|bytes| bytes.to_vec())),
        record.scopes.to_string().into(),
        record.environment.as_str().into(),
        record.is_active.into(),
        record.created_at.into(),
        record.last_used_at.into(),
        Value::text(record.last_used_from.as_deref()),
        record.expires_at.into(),
        record.grace_ends_at.into(),
        record.revoked_at.into(),
        Value::text(record.revoked_reason.as_deref()),
        Value::text(record.note.as_deref()),
        Value::text(record.predecessor.as_ref().map(KeyId::as_str)),
        record.allowed_from.to_string().into(),
        record.is_weak.into(),
        Value::shown(record.rate_limit),
        record.made_by.to_string().into(),
        record.provider_set.to_string().into(),
        RateBucket::all_as_text(&record.shared_rates).into(),
        Value::text(record.pending_target.as_deref()),
    ])
}

/// Returns the id and what a change may change, in the order of the [`CHANGED_COLUMNS`].
pub fn changed_values(record: &KeyRecord) -> [Value<'_>; 12] {
    [
        record.id.as_str().into(),
        record.is_active.into(),
        record.grace_ends_at.into(),
        record.revoked_at.into(),
        Value::text(record.revoked_reason.as_deref()),
        Value::text(record.name.as_deref()),
        Value::text(record.note.as_deref()),
        record.allowed_from.to_string().into(),
        Value::shown(record.rate_limit),
        record.provider_set.to_string().into(),
        RateBucket::all_as_text(&record.shared_rates).into(),
        Value::text(record.pending_target.as_deref()),
    ]
}
