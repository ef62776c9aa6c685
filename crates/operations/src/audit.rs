use crate::{Change, OperationError, Operations};
use central_logger_key_store::{AuditEntry, Head, audit::AuditReport};
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

impl Operations {
    /// Returns the entries of the audit trail from `since` on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, since: Timestamp) -> Result<AuditEntries, OperationError> {
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
        self.keyring.accept_restore().await?.at_commit();
        Ok(self.changed(RestoreAccepted { accepted: true }))
    }
}
