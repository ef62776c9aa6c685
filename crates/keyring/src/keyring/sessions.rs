use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_key_store::{AuditAction, audit::Note};
use central_logger_keys::ClientId;
use std::future::ready;

impl Keyring {
    /// Takes down in the audit trail that a sign-in link was made, or a session began or was ended, with
    /// what is known of it as JSON. `client` is the client for which the person acts, unless it is the
    /// provider.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_session(
        &self,
        action: AuditAction,
        client: Option<&ClientId>,
        session: &str,
    ) -> Result<Committed<()>, KeyringError> {
        let need = match action {
            // Nothing keeps access from being taken away.
            AuditAction::SignOut => PepperNeed::Spared,
            _ => PepperNeed::Needed,
        };
        self.attempt(
            need,
            || ready(Ok(())),
            |draft, ()| {
                draft.note(Note {
                    client_id: client.cloned(),
                    ..Note::of_store(action, None, session.to_owned())
                });
                Ok(())
            },
        )
        .await
    }
}
