#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod adoption;
mod alert;
mod alert_kind;
mod api_keys;
mod audit;
mod audit_check;
mod audit_report;
mod change;
mod clock;
mod committed;
mod conditions;
#[cfg(feature = "testing")]
pub mod conformance;
mod delivery;
mod env_file;
mod env_watch;
mod feed;
mod hash_pool;
mod input_file;
mod key_list;
mod keyring;
mod last_words;
mod life_cycle;
mod memory;
#[cfg(feature = "testing")]
pub mod model;
mod networks;
mod new_key;
mod outage;
mod plain_text;
mod quota;
mod rate_limit;
mod record;
mod removal_clock;
mod report;
mod request_quota;
mod retention;
mod rotation;
mod scope;
mod state;
mod static_keys;
mod store;
mod tending;
#[cfg(feature = "testing")]
mod unreachable;
mod usage;
mod watching;

pub use adoption::{Adoption, ForeignKey};
pub use alert::{
    Acknowledgement, Alert, AlertId, AlertPage, AlertQuery, AlertStore, AlertSubject, Counted,
    InvalidAlertId,
};
pub use alert_kind::{AlertKind, InvalidAlertKind, Severity};
pub use api_keys::{ApiKeys, ApiKeysError};
pub use audit::{Actor, AuditAction, AuditEntry, Head, InvalidAuditAction};
pub use audit_check::AuditCheck;
pub use audit_report::{AuditFault, AuditReport};
pub use central_logger_times::{InvalidTimestamp, Timestamp};
pub use change::{KeyChange, Rehash, Withdrawal};
#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use committed::Committed;
pub use conditions::{Conditions, Unready};
pub use delivery::{Delivery, DeliveryState, InvalidDeliveryState};
pub use env_file::{EnvFile, EnvFileError};
pub use env_watch::{EnvWatch, EnvWatchError, Reload};
pub use feed::{
    ChangedKeys, Changes, KeyFeed, Lease, LeaseBehind, LeaseHolder, Reached, StoreTime,
};
pub use hash_pool::{HashPool, HashPoolError};
pub use input_file::{InputFile, InputFileError};
pub use key_list::{KeyList, UnreadableKey};
pub use keyring::{Keyring, KeyringError};
pub use life_cycle::TransitionError;
pub use memory::MemoryKeys;
pub use networks::{InvalidNetwork, Networks};
pub use new_key::{IssuedKey, NewKey};
pub use outage::Outage;
pub use plain_text::{InvalidPlainText, PlainText, is_obeyed, shown};
pub use quota::{ClientQuota, Quota, SpaceQuota};
pub use rate_limit::{InvalidRateLimit, RateLimit};
pub use record::{InvalidKeyStatus, KeyProof, KeyRecord, KeyStatus, StoredKey};
pub use removal_clock::RemovalClock;
pub use report::Report;
pub use request_quota::RequestQuota;
pub use retention::{InvalidKeep, Keep, Retention, RetentionChange};
pub use rotation::{Rotated, Rotation};
pub use scope::{InvalidScope, Scope, Scopes};
pub use state::{EndSeal, LeasePeppers, StoreState};
pub use static_keys::StaticKeys;
pub use store::{KeyAdmin, KeySelection, KeyStore, KeyStoreError, KeyUse};
pub use tending::WrongPepper;
#[cfg(feature = "testing")]
pub use unreachable::UnreachableKeys;
pub use usage::{
    Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot, UsageStore, UsageSum,
};
pub use watching::{Activity, FailureSlot, Failures, KeyHistory, WatchStore, WatchedKey};
