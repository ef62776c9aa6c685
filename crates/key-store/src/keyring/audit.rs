use crate::{
    audit::{
        check::AuditCheck,
        entry::{AuditEntry, Head},
        report::AuditReport,
    },
    keyring::{Keyring, KeyringError},
    record::owners::Owners,
};

/// How many entries of the audit trail are read at once.
const AUDIT_PAGE: usize = 1000;

/// How many times the keys are read anew because others have changed them in between.
const MAX_ATTEMPTS: usize = 100;

impl Keyring {
    /// Walks along the audit trail, gives every entry to `each` and tells what does not fit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, each: impl FnMut(AuditEntry)) -> Result<AuditReport, KeyringError> {
        self.audit_at_least(None, each).await
    }

    /// As [`audit`](Self::audit), and looks also for an end that was noted earlier.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_at_least(
        &self,
        noted: Option<Head>,
        mut each: impl FnMut(AuditEntry),
    ) -> Result<AuditReport, KeyringError> {
        let hasher = self.hashes.hasher();
        let mut check = AuditCheck::new(&hasher).at_least(noted.unwrap_or_default());
        let mut reached = 0;
        for _ in 0..MAX_ATTEMPTS {
            let state = self.store.state().await?;
            while reached < state.head.sequence {
                let page = self.store.audit(reached, AUDIT_PAGE).await?;
                let until = state.head.sequence;
                let page = page.into_iter().filter(|entry| entry.sequence <= until);
                let before = reached;
                for entry in page {
                    reached = entry.sequence;
                    check.entry(&entry);
                    each(entry);
                }
                if reached == before {
                    break;
                }
            }
            let keys = self.store.stored(Owners::All).await?;
            let retention = self.store.retention().await?;
            let beyond = self.store.audit(reached, AUDIT_PAGE).await?;
            // Else all of this may be of different moments.
            if self.store.state().await?.head == state.head {
                // What lies beyond the end that the store has noted was put there by somebody.
                for entry in beyond {
                    check.entry(&entry);
                    each(entry);
                }
                return Ok(check.finish(&state, &keys, &retention));
            }
        }
        Err(KeyringError::Contended)
    }
}
