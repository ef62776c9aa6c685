//! Entries: what one log of a workflow run is, and what it is called.

mod builder;
mod entry;
mod event_digest;
mod executed_at;
mod json_object;
mod log_field;
mod log_id;
mod place;
mod stored_log;

pub(crate) use builder::Field;
pub use builder::LogEntryBuilder;
pub use entry::LogEntry;
pub use event_digest::EventDigest;
pub use executed_at::{ExecutedAt, InvalidExecutedAt};
pub use log_field::LogField;
pub use log_id::{InvalidLogId, LogId};
pub use place::Place;
pub use stored_log::{Candidate, StoredLog};
