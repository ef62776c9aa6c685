//! Following a store: its changes, and the leases of those who remember keys.

pub(crate) mod changes;
pub(crate) mod lease;
pub(crate) mod removal_clock;

pub use changes::{ChangedKeys, Changes, Reached};
pub use lease::{Lease, LeaseBehind, LiveLease, StoreTime};
