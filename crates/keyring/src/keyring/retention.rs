use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_client_records::settings::{ClientSettings, SettingChange};
use central_logger_key_store::{AuditAction, AuditEntry, audit::Note, draft::Draft};
use central_logger_keys::ClientId;
use serde_json::json;
use std::future::ready;

impl Keyring {
    /// How long the logs of each client are kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn retention(&self) -> Result<ClientSettings, KeyringError> {
        Ok(self.store.retention().await?)
    }

    /// Lets logs be kept for another time, and tells what holds then. Servers remove what has been
    /// kept for longer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_retention(
        &self,
        change: &SettingChange,
    ) -> Result<Committed<ClientSettings>, KeyringError> {
        let decide = |draft: &mut Draft<'_>, before: &ClientSettings| {
            let mut after = before.clone();
            after.apply(change);
            if after != *before {
                draft.set_retention(before, change.clone());
            }
            Ok(after)
        };
        self.attempt(PepperNeed::Needed, || self.retention(), decide)
            .await
    }

    /// Takes down that all logs of `client` are about to be removed, or how many were, and gives the
    /// entry of the audit trail.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_purge(
        &self,
        client: &ClientId,
        entries: Option<usize>,
    ) -> Result<AuditEntry, KeyringError> {
        let after = json!({"entries": entries}).to_string();
        let noted = self.attempt(
            PepperNeed::Needed,
            || ready(Ok(())),
            |draft, ()| {
                Ok(draft.note(Note {
                    client_id: Some(client.clone()),
                    ..Note::of_store(AuditAction::Forget, None, after.clone())
                }))
            },
        );
        Ok(noted.await?.at_commit())
    }
}
