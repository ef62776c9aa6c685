//! What is known about a key, and how it may change.

pub(crate) mod key_list;
pub(crate) mod key_maker;
pub(crate) mod key_record;
pub(crate) mod key_update;
pub(crate) mod life_cycle;
pub(crate) mod new_key;
pub(crate) mod owners;
pub(crate) mod provider_set;
pub(crate) mod rate_bucket;
pub(crate) mod rate_limit;
pub(crate) mod sharing;

pub use central_logger_client_records::InvalidETag;
pub use key_list::UnreadableKey;
pub use key_maker::InvalidKeyMaker;
pub use key_record::InvalidKeyStatus;
pub use provider_set::InvalidProviderSet;
pub use rate_bucket::InvalidRateBucket;
pub use rate_limit::InvalidRateLimit;
pub use sharing::dependants_of;
