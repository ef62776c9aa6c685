//! What is known about a key, and how it may change.

pub(crate) mod key_list;
pub(crate) mod key_record;
pub(crate) mod life_cycle;
pub(crate) mod new_key;
pub(crate) mod rate_limit;

pub use key_list::UnreadableKey;
pub use key_record::InvalidKeyStatus;
pub use rate_limit::InvalidRateLimit;
