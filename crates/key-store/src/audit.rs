//! The audit trail: its entries, the seals that chain them, and whether they fit what is stored.

pub(crate) mod action;
pub(crate) mod actor;
pub(crate) mod check;
pub(crate) mod entry;
pub(crate) mod key_state;
mod last_words;
pub(crate) mod report;
pub(crate) mod state;

pub use action::InvalidAuditAction;
pub use actor::InvalidActor;
pub use check::AuditCheck;
pub use entry::Note;
pub use report::{AuditFault, AuditReport};
pub use state::{EndSeal, StoreState};
