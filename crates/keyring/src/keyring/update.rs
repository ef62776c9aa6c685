use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_client_records::Patch;
use central_logger_key_store::{
    AuditAction, KeyRecord, KeyUpdate, StoredKey, draft::Draft, record::dependants_of,
};
use central_logger_keys::KeyId;

impl Keyring {
    /// Changes a key without replacing it, and gives it as it is now. Keys that share its limit get the new
    /// rate in the same commit.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn update(
        &self,
        id: &KeyId,
        update: &KeyUpdate,
    ) -> Result<Committed<KeyRecord>, KeyringError> {
        let read = async || {
            let key = self.select_one(id).await?;
            let sharing = match update.rate {
                Patch::Keep => Vec::new(),
                Patch::Clear | Patch::Set(_) => self.siblings_of(&key).await?,
            };
            Ok((key, sharing))
        };
        let decide = |draft: &mut Draft<'_>, (key, sharing): &(StoredKey, Vec<StoredKey>)| {
            self.check_version(&key.record)?;
            let after = key.record.updated(update)?;
            let after = draft.update(key, after, AuditAction::Update)?;
            if after.rate_limit != key.record.rate_limit {
                share_rate_of(draft, &after, sharing);
            }
            Ok(after)
        };
        self.attempt(PepperNeed::Needed, read, decide).await
    }
}

/// Makes the keys that share the limit of `changed` share it as it is now.
fn share_rate_of(draft: &mut Draft<'_>, changed: &KeyRecord, keys: &[StoredKey]) {
    let records: Vec<_> = keys.iter().map(|key| &key.record).collect();
    let dependants = dependants_of(&changed.id, &records);
    for key in keys.iter().filter(|key| key.record.revoked_at.is_none()) {
        if let Some(shared_rates) = key.record.rates_after(changed, &dependants) {
            let after = KeyRecord {
                shared_rates,
                ..key.record.clone()
            };
            draft.put(key, after, AuditAction::Update);
        }
    }
}
