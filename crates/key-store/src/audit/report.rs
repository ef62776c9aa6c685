use crate::audit::entry::Head;
use central_logger_keys::{ClientId, KeyId};
use serde::Serialize;
use std::fmt;

/// What a walk along the audit trail found.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::audit::AuditReport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
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
    /// Which of them were sealed without the pepper later on, by who had to take access away and did
    /// not have it. They take away nothing but access.
    pub sealed_without_pepper: Vec<u64>,
    /// How many keys were compared with the trail's last word on them; nothing when the trail, begun by
    /// an older program, has no word on every key yet.
    pub keys: Option<u64>,
    /// How many of them were sealed under a pepper that is not at hand, so that their hashes could not
    /// be checked.
    pub unchecked_keys: u64,
    /// The end up to which all of this was looked at. Who notes it can tell later whether the trail was
    /// set back.
    pub end: Head,
    /// What does not fit; empty when all is well.
    pub faults: Vec<AuditFault>,
}

/// One thing that does not fit.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, KeyAdmin, Owners, audit::{AuditCheck, AuditFault}};
/// use central_logger_keys::KeyHasher;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let hasher = KeyHasher::new();
/// let nothing_read = AuditCheck::new(&hasher);
/// let (state, retention) = (store.state().await?, store.retention().await?);
/// let (keys, clients) = (store.stored(Owners::All).await?, store.clients(None).await?);
/// let report = nothing_read.finish(&state, &keys, &retention, &clients);
/// assert_eq!(report.faults[0], AuditFault::Missing { sequence: 1, until: 1 });
/// assert_eq!(report.faults[0].to_string(), "entry 1 is missing");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
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
    /// The end of the trail is not sealed as the end of this store: entries were cut off, or the trail is
    /// another store's.
    End {
        /// The last entry.
        sequence: u64,
    },
    /// The entry that was noted earlier is not in the trail: it was set back, or is another store's.
    Behind {
        /// The number that was noted.
        sequence: u64,
    },
    /// Keys were taken up as they were found although the trail had a word on each of them.
    TakenUpAgain {
        /// The first such entry.
        sequence: u64,
    },
    /// A key is not as the trail has left it.
    Key {
        /// Which key.
        key_id: KeyId,
        /// The last entry about it.
        sequence: u64,
        /// What differs.
        differs: Vec<String>,
    },
    /// A key is in no entry.
    Unentered {
        /// Which key.
        key_id: KeyId,
    },
    /// A key is gone.
    Gone {
        /// Which key.
        key_id: KeyId,
    },
    /// The row of a key cannot be read, so it cannot be compared.
    Unreadable {
        /// The id of the key, as it is stored.
        key_id: String,
        /// The reason.
        reason: String,
    },
    /// Logs are kept for another time than the trail says.
    Retention {
        /// Whose; nothing for those of all.
        client_id: Option<ClientId>,
    },
    /// The quota of a client that has no keys is not as the trail says.
    Quota {
        /// Whose.
        client_id: ClientId,
    },
    /// What is recorded of a client, or the policy of all, is not as the trail says.
    Client {
        /// Of whom; nothing for the policy of all.
        client_id: Option<ClientId>,
    },
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
            Self::End { sequence } => write!(
                f,
                "the end, entry {sequence}, is not sealed as the end of this store: entries were cut \
                 off, or the trail is another store's"
            ),
            Self::Behind { sequence } => write!(
                f,
                "entry {sequence} with the seal that was noted is not there: the store was set back, \
                 or is another one"
            ),
            Self::TakenUpAgain { sequence } => write!(
                f,
                "entry {sequence} takes up keys as they were found, although the trail had a word on \
                 every key"
            ),
            Self::Key {
                key_id,
                sequence,
                differs,
            } => write!(
                f,
                "the key {key_id} is not as entry {sequence} left it: {} differs",
                differs.join(", ")
            ),
            Self::Unentered { key_id } => {
                write!(
                    f,
                    "the key {key_id} is in no entry: it was stored past the trail"
                )
            }
            Self::Gone { key_id } => write!(f, "the key {key_id} is gone"),
            Self::Unreadable { key_id, reason } => {
                write!(f, "the row of the key {key_id} cannot be read: {reason}")
            }
            Self::Retention { client_id: None } => {
                f.write_str("logs are kept for another time than the trail says")
            }
            Self::Retention {
                client_id: Some(client),
            } => write!(
                f,
                "logs of {client} are kept for another time than the trail says"
            ),
            Self::Quota { client_id } => {
                write!(f, "the quota of {client_id} is not as the trail says")
            }
            Self::Client { client_id: None } => {
                f.write_str("the policy of all clients is not as the trail says")
            }
            Self::Client {
                client_id: Some(client),
            } => write!(f, "what is recorded of {client} is not as the trail says"),
        }
    }
}
