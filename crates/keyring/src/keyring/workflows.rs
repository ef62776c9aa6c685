use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_key_store::{AuditAction, audit::Note};
use central_logger_keys::ClientId;
use std::future::ready;

impl Keyring {
    /// Takes down in the audit trail that something was changed that is expected of workflows of `client`, or
    /// that is told of them, with what was before and what is after it as JSON.
    ///
    /// # Errors
    /// When the store fails, or it was done before for the same request.
    pub async fn record_workflow(
        &self,
        action: AuditAction,
        client: &ClientId,
        before: Option<&str>,
        after: &str,
    ) -> Result<Committed<()>, KeyringError> {
        self.attempt(
            PepperNeed::Needed,
            || ready(Ok(())),
            |draft, ()| {
                let before = before.map(str::to_owned);
                draft.note(Note {
                    client_id: Some(client.clone()),
                    ..Note::of_store(action, before, after.to_owned())
                });
                Ok(())
            },
        )
        .await
    }
}
