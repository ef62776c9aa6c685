use crate::{AuditEntry, Head, Keyring, KeyringError};
use central_logger_keys::{KeyHasher, Seal, SealCheck};
use serde::Serialize;
use std::fmt;

/// Walks along the audit trail and notes what does not fit.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditCheck, KeyAdmin};
/// use central_logger_keys::KeyHasher;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_key_store::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let hasher = KeyHasher::new();
/// let mut check = AuditCheck::new(&hasher);
/// for entry in store.audit(0, 1000).await? {
///     check.entry(&entry);
/// }
/// let report = check.finish(&store.head().await?);
/// assert_eq!((report.entries, report.faults.len()), (1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AuditCheck<'a> {
    hasher: &'a KeyHasher,
    reached: Head,
    /// Unknown after a gap.
    is_chained: bool,
    report: AuditReport,
}

/// What a walk along the audit trail found.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::AuditReport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_key_store::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let report: AuditReport = keyring.audit(|_| {}).await?;
/// assert!(report.faults.is_empty());
/// assert_eq!(report.entries, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// How many entries were looked at.
    pub entries: u64,
    /// How many of them are sealed under a pepper that is not at hand, and could not be checked.
    pub unchecked: u64,
    /// How many of them are sealed without a pepper although there is one now: either they are
    /// older than it, or somebody sealed them anew.
    pub unpeppered: u64,
    /// What does not fit; empty when all is well.
    pub faults: Vec<AuditFault>,
}

/// One thing that does not fit.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditCheck, AuditFault, KeyAdmin};
/// use central_logger_keys::KeyHasher;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_key_store::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let hasher = KeyHasher::new();
/// let nothing_read = AuditCheck::new(&hasher);
/// let report = nothing_read.finish(&store.head().await?);
/// assert_eq!(report.faults, [AuditFault::Missing { sequence: 1, until: 1 }]);
/// assert_eq!(report.faults[0].to_string(), "entry 1 is missing");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "lowercase")]
pub enum AuditFault {
    /// The entry does not fit its seal.
    Altered {
        /// Which entry.
        sequence: u64,
    },
    /// Entries are not there.
    Missing {
        /// The first of them.
        sequence: u64,
        /// The last of them.
        until: u64,
    },
    /// There are entries after the end that the store has noted, or another last one.
    Unexpected {
        /// The first of them.
        sequence: u64,
    },
}

impl<'a> AuditCheck<'a> {
    /// Begins before the first entry.
    pub fn new(hasher: &'a KeyHasher) -> Self {
        Self {
            hasher,
            reached: Head::default(),
            is_chained: true,
            report: AuditReport::default(),
        }
    }

    /// Looks at the next entry, in the order of their places.
    pub fn entry(&mut self, entry: &AuditEntry) {
        let expected = self.reached.sequence + 1;
        if entry.sequence > expected {
            self.report.faults.push(AuditFault::Missing {
                sequence: expected,
                until: entry.sequence - 1,
            });
            self.is_chained = false;
        }
        self.report.entries += 1;
        if self.hasher.has_pepper() && !entry.seal.is_peppered() {
            self.report.unpeppered += 1;
        }
        if self.is_chained {
            let before = self.reached.seal.as_ref();
            let fell_back = before.is_some_and(Seal::is_peppered) && !entry.seal.is_peppered();
            let text = entry.sealed_text(before);
            match self.hasher.check_seal(&text, &entry.seal) {
                // The pepper is not taken away again by whoever has it.
                SealCheck::Intact if fell_back && self.hasher.has_pepper() => {
                    self.report.faults.push(AuditFault::Altered {
                        sequence: entry.sequence,
                    });
                }
                SealCheck::Intact => {}
                SealCheck::UnknownPepper => self.report.unchecked += 1,
                SealCheck::Broken => self.report.faults.push(AuditFault::Altered {
                    sequence: entry.sequence,
                }),
            }
        }
        self.is_chained = true;
        self.reached = entry.head();
    }

    /// Compares the end of the walk with the end that the store has noted.
    pub fn finish(mut self, head: &Head) -> AuditReport {
        let reached = self.reached;
        if reached.sequence < head.sequence {
            self.report.faults.push(AuditFault::Missing {
                sequence: reached.sequence + 1,
                until: head.sequence,
            });
        } else if reached != *head {
            self.report.faults.push(AuditFault::Unexpected {
                sequence: reached.sequence.min(head.sequence + 1),
            });
        }
        self.report
    }
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { sequence } => write!(f, "entry {sequence} was altered"),
            Self::Missing { sequence, until } if sequence == until => {
                write!(f, "entry {sequence} is missing")
            }
            Self::Missing { sequence, until } => {
                write!(f, "entries {sequence} to {until} are missing")
            }
            Self::Unexpected { sequence } => {
                write!(
                    f,
                    "entry {sequence} is not the one that the store has noted"
                )
            }
        }
    }
}

/// How many entries of the audit trail are read at once.
const AUDIT_PAGE: usize = 1000;

impl Keyring {
    /// Walks along the audit trail, gives every entry to `each` and tells what does not fit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(
        &self,
        mut each: impl FnMut(AuditEntry),
    ) -> Result<AuditReport, KeyringError> {
        // Entries that come during the walk are left for the next one.
        let head = self.store.head().await?;
        let mut check = AuditCheck::new(self.hashes.hasher());
        let mut reached = 0;
        loop {
            let mut page = self.store.audit(reached, AUDIT_PAGE).await?;
            let is_last = page.len() < AUDIT_PAGE;
            if self.store.head().await? != head {
                page.retain(|entry| entry.sequence <= head.sequence);
            }
            for entry in page {
                reached = entry.sequence;
                check.entry(&entry);
                each(entry);
            }
            if is_last || reached >= head.sequence {
                return Ok(check.finish(&head));
            }
        }
    }
}
