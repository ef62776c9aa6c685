//! The audit trail in memory.

use super::MemoryKeys;
use crate::{
    audit::{entry::AuditEntry, state::StoreState},
    error::KeyStoreError,
    store::AuditTrail,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId};

#[async_trait]
impl AuditTrail for MemoryKeys {
    async fn state(&self) -> Result<StoreState, KeyStoreError> {
        let keys = self.lock();
        Ok(StoreState {
            identity: self.identity.clone(),
            head: keys.head(),
            end: keys.end,
            pepper: keys.pepper,
            is_taken_up: true,
        })
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let entries = keys.audit.iter().filter(|entry| entry.sequence > after);
        Ok(entries.take(limit).cloned().collect())
    }

    async fn audit_of(
        &self,
        client: &ClientId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let entries = keys.audit.iter();
        let of_client = entries.filter(|entry| {
            let action = entry.action;
            let is_own =
                entry.key_id.is_some() || action.is_of_sessions() || action.is_of_workflows();
            is_own && entry.client_id.as_ref() == Some(client)
        });
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(of_client.skip(skip).take(limit).cloned().collect())
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let mut of_key = keys.audit.iter().rev();
        let last = of_key.find(|entry| entry.key_id.as_ref() == Some(id));
        Ok(last.cloned())
    }
}
