use crate::{Change, OperationError, Operations};
use central_logger_key_store::{AuditEntry, Head, audit::AuditReport};
use central_logger_keyring::KeyringError;
use central_logger_times::Timestamp;
use serde::Serialize;

/// Entries of the audit trail, in order.
#[derive(Debug, Serialize)]
pub struct AuditEntries {
    /// The entries.
    pub entries: Vec<AuditEntry>,
}

/// The outcome of a verification of the audit trail.
#[derive(Debug, Serialize)]
pub struct AuditVerdict {
    /// Whether everything fits.
    pub intact: bool,
    /// What was found.
    pub report: AuditReport,
}

/// The acknowledgement that the database was set back.
#[derive(Debug, Serialize)]
pub struct RestoreAccepted {
    /// Always true.
    pub accepted: bool,
}

/// A part of the audit trail.
#[derive(Debug, Serialize)]
pub struct AuditPage {
    /// The entries, in order.
    pub entries: Vec<AuditEntry>,
    /// The number of the last of them, if there are more.
    pub next_cursor: Option<String>,
}

impl Operations {
    /// Returns the entries of the audit trail after the one with the number `after`, at most `limit` of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_after(&self, after: u64, limit: usize) -> Result<AuditPage, OperationError> {
        self.caller.check_provider_reads()?;
        let mut entries = self.keyring.audit_after(after, limit + 1).await?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| has_more);
        Ok(AuditPage {
            next_cursor: last.map(|last| last.sequence.to_string()),
            entries,
        })
    }

    /// Returns the entries of the audit trail of `since` or later, after the one with the number `after`, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_since(
        &self,
        since: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<AuditPage, OperationError> {
        let before_it = self.keyring.audit_until(since).await?;
        self.audit_after(after.max(before_it), limit).await
    }

    /// Returns the last `limit` entries of the audit trail, or those before the one with the number `before`, the
    /// newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_before(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, OperationError> {
        self.caller.check_provider_reads()?;
        let last = match before {
            Some(before) => before.saturating_sub(1),
            None => {
                let head = self.stores.keys.head().await;
                head.map_err(KeyringError::from)?.sequence
            }
        };
        let after = last.saturating_sub(limit as u64);
        let wanted = usize::try_from(last - after).unwrap_or(limit);
        let mut entries = self.keyring.audit_after(after, wanted).await?;
        entries.reverse();
        Ok(entries)
    }

    /// Returns the entries of the audit trail from `since` on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, since: Timestamp) -> Result<AuditEntries, OperationError> {
        self.caller.check_provider_reads()?;
        let mut entries = Vec::new();
        let walk = self.keyring.audit(|entry| {
            if entry.at >= since.get() {
                entries.push(entry);
            }
        });
        walk.await?;
        Ok(AuditEntries { entries })
    }

    /// Verifies the whole audit trail and compares every key with its last entry about it. With `noted`
    /// also checks that the trail has that entry, whose number and seal were noted earlier.
    ///
    /// # Errors
    /// When the store fails. What does not fit is no error, but in the verdict.
    pub async fn verify_audit(&self, noted: Option<Head>) -> Result<AuditVerdict, OperationError> {
        self.caller.check_provider_reads()?;
        let report = self.keyring.audit_at_least(noted, drop).await?;
        Ok(AuditVerdict {
            intact: report.faults.is_empty(),
            report,
        })
    }

    /// Acknowledges that the database was set back, so that servers are ready again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accept_restore(&self) -> Result<Change<RestoreAccepted>, OperationError> {
        self.caller.check_provider_writes()?;
        self.keyring.accept_restore().await?.at_commit();
        Ok(self.changed(RestoreAccepted { accepted: true }))
    }
}
