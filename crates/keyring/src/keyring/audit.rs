use crate::keyring::{Keyring, KeyringError};
use central_logger_key_store::{
    AuditEntry, Head, Owners,
    audit::{AuditCheck, AuditReport},
};
use central_logger_keys::ClientId;
use central_logger_times::Timestamp;

/// How many entries of the audit trail are read at once.
const AUDIT_PAGE: usize = 1000;

/// How many times the keys are read anew because others have changed them in between.
const MAX_ATTEMPTS: usize = 100;

impl Keyring {
    /// Returns the entries of the audit trail after a place, at most `limit` of them, without verifying them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyringError> {
        Ok(self.store.audit(after, limit).await?)
    }

    /// Returns the entries about the keys and sessions of a client, after the first `skip` of them, at most
    /// `limit`, without verifying them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_of(
        &self,
        client: &ClientId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyringError> {
        Ok(self.store.audit_of(client, skip, limit).await?)
    }

    /// Returns the number of the last entry before the first one of `since` or later, found by halving: the
    /// times of entries rise as far as the clocks of those who made them agree.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_until(&self, since: Timestamp) -> Result<u64, KeyringError> {
        let (mut before, mut from) = (0, self.store.state().await?.head.sequence + 1);
        while from - before > 1 {
            let middle = before + (from - before) / 2;
            let entry = self.store.audit(middle - 1, 1).await?;
            match entry.first().is_some_and(|entry| entry.at < since.get()) {
                true => before = middle,
                false => from = middle,
            }
        }
        Ok(before)
    }

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
            let clients = self.store.clients(None).await?;
            let beyond = self.store.audit(reached, AUDIT_PAGE).await?;
            // Else all of this may be of different moments.
            if self.store.state().await?.head == state.head {
                // What lies beyond the end that the store has noted was put there by somebody.
                for entry in beyond {
                    check.entry(&entry);
                    each(entry);
                }
                return Ok(check.finish(&state, &keys, &retention, &clients));
            }
        }
        Err(KeyringError::Contended)
    }
}
